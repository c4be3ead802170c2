"""Processes that a run started and that may outlive it, known again by a later one."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support.waiting import Seen, done, not_yet, until

_STARTED = 22 - 3  # of the fields of /proc/<pid>/stat, which behind the name begin with the third
_KILLED_WITHIN = 5.0  # seconds


@dataclass(frozen=True)
class Started:
    """A daemon of the suite's own, leader of a session; ``born`` tells it from a later process of the same number."""

    pid: int
    born: str
    what: str

    @classmethod
    def now(cls, pid: int, what: str) -> Started:
        """A process that has just been started."""
        return cls(pid, _birth(pid), what)

    def is_running(self) -> bool:
        """Whether it still runs; where the system has no /proc, which alone tells for sure, the answer is no."""
        return bool(self.born) and _birth(self.pid) == self.born

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


def _birth(pid: int) -> str:
    """When it was started, in the kernel's clock ticks; empty where there is none, or only what is left of one."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = told.rpartition(")")[2].split()  # the name before may have spaces and brackets in it
    return "" if fields[0] in "ZX" else fields[_STARTED]
