"""One connection to a daemon: bytes written and read under a deadline, and given up from any thread."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from support.api.endpoint import Endpoint
from support.waiting import Deadline

CHUNK = 64 * 1024  # bytes of one read or write
_DROP = 256  # bytes; a read that brings fewer, and has waited for them, is one of drops
_SLOW = 0.005  # seconds; who has waited for less is sent many small pieces, one right after the other
_MANY = 100  # reads of drops, after which each read begins with a pause
_PAUSE = 0.25  # seconds


class Wire:
    """``give_up`` may be called by anybody and wakes who reads or writes; ``close`` is for whoever does that."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._socket: socket.socket | None = None
        self._given_up = threading.Event()
        self._comes_much = False
        self._drops = 0

    def open(self, within: float) -> None:
        """Connect. Raises ``OSError``, of which ``TimeoutError`` is one."""
        self._socket = self.endpoint.connect(within)
        self._socket.setblocking(False)
        self._check()

    def send(self, data: bytes, deadline: Deadline | None = None) -> None:
        """Write all of it. Raises ``OSError``, of which ``TimeoutError`` is one."""
        rest = memoryview(data)
        while rest:
            await_(self._connected(), select.POLLOUT, deadline)
            rest = rest[self._connected().send(rest[:CHUNK]) :]

    def receive(self, deadline: Deadline | None = None) -> bytes:
        """What has come, waited for until the deadline (None: for ever); empty at the end. Raises ``OSError``."""
        connection = self._connected()
        if deadline is None and self._comes_much:
            # Asking first whether there is something would cost as much as reading it.
            with suppress(BlockingIOError):
                return connection.recv(CHUNK)
        await_(connection, select.POLLIN, deadline)
        data = connection.recv(CHUNK)
        self._comes_much = len(data) == CHUNK
        return data

    def receive_gathered(self) -> bytes:
        """``receive``, for an answer that is used only once complete: where it drips, a read collects many drops."""
        if self._drops > _MANY:
            self._given_up.wait(_PAUSE)
        began = time.monotonic()
        data = self.receive()
        if len(data) >= _DROP:
            self._drops = 0
        elif time.monotonic() - began > _SLOW:
            self._drops += 1
        return data

    def half_close(self) -> None:
        """No more bytes from us. Raises ``OSError`` where the other end is gone."""
        self._connected().shutdown(socket.SHUT_WR)

    def has_news(self) -> bool:
        """Whether the daemon has sent something, or closed, although nothing was asked."""
        if self._socket is None:
            return False
        return self._socket.fileno() < 0 or bool(select.select([self._socket], [], [], 0)[0])

    def give_up(self) -> None:
        """End the connection under the hands of whoever reads or writes; who does that, closes it."""
        self._given_up.set()
        if self._socket is not None:
            with suppress(OSError):  # not connected any more: the daemon was first
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it. Safe to call twice."""
        if self._socket is not None:
            self._socket.close()

    def _connected(self) -> socket.socket:
        self._check()
        assert self._socket is not None
        return self._socket

    def _check(self) -> None:
        if self._given_up.is_set():
            raise ConnectionAbortedError("the connection was given up by the suite")


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """The first lines of a request as they travel."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def await_(connection: socket.socket, event: int, deadline: Deadline | None) -> None:
    """Until the socket is ready. Reader and writer share it, so neither may set a time-out on it: both poll."""
    poll = select.poll()
    try:
        poll.register(connection, event)
    except ValueError:
        raise ConnectionAbortedError("the connection is closed already, by the daemon or by the suite") from None
    if not poll.poll(None if deadline is None else deadline.remaining * 1000):
        raise TimeoutError
