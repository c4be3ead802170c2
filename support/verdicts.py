"""The four verdicts, and the errors that carry them.

An ``AssertionError`` means *violated*; everything below means something else went wrong, and says what in one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import TypeVar

T = TypeVar("T")


class Verdict(StrEnum):
    """What a scenario says about the daemon."""

    PASSED = "passed"
    VIOLATED = "violated"
    NOT_JUDGED = "not judged"
    SKIPPED = "skipped"


class ExitCode(IntEnum):
    """What a run tells the shell; violated outranks not judged."""

    OK = 0
    VIOLATED = 1
    USAGE = 2
    NOT_JUDGED = 3


class NotJudged(Exception):
    """A criterion cannot be judged; ``str()`` is the cause in one line."""


class UsageError(Exception):
    """Bad configuration or command line: one line naming the thing and the remedy; exit code 2."""


class TargetError(NotJudged):
    """The target cannot be reached or does not behave as a Docker API at all: one line; exit code 3."""


class TargetGone(TargetError):
    """The target answered earlier in this run and does not any more: nothing further can be judged."""


def only_serves(wanted: object, served: object, what: str) -> None:
    """Raises ``UsageError`` where a sentence asks for a value that the suite does not serve: no daemon is at fault."""
    if wanted != served:
        raise UsageError(f"{what} {served!r} is what this suite serves, and the feature says {wanted!r}: change both")


def chosen(name: str, choices: Mapping[str, T], what: str) -> T:
    """The choice of this name. Raises ``UsageError`` where a sentence names another."""
    if name not in choices:
        raise UsageError(f"{what} {name!r} is none that this suite serves: use one of {', '.join(choices)}")
    return choices[name]
