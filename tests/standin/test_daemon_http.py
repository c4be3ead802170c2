"""The stand-in's HTTP: heads, errors, versions, connections that stay and connections that go."""

from __future__ import annotations

import json
import socket
import threading

import pytest

import standin.routes  # noqa: F401 - fills the table
from standin.router import ROUTES
from tests.standin.conftest import Client, UnixConnection


def test_ping_tells_the_version_and_is_not_kept(client: Client) -> None:
    answer = client.call("GET", "/_ping")
    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers["api-version"] == "1.44"
    assert answer.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    assert (answer.headers["ostype"], answer.headers["docker-experimental"]) == ("linux", "false")
    assert client.call("HEAD", "/_ping").body == b""


def test_the_stand_in_is_never_taken_for_sockerless(client: Client) -> None:
    assert client.call("GET", "/version").body["Platform"]["Name"] == "Sockerless acceptance stand-in"
    assert client.call("GET", "/info").body["Name"] == "standin-memory"


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nothing/here", 404, "page not found"),
        ("GET", "/v1.99/nothing/here", 404, "page not found"),
        ("PUT", "/v1.44/info", 404, "page not found"),
        ("GET", "/v1.99/info", 400, "client version 1.99 is too new. Maximum supported API version is 1.44"),
        ("GET", "/v2/info", 400, "client version 2 is too new. Maximum supported API version is 1.44"),
    ],
)
def test_what_is_not_served_gets_dockers_answer(
    client: Client, method: str, path: str, status: int, message: str
) -> None:
    answer = client.call(method, path)
    assert (answer.status, answer.body) == (status, {"message": message})


def test_too_old_a_version_is_refused_and_an_old_one_served(client: Client) -> None:
    assert client.call("GET", "/v1.23/info").body["message"].startswith("client version 1.23 is too old. Minimum")
    assert client.call("GET", "/v1.24/info").status == 200


@pytest.mark.parametrize(
    ("body", "media", "message"),
    [
        (b"{", "application/json", "invalid JSON: unexpected EOF"),
        (b"{x}", "application/json", "invalid JSON: invalid character 'x'"),
        (b"[]", "application/json", "invalid JSON: an object is needed, not a list"),
        (b"{}", "text/plain", "unsupported Content-Type header (text/plain): must be 'application/json'"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes, media: str, message: str) -> None:
    answer = client.call("POST", "/containers/create", body, {"Content-Type": media})
    assert (answer.status, answer.body) == (400, {"message": message})


def test_a_connection_serves_request_after_request(client: Client) -> None:
    connection = UnixConnection(client.path)
    for path, status in (("/_ping", 200), ("/containers/none/json", 404), ("/images/create", 404), ("/info", 200)):
        connection.request("POST" if "create" in path else "GET", path)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()


def test_requests_may_be_sent_ahead(client: Client) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(client.path)
        raw.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET /_ping HTTP/1.0\r\n\r\n")
        data = b""
        while chunk := raw.recv(65536):
            data += chunk
    assert data.count(b"HTTP/1.1 200 OK") == 4


def test_what_is_no_http_is_refused_and_the_daemon_goes_on(client: Client) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(client.path)
        raw.sendall(b"how do you do\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert client.call("GET", "/_ping").status == 200


def test_wait_sends_its_headers_at_once(client: Client) -> None:
    id_ = client.run("sleep", "60")
    connection = UnixConnection(client.path)
    connection.request("POST", f"/containers/{id_}/wait")
    response = connection.getresponse()
    assert (response.status, response.getheader("Transfer-Encoding")) == (200, "chunked")
    assert client.inspect(id_)["State"]["Running"]
    client.call("POST", f"/containers/{id_}/kill")
    assert json.loads(response.read()) == {"StatusCode": 137}


def test_clients_that_leave_are_forgotten_and_slow_ones_hold_nobody_up(client: Client) -> None:
    id_ = client.create(
        "sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890; i=$((i+1)); done"
    )
    slow, gone, quick = (client.attach(id_, "stdout", "stream") for _ in range(3))
    gone.socket.close()
    client.start(id_)
    assert len(quick.outputs()[0]) == 20000 * 32
    assert client.wait(id_) == 0
    assert len(slow.outputs()[0]) == 20000 * 32


def test_an_event_stream_ends_with_its_client(client: Client) -> None:
    connection = UnixConnection(client.path)
    connection.request("GET", "/events")
    response = connection.getresponse()
    connection.close()
    response.close()
    id_ = client.run("true")
    assert client.wait(id_) == 0


def test_many_clients_at_once(client: Client) -> None:
    statuses: list[int] = []
    calls = [threading.Thread(target=lambda: statuses.append(client.call("GET", "/info").status)) for _ in range(30)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert statuses == [200] * 30


def test_each_route_says_what_needs_it() -> None:
    assert all(entry.needed_by for entry in ROUTES)
    assert len({(entry.method, entry.path) for entry in ROUTES}) == len(ROUTES)
