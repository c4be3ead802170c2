"""A proxy that answers the calls of one route with a trick, and passes everything else on."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.api.endpoint import Endpoint
from tests.chaos.hostile.cases import Case
from tests.chaos.hostile.tricks import CANARY, Asked

_CHUNK = 64 * 1024  # bytes
_PATIENCE = 60.0  # seconds for one read or write


@dataclass
class Served:
    """What was seen meanwhile: how often the trick was played, and what a client did that none may do."""

    played: int = 0
    wrong: list[str] = field(default_factory=list)


class _Proxy:
    def __init__(self, case: Case, upstream: Endpoint, listener: socket.socket) -> None:
        self.served = Served()
        self._case = case
        self._upstream = upstream
        self._listener = listener
        self._over = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in list(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(_PATIENCE)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._in_thread(self._answer, self._opened(self._listener.accept()[0]))

    def _in_thread(self, work: object, *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()
        return thread

    def _opened(self, connection: socket.socket) -> socket.socket:
        connection.settimeout(_PATIENCE)
        self._sockets.append(connection)
        return connection

    def _closed(self, *connections: socket.socket) -> None:
        for connection in connections:
            self._sockets.remove(connection)
            connection.close()

    def _answer(self, client: socket.socket) -> None:
        try:
            with suppress(OSError, EOFError):
                asked = _request(client)
                if CANARY in asked.head:
                    self.served.wrong.append(f"a cookie or header of an answer came back in {asked.line}")
                if asked.line.split(" ")[1].startswith("/elsewhere"):
                    self.served.wrong.append(f"a redirect was followed: {asked.line}")
                if self._case.route.fits(asked.method, asked.path):
                    self._play(client, asked)
                else:
                    self._pass_on(client, asked)
        finally:
            self._closed(client)

    def _play(self, client: socket.socket, asked: Asked) -> None:
        self.served.played += 1
        if self._case.trick.needs_truth or self._case.route.is_done:
            asked.truth = self._truth(asked)
        for piece in self._case.trick.play(asked):
            if isinstance(piece, float):
                if self._over.wait(piece):
                    return
                client.settimeout(0.0)
                with suppress(BlockingIOError):
                    if not client.recv(_CHUNK):
                        return
                client.settimeout(_PATIENCE)
            else:
                client.sendall(piece)

    def _truth(self, asked: Asked) -> bytes:
        """The daemon's own answer."""
        with self._upstream.connect(_PATIENCE) as daemon:
            daemon.sendall(asked.closing())
            return b"".join(iter(lambda: daemon.recv(_CHUNK), b""))

    def _pass_on(self, client: socket.socket, asked: Asked) -> None:
        daemon = self._opened(self._upstream.connect(_PATIENCE))
        daemon.settimeout(None)
        client.settimeout(None)
        try:
            daemon.sendall(asked.closing())
            back = self._in_thread(_carry, daemon, client)
            _carry(client, daemon)
            back.join()
        finally:
            self._closed(daemon)


def _carry(source: socket.socket, to: socket.socket) -> None:
    """All bytes, then the end; who does not take them any more is told to the other side."""
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            to.sendall(data)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        source.shutdown(socket.SHUT_RD)


def _request(client: socket.socket) -> Asked:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(client)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += _more(client)
    return Asked(head, body)


def _more(client: socket.socket) -> bytes:
    data = client.recv(_CHUNK)
    if not data:
        raise EOFError
    return data


@contextmanager
def serving(case: Case, upstream: Path, path: Path) -> Iterator[Served]:
    """The case at the unix socket ``path``, in front of the daemon at ``upstream``, in threads of this process."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        proxy = _Proxy(case, Endpoint(path=str(upstream)), listener)
        try:
            yield proxy.served
        finally:
            proxy.close()
