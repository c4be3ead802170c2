"""The suite behind a hostile answer, as a process of its own, measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from support.api.client import DockerApi, raw_call
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.cleanup.inventory import RUN_LABEL
from support.settings import ROOT
from tests.chaos.hostile.cases import QUIET, Case
from tests.chaos.hostile.serving import serving

SCALE = 0.1  # of the suite's deadlines
TAGS = "@gitlab"
_HUNG_AFTER = 240.0  # seconds; at this scale a job has 60, and the clean-up 12
_EVERY = 0.02  # seconds between two looks at the processes
_READY_WITHIN = 20.0  # seconds
_MOST_MEMORY = 4 * 1024**3  # bytes of address space that a run may take: the machine is to survive it, too
_RAW = (b"\x1b", b"\x07", b"\x08", b"\x00", "\x9b".encode(), "\u202e".encode())  # what no output may contain


@dataclass
class Row:
    """What a run behind a case was like. ``peaks`` are megabytes, by process; ``cpu`` is its seconds.

    ``left_by_run`` is what the run left, ``left`` what one sweep after it has not removed either.
    """

    name: str
    played: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    peaks: dict[str, float] = field(default_factory=dict)
    code: int | None = None
    hung: bool = False
    traceback: str = ""
    raw: str = ""
    wrong: list[str] = field(default_factory=list)
    left_by_run: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def peak(self) -> float:
        """Of the largest process, in megabytes."""
        return max(self.peaks.values(), default=0.0)

    @property
    def is_survived(self) -> bool:
        """Whether the run ended by itself, with a verdict, and left nothing that it should not."""
        return not (self.hung or self.traceback or self.raw or self.wrong or self.left) and self.code in (0, 1, 3)

    def line(self) -> str:
        """The row as text."""
        marks = [
            *(["HUNG"] if self.hung else []),
            *([f"traceback: {self.traceback}"] if self.traceback else []),
            *([f"raw: {self.raw}"] if self.raw else []),
            *self.wrong,
            *([f"left by the run: {len(self.left_by_run)}"] if self.left_by_run else []),
            *([f"LEFT: {self.left}"] if self.left else []),
        ]
        figures = (
            f"{self.seconds:6.1f} s {self.cpu:6.1f} s CPU {self.peak:7.1f} MB exit {self.code} played {self.played}"
        )
        return f"{self.name:<44} {figures} {'; '.join(marks)}"


def run_case(case: Case, *, scale: float = SCALE, tags: str = TAGS, keep: Path | None = None) -> Row:
    """Run the suite behind the case, in front of a stand-in of its own. ``keep`` is where its reports stay."""
    row = Row(case.name)
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, _standin(Path(name)) as upstream:
        folder = Path(name)
        reports = keep or folder / "reports"
        common = ["-D", f"reports={reports}", "-D", f"deadline_scale={scale}"]
        with serving(case, upstream, folder / "s") as served:
            out = _measured(row, [f"--tags={tags}", "-D", f"socket={folder / 's'}", *common], folder)
        row.played, row.wrong = served.played, served.wrong
        row.traceback, row.raw = _traceback(reports, out), _raw(reports, out)
        row.left_by_run = _left(upstream)
        if row.left_by_run:
            # At the same address: that is what the run's ledger names.
            (folder / "s").unlink()
            with serving(QUIET, upstream, folder / "s"):
                _suite(["sweep", "--yes", "-D", f"socket={folder / 's'}", *common], folder).wait(_HUNG_AFTER)
            row.left = _left(upstream)
    return row


def _measured(row: Row, arguments: list[str], folder: Path) -> bytes:
    began = time.monotonic()
    with (folder / "out").open("wb") as out:
        process = _suite(arguments, folder, out.fileno())
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        while _is_running(process.pid):
            for pid, name in _tree(process.pid):
                row.peaks[f"{name} {pid}"] = max(_peak(pid), row.peaks.get(f"{name} {pid}", 0.0))
            if time.monotonic() - began > _HUNG_AFTER:
                row.hung = True
                process.kill()
                break
            time.sleep(_EVERY)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = row.code = os.waitstatus_to_exitcode(status)
    row.seconds, row.cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
    return (folder / "out").read_bytes()


def _suite(arguments: list[str], folder: Path, out: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SOCKERLESS", "AWS"))}
    own = {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    argv = [sys.executable, "-P", "-m", "support", *arguments]
    return subprocess.Popen(argv, cwd=ROOT, env=inherited | own, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def _is_running(pid: int) -> bool:
    """Whether it has not ended; its end is not taken from whoever waits for it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _tree(pid: int) -> list[tuple[int, str]]:
    found = [(pid, "suite")]
    with suppress(psutil.Error):
        found += [(child.pid, child.name()) for child in psutil.Process(pid).children(recursive=True)]
    return found


def _peak(pid: int) -> float:
    """The kernel's own peak of a process's memory, in megabytes; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def _traceback(reports: Path, out: bytes) -> str:
    """Where a traceback is seen, or an error class that only programmers know; ``""`` where there is none."""
    if b"Traceback (most recent call last)" in out:
        return out[out.index(b"Traceback (most recent") :].decode("utf-8", "replace").strip().splitlines()[-1][:200]
    for path in reports.rglob("traceback.txt"):
        return path.read_text(errors="replace").strip().splitlines()[-1][:200]
    return ""


def _raw(reports: Path, out: bytes) -> str:
    """Which output holds a byte that a terminal obeys; ``""`` where none does."""
    files = {"console": out} | {
        path.name: path.read_bytes() for path in reports.rglob("*") if path.suffix in (".xml", ".html", ".txt", ".json")
    }
    return ", ".join(f"{raw!r} in {name}" for name, data in files.items() for raw in _RAW if raw in data)


def _left(upstream: Path) -> list[str]:
    """What the daemon itself lists of runs of the suite."""
    api = DockerApi(Endpoint(path=str(upstream)), "1.44", Recorder(), _READY_WITHIN)
    wanted = json.dumps({"label": [RUN_LABEL]})
    left = []
    for path in ("/containers/json", "/networks", "/volumes"):
        body = api.ask(raw_call("GET", path, filters=wanted, **({"all": "1"} if "json" in path else {}))).body
        listed = body.get("Volumes") or [] if isinstance(body, dict) else body or []
        left += [f"{path} {each.get('Name') or each.get('Names')}" for each in listed]
    return left


@contextmanager
def _standin(folder: Path) -> Iterator[Path]:
    """A stand-in that ends with this."""
    socket = folder / "d"
    argv = [sys.executable, "-P", "-m", "standin", "--socket", str(socket), "--backend", "memory"]
    argv += ["--state", str(folder), "--until-stdin-ends"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "standin.log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, cwd=ROOT)
    try:
        until = time.monotonic() + _READY_WITHIN
        while not _answers(socket):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError("the stand-in does not start")
            time.sleep(_EVERY)
        yield socket
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_READY_WITHIN)
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _answers(socket: Path) -> bool:
    try:
        Endpoint(path=str(socket)).connect(1.0).close()
    except OSError:
        return False
    return True
