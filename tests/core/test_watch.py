"""``/events`` beside a run: what is of the run is kept, what cannot be read is passed over, and the end never waits."""

from __future__ import annotations

import json
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.cleanup.inventory import RUN_LABEL
from support.cleanup.watch import EventWatch
from support.waiting import Deadline, done, not_yet, until
from tests.core.fakes import Peer, Serve, answer, serving

RUN = "0123456789"
ID = "a" * 64
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(action: str = "destroy", container: str = ID, **attributes: str) -> dict:
    labels = attributes or {RUN_LABEL: RUN, "name": f"build-{RUN}-abcd"}
    return {
        "Type": "container",
        "Action": action,
        "Actor": {"ID": container, "Attributes": labels},
        "time": 1_700_000_000,
    }


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def line(said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


def sends(*parts: bytes) -> Serve:
    """These, and then nothing more until the client goes."""

    def serve(peer: Peer) -> None:
        peer.read_request()
        for part in parts:
            peer.send(part)
        peer.read_to_end()

    return serve


def for_ever(part: bytes, first: bytes = HEAD) -> Serve:
    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(first)
        while True:
            peer.send(part)

    return serve


@contextmanager
def watching(serve: Serve, kind: str = "unix") -> Iterator[EventWatch]:
    with serving(serve, kind) as server:
        watch = EventWatch(DockerApi(server.endpoint, "1.44", Recorder(), 5.0), RUN).open()
        try:
            yield watch
        finally:
            deadline = Deadline(1.5)
            watch.close()
            assert deadline.remaining, "it holds up the end of the run"
            assert not watch._thread.is_alive()


def wait_for(is_so: Callable[[], object], what: str) -> None:
    until(lambda: done(True) if is_so() else not_yet("not so"), what, 10.0, every=0.01, up_to=0.05)


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_events_of_the_run_are_kept_however_they_are_cut(kind: str) -> None:
    data = line(event("die")) + line(event("destroy"))
    with watching(sends(HEAD, *(chunk(data[at : at + 7]) for at in range(0, len(data), 7))), kind) as watch:
        wait_for(lambda: len(watch.events()) == 2, "two events")
    die, destroy = watch.events()
    assert (die.action, destroy.action) == ("die", "destroy")
    assert (destroy.container, destroy.name, destroy.time) == (ID, f"build-{RUN}-abcd", 1_700_000_000)
    assert watch.problem == ""


def test_a_head_that_comes_with_the_first_event_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.cleanup.watch._CONNECTS_WITHIN", 0.2)
    late = threading.Event()

    def serve(peer: Peer) -> None:
        peer.read_request()
        late.wait(0.5)
        peer.send(HEAD + chunk(line(event())))
        peer.read_to_end()

    with watching(serve) as watch:
        wait_for(watch.events, "an event")


def test_it_asks_for_the_label_of_the_run_and_checks_what_comes() -> None:
    asked = []

    def serve(peer: Peer) -> None:
        asked.append(peer.read_request())
        others = [
            event(**{RUN_LABEL: "another", "name": "somebodys"}),
            event(name="nobody"),
            {"Type": "network", **{key: value for key, value in event().items() if key != "Type"}},
            event("exec_create: sh"),
            {"status": "destroy", "id": ID},
            {"Action": ["destroy"], "Actor": {"ID": [ID], "Attributes": [1]}},
            {"Action": "destroy", "Actor": {"ID": 7, "Attributes": {RUN_LABEL: RUN}}},
            *("text", 7, [], None),
        ]
        peer.send(HEAD + chunk(b"".join(map(line, others))) + chunk(line(event("kill"))))
        peer.read_to_end()

    with watching(serve) as watch:
        wait_for(watch.events, "an event")
    assert [each.action for each in watch.events()] == ["kill"]
    assert json.loads(asked[0].query["filters"]) == {"label": [f"{RUN_LABEL}={RUN}"]}


@pytest.mark.parametrize(
    "serve",
    [
        sends(answer(404, {"message": "page not found"})),
        sends(answer(501, b"")),
        sends(answer(200, b"")),
        sends(answer(200, b"[]")),
        sends(b"nonsense\r\n\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n"),
        sends(b"HTTP/1.1 301 Moved\r\nLocation: http://example.invalid/\r\n\r\n"),
        sends(b""),
        sends(HEAD),
        sends(HEAD, chunk(b"\xff\xfe\n" * 200)),
        sends(HEAD, chunk(b"[" * 100_000 + b"\n")),
        Peer.reset,
    ],
)
def test_where_there_are_none_it_is_silent(serve: Serve) -> None:
    with watching(serve) as watch:
        watch._thread.join(0.3)
    assert (watch.events(), watch.problem) == ([], "")


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        (for_ever(chunk(line(event(name="x" * 50)) * 100)), "more than 4194304 bytes of body"),
        (for_ever(chunk(line(event()) * 100)), "more than 1000 events are about"),
        (for_ever(chunk(b"x" * 10_000)), "more than 131072 bytes in one event"),
        (for_ever(chunk(b"[{}\n")), "one event in too many pieces"),
        (for_ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b""), "more than 65536 bytes of head"),
        (for_ever(b"X: y\r\n", b"HTTP/1.1 200 OK\r\n"), "more than 65536 bytes of head"),
    ],
)
def test_an_endless_flood_is_given_up_and_costs_little(serve: Serve, problem: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with watching(serve) as watch:
        watch._thread.join(20.0)
        assert not watch._thread.is_alive()
    assert watch.problem.startswith(problem)
    assert len(watch.events()) <= 1000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_it_ends_though_the_daemon_takes_no_connection() -> None:
    api = DockerApi(DockerApi, "1.44", Recorder(), 5.0)  # type: ignore[arg-type]
    held, gone = threading.Event(), threading.Event()

    class Endpoint:
        def connect(self, _timeout: float) -> None:
            held.wait(5.0)
            gone.set()
            raise ConnectionRefusedError

    api.endpoint = Endpoint()  # type: ignore[assignment]
    watch, deadline = EventWatch(api, RUN).open(), Deadline(4.0)
    watch.close()
    assert deadline.remaining
    held.set()
    assert gone.wait(5.0)


def test_an_end_is_waited_for_only_while_its_destruction_may_follow() -> None:
    said = threading.Event()

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(HEAD + chunk(line(event("die"))))
        assert said.wait(5.0)
        peer.send(chunk(line(event("destroy"))))
        peer.read_to_end()

    with watching(serve) as watch:
        wait_for(watch.events, "an event")
        deadline = Deadline(0.5)
        watch.settle(["b" * 64])
        assert deadline.remaining, "of another container"
        threading.Timer(0.2, said.set).start()
        watch.settle([ID])
        assert [each.action for each in watch.events()] == ["die", "destroy"]
        watch.settle([ID])
