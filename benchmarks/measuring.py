"""Run the suite as a process and measure it from outside: wall time, memory, exchanges."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.settings import ROOT

_LOOK_EVERY = 0.05  # seconds between two samples of memory
_WITHIN = 900.0  # seconds
Interval = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """Seconds, megabytes (proportional set sizes summed), and every exchange of the run."""

    wall: float
    peak: float
    exchanges: list[dict[str, Any]]


def run_suite(reports: Path, arguments: Iterable[str], environ: Mapping[str, str] | None = None) -> Measured:
    """``./acceptance`` with these arguments, sampled. Raises ``RuntimeError`` where not everything passed."""
    argv = [
        sys.executable,
        "-P",
        "-m",
        "support",
        *arguments,
        "-D",
        f"reports={reports}",
        "-D",
        "keep_exchanges=yes",
    ]
    environment = {**os.environ, **(environ or {}), "PYTHONPATH": str(ROOT)}
    began, peak, pause = time.monotonic(), 0.0, threading.Event()
    with (reports.parent / f"{reports.name}.log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while process.poll() is None:
            peak = max(peak, sum(_memory(pid) for pid in _tree(process.pid)))
            if time.monotonic() - began > _WITHIN:
                process.terminate()
                raise RuntimeError(f"{' '.join(argv)} did not end within {_WITHIN:g} s; see {log.name}")
            pause.wait(_LOOK_EVERY)
    wall = time.monotonic() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {process.returncode}; see {log.name}")
    kept = sorted((reports / "evidence").glob("*/exchanges*.jsonl"))
    return Measured(wall, peak / 1024, [json.loads(line) for path in kept for line in path.read_text().splitlines()])


def covered(intervals: Iterable[Interval]) -> float:
    """The length of what the intervals cover together."""
    total, end = 0.0, float("-inf")
    for begin, until in sorted(intervals):
        total += max(0.0, until - max(begin, end))
        end = max(end, until)
    return total


def _tree(pid: int) -> list[int]:
    """A process and all below it that are the suite's own: its stand-in too, what runs in containers not."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:
            continue  # ended meanwhile
        found += [each for child in below for each in _tree(int(child))]
    return found


def _memory(pid: int) -> float:
    """Kilobytes of one process of ours, 0 for a container's and for one that has ended."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0.0
    return float(match[1]) if match and {"support", "standin"} & set(arguments) else 0.0
