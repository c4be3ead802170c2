"""What clean-up leaves of this feature, and of a run that was broken off half-way (TST-010 AC-18)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support.cleanup.inventory import still_found
from support.cleanup.ledger import Ledger
from support.driver import Driver
from support.ecs.container import EcsContainer, EcsPlan, PulledImage
from support.ecs.containers import IMAGE, LABEL
from support.ecs.state_log import StateLog
from support.run import Run
from support.verdicts import NotJudged

if TYPE_CHECKING:
    from support.aws.backend import AwsBackend


class HalfRun:
    """A run that is broken off once it has created a container, with a ledger of its own."""

    def __init__(self, run: Run, log: StateLog) -> None:
        self.ledger = run.ledger.beside()
        plan = EcsPlan("failed", IMAGE, ["true"], dict([LABEL]), "TST-010-AC-03", "TST-010-AC-04")
        driver = Driver(replace(run, ledger=self.ledger), "failed")
        self._container = EcsContainer(driver, plan, PulledImage(run, IMAGE), log)

    def begin(self) -> None:
        """Create its container, and break off. Raises ``NotJudged`` where there is none."""
        self._container.must_be_there()
        self._container.reference()
        self._container.driver.close()


def clean_up(run: Run, half: HalfRun) -> tuple[list[str], list[str]]:
    """Clean up after this run so far and the half one, as a run does at its end.

    What is found of both then, a line each: in the daemon, and in AWS.

    Raises ``NotJudged`` where all that is left is what the account refuses to remove, or could not be asked for.
    """
    assert run.aws is not None
    ledgers: tuple[Ledger, ...] = (run.ledger, half.ledger)
    noted = [note for ledger in ledgers for note in ledger.open_notes]
    left = [leftover for ledger in ledgers for leftover in ledger.clean_up(run.api)]
    left += still_found(run.api, noted)
    tokens = [token for ledger in ledgers for token in ledger.tokens]
    try:
        in_aws, unclear = _clean_up_aws(run, run.aws, tokens)
    except NotJudged as error:
        in_aws, unclear = [], [str(error)]
    if unclear and not (left or in_aws):
        raise NotJudged(f"what is left in AWS could not be seen or removed: {'; '.join(unclear)}")
    return left, in_aws


def _clean_up_aws(run: Run, aws: AwsBackend, tokens: list[str]) -> tuple[list[str], list[str]]:
    """What is found in AWS then, and what of it says nothing about the daemon."""
    ended = aws.until_ended(*tokens)
    cleared = aws.clean_up(tokens)
    for line in dict.fromkeys([*ended.unseen, *cleared.notes(), *cleared.refused, *cleared.failed]):
        run.note(line)
    return ended.found + cleared.left, cleared.refused + cleared.failed
