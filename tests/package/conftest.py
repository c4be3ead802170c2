"""The wheel, and environments that pip has installed it into."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.settings import ROOT

COMMAND = "sockerless-acceptance"
PIP = ("-m", "pip", "--disable-pip-version-check")
_WITHIN = 300.0  # seconds
_READY_WITHIN = 30.0  # seconds
_OWN = ("SOCKERLESS_", "ACCEPTANCE_", "AWS_", "PYTHON", "GITHUB_", "PYTEST")


@dataclass
class Ended:
    code: int
    out: str
    err: str


def run(argv: list[str], folder: Path, **environment: str) -> Ended:
    """A command as a user has it who knows nothing of this clone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    ended = subprocess.run(
        argv,
        cwd=folder,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN,
    )
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    assert built.code == 0, built.err
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where packages cannot be had: what fails after this is the wheel's fault."""
    folder = tmp_path_factory.mktemp("index")
    asked = run([sys.executable, *PIP, "download", "-q", "--no-deps", "--retries=1", "h11==0.16.0"], folder)
    if asked.code:
        pytest.skip(f"the package index cannot be reached: {asked.err.strip().splitlines()[-1]}")


def environment(folder: Path) -> Path:
    """A new environment; its interpreter."""
    made = run([sys.executable, "-m", "venv", str(folder)], folder.parent)
    assert made.code == 0, made.err
    return folder / "bin" / "python"


def installed(python: Path, what: str) -> Path:
    """The command, after pip has installed this."""
    done = run([str(python), *PIP, "install", "-q", what], python.parent)
    assert done.code == 0, done.err
    return python.with_name(COMMAND)


@pytest.fixture(scope="session")
def without_standin(index: None, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(environment(tmp_path_factory.mktemp("without") / "venv"), str(wheel))


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a stand-in, served by this clone: a daemon that runs, as far as an installed suite knows."""
    socket = tmp_path_factory.mktemp("daemon") / "s"
    argv = [sys.executable, "-P", "-m", "standin", "--socket", str(socket)]
    with subprocess.Popen(argv, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        deadline, pause = time.monotonic() + _READY_WITHIN, threading.Event()
        while not socket.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            pause.wait(0.05)
        yield socket
        process.terminate()
        process.wait(_READY_WITHIN)
