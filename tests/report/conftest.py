"""behave, as people start it, on a copy of the little project beside this file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from support.report.outcomes import Outcome, Report

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Ran:
    """A run that is over."""

    folder: Path
    code: int
    out: str
    err: str

    @property
    def report(self) -> Report:
        return Report.from_json((self.folder / "reports" / "outcomes.json").read_text())

    @property
    def outcomes(self) -> list[Outcome]:
        return self.report.outcomes()

    @property
    def verdicts(self) -> dict[str, str]:
        return {outcome.id or outcome.title: str(outcome.verdict) for outcome in self.outcomes}

    def cases(self) -> list[ET.Element]:
        files = sorted((self.folder / "reports" / "junit").glob("*.xml"))
        return [case for file in files for case in ET.parse(file).getroot().iter("testcase")]

    def hooks(self) -> list[str]:
        return (self.folder / "hooks.log").read_text().split()


class Project:
    """The little project, with what is to be done to its runs."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(Path(__file__).with_name("project"), folder)
        self.folder = folder
        self.reports = folder / "reports"

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """behave in the project's folder."""
        return self._started(["behave"], *arguments, **environment)

    def launch(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """``./acceptance`` with the project's features, without its set-up of .venv."""
        return self._started(["support", str(self.folder / "features")], *arguments, **environment)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """A command of ``./acceptance``'s."""
        return self._started(["support", *arguments])

    def _started(self, module: list[str], *arguments: str, **environment: str) -> subprocess.Popen[str]:
        others = ("SOCKERLESS", "NO_COLOR", "CI_", "GITHUB_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *module, "-D", f"reports={self.reports}", *arguments],
            cwd=self.folder,
            # In the order of PYTHONPATH: a formatter of the project's own, then the suite.
            env=inherited | {"PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def end(self, process: subprocess.Popen[str]) -> Ran:
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert "Traceback" not in out + err, "people are never shown a traceback"
        return Ran(self.folder, process.returncode, out, err)

    def run(self, *arguments: str, **environment: str) -> Ran:
        return self.end(self.start(*arguments, **environment))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    # Tests may run in the background, where a shell has Ctrl-C ignored; processes inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Project(tmp_path / "project")
    signal.signal(signal.SIGINT, before)
