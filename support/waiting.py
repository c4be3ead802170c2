"""Waiting with a deadline: a predicate says *done*, *not yet, because* or *never, because*.

A passed deadline says what was seen. The only place of the suite that sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import tenacity

from support import progress

T = TypeVar("T")


class TimedOut(AssertionError):
    """The deadline passed; the text has the history of what was seen, then what was waited for."""


class NeverHappens(AssertionError):
    """What is waited for cannot happen any more; the text says why."""


@dataclass(frozen=True)
class Seen(Generic[T]):
    """What a predicate found: ``value`` once it is done, else ``text`` with what is the case instead."""

    value: T | None = None
    text: str = ""
    is_done: bool = False
    is_final: bool = False


def done(value: T) -> Seen[T]:
    """What was waited for is the case."""
    return Seen(value=value, is_done=True)


def not_yet(text: str) -> Seen[T]:
    """Ask again; ``text`` says what is the case instead, e.g. ``created (PENDING)``."""
    return Seen(text=text)


def never(text: str) -> Seen[T]:
    """It cannot happen any more, e.g. ``it exited with 1``."""
    return Seen(text=text, is_final=True)


class Deadline:
    """A moment on the monotonic clock, ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since it was set."""
        return time.monotonic() - self._began

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.seconds - self.elapsed)

    def at_most(self, seconds: float) -> float:
        """The shorter of ``seconds`` and what is left here."""
        return min(seconds, self.remaining)


@dataclass
class History:
    """What was seen, equal ones in a row joined: ``created (PENDING) for 31 s, running for 2 s``."""

    spans: list[tuple[str, float, float]] = field(default_factory=list)

    def add(self, text: str, at: float) -> None:
        """Note what was seen at ``at`` seconds."""
        if self.spans and self.spans[-1][0] == text:
            self.spans[-1] = (text, self.spans[-1][1], at)
        else:
            self.spans.append((text, at, at))

    def __str__(self) -> str:
        parts = [f"{text} for {until - since:.1f} s" if until > since else text for text, since, until in self.spans]
        return ", then ".join(parts[-8:]) or "nothing"


def until(predicate: Callable[[], Seen[T]], what: str, within: float, *, every: float = 0.05, up_to: float = 1.0) -> T:
    """Ask ``predicate`` until it is done, ``within`` seconds at most, with pauses growing from ``every`` to ``up_to``.

    ``what`` finishes the sentence "waiting for …", e.g. ``the service container to run``.
    Raises ``TimedOut`` with the history, or ``NeverHappens``.
    """
    deadline = Deadline(within)
    history = History()

    def ask() -> Seen[T]:
        seen = predicate()
        if not seen.is_done:
            history.add(seen.text, deadline.elapsed)
            wait.seen = seen.text
        return seen

    growing = tenacity.wait_exponential(multiplier=every, min=every, max=up_to, exp_base=1.5)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda seen: not (seen.is_done or seen.is_final)),
        # The last time is at the deadline itself: what happens in its last second has happened in time.
        wait=lambda state: deadline.at_most(growing(state)),
        stop=lambda state: not deadline.remaining,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    with progress.waiting(what, within) as wait:
        seen = retrying(ask)
    if seen.is_final:
        raise NeverHappens(
            f"seen: {seen.text} after {deadline.elapsed:.1f} s; waited for {what}, which cannot happen any more"
        )
    if not seen.is_done:
        raise TimedOut(f"seen: {history}; waited {within:g} s for {what}")
    return seen.value  # type: ignore[return-value]
