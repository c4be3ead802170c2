"""Connections that are kept from call to call, as the recorded client kept its own."""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
from contextlib import suppress
from typing import Any

from support.api.client import Call, DockerApi
from support.api.endpoint import Endpoint
from support.recordings.format import Call as RecordedCall

_CHUNK = 64 * 1024  # bytes of one read
_LARGEST = 64 * 1024 * 1024  # bytes of a body
_READ_TIMEOUT = 3600.0  # seconds; what ends an exchange is the deadline of whoever waits for it


class _Connection(http.client.HTTPConnection):
    """A connection to an endpoint, unix socket or TCP, that is used by one call at a time."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__("localhost")
        self.endpoint = endpoint
        self.is_busy = False

    def connect(self) -> None:
        self.sock: socket.socket | None = self.endpoint.connect(_READ_TIMEOUT)

    def was_closed(self) -> bool:
        """Whether the daemon has closed it while nothing was asked; a client then opens another."""
        return self.sock is not None and bool(select.select([self.sock], [], [], 0)[0])


class Connections:
    """The connections of one replay, by their number in the recording."""

    def __init__(self, api: DockerApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._kept: dict[int, _Connection] = {}
        self._all: list[_Connection] = []
        self._calls: dict[int, _Connection] = {}

    def call(self, recorded: RecordedCall, target: str, body: Any) -> Call:
        """The call to this target, on its recorded connection, or on another where that is still in use."""

        def put(client: Any) -> None:
            used = self._take(recorded.connection)
            self._calls[recorded.number] = used
            payload = None if body is None else json.dumps(body).encode()
            headers = {"Host": self._api.endpoint.host_header}
            headers |= {"Content-Type": "application/json"} if payload is not None else {}
            client.exchange = exchange = self._api.recorder.begin(recorded.method, target, headers, body)
            try:
                used.request(recorded.method, target, payload, headers)
                with used.getresponse() as answer:
                    exchange.answered(answer.status, answer.reason, dict(answer.getheaders()))
                    exchange.keep(_body(answer))
            except http.client.HTTPException as error:
                used.close()
                raise ConnectionError(f"no complete answer: {type(error).__name__}: {error}") from None
            finally:
                used.is_busy = False

        return put

    def give_up(self, number: int) -> None:
        """Close the connection of a call that is under way, as a client does that waits no longer."""
        if number in self._calls:
            self._end(self._calls[number])

    def close(self) -> None:
        """Close all of them; calls that are still under way end."""
        for connection in self._all:
            self._end(connection)

    def _take(self, number: int) -> _Connection:
        with self._lock:
            found = self._kept.get(number)
            if found is None or found.is_busy or found.was_closed():
                found = self._kept[number] = _Connection(self._api.endpoint)
                self._all.append(found)
            found.is_busy = True
        return found

    @staticmethod
    def _end(connection: _Connection) -> None:
        if connection.sock is not None:
            with suppress(OSError):  # not connected any more: the daemon was first
                connection.sock.shutdown(socket.SHUT_RDWR)
        if not connection.is_busy:
            connection.close()


def _body(answer: http.client.HTTPResponse) -> bytes:
    """The whole body, piece by piece: what a false Content-Length promises is not set aside at once."""
    pieces, size = [], 0
    while piece := answer.read1(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise ConnectionError(f"the answer is larger than {_LARGEST} bytes")
    if answer.length:
        raise http.client.IncompleteRead(b"".join(pieces), answer.length)
    return b"".join(pieces)
