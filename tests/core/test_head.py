"""A HEAD's connection is looked at after the answer, where a client would take a body for the next answer."""

from __future__ import annotations

import pytest

from support.api import head as module
from support.api.client import DockerApi
from support.api.head import head
from support.api.recording import Exchange, Recorder
from tests.core.fakes import PATIENCE, Peer, serving

HEAD = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\n"


def asked(sent: bytes, kind: str = "unix", *, keeps_open: bool = False) -> Exchange:
    def serve(peer: Peer) -> None:
        request = peer.read_request()
        if request.method == "GET":  # whether it is alive at all
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        assert (request.target, request.headers["Connection"]) == ("/_ping", "close")
        peer.send(sent)
        if keeps_open:
            peer.read_to_end()

    with serving(serve, kind) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        return api.ask(head(api, "/_ping"))


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_the_head_is_the_whole_answer_whatever_length_it_announces(kind: str) -> None:
    answer = asked(HEAD, kind)
    assert (answer.status, answer.header("api-version"), answer.raw, answer.error) == (200, "1.44", b"", "")
    assert answer.line().startswith("#1 HEAD /_ping -> 200 after ")


@pytest.mark.parametrize("body", [b"OK", b"0\r\n\r\n"])
def test_what_follows_is_seen(body: bytes) -> None:
    assert asked(HEAD + body).raw == body


def test_a_connection_that_is_not_closed_has_no_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENT_FOR", 0.05)
    answer = asked(HEAD, keeps_open=True)
    assert (answer.status, answer.raw, answer.error) == (200, b"", "")


@pytest.mark.parametrize("sent", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 2"])
def test_no_answer_is_an_error_of_the_exchange(sent: bytes) -> None:
    answer = asked(sent)
    assert answer.status is None
    assert answer.error
