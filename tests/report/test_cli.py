"""./acceptance as a process, without its set-up of .venv."""

from __future__ import annotations

import os
import re
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
    assert re.sub(r"took [^;]+", "took a while", ran.out).splitlines() == [
        "Target: nothing real",
        "",
        "NO VERDICT: none of the 40 agreed criteria was selected",
        "It took a while; the page: reports/acceptance.html",
        "1 passed, 0 violated, 0 not judged, 0 skipped",
    ]
    assert ran.verdicts == {"TST-901-AC-01": "passed"}
    assert (project.folder / "plain.txt").read_text().startswith("Feature: Everything passes")
    assert (project.folder / "xml" / "acceptance-fine.xml").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--tags=@a and"], "Syntax error. Expected operand after and; Expression: ( a and )"),
        (["-D", "socket"], "-D socket has no value: write -D socket=VALUE"),
        (["@nothing"], "there is no feature nothing: see features/, or leave it out for all of them"),
        (["nothing.feature:3"], "there is no feature nothing.feature: see features/, or leave it out for all of them"),
        (["--colour"], "unrecognized arguments: --colour; see --behave-help"),
        (["--tgs=@a and @b"], "'--tgs=@a and @b' is no option; see --behave-help"),
        (
            ["swep"],
            f"'swep' is neither a command ({', '.join(cli.COMMANDS)}) nor a feature; see --help",
        ),
    ],
)
def test_usage_errors_are_one_line(tmp_path: Path, arguments: list[str], line: str) -> None:
    ran = start(tmp_path, *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"acceptance: {line}")


def test_doctor_config_and_status_where_nothing_is(tmp_path: Path) -> None:
    doctor = start(tmp_path, "doctor", "-D", "reports=here")
    assert (doctor.code, doctor.err) == (0, "")
    assert "the stand-in, because no SOCKERLESS_SOCKET" in doctor.out
    assert doctor.out.endswith("nothing is wrong\n")
    assert not (tmp_path / "here").exists()
    config = start(tmp_path, "config", "-D", "socket=tcp://user:secret@host:1")
    assert (config.code, config.err) == (0, "")
    assert "secret" not in config.out
    assert any(line.startswith("socket ") and line.endswith("(-D)") for line in config.out.splitlines())
    assert any(line.startswith("start_timeout ") and line.endswith("(default)") for line in config.out.splitlines())
    status = start(tmp_path, "status")
    assert (status.code, status.out) == (0, "nothing of the suite is there\n")


@pytest.mark.parametrize("command", ["doctor", "config", "status"])
def test_a_wrong_option_or_setting_is_one_line(tmp_path: Path, command: str) -> None:
    for arguments in (["--jsn"], ["-D", "sockt=x"], ["-D", "deadline_scale=x"]):
        ran = start(tmp_path, command, *arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments, named in (
        (["-D", "socket=gone.sock"], "no socket at"),
        (["-D", "socket=file"], "is not a socket"),
        (["-D", "command=no-such-program --listen {socket}"], "there is no program 'no-such-program'"),
        (["-D", "reports=file/reports"], "no folder that you may write to"),
    ):
        ran = start(tmp_path, "doctor", *arguments)
        wrong = [line for line in ran.out.splitlines() if line.startswith("WRONG")]
        assert (ran.code, len(wrong)) == (1, 1), ran.out
        assert named in wrong[0]


def test_help_fits_a_screen_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) <= 40
    assert max(map(len, out.splitlines())) <= 120
    assert all(f"./acceptance {command.usage}" in out for command in cli.COMMANDS.values())


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_has_examples_and_its_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"\nexamples:\n  ./acceptance {command}" in out
    assert "\nexit code: 0: " in out
    assert command == "selftest" or "\noptions:\n" in out


def test_the_version_is_the_suites_and_behaves(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"sockerless-acceptance \d+\.\d+\.\d+\S*, behave \d+\.\d+\.\d+\n", capsys.readouterr().out)


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
