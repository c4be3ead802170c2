"""Everything that can keep a run waiting enters its wait, with what it waits for and until when."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from support import daemon_log, progress
from support.api.client import DockerApi, raw_call
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.aws.account import Account, Placement
from support.aws.credentials import Found
from support.background import Background
from support.coordinator.process import RunnerProcess
from support.daemon import Daemon
from support.ecs.suite_runs import SuiteRuns
from support.once import once
from support.verdicts import NotJudged, TargetGone
from support.waiting import not_yet, until


class Waits:
    """The waits that were entered."""

    def __init__(self) -> None:
        self._real = progress.waiting
        self._entered: list[tuple[Any, float | None]] = []

    def entered(self, what: Any, within: float | None) -> AbstractContextManager[progress.Wait]:
        self._entered.append((what, within))
        return self._real(what, within)

    @property
    def named(self) -> dict[str, float | None]:
        """What was waited for, until when."""
        return {what() if callable(what) else what: within for what, within in self._entered}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    waits = Waits()
    monkeypatch.setattr(progress, "waiting", waits.entered)
    return waits


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[DockerApi]:
    """A server that takes connections and answers nothing."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        yield DockerApi(Endpoint(path=str(tmp_path / "s")), "1.44", Recorder(), 0.1)


def test_an_answer_of_the_daemon(silent: DockerApi, waits: Waits) -> None:
    with suppress(TargetGone):
        silent.ask(raw_call("GET", "/containers/json"), 0.2)
    assert waits.named["the answer to GET /v1.44/containers/json"] == 0.2


def test_the_answer_that_hands_a_connection_over(silent: DockerApi, waits: Waits) -> None:
    with suppress(TargetGone):
        silent.hijack("/containers/c/attach")
    assert waits.named["the answer to POST /v1.44/containers/c/attach"] == 0.1


def test_a_condition(waits: Waits) -> None:
    with pytest.raises(AssertionError):
        until(lambda: not_yet("created"), "the container to run", 0.1)
    assert waits.named == {"the container to run": 0.1}


def test_an_answer_of_aws(waits: Waits) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-west-1")
        there = f"http://127.0.0.1:{server.getsockname()[1]}"
        account = Account(Found(session, "the test"), Placement("c", (), ()), there, 0.5)
        with pytest.raises(NotJudged):
            account.call("ecs", "describe_clusters", clusters=["c"])
        with pytest.raises(NotJudged):
            list(account.every("logs", "describe_log_groups", "logGroups"))
    assert waits.named == {
        "the answer to ecs:DescribeClusters": 0.5,
        "the answer to logs:DescribeLogGroups": 0.5,
    }


def test_work_in_the_background(waits: Waits) -> None:
    ends = threading.Event()
    background = Background()
    background.begin("the second job", ends.wait)
    with pytest.raises(TimeoutError):
        background.join(0.1)
    ends.set()
    background.join(5)
    assert waits.named == {"the second job to end": 5}


class Slow:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.began, self.ends = threading.Event(), threading.Event()

    @once
    def outcome(self) -> str:
        self.began.set()
        self.ends.wait(5)
        return "done"


def test_an_outcome_that_another_thread_brings_about(waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    first = threading.Thread(target=slow.outcome)
    first.start()
    slow.began.wait(5)
    entered = waits.entered
    monkeypatch.setattr(progress, "waiting", lambda *what: (slow.ends.set(), entered(*what))[1])
    assert slow.outcome() == "done"
    first.join()
    assert waits.named == {"what a thread beside is at, whose outcome is shared": None}


def ignoring_sigterm() -> subprocess.Popen[bytes]:
    """A process that takes its time to end."""
    on_signal = "signal.signal(15, lambda *_: (time.sleep(0.2), exit()))"
    program = f"import signal, time; {on_signal}; print('up', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_the_end_of_a_daemon_and_of_a_runner(waits: Waits, tmp_path: Path) -> None:
    process, logging = ignoring_sigterm(), daemon_log.start(tmp_path / "log")
    assert logging.stdin is not None
    logging.stdin.close()
    (tmp_path / "folder").mkdir()
    Daemon("./daemon", Endpoint(path="/x"), process, tmp_path / "folder", tmp_path / "log", logging, "1.44").end()
    RunnerProcess(ignoring_sigterm(), tmp_path / "log").end()
    assert waits.named == {
        f"./daemon, process {process.pid}, to end": 15,
        "GitLab Runner to break its job off": 60,
    }


def test_the_suite_that_runs_itself(waits: Waits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(_arguments: tuple[str, ...], _environment: Mapping[str, str], within: float) -> tuple[int, str]:
        raise TimeoutError(f"after {within:g} s")

    runs = SuiteRuns(SimpleNamespace(), SimpleNamespace(), launch)  # type: ignore[arg-type]
    runs._made = tmp_path
    monkeypatch.setattr(runs, "_base", lambda _: {})
    monkeypatch.setattr(runs, "_variables", lambda *_: {})
    with pytest.raises(NotJudged):
        runs.of("a profile")
    runs.close()
    assert waits.named == {
        "the suite, started with a profile, to end": 360,
        "the suite's runs of itself to end": 180,
    }
