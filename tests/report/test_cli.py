"""./acceptance as a process, without its set-up of .venv."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import cli
from tests.report.conftest import ROOT, Project, Ran


def start(folder: Path, *arguments: str) -> Ran:
    process = subprocess.run(
        [sys.executable, "-P", "-m", "support", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert "Traceback" not in process.stdout + process.stderr
    return Ran(folder, process.returncode, process.stdout, process.stderr)


def test_relative_paths_are_the_users(project: Project) -> None:
    ran = start(
        project.folder,
        "features/fine.feature:6",
        "-D",
        "reports=reports",
        "-f",
        "plain",
        "-o",
        "plain.txt",
        "--junit-directory=xml",
    )
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == "Target: nothing real\n\nEverything passes\n  TST-901-AC-01  ✓ passed      The first passes\n\n"
        + ("1 passed, 0 violated, 0 not judged, 0 skipped\n")
    )
    assert ran.verdicts == {"TST-901-AC-01": "passed"}
    assert (project.folder / "plain.txt").read_text().startswith("Feature: Everything passes")
    assert (project.folder / "xml" / "acceptance-fine.xml").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--tags=@a and"], "Syntax error. Expected operand after and; Expression: ( a and )"),
        (["--colour"], "unrecognized arguments: --colour; see --behave-help"),
        (["--tgs=@a and @b"], "'--tgs=@a and @b' is no option; see --behave-help"),
        (
            ["swep"],
            "'swep' is neither a command (serve, sweep, record, falsify, runner, selftest) nor a feature; see --help",
        ),
    ],
)
def test_usage_errors_are_one_line(tmp_path: Path, arguments: list[str], line: str) -> None:
    ran = start(tmp_path, *arguments)
    assert (ran.code, ran.err, ran.out) == (2, f"acceptance: {line}\n", "")


def test_help_fits_a_screen_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) <= 24
    assert max(map(len, out.splitlines())) <= 100
    assert all(f"./acceptance {command.usage}" in out for command in cli.COMMANDS.values())


def test_selftest_fails_when_one_check_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, returncode=int("mypy" in command))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_one.py").touch()
    assert cli.main(["selftest", "-k", "one", "test_one.py::test_it"]) == 1
    assert [command[1] for command in asked[:3]] == ["ruff", "ruff", "mypy"]
    assert "importlinter" in asked[3][1]
    assert asked[4] == ["-m", "pytest", "-k", "one", f"{tmp_path}/test_one.py::test_it"]
