"""The four verdicts, and the errors that carry them (design rule 3).

An ``AssertionError`` means *violated*; everything below means something else went wrong, and says what in one line.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


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
