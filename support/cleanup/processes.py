"""Processes that a run started and that may outlive it, known again by a later one."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass

import psutil

from support.waiting import Seen, done, not_yet, until

_SAME_BIRTH = 2.0  # seconds: the system gives the moment of its boot, which births are counted from, in whole ones
_KILLED_WITHIN = 5.0  # seconds


@dataclass(frozen=True)
class Started:
    """A daemon of the suite's own, leader of a session; ``born``, in seconds since 1970, is another one for a later
    process of the same number."""

    pid: int
    born: str
    what: str

    @classmethod
    def now(cls, pid: int, what: str) -> Started:
        """A process that has just been started."""
        return cls(pid, str(_birth(pid) or ""), what)

    def is_running(self) -> bool:
        """Whether it still runs; no where that cannot be known for sure."""
        born = _birth(self.pid)
        try:
            return born is not None and abs(born - float(self.born)) < _SAME_BIRTH
        except (TypeError, ValueError):  # a ledger that somebody broke
            return False

    def end(self, within: float) -> str:
        """SIGTERM, then SIGKILL to its session; the problem in one line, or ``""``."""
        for number, seconds in ((signal.SIGTERM, within), (signal.SIGKILL, _KILLED_WITHIN)):
            if not self.is_running():
                return ""
            with suppress(ProcessLookupError):  # it has just ended
                if number == signal.SIGTERM:
                    os.kill(self.pid, number)
                else:
                    os.killpg(self.pid, number)
            with suppress(AssertionError):
                until(self._is_gone, f"process {self.pid} to end", seconds)
        return f"process {self.pid} runs on after SIGKILL" if self.is_running() else ""

    def _is_gone(self) -> Seen[bool]:
        return not_yet("it runs") if self.is_running() else done(True)


def _birth(pid: int) -> float | None:
    """When it was started; None where there is none, or only what is left of one that has ended."""
    try:
        process = psutil.Process(pid)
        has_ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return None if has_ended else process.create_time()
    except psutil.Error:
        return None
