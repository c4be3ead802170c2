"""What an attach can be answered: every answer ends in a status or an error, in time, and nothing is raised."""

from __future__ import annotations

import gc
import threading
from itertools import pairwise

import pytest

from support.api.frames import STDOUT
from support.api.hijack import Hijack
from support.api.recording import Recorder
from tests.core.fakes import PATIENCE, Peer, answer, serving
from tests.core.hijacking import QUERY, SWITCHING, answer_to, attach_to, attached, out

SHORT = 0.2  # seconds; a deadline that is to pass

pytestmark = pytest.mark.parametrize("kind", ["unix", "tcp"])


def nothing_more(peer: Peer) -> None:
    """The connection stays open until the client gives it up."""
    peer.read_to_end()


def test_the_request_is_an_upgrade_as_docker_clients_send_it(kind: str) -> None:
    exchange, request = answer_to(kind, lambda peer: peer.send(SWITCHING))
    assert (request.method, request.path, request.query) == ("POST", "/containers/1/attach", QUERY)
    assert request.target.startswith("/v1.44/")
    assert (
        request.headers["Host"] == "localhost" if kind == "unix" else request.headers["Host"].startswith("127.0.0.1:")
    )
    wanted = {"Connection": "Upgrade", "Upgrade": "tcp", "Content-Type": "text/plain", "Content-Length": "0"}
    assert {name: request.headers[name] for name in wanted} == wanted
    assert exchange.query == QUERY


def test_an_exec_start_sends_its_body(kind: str) -> None:
    def serve(peer: Peer) -> None:
        request = peer.read_request()
        assert request.json == {"Detach": False, "Tty": False}
        assert request.headers["Content-Type"] == "application/json"
        peer.send(SWITCHING)

    with serving(serve, kind) as server:
        body = {"Detach": False, "Tty": False}
        stream = Hijack(server.endpoint, Recorder(), "/v1.44/exec/1/start", {}, body)
        assert stream.open(PATIENCE).status == 101
        assert stream.exchange.request_body == body
        stream.close()


@pytest.mark.parametrize("reason", ["UPGRADED", "Switching Protocols", ""])
def test_101_hands_over_the_connection_whatever_it_is_called(kind: str, reason: str) -> None:
    head = f"HTTP/1.1 101 {reason}\r\nApi-Version: 1.44\r\n\r\n".encode()
    with attached(kind, nothing_more, head) as stream:
        assert stream.is_open
        assert (stream.exchange.reason, stream.exchange.header("api-version")) == (reason, "1.44")
        assert stream.exchange.head_after is not None


def test_output_in_one_segment_with_the_head_is_not_lost(kind: str) -> None:
    with attached(kind, lambda peer: None, SWITCHING + out(b"early\n") + out(b"bird\n")) as stream:
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"early\nbird\n"


def test_a_head_may_come_byte_by_byte(kind: str) -> None:
    def trickle(peer: Peer) -> None:
        for at, to in pairwise(range(len(SWITCHING) + 1)):
            peer.send(SWITCHING[at:to])
        peer.send(out(b"late\n"))

    with attached(kind, trickle, b"") as stream:
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"late\n"


def test_100_continue_is_no_answer_yet(kind: str) -> None:
    with attached(kind, nothing_more, b"HTTP/1.1 100 Continue\r\n\r\n" + SWITCHING) as stream:
        assert stream.is_open


@pytest.mark.parametrize(
    "reply",
    [
        answer(409, {"message": "it is paused"}),
        b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'd\r\n{"message": "\r\nE\r\nit is paused"}\r\n0\r\n\r\n',
        b'HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n{"message": "it is paused"}',
        b'HTTP/1.0 409 Conflict\r\n\r\n{"message": "it is paused"}',
    ],
    ids=["length", "chunked", "close", "HTTP/1.0"],
)
def test_another_status_is_read_to_its_end(kind: str, reply: bytes) -> None:
    exchange, _ = answer_to(kind, lambda peer: peer.send(reply))
    assert (exchange.status, exchange.error) == (409, "")
    assert exchange.json() == {"message": "it is paused"}
    assert exchange.done_after is not None


def test_another_status_ends_with_its_length_and_not_with_the_connection(kind: str) -> None:
    def reply(peer: Peer) -> None:
        peer.send(answer(404, {"message": "no such container"}))
        nothing_more(peer)

    exchange, _ = answer_to(kind, reply)
    assert (exchange.status, exchange.message()) == (404, "no such container")


def test_200_without_a_hand_over_is_read_but_no_stream(kind: str) -> None:
    def reply(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + out(b"x"))

    with serving(lambda peer: (peer.read_request(), reply(peer))[1], kind) as server:
        stream = attach_to(server)
        assert (stream.open(PATIENCE).status, stream.exchange.raw) == (200, out(b"x"))
        assert not stream.is_open
        with pytest.raises(AssertionError, match=r"there is no hijacked connection: #1 POST .* -> 200"):
            stream.write(b"exit 0\n", PATIENCE)


@pytest.mark.parametrize("size", [0, 1, 12, 21, 23, 60, len(SWITCHING) - 3, len(SWITCHING) - 1])
def test_a_hang_up_before_the_head_is_whole_is_no_answer(kind: str, size: int) -> None:
    exchange, _ = answer_to(kind, lambda peer: peer.send(SWITCHING[:size]))
    assert exchange.status is None
    assert exchange.error.startswith("no complete answer: ")


@pytest.mark.parametrize(
    "reply",
    [
        b'HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{"message": "x"}',
        b"HTTP/1.1 500 No\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"HTTP/1.1 500 No\r\nContent-Length: 999999999999\r\n\r\nx",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhe",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nnothing of the kind\r\n",
    ],
    ids=["length", "huge", "big", "chunk", "huge-chunk", "no-chunk"],
)
def test_a_body_that_breaks_off_is_an_error_beside_the_status(kind: str, reply: bytes) -> None:
    exchange, _ = answer_to(kind, lambda peer: peer.send(reply))
    assert exchange.status == 500
    assert exchange.error.startswith("no complete answer: ")


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/2 101 UPGRADED\r\n\r\n",
        b"HTTP/1.1 101 UPGRADED\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 101 " + b"x" * 70_000 + b"\r\n\r\n",
        out(b"no head at all"),
    ],
    ids=["ssh", "tls", "status", "HTTP/2", "headers", "line", "frames"],
)
def test_what_is_no_http_is_no_answer(kind: str, reply: bytes) -> None:
    exchange, _ = answer_to(kind, lambda peer: peer.send(reply))
    assert exchange.status is None
    assert exchange.error.startswith("no complete answer: ")
    assert "\n" not in exchange.line()


def test_a_daemon_that_never_answers_is_given_up(kind: str) -> None:
    exchange, _ = answer_to(kind, nothing_more, SHORT)
    assert (exchange.status, exchange.error) == (None, "no complete answer within 0.2 s")


def test_a_request_that_nobody_reads_is_given_up(kind: str) -> None:
    tested = threading.Event()
    with serving(lambda peer: (tested.wait(PATIENCE), None)[1], kind) as server:
        stream = Hijack(server.endpoint, Recorder(), "/v1.44/exec/1/start", {}, {"much": "x" * 8_000_000})
        assert stream.open(SHORT).error == "no complete answer within 0.2 s"
        tested.set()


def test_a_head_that_drips_is_given_up(kind: str) -> None:
    given_up = threading.Event()

    def drip(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 101 ")
        while not given_up.wait(0.02):
            peer.send(b"x")

    def serve(peer: Peer) -> None:
        peer.read_request()
        drip(peer)

    with serving(serve, kind) as server:
        exchange = attach_to(server).open(SHORT)
        given_up.set()
    assert (exchange.status, exchange.error) == (None, "no complete answer within 0.2 s")


def test_a_body_that_never_ends_is_given_up(kind: str) -> None:
    def reply(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nforever")
        nothing_more(peer)

    exchange, _ = answer_to(kind, reply, SHORT)
    assert (exchange.status, exchange.error) == (200, "no complete answer within 0.2 s")


def test_ctrl_c_in_mid_answer_is_raised_and_nothing_else_is_said(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", said.append)

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    with serving(nothing_more, kind) as server:
        monkeypatch.setattr("support.api.wire.Wire.receive", interrupted)
        stream = attach_to(server)
        with pytest.raises(KeyboardInterrupt) as caught:
            stream.open(PATIENCE)
        # Kept by nothing but itself, as behave keeps a step's: all that it holds is collected at once, in any order.
        caught.value.__cause__ = caught.value
        stream.close()
        del stream, caught
        gc.collect()
    assert said == []


def test_nobody_there_is_no_answer(kind: str) -> None:
    with serving(nothing_more, kind) as server:
        server.die()
        stream = attach_to(server)
        exchange = stream.open(PATIENCE)
        assert exchange.error.startswith("no complete answer: ConnectionRefusedError: ")
        assert not stream.is_open
        stream.close()
