"""The whole suite as people start it, in a process of its own, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from behave.parser import parse_file

from support.report.outcomes import Outcome, Report

ROOT = Path(__file__).resolve().parents[2]
ENDS_WITHIN = 60.0  # seconds; a run that hangs, fails
BEHAVE = (sys.executable, "-m", "behave")
ACCEPTANCE = (sys.executable, "-P", "-m", "support")
_MARK = "ACCEPTANCE_TEST"
_FEATURE = ROOT / "features" / "gitlab_runner.feature"


@dataclass
class Ran:
    """A run that is over."""

    reports: Path
    code: int
    out: str
    err: str

    @property
    def outcomes(self) -> list[Outcome]:
        return Report.from_json((self.reports / "outcomes.json").read_text()).outcomes()

    @property
    def verdicts(self) -> dict[str, str]:
        return {outcome.id or outcome.title: str(outcome.verdict) for outcome in self.outcomes}

    @property
    def causes(self) -> set[str]:
        return {outcome.cause for outcome in self.outcomes if outcome.verdict == "not judged"}

    def cases(self) -> dict[str, ET.Element]:
        """JUnit's cases by the criterion, or whatever they are named after."""
        files = (self.reports / "junit").glob("*.xml")
        found = [case for file in files for case in ET.parse(file).getroot().iter("testcase")]
        return {case.get("name", "").partition(" ")[0]: case for case in found}

    def exchanges(self) -> list[dict[str, Any]]:
        files = (self.reports / "evidence").glob("latest/*/exchanges.jsonl")
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@dataclass
class Suite:
    """Runs with reports and temporary files in folders of their own."""

    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def start(self, *arguments: str, program: tuple[str, ...] = BEHAVE, **environment: str) -> subprocess.Popen[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SOCKERLESS", "AWS", "ACCEPTANCE"))
        }
        own = {_MARK: str(self.folder), "TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        process = subprocess.Popen(
            [*program, "-D", f"reports={self.reports}", *arguments],
            cwd=ROOT,
            env=inherited | own | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[str]) -> Ran:
        out, err = process.communicate(timeout=ENDS_WITHIN)
        assert "Traceback" not in out + err, f"people are never shown a traceback:\n{out}{err}"
        return Ran(self.reports, process.returncode, out, err)

    def run(self, *arguments: str, program: tuple[str, ...] = BEHAVE, **environment: str) -> Ran:
        return self.end(self.start(*arguments, program=program, **environment))

    def close(self) -> None:
        """End what a failed test left; what a run itself left fails the test."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
        left = [path.name for path in self.temporary.iterdir()]
        assert left == [], "temporary files are left behind"
        ours = {process.pid for process in self.processes}
        assert [process for process in marked(str(self.folder)) if process not in ours] == [], (
            "processes are left behind"
        )


@contextmanager
def suite() -> Iterator[Suite]:
    """A fresh suite, in a folder whose name is short enough for sockets."""
    # Tests may run in the background, where a shell has Ctrl-C ignored; processes inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="core-") as name:
            (Path(name) / "tmp").mkdir()
            made = Suite(Path(name))
            try:
                yield made
            finally:
                made.close()
    finally:
        signal.signal(signal.SIGINT, before)


def marked(mark: str) -> list[int]:
    """Processes that a run with this mark started, as far as this system tells (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes()
        except OSError:  # over meanwhile, or somebody else's
            continue
        if f"{_MARK}={mark}".encode() in environment.split(b"\0"):
            found.append(int(path.parent.name))
    return found


def criteria() -> list[str]:
    """The ids of all scenarios of TST-011."""
    return [scenario.name.partition(" ")[0] for scenario in parse_file(str(_FEATURE)).walk_scenarios()]
