"""What one check found, in a line that says what to do where something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from support.verdicts import NotJudged, UsageError


class State(StrEnum):
    """How it is; only ``WRONG`` keeps a run from judging what it should."""

    OK = "ok"
    NOTE = "note"
    UNKNOWN = "not seen"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """``checked`` is what was looked at, ``says`` how it is, with the remedy where it is wrong."""

    checked: str
    state: State
    says: str


def ok(checked: str, says: str) -> Finding:
    """It is as it must be."""
    return Finding(checked, State.OK, says)


def note(checked: str, says: str) -> Finding:
    """It keeps nothing from being judged, and is worth knowing."""
    return Finding(checked, State.NOTE, says)


def wrong(checked: str, says: str) -> Finding:
    """Something will not be judged; ``says`` has the remedy."""
    return Finding(checked, State.WRONG, says)


def unknown(checked: str, says: str) -> Finding:
    """It could not be seen, and the run goes on without."""
    return Finding(checked, State.UNKNOWN, says)


def found(checked: str, look: Callable[[], str]) -> Finding:
    """What ``look`` returns, or the one line of the error that it raises."""
    try:
        return ok(checked, look())
    except (NotJudged, UsageError) as error:
        return wrong(checked, str(error))
