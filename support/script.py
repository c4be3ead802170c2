"""A job as a list of acts in their order, each with what it serves and what it needs.

One list says the order. A whole job, work begun in the background, "bring the job as far as this scenario needs" and
clean-up are runs of it, reduced to what is wanted and what that needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from support.driver import quietly
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

Job = TypeVar("Job")


@dataclass(frozen=True)
class Act(Generic[Job]):
    """``do`` makes an exchange, or some, of which ``makes`` is the outcome; ``needs`` are outcomes of acts before it.

    ``serves`` are the criteria that look at it. ``calls`` are the calls of the job that it consists of, as
    ``POST /containers/{id}/start service``.
    """

    makes: str
    serves: tuple[str, ...]
    do: Callable[[Job], object]
    needs: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


def reduced(script: Sequence[Act[Job]], wanted: Collection[str]) -> list[Act[Job]]:
    """The acts that serve what is wanted, and all that these need, in the script's order."""
    by_outcome = {act.makes: act for act in script}
    chosen: set[str] = set()
    waiting = [act.makes for act in script if not set(act.serves).isdisjoint(wanted)]
    while waiting:
        outcome = waiting.pop()
        if outcome not in chosen:
            chosen.add(outcome)
            waiting.extend(by_outcome[outcome].needs)
    return [act for act in script if act.makes in chosen]


def in_turn(*works: Callable[[Job], object]) -> Callable[[Job], None]:
    """One after the other; one that fails keeps no other from being done."""

    def do(job: Job) -> None:
        for work in works:
            quietly(partial(work, job))

    return do


def parted(text: str) -> tuple[str, ...]:
    """What commas part."""
    return tuple(filter(None, text.split(", ")))


class Performance(Generic[Job]):
    """A run of a script, reduced to what is wanted. What fails in an act is told where its outcome is read."""

    def __init__(self, job: Job, script: Sequence[Act[Job]], wanted: Collection[str]) -> None:
        self.acts = reduced(script, wanted)
        self.job = job
        self._over: dict[str, Future[None]] = {act.makes: Future() for act in self.acts}

    def run(self) -> None:
        """Perform the acts in their order; an act that fails keeps no other from being performed."""
        for act in self.acts:
            try:
                quietly(lambda act=act: act.do(self.job))  # type: ignore[misc]
            except BaseException as error:
                self._break_off(NotJudged(f"the job broke off when it came to {act.makes!r}: {error}"))
                raise
            self._over[act.makes].set_result(None)

    def wait_for(self, criterion: str, within: float, last: Callable[[], str]) -> None:
        """Until all acts that serve a criterion (``""``: all acts) are over, ``within`` seconds.

        ``last`` says how far the job is. Raises ``NotJudged`` where the job broke off before.
        """
        waited_for = [self._over[act.makes] for act in self.acts if not criterion or criterion in act.serves]

        def are_over() -> Seen[bool]:
            return done(True) if all(each.done() for each in waited_for) else not_yet(last())

        until(are_over, f"the job to reach {criterion or 'its end'}", within)
        for each in waited_for:
            each.result()

    def _break_off(self, error: NotJudged) -> None:
        for future in self._over.values():
            if not future.done():
                future.set_exception(error)
