"""Whatever a daemon answers, an exchange ends with an answer or an error that names the limit."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from support.api.answer import AnswerReader
from support.api.bounds import BadAnswer, Budget, TooMuch, decoded
from support.api.client import DockerApi, unversioned
from support.api.frames import STDOUT, MalformedStream, decode
from support.api.hijack import Hijack
from support.api.kept_output import FIRST, KeptOutput
from support.api.recording import BODY_LIMIT, Exchange, Limits, Recorder, kept
from support.api.wire import Wire
from support.settings import Settings
from tests.core.fakes import PATIENCE, Peer, answer, serving
from tests.core.hijacking import SWITCHING, out

SMALL = Settings(max_head=2000, max_body=5000, max_nesting=10, max_kept=200_000, max_frames=3000, max_output=100_000)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SHORT = 0.2  # seconds


def read(data: bytes, *, method: str = "GET", piece: int = 1000) -> bytes:
    """The body of this answer, as it is read in pieces."""
    pieces = iter([data[at : at + piece] for at in range(0, len(data), piece)])
    reader = AnswerReader(lambda: next(pieces, b""), Limits(SMALL))
    return reader.body(method, reader.head())


def asked(reply: bytes | Callable[[Peer], None], within: float = PATIENCE) -> Exchange:
    """The exchange whose answer this is; pings are answered well."""

    def serve(peer: Peer) -> None:
        if peer.read_request().path != "/info":
            peer.send(answer(200, b"OK"))
        elif isinstance(reply, bytes):
            peer.send(reply)
        else:
            reply(peer)

    with serving(serve) as server:
        return DockerApi(server.endpoint, "1.44", Recorder(SMALL), PATIENCE).ask(lambda client: client.info(), within)


def endless(first: bytes, piece: bytes) -> Callable[[Peer], None]:
    def send(peer: Peer) -> None:
        peer.send(first)
        for each in repeat(piece):
            peer.send(each)

    return send


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhelloXXX", b"hello"),
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (OK + b"\r\nhello", b"hello"),
        (CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", b"hello"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK + b"content-length:5\n\nhello",
            b"hello",
        ),
        (b"HTTP/1.0 500\r\nX:\r\n  folded\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello", b""),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello"), b"hello"),
        (OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"hello"), b"hello"),
        (OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"hello", wbits=-15), b"hello"),
    ],
)
def test_answers_are_read_as_they_are_meant(reply: bytes, body: bytes, piece: int) -> None:
    assert read(reply, piece=piece) == body


@pytest.mark.parametrize(
    ("reply", "limit"),
    [
        (OK + b"X: " + b"y" * 2000, "max_head"),
        (OK + b"X: y\r\n" * 600, "max_head"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "max_head"),
        (CHUNKED + b"2\r\nhe\r\n0\r\n" + b"X: y\r\n" * 600, "max_head"),
        (CHUNKED + b"2;" + b"x" * 3000, "max_head"),
        (OK + b"Content-Length: 5001\r\n\r\n", "max_body"),
        (OK + b"Content-Length: 999999999999999999\r\n\r\n", "max_body"),
        (OK + b"\r\n" + b"x" * 6000, "max_body"),
        (CHUNKED + b"1388\r\n" + b"x" * 5000 + b"\r\n1\r\nx\r\n", "max_body"),
        (CHUNKED + b"fffffffffffff\r\n", "max_body"),
        (CHUNKED + b"1\r\nx\r\n" * 4001, "max_frames"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 100_000), "max_body"),
    ],
)
def test_what_is_over_a_limit_names_it(reply: bytes, limit: str) -> None:
    with pytest.raises(TooMuch, match=f"which is the limit {limit}$"):
        read(reply)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200 OK\r\n", "inside the answer's head"),
        (b"HTTP/1.1 000 No\r\n\r\n", "no HTTP/1.1"),
        (b"HTTP/1.1 -20 No\r\n\r\n", "no HTTP/1.1"),
        (b"HTTP/2 200 OK\r\n\r\n", "no HTTP/1.1"),
        (b"HTTP/1.1 " + b"2" * 1000 + b" OK\r\n\r\n", "no HTTP/1.1"),
        (OK + b"no header\r\n\r\n", "a header that is none"),
        (OK + b"X: y\r\n" * 101 + b"\r\n", "more than 100 headers"),
        (OK + b"Content-Length: -1\r\n\r\n", "is no length"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "is no length"),
        (OK + b"Content-Length: " + b"9" * 1000 + b"\r\n\r\n", "is no length"),
        (OK + b"Content-Length: 9\r\n\r\nab", "7 bytes before the end"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "none that was asked for"),
        (CHUNKED + b"-1\r\nx\r\n", "no size"),
        (CHUNKED + b"f" * 1000 + b"\r\n", "no size"),
        (CHUNKED + b"1\r\nxy\r\n", "does not end"),
        (CHUNKED + b"5\r\nx", "before the end"),
        (OK + b"Content-Encoding: gzip, gzip\r\n\r\n", "none that was asked for"),
        (OK + b"Content-Encoding: gzip\r\n\r\nabc", "not the gzip"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello")[:-4], "not one whole gzip"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a") * 2, "not one whole gzip"),
    ],
)
def test_what_is_no_answer_says_why(reply: bytes, why: str) -> None:
    with pytest.raises(BadAnswer, match=why):
        read(reply)


def test_a_bomb_is_never_unpacked() -> None:
    coder = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(coder.compress(bytes(1_000_000)) for _ in range(300)) + coder.flush()
    with pytest.raises(TooMuch, match="more than 1000 bytes of decompressed body"):
        decoded(bomb, "gzip", 1000)


@pytest.mark.parametrize(
    ("reply", "limit"),
    [
        (endless(OK, b"X-More: y\r\n"), "max_head"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "max_head"),
        (endless(OK + b"\r\n", b"x" * 1000), "max_body"),
        (endless(CHUNKED, b"1\r\nx\r\n" * 100), "max_frames"),
        (answer(200, b"[" * 1000), "max_nesting"),
        (answer(200, b"[" * 11 + b"]" * 11), "max_nesting"),
        (answer(200, b"[[" + b"[]," * 1600 + b"[]]]"), "max_kept"),
    ],
)
def test_an_exchange_over_a_limit_is_an_error_that_names_it(reply: Any, limit: str) -> None:
    exchange = asked(reply)
    assert exchange.error.endswith(f"which is the limit {limit}")
    assert "\n" not in exchange.line() and len(exchange.raw) <= BODY_LIMIT
    assert isinstance(exchange.as_json(), str)


def test_what_is_nested_as_deep_as_may_be_is_an_answer() -> None:
    exchange = asked(answer(200, b"[" * 10 + b"]" * 10))
    assert (exchange.error, exchange.json()) == ("", [[[[[[[[[[]]]]]]]]]])


def test_small_answers_are_kept_however_much_large_ones_took() -> None:
    limits = Limits(SMALL)
    kept(b"x" * 190_000, limits)
    with pytest.raises(TooMuch, match="max_kept"):
        kept(b"x" * 70_000, limits)
    assert kept(b'{"Id": "x"}', limits) == {"Id": "x"}


def test_what_there_is_no_room_for_is_not_read() -> None:
    limits = Limits(Settings(max_body=4_000_000, max_kept=1_500_000))
    asked_for: list[int] = []

    def receive() -> bytes:
        asked_for.append(1)
        return OK + b"Content-Length: 3000000\r\n\r\n" if len(asked_for) == 1 else b"x" * 1000

    reader = AnswerReader(receive, limits)
    with pytest.raises(TooMuch, match="max_kept"):
        reader.body("GET", reader.head())
    assert len(asked_for) == 1
    limits.kept.take(1_500_000)  # all of it is there again


def test_what_is_no_json_takes_no_room_for_its_values() -> None:
    limits = Limits(SMALL)
    kept(b"{}\n" * 2500, limits)
    limits.kept.take(200_000 - 7500)
    with pytest.raises(TooMuch):
        limits.kept.take(1)


def test_a_number_without_end_is_no_json_and_no_error() -> None:
    exchange = asked(answer(200, b'{"n": ' + b"9" * 4900 + b"}"))
    assert exchange.error == "" and isinstance(exchange.body, str)
    with pytest.raises(AssertionError, match="the answer is not JSON"):
        exchange.json()


def test_nothing_of_an_answer_is_obeyed() -> None:
    requests: list[Any] = []

    def serve(peer: Peer) -> None:
        requests.append(peer.read_request())
        peer.send(b"HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")

    with serving(serve) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        client = api.client()
        for _ in range(2):
            assert client.get(client.base_url + "/_ping").status_code == 307
    assert [request.path for request in requests] == ["/_ping", "/_ping"]
    assert not any("Cookie" in request.headers for request in requests)


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    """Neither a thread nor a file descriptor more than before."""

    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    yield
    until = time.monotonic() + PATIENCE
    while held() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert held() <= before


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    "reply",
    [
        lambda peer: peer.read_to_end(),
        lambda peer: (peer.send(OK + b"Content-Length: 100\r\n\r\n"), peer.read_to_end())[1],
        lambda peer: (peer.send(CHUNKED + b"5\r\nx"), peer.read_to_end())[1],
    ],
    ids=["silence", "no-body", "half-a-chunk"],
)
def test_an_exchange_that_is_given_up_leaves_no_thread_and_no_connection(reply: Callable[[Peer], None]) -> None:
    for _ in range(3):
        assert asked(reply, SHORT).error == "no complete answer within 0.2 s"


@pytest.mark.usefixtures("nothing_stays")
def test_an_answer_that_drips_ends_with_its_deadline_and_leaves_nothing() -> None:
    over = threading.Event()

    def drip(peer: Peer) -> None:
        peer.send(OK + b"X: ")
        while not over.wait(0.01):
            peer.send(b"y")

    began = time.monotonic()
    assert asked(drip, SHORT).error == "no complete answer within 0.2 s"
    assert time.monotonic() - began < PATIENCE
    over.set()


@pytest.mark.usefixtures("nothing_stays")
def test_who_drips_for_long_is_read_more_seldom_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, drops = [], 300
    receive = Wire.receive
    monkeypatch.setattr(Wire, "receive", lambda wire: reads.append(wire) or receive(wire))

    def drip(peer: Peer) -> None:
        peer.send(OK + b"Content-Length: %d\r\n\r\n" % drops)
        for _ in range(drops):
            peer.send(b"y")
            time.sleep(0.01)

    exchange = asked(drip, PATIENCE)
    assert (exchange.raw, exchange.error) == (b"y" * drops, "")
    assert len(reads) < drops / 2


@pytest.mark.usefixtures("nothing_stays")
def test_a_call_that_nobody_waits_for_any_more_leaves_nothing() -> None:
    with serving(lambda peer: (peer.read_request(), peer.read_to_end(), None)[2]) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        pending = api.begin(unversioned("/wait"), "wait")
        while pending.exchange is None:
            time.sleep(0.01)
        api.give_up()


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    ("piece", "limit"),
    [(out(b"x") * 1000, "max_frames"), (out(b"x" * 5000), "max_output"), (b"no frame", "max_output (a quarter of it)")],
)
def test_a_stream_over_a_limit_is_closed_and_names_it(piece: bytes, limit: str) -> None:
    def serve(peer: Peer) -> None:
        peer.read_request()
        endless(SWITCHING, piece)(peer)

    with serving(serve) as server:
        stream = Hijack(server.endpoint, Recorder(SMALL), "/v1.44/containers/1/attach", {})
        stream.open(PATIENCE)
        assert stream.wait_end(PATIENCE)
        said = [str(note.get("event")) for note in stream.exchange.frames]
    assert any(each.endswith(f"which is the limit {limit}") for each in said)
    assert stream.malformed


@pytest.mark.usefixtures("nothing_stays")
def test_a_stream_that_is_given_up_ends_its_reader() -> None:
    with serving(lambda peer: (peer.read_request(), peer.send(SWITCHING), peer.read_to_end(), None)[3]) as server:
        stream = Hijack(server.endpoint, Recorder(), "/v1.44/containers/1/attach", {})
        stream.open(PATIENCE)
        stream.close()
        assert stream.wait_end(PATIENCE)


def test_of_many_long_streams_less_is_kept_than_of_one() -> None:
    room = Budget(FIRST, "bytes", "max_kept")
    first, second = KeptOutput(room), KeptOutput(room)
    for kept_output in (first, second):
        for _ in range(20):
            kept_output.take(b"x" * 50_000)
    assert (len(first.first), first.is_whole) == (1_000_000, True)
    assert (len(second.first), second.is_whole) == (64 * 1024, False)
    assert "and more, 1000000 bytes" in str(second)


def test_a_finished_stream_of_too_many_frames_is_malformed() -> None:
    with pytest.raises(MalformedStream, match="more than 100000 frames"):
        decode(out(b"") * 100_001)
    assert len(decode(out(b"x") * 1000)) == 1000
    assert decode(out(b"x" * 100_000))[0].stream == STDOUT


def test_evidence_of_a_large_answer_is_cut() -> None:
    exchange = Recorder().begin("GET", "/x", {}, None)
    exchange.answered(200, "OK", {})
    exchange.keep(b"[" + b'"' + b"x" * 1000 + b'",' * 1 + b",".join([b'"' + b"y" * 1000 + b'"'] * 400) + b"]")
    assert len(exchange.body) == 401
    assert len(exchange.as_json()) < 2 * BODY_LIMIT
