"""The signals that end a run, from its first moment on: noted at once, acted upon where that is safe.

Python raises KeyboardInterrupt wherever it happens to be, imports and clean-up included, and dies of SIGTERM at once.
Nothing big is imported here: this is the first that a process does.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class BrokenOff(KeyboardInterrupt):
    """Raised for a signal. If a plain KeyboardInterrupt ever leaves ``exec`` of a string (data classes are made with
    it, so any import may use it), Python ends the process by SIGINT later, even if it was caught; not so a subclass.
    """


class _State:
    """``first`` is the number of the first signal, or 0; ``is_open`` says whether one raises BrokenOff."""

    def __init__(self) -> None:
        self.first = 0
        self.is_open = False
        self.was_open = False  # around `uninterrupted`
        self.before: dict[int, Any] = {}  # how signals were handled before they were noted


state = _State()


def heard() -> list[signal.Signals]:
    """The signals that end a run. What was ignored from the start (by nohup, say, or in the background) stays so."""
    return [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def note() -> None:
    """From now on signals are only noted, until who runs something handles them."""
    for number in heard():
        if number not in state.before:
            state.before[number] = signal.signal(number, _noted)


def forget() -> int:
    """Handle signals as before ``note``; the number of one that was noted meanwhile, or 0."""
    for number, handler in state.before.items():
        signal.signal(number, handler)
    state.before.clear()
    return state.first


def ignore() -> None:
    """Where signals are still only noted: nothing is left that one could end, and the exit code is settled."""
    for number in state.before:
        signal.signal(number, signal.SIG_IGN)


def _noted(number: int, _frame: FrameType | None) -> None:
    state.first = state.first or number


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is begun in the block is done, and known to the clean-up, before a signal breaks off what goes on."""
    is_open, was_open = state.is_open, state.was_open
    state.is_open, state.was_open = False, is_open or was_open
    try:
        yield
    finally:
        state.is_open, state.was_open = is_open, was_open
    if is_open and state.first:
        raise BrokenOff


@contextmanager
def interruptible() -> Iterator[None]:
    """Within ``uninterrupted``: what may take long, and cleans up after itself."""
    is_open = state.is_open
    try:
        state.is_open = is_open or state.was_open
        if state.is_open and state.first:
            raise BrokenOff
        yield
    finally:
        state.is_open = is_open
