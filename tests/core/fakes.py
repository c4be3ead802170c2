"""Servers whose every byte a test decides, on a unix socket or a TCP port of 127.0.0.1."""

from __future__ import annotations

import json
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from support.api.endpoint import Endpoint

PATIENCE = 5.0  # seconds; nothing in a test of ours lasts that long, so whoever waits for longer has failed


@dataclass(frozen=True)
class Request:
    """What a client asked; ``path`` without the API version."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        path = unquote(urlsplit(self.target).path)
        head, slash, rest = path.removeprefix("/").partition("/")
        return f"/{rest}" if slash and head.startswith("v1.") else path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_request(self) -> Request:
        """The next request. Raises ``EOFError`` where the client has no more."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("Content-Length", "0"))
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return Request(method, target, headers, body)

    def read(self, size: int) -> bytes:
        """So many raw bytes."""
        while len(self._rest) < size:
            self._more()
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def read_to_end(self) -> bytes:
        """Everything until the client half-closes."""
        with suppress(EOFError):
            while True:
                self._more()
        data, self._rest = self._rest, b""
        return data

    def reset(self) -> None:
        """End the connection so that the client's next read fails (TCP)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._rest += data


Serve = Callable[[Peer], None]


class Server:
    """Gives each connection to ``serve``, in a thread of its own; what fails there fails the test."""

    def __init__(self, listener: socket.socket, endpoint: Endpoint, serve: Serve) -> None:
        self.endpoint = endpoint
        self.over = threading.Event()
        self.connections = 0
        self.errors: list[BaseException] = []
        self._serve = serve
        self._listener = listener
        self._peers: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(PATIENCE)
                self.connections += 1
                self._peers.append(connection)
                thread = threading.Thread(target=self._handle, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            self._serve(Peer(connection))
        except (EOFError, ConnectionError):
            pass  # the client's right at any time
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            if not self.over.is_set():
                self.errors.append(error)
        finally:
            connection.close()

    def die(self) -> None:
        """What a killed daemon leaves: a socket at which nobody listens, and broken connections."""
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._peers:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it and its connections; raises what failed in them."""
        if not self.over.is_set():
            self.die()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not [thread for thread in self._threads if thread.is_alive()], "a connection is still served"
        if self.errors:
            raise self.errors[0]


@contextmanager
def serving(serve: Serve, kind: str = "unix") -> Iterator[Server]:
    """A server on a fresh ``unix`` socket or ``tcp`` port."""
    with tempfile.TemporaryDirectory(prefix="core-") as folder:
        if kind == "unix":
            path = str(Path(folder) / "daemon.sock")
            listener, endpoint = socket.socket(socket.AF_UNIX), Endpoint(path=path)
            listener.bind(path)
        else:
            listener = socket.socket(socket.AF_INET)
            listener.bind(("127.0.0.1", 0))
            endpoint = Endpoint(host="127.0.0.1", port=listener.getsockname()[1])
        listener.listen(64)
        server = Server(listener, endpoint, serve)
        try:
            yield server
        finally:
            server.close()


def answer(status: int, body: bytes | object = b"", *, kind: str = "application/json", **headers: str) -> bytes:
    """A whole HTTP answer; what is not bytes becomes JSON. ``api_version`` means the header Api-Version."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    all_headers = {"Content-Type": kind, "Content-Length": str(len(payload))} | named
    lines = [f"HTTP/1.1 {status} Because", *(f"{name}: {value}" for name, value in all_headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + payload


def answering(respond: Callable[[Request], bytes]) -> Serve:
    """Requests of a connection answered one after the other; ``b""`` hangs up."""

    def serve(peer: Peer) -> None:
        while reply := respond(peer.read_request()):
            peer.send(reply)

    return serve
