"""What nobody waits for any more is given up, and does not keep the run."""

from __future__ import annotations

import threading

import pytest

from support.api.client import DockerApi, unversioned
from support.api.recording import Recorder
from support.background import Background
from tests.core.fakes import PATIENCE, Peer, answer, serving


def test_who_waits_is_let_go_and_who_asks_then_is_answered() -> None:
    asked = threading.Event()

    def serve(peer: Peer) -> None:
        if peer.read_request().path != "/info":
            peer.send(answer(200, b"OK"))
            return
        asked.set()
        peer.read_to_end()

    with serving(serve) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), 10 * PATIENCE)
        pending = api.begin(lambda client: client.info(), "info")
        assert asked.wait(PATIENCE)
        api.give_up()
        assert pending.answer(10 * PATIENCE).error == "given up when its scenarios were over"
        assert api.ask(unversioned("/_ping")).status == 200


def test_what_takes_long_is_made_to_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.background._ENDS_WITHIN", 0.05)
    let_go, ended = threading.Event(), threading.Event()
    ahead = Background()
    ahead.begin("work", lambda: let_go.wait(PATIENCE) and ended.set())
    ahead.end(let_go.set)
    assert ended.is_set()


def test_what_goes_on_all_the_same_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.background._ENDS_WITHIN", 0.05)
    monkeypatch.setattr("support.background._GIVEN_UP_WITHIN", 0.05)
    let_go = threading.Event()
    ahead = Background()
    ahead.begin("stubborn work", lambda: let_go.wait(PATIENCE))
    with pytest.raises(TimeoutError, match=r"still at work after .* stubborn work"):
        ahead.end(lambda: None)
    let_go.set()
