"""Whatever one call of a clean-up raises: nothing ends it, one line says it, and all that is not concerned goes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError
from docker.errors import DockerException

from support import daemon_log, folders
from support.api.client import DockerApi
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.aws.fargate import Task
from support.aws.resources import AwsResources, Cleared, Facts
from support.cleanup import ledger as module
from support.cleanup.ledger import Ledger
from support.cleanup.ledger_file import LedgerFile
from support.daemon import Daemon
from support.report import opening
from support.verdicts import NotJudged, Verdict
from tests.core.fakes import PATIENCE, serving
from tests.core.memory_docker import MemoryDocker

ERRORS: list[Exception] = [
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    OSError(5, "Input/output error"),
    ValueError("\x1b[2J"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    KeyError("Id"),
    TypeError("unhashable"),
    AttributeError("get"),
    requests.ConnectionError("broken"),
    DockerException("no"),
    BotoCoreError(),
    ResponseParserError("not XML"),
    subprocess.TimeoutExpired("daemon", 1),
    AssertionError("violated"),
    NotJudged("not permitted"),
]
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
_CALLS = 24  # more than a clean-up of three things makes


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> MemoryDocker:
    monkeypatch.setattr(module, "_GONE_WITHIN", 0.0)
    return MemoryDocker()


@pytest.fixture
def api(docker: MemoryDocker) -> Iterator[DockerApi]:
    with serving(docker.serve) as server:
        yield DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


@each_error
def test_each_call_to_the_daemon_in_turn(
    tmp_path: Path, docker: MemoryDocker, api: DockerApi, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    truth, made = api.ask, 0
    for number in range(1, _CALLS):
        ledger = Ledger.open(tmp_path, "unix:///run/x.sock")
        for kind in ("volume", "network", "container"):
            ledger.expect(kind, ledger.name(kind))
            docker.add(f"{kind}s", ledger.open_notes[-1].name, Labels=ledger.label)
        docker.add("containers", "unnoted", Labels=ledger.label)
        count = 0

        def ask(*given: Any, number: int = number) -> Any:
            nonlocal count, made
            count += 1
            made = max(made, count)
            if count == number:
                raise error
            return truth(*given)

        monkeypatch.setattr(api, "ask", ask)
        leftovers = ledger.clean_up(api)
        # What was hit may be left, and where it was the list, what only that shows; then it is said, in one line.
        assert len(docker.names()) <= 1
        assert bool(leftovers) == ledger.path.exists() == (count >= number)
        assert all("\n" not in line and "\x1b" not in line for line in leftovers)
        monkeypatch.setattr(api, "ask", truth)
        assert ledger.clean_up(api) == []
        assert docker.names() == []
    assert made < _CALLS, "all calls were hit"


@each_error
def test_what_is_cleaned_up_beside_and_beyond(
    tmp_path: Path, docker: MemoryDocker, api: DockerApi, error: Exception
) -> None:
    ledger = Ledger.open(tmp_path, "unix:///run/x.sock")
    ledger.expect("volume", ledger.name("cache"))
    docker.add("volumes", ledger.open_notes[0].name, Labels=ledger.label)
    ledger.beside().clean_up = raising(error)  # type: ignore[method-assign]
    (beside, beyond) = ledger.clean_up(api, raising(error))
    assert "was not cleaned up" in beside
    assert type(error).__name__ in beyond or str(error) in beyond
    assert docker.names() == []
    assert ledger.path.exists()


@each_error
def test_the_ledgers_own_file(
    tmp_path: Path, docker: MemoryDocker, api: DockerApi, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ledger = Ledger.open(tmp_path, "unix:///run/x.sock")
    docker.add("volumes", "unnoted", Labels=ledger.label)
    monkeypatch.setattr(LedgerFile, "append", raising(error))
    monkeypatch.setattr(LedgerFile, "drop", raising(error))
    (left,) = ledger.clean_up(api)
    assert left.startswith(f"ledger {ledger.path}: ")
    assert docker.names() == []


class Aws:
    """An AWS side in which one call raises."""

    def __init__(self, broken: str, error: Exception) -> None:
        self.called: list[str] = []
        self._broken, self._error = broken, error
        self.account = SimpleNamespace(not_observable=list)
        self.watch = SimpleNamespace(of=lambda *_: [])

    def _call(self, name: str, value: Any) -> Any:
        self.called.append(name)
        if name == self._broken:
            raise self._error
        return value

    def until_ended(self, *_: str) -> Facts[str]:
        return self._call("until_ended", Facts([], []))  # type: ignore[no-any-return]

    def clean_up(self, _: object) -> Cleared:
        return self._call("clean_up", Cleared())  # type: ignore[no-any-return]

    def cost(self, _: object) -> str:
        return self._call("cost", "nothing")  # type: ignore[no-any-return]

    def close(self) -> None:
        self._call("close", None)


@pytest.mark.parametrize("broken", ["until_ended", "clean_up", "cost", "close", "the daemon's end"])
@each_error
def test_each_step_of_a_runs_end(
    tmp_path: Path, docker: MemoryDocker, api: DockerApi, broken: str, error: Exception
) -> None:
    ledger = Ledger.open(tmp_path, "unix:///run/x.sock")
    docker.add("volumes", "unnoted", Labels=ledger.label)
    aws, cases, ended = Aws(broken, error), list[tuple[str, Verdict, str]](), list[str]()

    def end() -> str:
        ended.append("daemon")
        return "sockerless, process 1: it runs on" if broken == "the daemon's end" else ""

    noted: list[str] = []
    target, recorder = SimpleNamespace(close=end), Recorder()
    run: Any = SimpleNamespace(ledger=ledger, api=api, aws=aws, target=target, note=noted.append, recorder=recorder)
    outcomes: Any = SimpleNamespace(
        add_case=lambda *case: cases.append(case), property=lambda *_: None, timelines=lambda _: None
    )
    opening._clean_up(run, outcomes)
    assert aws.called == ["until_ended", "clean_up", "cost", "close"]
    assert (ended, docker.names()) == (["daemon"], [])
    if broken == "until_ended" and isinstance(error, NotJudged):
        # That tasks could not be waited for keeps nothing from being removed: it is noted.
        assert (cases, len(noted)) == ([], 1)
        return
    assert [case[1] for case in cases] == [Verdict.NOT_JUDGED]
    assert ledger.path.exists()


SCOPE = ("tasks", "definitions", "groups")


@pytest.mark.parametrize("broken", [*SCOPE, "stop_task", "deregister_task_definition"])
@each_error
def test_each_search_and_removal_in_aws(broken: str, error: Exception) -> None:
    asked: list[str] = []

    def call(_service: str, operation: str, **_: Any) -> dict[str, Any]:
        asked.append(operation)
        if operation == broken:
            raise error
        return {}

    task = Task("arn:task/dead5ca1ab00", {"lastStatus": "STOPPED" if "stop_task" in asked else "RUNNING"}, {})
    definition = {"taskDefinitionArn": "arn:definition/dead5ca1ab00:1", "status": "ACTIVE"}
    found: dict[str, Any] = {"tasks": [task], "definitions": [definition["taskDefinitionArn"]], "groups": []}
    scope: Any = SimpleNamespace(
        sees_all_definitions=True,
        is_new=lambda _: True,
        is_new_definition=lambda _: True,
        **{name: raising(error) if name == broken else (lambda *_, name=name: found[name]) for name in SCOPE},
    )
    account: Any = SimpleNamespace(
        call=call, definition=lambda *_: definition, placement=SimpleNamespace(cluster="c"), refused={}
    )
    try:
        assert AwsResources(account, scope).clear(["dead5ca1ab00"], 0.0).left
    except NotJudged as raised:
        assert "\n" not in str(raised)
    wanted = {"stop_task", "deregister_task_definition"} - ({"stop_task"} if broken == "tasks" else set())
    assert wanted - ({"deregister_task_definition"} if broken == "definitions" else set()) <= set(asked)


@pytest.mark.parametrize("step", ["poll", "send_signal", "wait", "stdin", "rmtree"])
@each_error
def test_each_step_of_a_daemons_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    folder, log = folders.make("acceptance-", "a run"), tmp_path / "log"
    daemon = Daemon("sockerless", Endpoint(), process, folder, log, daemon_log.start(log), "1.44")
    assert daemon.logging.stdin is not None
    daemon.logging.stdin.close()
    (daemon.folder / "inside").mkdir()
    assert process.stdin is not None
    with monkeypatch.context() as broken:
        owner: Any = {"stdin": process.stdin, "rmtree": shutil}.get(step, process)
        if step == "stdin":
            stdin = process.stdin
            broken.setattr(process, "stdin", SimpleNamespace(close=raising(error)))
        else:
            broken.setattr(owner, step, raising(error))
        said = daemon.end()
    if step == "stdin":
        stdin.close()
    assert process.wait(PATIENCE) is not None
    assert "\n" not in said and "\x1b" not in said
    folders.remove(daemon.folder)
    assert list(tmp_path.glob("acceptance-*")) == []
