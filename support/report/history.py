"""The runs that are kept, ``<reports>/runs/<id>``: what was said of each, to be compared with and to be read again.

Each has its page, summary, JSON and JUnit, and ``run.json``, which is short. Of each target the last 30 are kept; what
else the reports folder holds of a run that is dropped, its evidence and its daemons' logs, goes with it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from support.files import write_whole
from support.report.agreed import Tally
from support.report.model import PastRun

RUNS = "runs"
KEPT = 30  # runs of each target
_MOST = 120  # runs of all targets
_SHORT = "run.json"
_LARGEST = 1_000_000  # bytes of a run.json
_RUN = re.compile(r"[0-9a-f]{8,16}")


def folder_of(reports: Path, run: str) -> Path:
    """Where a run is kept."""
    return reports / RUNS / run


def note(reports: Path, target: str, run: PastRun) -> None:
    """Write down a run in short. Raises ``OSError``."""
    folder = folder_of(reports, run.run)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"target": target, **asdict(run)}
    write_whole(folder / _SHORT, json.dumps(content, ensure_ascii=False) + "\n")


def past_runs(reports: Path, target: str, run: str) -> list[PastRun]:
    """The runs on this target before ``run``, the newest first; files that are none of ours are passed over."""
    kept = [past for of, past in _kept(reports) if of == target and past.run != run]
    return kept[: KEPT - 1]


def prune(reports: Path) -> None:
    """Drop all but the last runs of each target, and what else is there of those that are dropped."""
    seen: Counter[str] = Counter()
    for place, (target, past) in enumerate(_kept(reports)):
        seen[target] += 1
        if seen[target] > KEPT or place >= _MOST:
            shutil.rmtree(folder_of(reports, past.run), ignore_errors=True)
            shutil.rmtree(reports / "evidence" / past.run, ignore_errors=True)
            for log in (reports / "daemons").glob(f"{past.run}*.log"):
                log.unlink(missing_ok=True)
    latest = reports / "evidence" / "latest"
    if latest.is_symlink() and not latest.exists():
        latest.unlink(missing_ok=True)


def _kept(reports: Path) -> list[tuple[str, PastRun]]:
    """The runs that are kept with their targets, the newest first."""
    found = [_read(path) for path in (reports / RUNS).glob(f"*/{_SHORT}")]
    return sorted(filter(None, found), key=lambda each: (each[1].began, each[1].run), reverse=True)


def _read(path: Path) -> tuple[str, PastRun] | None:
    try:
        if path.stat().st_size > _LARGEST:
            return None
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        target = str(content.pop("target"))
        past = PastRun(**(content | {"counts": Tally(**content["counts"])}))
        is_ours = past.run == path.parent.name and _RUN.fullmatch(past.run) and isinstance(past.verdicts, dict)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (target, past) if is_ours else None
