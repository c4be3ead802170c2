"""The recorded SDK client: whatever a daemon answers is an exchange, in time, and one that died is told at once."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docker.errors import DockerException

from support.api import wire
from support.api.client import DockerApi, raw_call, unversioned
from support.api.frames import STDOUT
from support.api.recording import BODY_LIMIT, Recorder, labelled
from support.redaction import HIDDEN
from support.verdicts import TargetGone
from tests.core.fakes import PATIENCE, Peer, Request, Server, answer, answering, serving

SHORT = 0.2  # seconds; a deadline that is to pass
both_kinds = pytest.mark.parametrize("kind", ["unix", "tcp"])


def api_at(server: Server, within: float = PATIENCE) -> DockerApi:
    return DockerApi(server.endpoint, "1.44", Recorder(), within)


def routes(answers: dict[str, bytes]) -> Callable[[Peer], None]:
    """Answers by path; a path that is missing hangs up."""
    return answering(lambda request: answers.get(request.path, b""))


ALIVE = {"/_ping": answer(200, b"OK", kind="text/plain", api_version="1.44")}


@both_kinds
def test_an_exchange_is_recorded_with_all_its_parts(kind: str) -> None:
    seen: list[Request] = []

    def respond(request: Request) -> bytes:
        seen.append(request)
        return answer(201, {"Id": "abc", "Warnings": []}, api_version="1.44")

    with serving(answering(respond), kind) as server:
        api = api_at(server)
        with labelled(job="runner", criterion="TST-011-AC-04", subject="network"):
            exchange = api.ask(lambda client: client.create_network("net", labels={"a": "b"}))
    assert api.recorder.since(0) == [exchange]
    assert (exchange.method, exchange.path, exchange.status) == ("POST", "/v1.44/networks/create", 201)
    assert exchange.request_body["Labels"] == {"a": "b"}
    assert exchange.request_body == seen[0].json
    assert exchange.header("Api-Version") == "1.44"
    assert (exchange.body, exchange.json()) == ({"Id": "abc", "Warnings": []}, {"Id": "abc", "Warnings": []})
    assert exchange.label.job == "runner" and exchange.label.criterion == "TST-011-AC-04"
    assert exchange.head_after is not None and exchange.done_after is not None
    assert exchange.error == ""


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"message": "No such container: x"}),
        (404, {"error": "in another form"}),
        (404, ["in another form"]),
        (500, b"null"),
        (500, b"it panicked"),
        (409, b""),
        (304, b""),
        (302, b""),
        (200, b"<html>"),
        (200, {"unexpected": []}),
        (200, [1, None, "x"]),
    ],
)
def test_every_status_and_body_is_an_exchange_and_none_an_exception(status: int, body: Any) -> None:
    with serving(answering(lambda _: answer(status, body, location="/elsewhere"))) as server:
        api = api_at(server)
        for call in (
            lambda client: client.inspect_container("x"),
            lambda client: client.wait("x"),
            lambda client: client.containers(all=True),
            lambda client: client.create_container("alpine", ["sh"]),
            raw_call("DELETE", "/containers/x", force="true"),
        ):
            exchange = api.ask(call)
            assert (exchange.status, exchange.error) == (status, "")
    assert len(api.recorder.since(0)) == 5


def test_the_wire_form_is_as_written() -> None:
    with serving(
        answering(lambda request: answer(200, {"target": request.target, "method": request.method}))
    ) as server:
        api = api_at(server)
        told = api.ask(raw_call("DELETE", "/containers/x", force="true", v="1")).json()
        assert told == {"method": "DELETE", "target": "/v1.44/containers/x?force=true&v=1"}
        assert api.ask(unversioned("/_ping")).json()["target"] == "/_ping"


def test_secrets_are_not_recorded() -> None:
    with serving(answering(lambda _: answer(200, {"Token": "hunter2"}))) as server:
        exchange = api_at(server).ask(
            lambda client: client.create_container("x", environment={"PG_PASSWORD": "hunter2"})
        )
    assert exchange.request_body["Env"] == [f"PG_PASSWORD={HIDDEN}"]
    assert "hunter2" not in exchange.as_json()


class Unread(bytes):
    """A body that nobody may decode."""

    def decode(self, *_: object) -> str:
        raise AssertionError("it was read")


@pytest.mark.parametrize(
    ("head", "recorded"),
    [
        (b"etc/motd\0\xff", "{size} bytes, beginning b'etc/motd\\x00\\xff" + "." * 54 + "'"),
        (b"PG_PASSWORD=hunter2 ", f"{{size}} bytes, beginning b'PG_PASSWORD={HIDDEN} " + "." * 44 + "'"),
        (b'{"password": "hunter2', "{size} bytes"),
    ],
    ids=["archive", "secret", "json"],
)
def test_of_a_long_body_its_size_and_its_beginning_are_recorded(head: bytes, recorded: str) -> None:
    body = Unread(head + b"." * BODY_LIMIT)
    with serving(answering(lambda request: answer(200, {"size": len(request.body)}))) as server:
        exchange = api_at(server).ask(lambda client: client.put(f"{client.base_url}/v1.44/images/load", data=body))
    assert exchange.json() == {"size": len(body)}
    assert exchange.request_body == recorded.format(size=len(body))


def test_a_body_of_bytes_that_is_not_long_is_recorded_whole() -> None:
    body = b"." * BODY_LIMIT
    with serving(answering(lambda _: answer(200, {}))) as server:
        exchange = api_at(server).ask(lambda client: client.put(f"{client.base_url}/v1.44/images/load", data=body))
    assert exchange.request_body == body.decode()


@both_kinds
@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 ", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"message"', 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 200),
    ],
    ids=["nothing", "half-a-line", "ssh", "short", "huge", "chunk", "gzip"],
)
def test_an_answer_that_is_none_or_breaks_off_is_an_error(kind: str, reply: bytes, status: int | None) -> None:
    def serve(peer: Peer) -> None:
        request = peer.read_request()
        peer.send(ALIVE.get(request.path, reply))

    with serving(serve, kind) as server:
        exchange = api_at(server).ask(lambda client: client.inspect_container("x"))
    assert exchange.status == status
    assert exchange.error and "\n" not in exchange.line()


def test_one_route_that_hangs_up_makes_no_daemon_dead() -> None:
    for alive in (ALIVE, {"/version": answer(200, {"ApiVersion": "1.44"})}, {"/_ping": answer(500, b"no")}):
        with serving(routes(alive)) as server:
            api = api_at(server)
            assert api.ask(lambda client: client.info()).status is None
            assert api.gone == ""


def test_an_answer_has_one_deadline_however_it_drips() -> None:
    given_up = threading.Event()

    def serve(peer: Peer) -> None:
        if peer.read_request().path != "/info":
            peer.send(ALIVE["/_ping"])
            return
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not given_up.wait(0.02):
            peer.send(b" ")

    with serving(serve) as server:
        api = api_at(server)
        exchange = api.ask(lambda client: client.info(), within=SHORT)
        given_up.set()
    assert (exchange.status, exchange.error) == (200, "no complete answer within 0.2 s")


def test_many_small_writes_one_right_after_the_other_are_read_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    wait = threading.Event.wait

    def noted(event: threading.Event, timeout: float | None = None) -> bool:
        pauses.append(timeout or 0.0)
        return wait(event, timeout)

    line, lines = b"#" * 59 + b"\n", 20_000

    def chatty(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(line) * lines))
        for _ in range(lines):
            peer.send(line)

    monkeypatch.setattr(threading.Event, "wait", noted)
    with serving(chatty) as server:
        exchange = api_at(server).ask(lambda client: client.info())
    assert (exchange.error, exchange.raw) == ("", line * lines)
    assert pauses.count(wire._PAUSE) < 20


def test_a_route_that_never_answers_is_an_error_of_that_exchange() -> None:
    def serve(peer: Peer) -> None:
        if peer.read_request().path != "/info":
            peer.send(ALIVE["/_ping"])
        else:
            peer.read_to_end()

    with serving(serve) as server:
        api = api_at(server, SHORT)
        exchange = api.ask(lambda client: client.info())
        assert (exchange.status, exchange.error) == (None, "no complete answer within 0.2 s")
        assert api.ask(unversioned("/_ping")).status == 200
        server.die()


@both_kinds
def test_a_daemon_that_died_is_gone_for_good(kind: str) -> None:
    with serving(routes(ALIVE), kind) as server:
        api = api_at(server)
        api.ask(unversioned("/_ping"))
        server.die()
        with pytest.raises(TargetGone) as caught:
            api.ask(lambda client: client.info())
        line = str(caught.value)
        assert line.startswith(
            f"the daemon at {server.endpoint.url} does not answer any more; last: #2 GET /v1.44/info"
        )
        assert "ConnectionRefusedError" in line and "\n" not in line
        asked = api.recorder.last_number
        for again in (lambda: api.ask(unversioned("/_ping")), lambda: api.hijack("/containers/1/attach")):
            with pytest.raises(TargetGone, match="does not answer any more; last: #2 GET"):
                again()
        assert api.recorder.last_number == asked, "a daemon that is gone is not asked again"


def test_a_daemon_that_hangs_is_gone_after_a_few_deadlines() -> None:
    with serving(lambda peer: (peer.read_to_end(), None)[1]) as server:
        api = api_at(server, SHORT)
        with pytest.raises(TargetGone, match=r"no complete answer within 0.2 s"):
            api.ask(lambda client: client.info())
        server.die()


def test_a_daemon_that_dies_under_an_open_wait_is_gone_although_its_head_had_come() -> None:
    waiting = threading.Event()

    def serve(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        waiting.set()
        peer.read_to_end()

    with serving(serve) as server:
        api = api_at(server)
        with labelled(job="runner"):
            pending = api.begin(lambda client: client.wait("x", condition="not-running"), "wait")
            assert waiting.wait(PATIENCE) and not pending.is_over(SHORT)
            server.die()
            with pytest.raises(TargetGone, match=r"does not answer any more; last: #1 POST /v1.44/containers/x/wait"):
                pending.answer(PATIENCE)
        assert len(api.recorder.of_job("runner")) == 1, "the look whether it lives is no call of the job"


def handed_over(peer: Peer) -> None:
    """Answers pings, and an attach by a frame and a hang-up once the client has sent two bytes."""
    path = peer.read_request().path
    if path in ALIVE:
        peer.send(ALIVE[path])
        return
    peer.send(b"HTTP/1.1 101 UPGRADED\r\n\r\n" + b"\x01\x00\x00\x00\x00\x00\x00\x01x")
    peer.socket.recv(2)


def test_a_daemon_that_dies_under_a_stream_is_gone_although_the_stream_ended_well() -> None:
    with serving(handed_over) as server:
        stream = api_at(server).hijack("/containers/1/attach")
        assert stream.wait_for(lambda: bool(stream.output(STDOUT)), PATIENCE)
        server.die()
        gone = r"does not answer any more; last: #1 POST /v1.44/containers/1/attach -> 101"
        with pytest.raises(TargetGone, match=gone):
            stream.wait_end(PATIENCE)
        with pytest.raises(TargetGone, match=gone):
            stream.write(b"too late", PATIENCE)


def test_a_stream_that_ends_on_a_daemon_that_lives_has_ended() -> None:
    with serving(handed_over) as server:
        stream = api_at(server).hijack("/containers/1/attach")
        stream.write(b"ab", PATIENCE)
        assert stream.wait_end(PATIENCE)
        with pytest.raises(AssertionError, match="stdin was not taken"):
            stream.write(b"too late", PATIENCE)


def test_a_wait_that_breaks_off_on_a_daemon_that_lives_is_its_answer() -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(lambda peer: peer.send(ALIVE.get(peer.read_request().path, cut))) as server:
        exchange = api_at(server).begin(lambda client: client.wait("x"), "wait").answer(PATIENCE)
    assert exchange.status == 200
    assert exchange.error


def test_a_daemon_that_dies_under_a_hijack_is_gone() -> None:
    with serving(routes({})) as server:
        api = api_at(server)
        with pytest.raises(
            TargetGone, match=r"last: #1 POST /v1.44/containers/1/attach\?stdin=true -> no complete answer"
        ):
            api.hijack("/containers/1/attach", {"stdin": "true"})


def test_a_hijack_that_is_refused_is_an_exchange() -> None:
    with serving(answering(lambda _: answer(404, {"message": "no such container"}))) as server:
        assert api_at(server).hijack("/containers/1/attach").exchange.status == 404


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.inspect_container(None), DockerException),
        (lambda client: client.create_network("n", labels="wrong"), TypeError),
        (lambda client: client.no_such_call(), AttributeError),
        (lambda client: client.start("x", "surplus"), DockerException),
        (lambda client: client.inspect_container("x")["Absent"], KeyError),
    ],
    ids=["no-name", "wrong-type", "no-call", "surplus", "wrong-use"],
)
def test_misuse_of_the_sdk_is_not_taken_for_an_answer(call: Any, error: type[Exception]) -> None:
    with serving(answering(lambda _: answer(200, {}))) as server:
        with pytest.raises(error):
            api_at(server).ask(call)
        assert api_at(server).ask(lambda client: client.info()).status == 200


def test_a_call_under_way_is_told_from_one_that_is_over() -> None:
    released = threading.Event()

    def respond(request: Request) -> bytes:
        assert request.query == {"condition": "not-running"}
        assert released.wait(PATIENCE)
        return answer(200, {"StatusCode": 0})

    with serving(answering(respond)) as server:
        with labelled(criterion="TST-011-AC-13"):
            pending = api_at(server).begin(lambda client: client.wait("x", condition="not-running"), "wait")
        assert not pending.is_over(SHORT)
        assert pending.exchange is not None and pending.exchange.status is None
        released.set()
        exchange = pending.answer(PATIENCE)
        assert pending.is_over()
    assert (exchange.json(), exchange.label.criterion) == ({"StatusCode": 0}, "TST-011-AC-13")


@both_kinds
def test_nothing_of_the_users_own_docker_reaches_the_daemon(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    login = base64.b64encode(b"me:hunter2").decode()
    config = {
        "auths": {"https://index.docker.io/v1/": {"auth": login}, "registry.example": {"auth": login}},
        "HttpHeaders": {"X-Mine": "hunter2"},
        "proxies": {"default": {"httpProxy": "http://me:hunter2@proxy:1"}},
        "detachKeys": "ctrl-x",
        "currentContext": "elsewhere",
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://me:hunter2@127.0.0.1:1")
    for name, value in {
        "DOCKER_CONFIG": str(tmp_path),
        "DOCKER_HOST": "tcp://127.0.0.1:1",
        "DOCKER_API_VERSION": "1.30",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "NO_PROXY": "",
    }.items():
        monkeypatch.setenv(name, value)
    seen: list[Request] = []

    def respond(request: Request) -> bytes:
        seen.append(request)
        return answer(200, {"Id": "x"})

    with serving(answering(respond), kind) as server:
        api = api_at(server)
        api.ask(lambda client: client.pull("registry.example/alpine", tag="latest"))
        api.ask(lambda client: client.create_container("alpine", ["sh"]))
        api.ask(lambda client: client.exec_create("x", ["sh"]))
    assert [request.path for request in seen] == ["/images/create", "/containers/create", "/containers/x/exec"]
    assert all(request.target.startswith("/v1.44/") for request in seen)
    sent = " ".join(f"{request.headers} {request.body!r}" for request in seen)
    for trace in ("hunter2", login, "X-Mine", "detachKeys", "_proxy", "X-Registry-Auth"):
        assert trace.lower() not in sent.lower()


def test_a_name_of_the_daemons_that_is_no_text_is_an_exchange_that_was_never_made() -> None:
    half = json.loads('"\\ud800"')
    with serving(answering(lambda _: answer(200, {}))) as server:
        api = api_at(server)
        for call in (lambda client: client.inspect_volume(half), raw_call("GET", f"/volumes/{half}")):
            exchange = api.ask(call)
            assert exchange.status is None
            assert "a name in it is no text: surrogates not allowed" in exchange.line()
            assert exchange in api.recorder.since(0)
        stream = api.hijack(f"/containers/{half}ü\r\nX: y/attach")
    assert stream.exchange.path == "/v1.44/containers/\\ud800ü\r\nX: y/attach"
