"""A process that is watched until its end: its exit code, the peaks of memory of it and its children, its CPU time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_EVERY = 0.05  # seconds between two measurements
# What runs of the suite are called, and their processes in it.
_ROLES = ((b"support.report.part", "part"), (b"\0-m\0support\0", "run"), (b"\0-m\0behave\0", "run"))
_MB = 1024.0  # kB


class Watched:
    """``console`` takes what it prints: ``<console>.out`` and ``<console>.err``."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], folder: Path, console: Path) -> None:
        self.out, self.err = console.with_suffix(".out"), console.with_suffix(".err")
        self.began = time.monotonic()
        self.seconds = self.cpu = 0.0
        self.code = 0
        self.peaks: dict[str, float] = {}  # MB, the most that a process of this role had
        self._over = threading.Event()
        with self.out.open("wb") as out, self.err.open("wb") as err:
            # In a session of its own a Ctrl-C of the harness does not reach it, and all of it can be killed.
            self._process = subprocess.Popen(
                argv,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.pid = self._process.pid
        threading.Thread(target=self._watch, name=f"watch {self.pid}", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        return self._over.wait(seconds)

    def signal(self, number: int) -> bool:
        """Send it a signal; whether it was still there."""
        if not self.is_over:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
                return True
        return False

    def kill_all(self) -> None:
        """SIGKILL to its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def hears(self, number: int) -> bool:
        """Whether it has a handler for a signal by now (Linux)."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
        return False

    def printed(self) -> bytes:
        """What it has printed so far."""
        return self.out.read_bytes() + self.err.read_bytes()

    def _watch(self) -> None:
        while True:
            for pid in family(self.pid):
                self._measure(pid)
            ended, status, used = os.wait4(self.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(_EVERY)
        self.seconds, self.cpu = time.monotonic() - self.began, used.ru_utime + used.ru_stime
        self.code = self._process.returncode = os.waitstatus_to_exitcode(status)
        self._over.set()

    def _measure(self, pid: int) -> None:
        with suppress(OSError, IndexError, ValueError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            role = next((role for part, role in _ROLES if part in command), "")
            if role:
                status = Path(f"/proc/{pid}/status").read_text()
                peak = int(status.partition("VmHWM:")[2].split()[0]) / _MB
                self.peaks[role] = max(peak, self.peaks.get(role, 0.0))


def family(pid: int) -> list[int]:
    """A process and all that it started, as far as they are still there."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in path.read_text().split():
                found += family(int(child))
    return found
