"""A stand-in on backend ecs, served as a process, and the suite run against it under environments of our own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from standin.aws.simulator import CLUSTER, HOME
from support.aws.account import Account, Placement
from support.aws.backend import AwsBackend
from support.aws.credentials import of_keys
from support.aws.patience import CALL_WITHIN
from support.cleanup.inventory import RUN_LABEL
from support.settings import ROOT, Settings
from tests.standin.aws_world import World, world

READY_WITHIN = 20.0  # seconds
RUN_WITHIN = 120.0  # seconds


@dataclass
class Served:
    """A served stand-in: its socket, what it wrote about its AWS, and how to run the suite against it."""

    socket: Path
    aws: dict
    folder: Path
    journal: Path
    runs: int = 0

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Everything right but for ``changes``; None takes a variable away."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SOCKERLESS_", "ACCEPTANCE_"))}
        right = {
            "PYTHONPATH": str(ROOT),
            "AWS_ACCESS_KEY_ID": self.aws["access_key"],
            "AWS_SECRET_ACCESS_KEY": self.aws["secret_key"],
            "AWS_REGION": self.aws["region"],
            "AWS_CONFIG_FILE": str(self.folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none"),
            "SOCKERLESS_SOCKET": str(self.socket),
            "SOCKERLESS_AWS_ENDPOINT": self.aws["endpoint"],
            "SOCKERLESS_ECS_CLUSTER": self.aws["cluster"],
            "SOCKERLESS_ECS_SUBNETS": ",".join(self.aws["subnets"]),
            "SOCKERLESS_ECS_SECURITY_GROUP": self.aws["security_group"],
        }
        return inherited | {k: v for k, v in {**right, **changes}.items() if v is not None}

    def run(self, tags: str, **changes: str | None) -> "Run":
        """The suite against it, as a process."""
        self.runs += 1
        reports = self.folder / f"reports-{self.runs}"
        ended = subprocess.run(
            [sys.executable, "-m", "behave", f"--tags={tags}", "-D", f"reports={reports}"],
            cwd=ROOT,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_WITHIN,
            check=False,
        )
        outcomes = json.loads((reports / "outcomes.json").read_text(encoding="utf-8"))
        return Run(ended.returncode, ended.stdout + ended.stderr, outcomes)

    def calls(self, caller: str) -> set[str]:
        """The IAM actions that a caller, ``suite`` or ``daemon``, has made so far."""
        return {entry["action"] for entry in self.entries(caller)}

    def count(self, caller: str, action: str = "") -> int:
        """How many calls of actions that begin so it has made so far."""
        return sum(entry["action"].startswith(action) for entry in self.entries(caller))

    def entries(self, caller: str) -> list[dict]:
        entries = [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]
        return [entry for entry in entries if entry["event"] == "call" and entry["caller"] == caller]


@dataclass
class Run:
    """How a run of the suite ended."""

    exit_code: int
    printed: str
    outcomes: dict

    @property
    def judged(self) -> list[tuple[str, str, str]]:
        """Id, verdict and cause of each outcome."""
        return [(o["id"], o["verdict"], o["cause"]) for f in self.outcomes["features"] for o in f["outcomes"]]


@pytest.fixture
def serve(tmp_path):
    """Serve a stand-in with these options of backend ecs; it is ended afterwards."""
    started = []

    def start(*options: str) -> Served:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        socket, file, journal = folder / "s", folder / "aws.json", folder / "journal.jsonl"
        argv = [sys.executable, "-m", "standin", "--socket", str(socket), "--backend", "ecs"]
        argv += ["--aws-file", str(file), "--aws-journal", str(journal), *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        started.append(process)
        deadline, pause = time.monotonic() + READY_WITHIN, threading.Event()
        while not (file.exists() and socket.exists()):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, f"not ready after {READY_WITHIN} s: {(folder / 'log').read_text()}"
            pause.wait(0.05)
        return Served(socket, json.loads(file.read_text()), folder, journal)

    yield start
    for process in started:
        process.terminate()
        process.wait(READY_WITHIN)


@pytest.fixture
def aws() -> Iterator[World]:
    """A simulator in this process, whose tasks are plain subprocesses."""
    with world() as made:
        yield made


def account_of(aws: World, within: float = CALL_WITHIN) -> Account:
    """The suite's account in it."""
    key, simulator = aws.simulator.keys["suite"], aws.simulator
    placement = Placement(CLUSTER, tuple(simulator.subnets), (simulator.security_group,))
    return Account(of_keys(key.access_key, key.secret_key, HOME), placement, aws.url, within)


def count(aws: World, action: str = "") -> int:
    """How many calls of actions that begin so it was asked for."""
    entries = list(aws.simulator.journal.entries)
    return sum(entry["event"] == "call" and entry["action"].startswith(action) for entry in entries)


@contextmanager
def opened(aws: World, within: float = CALL_WITHIN, **settings: float) -> Iterator[AwsBackend]:
    """Its AWS side, with settings of the suite's; ``within`` is for each call."""
    backend = AwsBackend(account_of(aws, within), Settings(**settings), RUN_LABEL).open()  # type: ignore[arg-type]
    try:
        yield backend
    finally:
        backend.close()
