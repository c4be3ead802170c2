"""A replay ends at the first difference, names the call and both sides, and has noted in the ledger what it creates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.api.client import DockerApi
from support.api.endpoint import Endpoint
from support.api.recording import Recorder, exchanges_of
from support.cleanup.inventory import Note
from support.cleanup.ledger import Ledger
from support.recordings.format import Call, End, Event, GiveUp, Head, Recording
from support.recordings.replay import Replay
from support.run import Run
from support.settings import Settings
from support.target import Target
from tests.core.fakes import Peer, Request, answer, answering, serving

ID = "c" * 64
CREATE = Call(
    1,
    1,
    "POST",
    "/containers/create",
    (201,),
    {"name": "x-{run}"},
    {"Image": "a", "Labels": None, "HostConfig": {"Binds": ["v-{run}:/data"]}},
    answer={"Id": "{container x}"},
)
START = Call(2, 1, "POST", "/containers/{container x}/start", (204,))
WAIT = Call(3, 1, "POST", "/containers/{container x}/wait", (200,), answer={"StatusCode": 0}, is_open=True)
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _replay(folder: Path, endpoint: Endpoint, *events: Event) -> Replay:
    api = DockerApi(endpoint, "1.44", Recorder(), 2.0)
    ledger = Ledger.open(folder, endpoint.url)
    run = Run(Settings(exchange_timeout=2.0), api.recorder, Target("socket", "", api, {}, {}), ledger, lambda _: None)
    return Replay(run, Recording("some", "", "", events))


def _asked(folder: Path, respond: Callable[[Request], bytes], *events: Event) -> tuple[Replay, list[Request]]:
    """The replay, run, and what was asked."""
    requests: list[Request] = []

    def noting(request: Request) -> bytes:
        requests.append(request)
        return respond(request)

    with serving(answering(noting)) as server:
        replay = _replay(folder, server.endpoint, *events)
        try:
            replay.run()
        finally:
            replay.close()
        assert server.connections == 1, "a connection is kept as the recorded client kept it"
    return replay, requests


def _fine(request: Request) -> bytes:
    return answer(201, {"Id": ID}) if request.path.endswith("/create") else answer(204)


def test_what_it_creates_is_named_labelled_and_noted(tmp_path: Path) -> None:
    replay, (create, start) = _asked(tmp_path, _fine, CREATE, START)
    ledger = replay.driver.ledger
    assert start.path == f"/containers/{ID}/start"
    name = create.query["name"]
    assert ledger.names(name)
    assert create.json["Labels"] == ledger.label
    volume = name.replace("x-", "v-", 1)
    assert create.json["HostConfig"]["Binds"] == [f"{volume}:/data"]
    assert ledger.open_notes == [Note("container", name), Note("volume", volume)]


def test_what_has_no_name_gets_one(tmp_path: Path) -> None:
    nameless = Call(1, 1, "POST", "/networks/create", (201,), body={"Driver": ""}, answer={"Id": "{network x}"})
    replay, (create,) = _asked(tmp_path, _fine, nameless)
    assert replay.driver.ledger.open_notes == [Note("network", create.json["Name"])]


@pytest.mark.parametrize(
    ("respond", "says"),
    [
        (lambda request: answer(200, {"Id": ID}), "call 1, POST /containers/create of some.*Seen: 200.*Expected: 201"),
        (lambda request: answer(500, {"message": "no room"}), "Seen: 500 no room\nExpected: 201"),
        (lambda request: answer(201, {"Id": "short"}), "Seen: Id is 'short'\nExpected: Id is '{container x}'"),
        (lambda request: answer(201, b"text"), "the answer is not JSON but b'text'"),
    ],
)
def test_the_first_difference_is_named(tmp_path: Path, respond: Callable[[Request], bytes], says: str) -> None:
    with pytest.raises(AssertionError, match=f"(?s){says}") as caught:
        _asked(tmp_path, respond, CREATE, START)
    assert [exchange.path for exchange in exchanges_of(caught.value)] == ["/v1.44/containers/create"]


def _serving_wait(peer: Peer, head_first: bool) -> None:
    while True:
        request = peer.read_request()
        if not request.path.endswith("/wait"):
            peer.send(_fine(request))
            continue
        body = json.dumps({"StatusCode": 0}).encode()
        rest = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        if head_first:
            peer.send(HEAD)
        peer.socket.settimeout(0.5 if head_first else 1.0)
        try:
            assert not peer.socket.recv(1)
            return  # given up
        except TimeoutError:
            peer.send(rest if head_first else HEAD + rest)


@pytest.mark.parametrize("head_first", [True, False])
def test_headers_of_a_wait_come_before_its_body(tmp_path: Path, head_first: bool) -> None:
    with serving(lambda peer: _serving_wait(peer, head_first)) as server:
        replay = _replay(tmp_path, server.endpoint, CREATE, WAIT, Head(3), End(3))
        try:
            if head_first:
                replay.run()
            else:
                with pytest.raises(AssertionError, match="Expected: headers at once, the body when it has ended"):
                    replay.run()
        finally:
            replay.close()


def test_a_call_is_given_up_where_the_client_gave_it_up(tmp_path: Path) -> None:
    with serving(lambda peer: _serving_wait(peer, True)) as server:
        replay = _replay(tmp_path, server.endpoint, CREATE, WAIT, Head(3), GiveUp(3), START)
        try:
            replay.run()
        finally:
            replay.close()
        assert server.connections == 2
