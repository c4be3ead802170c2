"""Processes that a run started and that may outlive it, known again by a later one."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass

import psutil

from support.attempt import attempt, problem_of
from support.daemon import FOLDER_OF_DAEMON
from support.waiting import Seen, done, not_yet, until

_SAME_BIRTH = 2.0  # seconds: the system gives the moment of its boot, which births are counted from, in whole ones
_KILLED_WITHIN = 5.0  # seconds


@dataclass(frozen=True)
class Started:
    """A daemon of the suite's own, leader of a session; ``born``, in seconds since 1970, is another one for a later
    process of the same number. Its environment names ``folder``, which the suite made for it, and nobody else's does.
    """

    pid: int
    born: str
    what: str
    folder: str = ""

    @classmethod
    def now(cls, pid: int, what: str, folder: str = "") -> Started:
        """A process that has just been started."""
        return cls(pid, str(_birth(pid) or ""), what, folder)

    def is_running(self) -> bool:
        """Whether it still runs; no where that cannot be known for sure."""
        born = _birth(self.pid)
        try:
            return born is not None and abs(born - float(self.born)) < _SAME_BIRTH
        except (TypeError, ValueError):
            return False

    def why_not_ours(self) -> str:
        """Why a process that runs cannot be known to be the suite's, or ``""``: a file that says so is not enough."""
        started, problem = attempt("", lambda: psutil.Process(self.pid).environ().get(FOLDER_OF_DAEMON, ""))
        if problem:
            return f"whether the suite started it cannot be seen: {problem}"
        return "" if self.folder and started == self.folder else "the suite did not start it"

    def end(self, within: float) -> str:
        """SIGTERM, then SIGKILL to its session; the problem in one line, or ``""``."""
        problem = ""
        for number, seconds in ((signal.SIGTERM, within), (signal.SIGKILL, _KILLED_WITHIN)):
            if not self.is_running():
                return ""
            problem = self.why_not_ours()
            if problem:
                return f"process {self.pid} is left alone: {problem}"
            problem = problem_of(self._send, number)
            with suppress(AssertionError):
                until(self._is_gone, f"process {self.pid} to end", seconds)
        return (
            f"process {self.pid} runs on after SIGKILL{f': {problem}' if problem else ''}" if self.is_running() else ""
        )

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has just ended
            if number == signal.SIGTERM or os.getpgid(self.pid) != self.pid:
                os.kill(self.pid, number)
            else:
                os.killpg(self.pid, number)

    def _is_gone(self) -> Seen[bool]:
        return not_yet("it runs") if self.is_running() else done(True)


def _birth(pid: int) -> float | None:
    """When it was started; None where there is none, or only what is left of one that has ended."""
    try:
        process = psutil.Process(pid)
        has_ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return None if has_ended else process.create_time()
    except (psutil.Error, OSError, ValueError, OverflowError):
        return None
