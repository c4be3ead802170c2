"""The stand-in answers as a real Docker Engine does, call by call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.differential.accepted import ACCEPTED
from tests.differential.calls import CALLS
from tests.differential.calls.call import Call
from tests.differential.compare import Difference, differences, seen
from tests.differential.runs import judge, look
from tests.differential.stage import provide_images
from tests.differential.wire import Answer

ENGINE = os.environ.get("ENGINE_SOCKET", "")
REPOSITORY = Path(__file__).parents[2]
WAIT = next(call for call in CALLS if call.name == "wait for an exited container")
INSPECT = next(call for call in CALLS if call.name == "inspect a running container")


def test_the_list_is_long_enough_and_says_each_thing_once() -> None:
    assert len(CALLS) >= 60
    assert len({call.name for call in CALLS}) == len(CALLS)


def test_the_calls_of_a_route_are_told_from_those_of_others() -> None:
    routes = {call.route for call in CALLS}
    assert {"GET /containers/*/json", "GET /containers/json", "DELETE /networks/*", "GET /images/*/json"} <= routes
    assert len(routes) < 40


def test_no_more_than_ten_differences_are_accepted() -> None:
    assert len(ACCEPTED) <= 10
    assert all(accepted.reason for accepted in ACCEPTED)


def _answer(body: str, **changed: Any) -> Answer:
    headers = {"content-type": "application/json", "transfer-encoding": "chunked"}
    parts: Mapping[str, Any] = {"status": 200, "headers": headers, "body": body.encode(), "ended": True, **changed}
    return Answer(**parts)


def _told_apart(call: Call, engine: Answer, standin: Answer) -> list[str]:
    return [each.where for each in differences(call, seen(call, engine, {}), seen(call, standin, {}))]


@pytest.mark.parametrize(
    ("other", "where"),
    [
        (_answer('{"StatusCode":3}'), []),
        (_answer('{"StatusCode":0}'), ["body.StatusCode"]),
        (_answer('{"StatusCode":"3"}'), ["body.StatusCode"]),
        (_answer('{"StatusCode":3,"Error":null}'), ["body.Error"]),
        (_answer("{}"), ["body.StatusCode"]),
        (_answer("3"), ["body"]),
        (_answer('{"StatusCode":3}', status=201), ["status"]),
        (_answer('{"StatusCode":3}', ended=False), ["ended"]),
        (_answer('{"StatusCode":3}', head_first=False), ["head first"]),
        (_answer('{"StatusCode":3}', headers={"content-type": "application/json"}), ["chunked"]),
        (
            _answer('{"StatusCode":3}', headers={"content-type": "text/plain"}),
            ["body", "chunked", "header content-type"],
        ),
    ],
)
def test_what_a_client_can_tell_apart_is_a_difference(other: Answer, where: list[str]) -> None:
    assert sorted(_told_apart(WAIT, _answer('{"StatusCode":3}'), other)) == where


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ('{"Id":"x","State":{"Status":"running"},"GraphDriver":{}}', []),
        ('{"Id":"x","State":{"Status":"running"}}', []),
        ('{"Id":"x","State":{"Status":"exited"}}', ["body.State.Status"]),
        ('{"Id":"x","State":{}}', ["body.State.Status"]),
        ('{"Id":"x","State":null}', ["body.State"]),
        ('{"Id":"x","State":{"Status":"running"},"Own":1}', ["body.Own"]),
    ],
)
def test_keys_that_nobody_reads_may_be_missing(other: str, where: list[str]) -> None:
    engine = '{"Id":"x","State":{"Status":"running"},"GraphDriver":{"Name":"overlay2"}}'
    assert _told_apart(INSPECT, _answer(engine), _answer(other)) == where


@pytest.mark.parametrize(
    ("call", "where", "engine", "standin", "accepted"),
    [
        ("ping", "header api-version", "1.45", "1.44", True),
        ("ping", "header api-version", "1.45", "1.43", False),
        ("ping", "header api-version", "1.41", "1.44", False),
        ("info", "status", 500, 404, False),
        ("pull a tag that does not exist", "status", 500, 404, True),
        ("pull a tag that does not exist", "status", 500, 200, False),
        ("create from a JSON list", "body.message", "invalid JSON: json: cannot unmarshal x", "no", False),
    ],
)
def test_only_what_is_meant_is_accepted(call: str, where: str, engine: Any, standin: Any, *, accepted: bool) -> None:
    difference = Difference(where, engine, standin)
    assert any(each.covers(call, difference) for each in ACCEPTED) is accepted


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a stand-in of its own."""
    folder = tmp_path_factory.mktemp("standin")
    path = folder / "docker.sock"
    argv = [sys.executable, "-m", "standin", "--socket", str(path)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(argv, cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=log) as daemon,
    ):
        assert daemon.stderr is not None
        banner = daemon.stderr.readline()
        assert str(path) in banner.decode(), banner
        provide_images(str(path))
        provide_images(ENGINE)
        yield str(path)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=30) == 0


@pytest.mark.engine
@pytest.mark.skipif(not ENGINE, reason="ENGINE_SOCKET names no Docker Engine (python -m tests.engine up --dir DIR)")
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_standin_answers_as_the_engine_does(call: Call, standin: str, request: pytest.FixtureRequest) -> None:
    label = f"d{request.node.callspec.indices['call']}-pytest"
    outcome = judge(call, look(call, ENGINE, label), look(call, standin, label))
    assert not outcome.differing, "\n".join(difference.line() for difference in outcome.differing)
