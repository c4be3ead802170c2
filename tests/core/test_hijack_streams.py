"""A hijacked connection: raw bytes in, frames out, and an end or a deadline whatever the daemon does."""

from __future__ import annotations

import hashlib
import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.api.frames import STDERR, STDOUT, Frame, encode
from support.api.hijack import Hijack
from tests.core.fakes import PATIENCE, Peer, serving
from tests.core.hijacking import SWITCHING, attach_to, attached, err, out

SHORT = 0.2  # seconds; a deadline that is to pass
BIG = 4 * 1024 * 1024  # bytes; more than sockets of either kind hold

pytestmark = pytest.mark.parametrize("kind", ["unix", "tcp"])


def sent_by(stream: Hijack, sender: str) -> list[dict[str, object]]:
    return [event for event in stream.exchange.frames if event["from"] == sender]


def test_stdin_arrives_raw_and_output_comes_in_frames(kind: str) -> None:
    script = b'echo "build-output"\nexit 0\n\x00\xff\x01\x00\x00\x00\x00\x00\x00\x02'

    def converse(peer: Peer) -> None:
        assert peer.read(len(script)) == script
        peer.send(out(b"build-output\n") + err(b"oh\n"))

    with attached(kind, converse) as stream:
        stream.write(script, PATIENCE)
        assert stream.wait_end(PATIENCE)
        assert (stream.output(STDOUT), stream.output(STDERR)) == (b"build-output\n", b"oh\n")
        assert not stream.malformed and not stream.is_open
        assert stream.describe() == "stdout b'build-output\\n', stderr b'oh\\n', stream closed by the daemon"


def test_what_was_said_is_kept_as_evidence_by_size_and_beginning(kind: str) -> None:
    def converse(peer: Peer) -> None:
        peer.read_to_end()
        peer.send(out(b"12345") + err(b"1"))

    with attached(kind, converse) as stream:
        stream.write(b"exit 0\n", PATIENCE)
        stream.half_close()
        assert stream.wait_end(PATIENCE)
        ours = [{**event, "at": 0} for event in sent_by(stream, "client")]
        theirs = [{**event, "at": 0} for event in sent_by(stream, "daemon")]
    assert ours == [
        {"at": 0, "from": "client", "bytes": 7, "text": "exit 0\n"},
        {"at": 0, "from": "client", "event": "half-close"},
    ]
    assert theirs == [
        {"at": 0, "from": "daemon", "bytes": 5, "stream": 1, "text": "12345"},
        {"at": 0, "from": "daemon", "bytes": 1, "stream": 2, "text": "1"},
        {"at": 0, "from": "daemon", "event": "closed"},
    ]
    assert stream.exchange.done_after is not None


def test_a_half_close_is_end_of_file_for_the_daemon_and_output_still_flows(kind: str) -> None:
    def converse(peer: Peer) -> None:
        script = peer.read_to_end()
        peer.send(out(b"read " + script))

    with attached(kind, converse) as stream:
        stream.write(b"all", PATIENCE)
        assert stream.is_open
        stream.half_close()
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"read all"


def test_output_before_any_stdin_is_seen_at_once(kind: str) -> None:
    with attached(kind, lambda peer: (peer.send(out(b"ready\n")), peer.read_to_end())[0]) as stream:
        assert stream.wait_for(lambda: stream.output(STDOUT) == b"ready\n", PATIENCE)
        assert stream.is_open
        assert "still open" in stream.describe()


def test_single_bytes_of_output_add_up(kind: str) -> None:
    data = out(b"one\n") + err(b"") + err(b"two\n")

    def converse(peer: Peer) -> None:
        for byte in data:
            peer.send(bytes([byte]))

    with attached(kind, converse) as stream:
        assert stream.wait_end(PATIENCE)
        assert (stream.output(STDOUT), stream.output(STDERR)) == (b"one\n", b"two\n")
        assert (stream.kept[STDOUT].frames, stream.kept[STDERR].frames) == (1, 2)


def test_much_stdin_while_the_daemon_writes_much_does_not_lock_up(kind: str) -> None:
    payload = bytes(range(256)) * (BIG // 256)
    digest, begin = hashlib.sha256(), threading.Event()

    def converse(peer: Peer) -> None:
        assert begin.wait(PATIENCE)
        # Writes first and reads afterwards: who writes stdin without reading beside it would wait for ever.
        for at in range(0, len(payload), 65536):
            peer.send(out(payload[at : at + 65536]))
        assert peer.read_to_end() == payload
        peer.send(err(b"done"))

    with attached(kind, converse) as stream:
        stream.kept[STDOUT].follow = digest.update
        begin.set()
        stream.write(payload, PATIENCE)
        stream.half_close()
        assert stream.wait_end(PATIENCE)
        assert digest.digest() == hashlib.sha256(payload).digest()
        assert stream.output(STDERR) == b"done"


def test_stdin_that_nobody_reads_ends_with_its_deadline(kind: str) -> None:
    tested = threading.Event()
    with attached(kind, lambda peer: (tested.wait(PATIENCE), None)[1]) as stream:
        with pytest.raises(AssertionError, match=r"stdin was not taken within 0.2 s: #1 POST .* -> 101"):
            stream.write(bytes(2 * BIG), SHORT)
        tested.set()


def test_stdin_after_the_daemon_closed_is_refused_and_a_half_close_is_not(kind: str) -> None:
    with attached(kind, lambda peer: peer.send(out(b"bye\n"))) as stream:
        assert stream.wait_end(PATIENCE)
        with pytest.raises(AssertionError, match="stdin was not taken: the connection is closed already"):
            stream.write(b"too late\n", PATIENCE)
        stream.half_close()
        assert stream.output(STDOUT) == b"bye\n"


def test_a_daemon_that_ends_its_output_while_stdin_is_written_still_gets_all_of_it(kind: str) -> None:
    """The reader that sees the end must not close the socket under the writer's hands."""
    opened, taken, streams, arrived = threading.Event(), threading.Event(), list[Hijack](), list[bytes]()

    def converse(peer: Peer) -> None:
        arrived.append(peer.read(1))  # the writer is at it
        peer.socket.shutdown(socket.SHUT_WR)
        assert opened.wait(PATIENCE) and streams[0].wait_end(PATIENCE)
        arrived.append(peer.read(2 * BIG - 1))
        taken.set()

    with attached(kind, converse) as stream:
        streams.append(stream)
        opened.set()
        stream.write(bytes(2 * BIG), PATIENCE)
        assert stream.ended and taken.wait(PATIENCE)
    assert b"".join(arrived) == bytes(2 * BIG)


def test_a_stream_that_never_ends_ends_with_the_deadline_and_can_be_given_up(kind: str) -> None:
    with attached(kind, lambda peer: (peer.send(out(b"on and on\n")), peer.read_to_end())[0]) as stream:
        assert stream.wait_for(lambda: bool(stream.output(STDOUT)), PATIENCE)
        assert not stream.wait_end(SHORT)
        assert stream.is_open
        stream.close()
        assert stream.wait_end(PATIENCE)


def test_a_wait_for_output_ends_when_the_stream_does(kind: str) -> None:
    with attached(kind, lambda peer: peer.send(out(b"other\n"))) as stream:
        assert not stream.wait_for(lambda: b"wanted" in stream.output(STDOUT), 3600)


@pytest.mark.parametrize("cut", [1, 7, 8, 10])
def test_an_end_inside_a_frame_is_told(kind: str, cut: int) -> None:
    with attached(kind, lambda peer: peer.send(out(b"whole\n") + out(b"cut\n")[:cut])) as stream:
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"whole\n"
        assert stream.malformed.startswith("the stream ended inside a frame, at byte 14: ")
        assert [event.get("event") for event in sent_by(stream, "daemon")] == [None, stream.malformed, "closed"]


def test_what_is_no_frame_is_told_at_once_and_stdin_still_arrives(kind: str) -> None:
    def converse(peer: Peer) -> None:
        peer.send(out(b"whole\n"))
        peer.send(b"plain text\n")
        assert peer.read_to_end() == b"exit 0\n"
        peer.send(b"and more of it, also " + out(b"what would be a frame\n"))

    with attached(kind, converse) as stream:
        assert not stream.wait_for(lambda: b"plain" in stream.output(STDOUT), 3600)
        assert stream.malformed == "no frame header at byte 14: b'plain text\\n'"
        assert stream.is_open
        stream.write(b"exit 0\n", PATIENCE)
        stream.half_close()
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"whole\n"
        assert [event.get("event") for event in sent_by(stream, "daemon")] == [None, stream.malformed, "closed"]


def test_a_frame_for_every_byte_is_no_burden(kind: str) -> None:
    data = bytes(range(256)) * 20
    with attached(kind, lambda peer: peer.send(b"".join(out(data[at : at + 1]) for at in range(len(data))))) as stream:
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == data
        noted = sent_by(stream, "daemon")[:-1]
        assert len(noted) < 200
        assert sum(int(str(event["bytes"])) for event in noted) == len(data) == stream.kept[STDOUT].frames
        assert sum(int(str(event.get("frames", 1))) for event in noted) == len(data)


def test_a_broken_connection_is_no_clean_end(kind: str) -> None:
    def converse(peer: Peer) -> None:
        peer.send(out(b"whole\n"))
        assert peer.socket.recv(2) == b"12"
        # With unread stdin a unix socket is reset when it is closed, as TCP is.
        peer.reset()

    with attached(kind, converse) as stream:
        assert stream.wait_for(lambda: bool(stream.output(STDOUT)), PATIENCE)
        stream.write(b"1234", PATIENCE)
        assert stream.wait_end(PATIENCE)
        assert stream.malformed.startswith("the connection broke: ")
        assert stream.output(STDOUT) == b"whole\n"


def test_a_stream_outlasts_the_deadline_of_its_opening(kind: str) -> None:
    later = threading.Event()

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(SWITCHING)
        assert later.wait(PATIENCE)
        peer.send(out(b"late\n"))

    with serving(serve, kind) as server:
        stream = attach_to(server)
        assert stream.open(0.5).status == 101
        assert not stream.wait_end(0.6)
        later.set()
        assert stream.wait_end(PATIENCE)
    assert (stream.output(STDOUT), stream.malformed) == (b"late\n", "")


def test_what_came_before_a_stream_was_given_up_stays(kind: str) -> None:
    with attached(kind, lambda peer: (peer.send(out(b"kept\n")), peer.read_to_end())[0]) as stream:
        assert stream.wait_for(lambda: bool(stream.output(STDOUT)), PATIENCE)
        stream.close()
        stream.close()
        assert stream.wait_end(PATIENCE)
        assert stream.output(STDOUT) == b"kept\n"


@settings(max_examples=15)
@given(
    frames=st.lists(st.builds(Frame, st.sampled_from([STDOUT, STDERR]), st.binary(max_size=300)), max_size=6),
    size=st.integers(min_value=1, max_value=50),
)
def test_whatever_way_output_is_cut_it_is_the_same(kind: str, frames: list[Frame], size: int) -> None:
    data = b"".join(map(encode, frames))

    def converse(peer: Peer) -> None:
        for at in range(0, len(data), size):
            peer.send(data[at : at + size])

    with attached(kind, converse) as stream:
        assert stream.wait_end(PATIENCE)
        assert stream.malformed == ""
        for kind_of_output in (STDOUT, STDERR):
            kept, wanted = stream.kept[kind_of_output], [f.payload for f in frames if f.stream == kind_of_output]
            assert (kept.first, kept.frames) == (b"".join(wanted), len(wanted))
