"""``GET /events`` on a connection of its own: what a daemon reports as it happens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from support.api.endpoint import Endpoint
from support.api.recording import BODY_LIMIT, Exchange, labelled
from support.driver import Driver
from support.once import once
from support.redaction import redact_body

_HEAD_WITHIN = 2.0  # seconds
_CHUNK = 16 * 1024  # bytes of one read
_EVENT_LIMIT = 64 * 1024  # bytes of one event
_KEPT = 20_000  # events of a connection
_NOTED = 200  # events that the evidence has of a connection


@dataclass(frozen=True)
class Event:
    """What happened to a container; ``attributes`` are its name, image and labels, and what the action adds."""

    action: str
    container: str
    attributes: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        code = f" (exitCode {self.attributes['exitCode']})" if "exitCode" in self.attributes else ""
        return f"{self.action}{code}"


class Events:
    """The events of containers, from ``open`` to ``close``; other kinds are passed over.

    ``problem`` says what is wrong with the stream as such, ``ended`` whether the daemon ended it.
    """

    def __init__(self, driver: Driver, criterion: str, **query: str) -> None:
        self.lock = threading.RLock()
        self._driver, self._criterion, self._query = driver, criterion, query
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._socket: socket.socket | None = None
        self.problem = ""
        self.ended = False

    @once
    def open(self) -> Exchange:
        """Ask, and wait a moment for the answer's head; there are daemons that send it with the first event only."""
        api = self._driver.api
        self._driver.check_time()
        target = f"/v{api.version}/events{f'?{urlencode(self._query)}' if self._query else ''}"
        with labelled(job=self._driver.name, criterion=self._criterion, subject="events", observes=True):
            exchange = api.recorder.begin("GET", target, {}, None)
        connection = _Connection(api.endpoint, api.timeout)
        try:
            connection.connect()
            self._socket = connection.sock
            connection.request("GET", target, headers={"Host": api.endpoint.host_header})
            self._socket.settimeout(None)
        except OSError as error:
            exchange.error = f"no connection: {error}"
            self.ended = True
            return exchange
        threading.Thread(target=self._read, args=(connection, exchange), name="events", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: exchange.status is not None or self.ended, min(_HEAD_WITHIN, api.timeout))
        return exchange

    def of(self, container: str, actions: Collection[str] = ()) -> list[Event]:
        """What came so far about the container of this ID; of these actions, where some are given."""
        with self._changed:
            return [e for e in self._events if e.container == container and (not actions or e.action in actions)]

    def of_others(self, containers: Collection[str]) -> list[Event]:
        """What came so far about any other container than these."""
        with self._changed:
            return [event for event in self._events if event.container not in containers]

    def wait_for(self, container: str, action: str, within: float) -> None:
        """Until this was reported of the container, the stream has ended, or the time is over."""
        self.wait_until(lambda: any(e.container == container and e.action == action for e in self._events), within)

    def wait_until(self, condition: Callable[[], bool], within: float) -> None:
        """Until it holds of what came, the stream has ended, or the time is over."""
        exchange = self.open()
        with self._changed:
            self._changed.wait_for(lambda: self.ended or condition(), within)
        if exchange.status is None and not exchange.error:
            exchange.error = f"no answer within {within:g} s"

    def close(self) -> None:
        """Listen no more; the reader ends with the connection."""
        if self._socket is not None:
            with suppress(OSError):  # the daemon was first
                self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, connection: http.client.HTTPConnection, exchange: Exchange) -> None:
        try:
            answer = connection.getresponse()
            exchange.answered(answer.status, answer.reason, dict(answer.getheaders()))
            with self._changed:
                self._changed.notify_all()
            if answer.status == 200:
                self._read_events(answer, exchange)
            else:
                exchange.keep(answer.read(BODY_LIMIT))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self.problem = f"{type(error).__name__}: {error}"
        finally:
            exchange.ended()
            with self._changed:
                self.ended = True
                self._changed.notify_all()
            connection.close()

    def _read_events(self, answer: http.client.HTTPResponse, exchange: Exchange) -> None:
        """Until the daemon ends the answer. Raises ``ValueError`` for what is no event, or too much."""
        buffer = b""
        while data := answer.read1(_CHUNK):
            buffer += data
            if data.rstrip(b" \r\t")[-1:] in (b"\n", b"}"):
                buffer = self._take(buffer, exchange)
            if len(buffer) > _EVENT_LIMIT or len(self._events) > _KEPT:
                raise ValueError(f"more than {_EVENT_LIMIT} bytes in one event, or {_KEPT} events")
        if self._take(buffer, exchange).strip():
            raise ValueError(f"it ended with what is no event: {buffer[:120]!r}")

    def _take(self, buffer: bytes, exchange: Exchange) -> bytes:
        """Take the whole events at the beginning; what is left."""
        text = buffer.decode("utf-8", "surrogateescape")
        found, at = _decoded(text)
        with self._changed:
            self._events += [event for event in map(_event, found) if event]
            self._changed.notify_all()
        noted = exchange.body if isinstance(exchange.body, list) else []
        exchange.body = [*noted, *map(redact_body, found[: _NOTED - len(noted)])]
        return text[at:].encode("utf-8", "surrogateescape")


class _Connection(http.client.HTTPConnection):
    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._endpoint, self._within = endpoint, timeout

    def connect(self) -> None:
        self.sock = self._endpoint.connect(self._within)
        self.sock.settimeout(self._within)


def _decoded(text: str) -> tuple[list[Any], int]:
    """The JSON values at the beginning of a text, and where what is no whole one begins."""
    decoder, at = json.JSONDecoder(), 0
    found: list[Any] = []
    while True:
        begin = at
        while text[begin : begin + 1].isspace():
            begin += 1
        try:
            said, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return found, begin
        found.append(said)


def _event(said: Any) -> Event | None:
    """A container's event, in Docker's form; None for anything else."""
    if not isinstance(said, dict) or said.get("Type", "container") != "container":
        return None
    actor = _object(said.get("Actor"))
    return Event(str(said.get("Action")), str(actor.get("ID")), _object(actor.get("Attributes")))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
