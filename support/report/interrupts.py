"""Ctrl-C and SIGTERM: what runs is broken off once, clean-up then runs undisturbed.

Python raises KeyboardInterrupt wherever it happens to be, clean-up included, and dies of SIGTERM without any. Here a
signal breaks off only code that was opened to it (steps, and hooks that set something up); elsewhere it is noted, and
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

from support.text import visible

T = TypeVar("T")
_ANSWER_WITHIN = 1.0  # seconds
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heard() -> list[signal.Signals]:
    """The signals that end a run. What was ignored from the start (by nohup, say, or in the background) stays so."""
    return [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


class Interrupts:
    """A context manager in whose block signals are handled; ``signal`` is the number of the first one, or 0."""

    def __init__(self, may_be_left: Callable[[], Iterable[str]]) -> None:
        self.signal = 0
        self._may_be_left = may_be_left
        self._is_open = False
        self._before: dict[int, Any] = {}
        self._mask: set[int] = set()

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_signal) for number in heard()}
            # Whoever started this process as a part of a run has held signals back until they are handled.
            self._mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def breaking_off(self, work: Callable[..., T], *args: Any) -> T:
        """Do work that a signal breaks off with KeyboardInterrupt; it does not begin after one."""
        outer = self._is_open
        try:
            self._is_open = True
            if self.signal:
                raise KeyboardInterrupt
            return work(*args)
        finally:
            self._is_open = outer

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.signal:
            # A second SIGTERM or hang-up only repeats the first; a person who presses Ctrl-C again means it.
            if number == signal.SIGINT:
                self._end_at_once()
            return
        self.signal = number
        _tell("interrupted: cleaning up, then reporting; Ctrl-C again ends at once, without clean-up")
        if self._is_open:
            raise KeyboardInterrupt

    def _end_at_once(self) -> None:
        left: list[str] = []
        # Beside this thread, which may hold the very lock that the answer takes.
        asking = threading.Thread(target=lambda: left.extend(self._may_be_left()), daemon=True)
        asking.start()
        asking.join(_ANSWER_WITHIN)
        said = "could not be found out" if asking.is_alive() else "; ".join(left) or "nothing that is known"
        _tell(f"ended at once, without clean-up; what may be left: {said}")
        os._exit(128 + self.signal)


def _tell(line: str) -> None:
    with suppress(OSError):  # the terminal itself may be what went away
        # Past Python's buffers, which the interrupted code may hold locked.
        os.write(2, f"\nacceptance: {visible(line)}\n".encode())
