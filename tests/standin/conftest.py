"""A stand-in daemon of its own for each test module, and a client that sees bytes."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.api.frames import STDERR, STDOUT, decode, joined

WITHIN = 10.0  # seconds; nothing here takes one


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("standin", timeout=WITHIN)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WITHIN)
        self.sock.connect(self._path)


@dataclass
class Answer:
    """Status, headers with names in lower case, and the body, decoded where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


class Stream:
    """A hijacked connection."""

    def __init__(self, path: str, target: str, body: Any = None, *, upgrade: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WITHIN)
        self.socket.connect(path)
        payload = b"" if body is None else json.dumps(body).encode()
        asked = "Connection: Upgrade\r\nUpgrade: tcp\r\n" if upgrade else ""
        head = f"POST /v1.44{target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{asked}"
        self.socket.sendall(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
        self.head, self._early = self._head()

    def _head(self) -> tuple[str, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65536)
        head, _, early = data.partition(b"\r\n\r\n")
        return head.decode(), early

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def send(self, data: bytes, *, end: bool = False) -> None:
        self.socket.sendall(data)
        if end:
            self.socket.shutdown(socket.SHUT_WR)

    def read(self) -> bytes:
        """Everything up to the daemon's close."""
        data = self._early
        while chunk := self.socket.recv(65536):
            data += chunk
        return data

    def until(self, words: bytes) -> bytes:
        """What came, as soon as it holds ``words``."""
        while words not in self._early:
            chunk = self.socket.recv(65536)
            assert chunk, f"closed after {self._early!r}"
            self._early += chunk
        return self._early

    def outputs(self) -> tuple[bytes, bytes]:
        """stdout and stderr up to the daemon's close."""
        frames = decode(self.read())
        return joined(frames, STDOUT), joined(frames, STDERR)


@dataclass
class Client:
    """Calls to one daemon; what ``create`` made is removed by ``clear``."""

    path: str
    made: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = UnixConnection(self.path)
        payload = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, payload, {"Content-Type": "application/json"} | (headers or {}))
        response = connection.getresponse()
        data = response.read()
        connection.close()
        is_json = response.getheader("Content-Type") == "application/json" and data.count(b"\n") == 1
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, json.loads(data) if is_json else data)

    def create(self, *command: str, name: str = "", image: str = "alpine:latest", **config: Any) -> str:
        query = f"?name={name}" if name else ""
        body = {"Image": image, "Cmd": list(command), **config}
        answer = self.call("POST", f"/containers/create{query}", body)
        assert answer.status == 201, answer
        self.made.append(answer.body["Id"])
        return self.made[-1]

    def start(self, id_: str) -> None:
        answer = self.call("POST", f"/containers/{id_}/start")
        assert answer.status == 204, answer

    def run(self, *command: str, **config: Any) -> str:
        self.start(id_ := self.create(*command, **config))
        return id_

    def wait(self, id_: str, condition: str = "") -> int:
        query = f"?condition={condition}" if condition else ""
        return int(self.call("POST", f"/containers/{id_}/wait{query}").body["StatusCode"])

    def inspect(self, id_: str) -> dict[str, Any]:
        answer = self.call("GET", f"/containers/{id_}/json")
        assert answer.status == 200, answer
        return dict(answer.body)

    def attach(self, id_: str, *streams: str, upgrade: bool = True) -> Stream:
        query = "&".join(f"{stream}=1" for stream in streams or ("stdin", "stdout", "stderr", "stream"))
        return Stream(self.path, f"/containers/{id_}/attach?{query}", upgrade=upgrade)

    def logs(self, id_: str, query: str = "stdout=1&stderr=1") -> tuple[bytes, bytes]:
        frames = decode(self.call("GET", f"/containers/{id_}/logs?{query}").body)
        return joined(frames, STDOUT), joined(frames, STDERR)

    def clear(self) -> None:
        for id_ in self.made:
            self.call("DELETE", f"/containers/{id_}?force=1&v=1")
        self.made.clear()


def serve(path: Path, *options: str) -> subprocess.Popen[str]:
    """A daemon process that answers at ``path``, or has ended."""
    argv = [sys.executable, "-m", "standin", "--socket", str(path), *options]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            Client(str(path)).call("GET", "/_ping")
            break
        except OSError:
            continue
    return process


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a daemon that has pulled alpine."""
    folder = tmp_path_factory.mktemp("standin")
    process = serve(folder / "docker.sock", "--state", str(folder))
    try:
        client = Client(str(folder / "docker.sock"))
        assert client.call("POST", "/images/create?fromImage=alpine&tag=latest").status == 200
        yield client.path
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(WITHIN)
        said = process.stderr.read() if process.stderr else ""
    assert code == 0
    assert len(said.splitlines()) == 1, said
    assert list(folder.iterdir()) == []


@pytest.fixture
def client(served: str) -> Iterator[Client]:
    """Calls to that daemon; the containers that a test makes go with it."""
    own = Client(served)
    yield own
    own.clear()
