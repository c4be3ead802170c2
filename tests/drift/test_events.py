"""What a stream of events may be like: split anywhere, without a head, with too much in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.drift.events import Events
from support.driver import Driver
from tests.core.fakes import PATIENCE, Peer, serving

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = 0.2  # seconds; a deadline that is to pass


def event(action: str, container: str = "a" * 64, **attributes: str) -> bytes:
    said = {"Type": "container", "Action": action, "Actor": {"ID": container, "Attributes": attributes}}
    return json.dumps(said).encode() + b"\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@contextmanager
def listening(converse: Callable[[Peer], None], head: bytes = HEAD) -> Iterator[Events]:
    """Events of a server that answers ``head`` and then does what ``converse`` says."""

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(head)
        converse(peer)

    with serving(serve, "unix") as server:
        driver: Any = Driver.__new__(Driver)
        driver.api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        driver.name, driver.check_time = "test", lambda: None
        events = Events(driver, "DRIFT-01")
        events.open()
        try:
            yield events
        finally:
            events.close()
            events.wait_until(lambda: False, PATIENCE)
            assert events.ended, "the reader goes on"


def actions(events: Events) -> list[str]:
    return [each.action for each in events.of("a" * 64)]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_events_may_come_in_pieces_of_any_size(size: int) -> None:
    data = event("die", exitCode="3") + event("destroy")

    def converse(peer: Peer) -> None:
        for at in range(0, len(data), size):
            peer.send(chunk(data[at : at + size]))
        peer.send(chunk(b""))

    with listening(converse) as events:
        events.wait_until(lambda: False, PATIENCE)
        assert actions(events) == ["die", "destroy"]
        assert (events.ended, events.problem) == (True, "")
        assert str(events.of("a" * 64)[0]) == "die (exitCode 3)"


def test_an_event_counts_as_soon_as_it_is_whole_with_or_without_a_line_feed() -> None:
    def converse(peer: Peer) -> None:
        peer.send(chunk(event("die").strip()))
        peer.read_to_end()

    with listening(converse) as events:
        events.wait_for("a" * 64, "die", PATIENCE)
        assert (actions(events), events.ended) == (["die"], False)


def test_other_kinds_and_other_containers_are_told_apart() -> None:
    network = json.dumps({"Type": "network", "Action": "connect", "Actor": {"ID": "n"}}).encode() + b"\n"

    def converse(peer: Peer) -> None:
        peer.send(chunk(network + event("die", "b" * 64) + event("destroy") + b'"text"\n{"Type": "container"}\n'))
        peer.send(chunk(b""))

    with listening(converse) as events:
        events.wait_until(lambda: False, PATIENCE)
        assert actions(events) == ["destroy"]
        assert [each.action for each in events.of_others(["a" * 64])] == ["die", "None"]


def test_a_head_that_comes_with_the_first_event_only_is_waited_for_no_longer_than_the_event() -> None:
    with listening(lambda peer: peer.read_to_end(), head=b"") as events:
        events.wait_for("a" * 64, "die", SHORT)
        assert "no answer within" in events.open().error


def test_a_refusal_has_its_message() -> None:
    refusal = b'HTTP/1.1 501 Not Implemented\r\nContent-Length: 17\r\n\r\n{"message": "no"}'
    with listening(lambda _: None, head=refusal) as events:
        assert (events.open().status, events.open().message()) == (501, "no")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{" + b" " * 140_000 + b"\n", "more than 131072 bytes in one event"),
        (b"[" * 60_000 + b"\n", "it ended with what is no event"),
        (b"this is no event\n", "it ended with what is no event"),
    ],
)
def test_what_is_no_event_is_a_problem_of_the_stream(data: bytes, problem: str) -> None:
    def converse(peer: Peer) -> None:
        peer.send(chunk(data))
        peer.send(chunk(b""))

    with listening(converse) as events:
        events.wait_until(lambda: False, PATIENCE)
        assert problem in events.problem


def test_a_stream_that_breaks_off_is_a_problem() -> None:
    with listening(lambda peer: peer.send(b"20\r\nhalf")) as events:
        events.wait_until(lambda: False, PATIENCE)
        assert "before the end of its body" in events.problem
