"""Ctrl-C and SIGTERM: what runs is broken off once, clean-up then runs undisturbed.

A signal breaks off only code that was opened to it (steps, and hooks that set something up); elsewhere it is noted, and
the next such code does not begin.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

from support import terminal
from support.signals import ENDING, BrokenOff, heard, state
from support.text import visible

T = TypeVar("T")
_ANSWER_WITHIN = 1.0  # seconds
_REPORT_WITHIN = 5.0  # seconds


class Interrupts:
    """A context manager in whose block signals are handled; ``signal`` is the number of the first one, or 0.

    A second Ctrl-C ends the process at once: ``may_be_left`` is then asked for lines, and ``report`` is given them.
    """

    def __init__(self, may_be_left: Callable[[], Iterable[str]], report: Callable[[str], object] = str) -> None:
        self._may_be_left = may_be_left
        self._report = report
        self._before: dict[int, Any] = {}
        self._mask: set[int] = set()

    @property
    def signal(self) -> int:
        """The number of the first signal since the process began, or 0."""
        return state.first

    def __enter__(self) -> Interrupts:
        if state.first:  # while the process came up
            self._tell_first()
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_signal) for number in heard()}
            # Whoever started this process as a part of a run has held signals back until they are handled.
            self._mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def breaking_off(self, work: Callable[..., T], *args: Any) -> T:
        """Do work that a signal breaks off with BrokenOff; it does not begin after one."""
        outer = state.is_open
        try:
            state.is_open = True
            if state.first:
                raise BrokenOff
            return work(*args)
        finally:
            state.is_open = outer

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if state.first:
            # A second SIGTERM or hang-up only repeats the first; a person who presses Ctrl-C again means it.
            if number == signal.SIGINT:
                self._end_at_once()
            return
        state.first = number
        self._tell_first()
        if state.is_open:
            raise BrokenOff

    def _tell_first(self) -> None:
        _tell("interrupted: cleaning up, then reporting; Ctrl-C again ends at once, without clean-up")

    def _end_at_once(self) -> None:
        left: list[str] = []
        terminal.freeze()
        # Beside this thread, which may hold the very lock that the answer takes.
        is_known = _done_beside(lambda: left.extend(self._may_be_left()), _ANSWER_WITHIN)
        said = ("; ".join(left) or "nothing that is known") if is_known else "could not be found out"
        line = f"ended at once, without clean-up; what may be left: {said}"
        _tell(line)
        if not _done_beside(lambda: self._report(line), _REPORT_WITHIN):
            _tell("the reports could not be written")
        os._exit(128 + state.first)


def _done_beside(work: Callable[[], object], within: float) -> bool:
    """Whether this work, in a thread of its own, was done in so many seconds."""
    done: list[bool] = []

    def quietly() -> None:
        with suppress(Exception):  # whatever this thread was in the middle of
            work()
            done.append(True)

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(within)
    return bool(done)


def _tell(line: str) -> None:
    if terminal.printed_soon(f"acceptance: {visible(line)}"):
        return
    with suppress(OSError):  # the terminal itself may be what went away
        # Past Python's buffers, which the interrupted code may hold locked.
        os.write(2, f"\nacceptance: {visible(line)}\n".encode())
