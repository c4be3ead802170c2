"""Connections that are kept from call to call, as the recorded client kept its own."""

from __future__ import annotations

import json
import threading
from typing import Any

from support.api.answer import AnswerReader
from support.api.bounds import Limits
from support.api.client import Call, DockerApi
from support.api.endpoint import Endpoint
from support.api.recording import Exchange
from support.api.wire import Wire, request_head
from support.recordings.format import Call as RecordedCall

_CONNECTS_WITHIN = 30.0  # seconds; what ends an exchange is the deadline of whoever waits for it


class _Connection:
    """A connection to an endpoint, unix socket or TCP, that is used by one call at a time."""

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self.is_busy = False
        self.wire = Wire(endpoint)
        self._is_open = False
        self._reader = AnswerReader(self.wire.receive, limits)

    def exchange(self, exchange: Exchange, method: str, head: bytes, body: bytes) -> None:
        """Send this and read the answer. Raises ``OSError``, after which it is of no use any more."""
        try:
            if not self._is_open:
                self.wire.open(_CONNECTS_WITHIN)
                self._is_open = True
            self.wire.send(head + body)
            answer = self._reader.head()
            exchange.answered(answer.status, answer.reason, answer.headers)
            exchange.keep(self._reader.body(method, answer))
        except OSError:
            self.wire.close()
            raise


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
            payload = b"" if body is None else json.dumps(body).encode()
            headers = {"Host": self._api.endpoint.host_header, "Accept-Encoding": "identity"}
            headers |= {"Content-Type": "application/json"} if payload else {}
            headers |= {"Content-Length": str(len(payload))} if payload or recorded.method == "POST" else {}
            client.exchange = exchange = self._api.recorder.begin(recorded.method, target, headers, body)
            head = request_head(recorded.method, target, headers)
            try:
                used.exchange(exchange, recorded.method, head, payload)
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
            if found is None or found.is_busy or found.wire.has_news():
                found = self._kept[number] = _Connection(self._api.endpoint, self._api.recorder.limits)
                self._all.append(found)
            found.is_busy = True
        return found

    @staticmethod
    def _end(connection: _Connection) -> None:
        connection.wire.give_up()
        if not connection.is_busy:
            connection.wire.close()
