"""./acceptance installs the stand-in's PostgreSQL where the stand-in is used, and not before."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support import database
from support.settings import ROOT
from support.verdicts import UsageError
from tests.package.conftest import run

# Notes its arguments, of pip only the lock, and does nothing.
PYTHON = """#!/bin/sh
for last; do :; done
case "$*" in *install*) echo "${last##*/}" ;; *-m*) echo "$@" ;; esac >>"$LOG"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which an environment seems to be there, without anything in it."""
    clone = tmp_path / "clone"
    for folder in ("bin", "lib/python3/site-packages"):
        (clone / ".venv" / folder).mkdir(parents=True)
    for path in (ROOT / "acceptance", *ROOT.glob("requirements*.lock")):
        shutil.copy(path, clone)
    python = clone / ".venv" / "bin" / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return clone


def did(clone: Path, *arguments: str, **environment: str) -> list[str]:
    log = clone.parent / "log"
    log.write_text("")
    ended = run(
        ["sh", str(clone / "acceptance"), *arguments],
        clone.parent,
        LOG=str(log),
        ACCEPTANCE_PYTHON=sys.executable,
        **environment,
    )
    assert ended.code == 0, ended.err
    return log.read_text().splitlines()


def test_a_run_installs_no_postgresql(clone: Path) -> None:
    assert did(clone, "--tags=@a") == ["requirements.lock", "-P -m support --tags=@a"]
    assert did(clone, "--tags=@a") == ["-P -m support --tags=@a"], "once"


@pytest.mark.parametrize("command", ["serve", "falsify"])
def test_what_needs_the_stand_in_installs_it(clone: Path, command: str) -> None:
    assert did(clone, command) == ["requirements-standin.lock", f"-P -m support {command}"]
    assert did(clone, "--tags=@a") == ["-P -m support --tags=@a"], "which holds all that a run needs"


def test_a_run_that_turns_out_to_need_it_adds_it(clone: Path) -> None:
    did(clone, "--tags=@a")
    assert did(clone, "--tags=@a", ACCEPTANCE_WITH="standin")[0] == "requirements-standin.lock"
    assert did(clone, "--tags=@a", ACCEPTANCE_WITH="standin") == ["-P -m support --tags=@a"]


def test_selftest_installs_all_at_once(clone: Path) -> None:
    assert did(clone, "selftest")[0] == "requirements-dev.lock"
    assert did(clone, "serve") == ["-P -m support serve"]
    assert did(clone, "--tags=@a") == ["-P -m support --tags=@a"]


@pytest.mark.parametrize("arguments", [["--help"], ["selftest", "--help"], ["sweep", "-h"], ["serve", "--help"]])
def test_help_installs_nothing(clone: Path, arguments: list[str]) -> None:
    shutil.rmtree(clone / ".venv")
    for folder in ("support", "standin", "falsify"):
        (clone / folder).symlink_to(ROOT / folder)
    ended = run(["sh", str(clone / "acceptance"), *arguments], clone, ACCEPTANCE_PYTHON=sys.executable)
    assert (ended.code, ended.err) == (0, "")
    assert "./acceptance " in ended.out
    assert not (clone / ".venv").exists()


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str, str]]:
    """No PostgreSQL here; what the process hands over to, in which folder."""
    handed: list[tuple[str, list[str], str, str]] = []
    monkeypatch.setattr(database, "_PACKAGE", "no_such_package")
    monkeypatch.setattr(sys, "argv", ["acceptance", "--tags=@a"])
    monkeypatch.chdir(Path.cwd())  # and back
    monkeypatch.setattr(
        os, "execve", lambda path, argv, env: handed.append((path, argv, env["ACCEPTANCE_WITH"], str(Path.cwd())))
    )
    monkeypatch.delenv("ACCEPTANCE_WITH", raising=False)
    monkeypatch.delenv("ACCEPTANCE_LAUNCHER", raising=False)
    return handed


def test_the_launcher_is_started_again_as_it_was(
    lacking: list[tuple[str, list[str], str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACCEPTANCE_LAUNCHER", "/clone/acceptance")
    with pytest.raises(UsageError):  # what follows an exec that was none
        database.set_up(tmp_path)
    assert lacking == [("/clone/acceptance", ["/clone/acceptance", "--tags=@a"], "standin", str(tmp_path))]


@pytest.mark.parametrize("variables", [{}, {"ACCEPTANCE_LAUNCHER": "/clone/acceptance", "ACCEPTANCE_WITH": "standin"}])
def test_it_is_not_started_without_end(
    lacking: list[tuple[str, list[str], str, str]],
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=r"the stand-in needs its PostgreSQL.*serve installs it"):
        database.set_up(tmp_path)
    assert not lacking
