"""What the daemon's ``/events`` report of a run's containers, read beside the run on a connection of its own.

It explains verdicts and never makes one: where there are no events, or none that can be read, it is silent.
"""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlencode

from support.api.client import DockerApi
from support.cleanup.inventory import RUN_LABEL, names_of

_ACTIONS = ("kill", "die", "destroy")
_HEAD = 64 * 1024  # bytes of the answer's head
_MOST = 4 * 1024 * 1024  # bytes that are read in all
_LINE = 256 * 1024  # bytes of one event
_NONSENSE = 100  # lines that are no events
_KEPT = 1_000  # events of the run
_AT_ONCE = 64 * 1024
_CONNECTS_WITHIN = 10.0  # seconds
_ENDS_WITHIN = 2.0  # seconds
_DESTROYED_WITHIN = 1.0  # seconds from the end of a container's program to its removal by the same request


@dataclass(frozen=True)
class Event:
    """Something that happened to a container: ``at`` on the recorder's clock, ``time`` in seconds since 1970 or 0.0."""

    action: str
    container: str
    name: str
    at: float
    time: float


class EventsTooLong(Exception):
    """More came than is read."""


class EventWatch:
    """The events of the containers with a run's label, from ``open`` to ``close``.

    ``problem`` says why it was given up, where there was too much to read.
    """

    def __init__(self, api: DockerApi, run_id: str) -> None:
        self._api = api
        self._run_id = run_id
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="watch of /events", daemon=True)
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._is_closed = False
        self.problem = ""

    def open(self) -> EventWatch:
        """Begin, in a thread of its own: nothing waits for it."""
        self._thread.start()
        return self

    def events(self) -> list[Event]:
        """What was reported so far."""
        with self._changed:
            return list(self._events)

    def settle(self, containers: Collection[str]) -> None:
        """Where one of these has ended a moment ago, until it is reported as destroyed, or that moment is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_ending(containers), _DESTROYED_WITHIN)

    def close(self) -> None:
        """Read no more."""
        with self._changed:
            self._is_closed = True
            connection = self._socket
        if connection is not None:
            with suppress(OSError):  # ended by the daemon
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(_ENDS_WITHIN)

    def _is_ending(self, containers: Collection[str]) -> bool:
        if self._is_closed or not self._thread.is_alive():
            return False
        now = self._api.recorder.now()
        ended = {each.container for each in self._events if each.action == "die" and each.at > now - _DESTROYED_WITHIN}
        destroyed = {each.container for each in self._events if each.action == "destroy"}
        return bool((ended - destroyed).intersection(containers))

    def _run(self) -> None:
        try:
            with self._api.endpoint.connect(_CONNECTS_WITHIN) as connection:
                with self._changed:
                    self._socket = connection
                    if self._is_closed:
                        return
                self._read(connection)
        except EventsTooLong as error:
            self.problem = str(error)
        except Exception:  # noqa: BLE001 - a daemon without events, or with nonsense for them, is judged elsewhere
            return
        finally:
            with self._changed:
                self._socket = None
                self._changed.notify_all()

    def _read(self, connection: socket.socket) -> None:
        query = urlencode({"filters": json.dumps({"label": [f"{RUN_LABEL}={self._run_id}"]})})
        path, host = f"/v{self._api.version}/events?{query}", self._api.endpoint.host_header
        connection.settimeout(None)  # some send no head before something happens; ``close`` ends it
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n".encode())
        bounded = _Bounded(connection)
        answer = HTTPResponse(bounded, method="GET")  # type: ignore[arg-type] # it makes a file of it
        answer.begin()
        if answer.status != 200:
            return
        bounded.left = _MOST
        waiting, nonsense = bytearray(), 0
        while data := answer.read1(_AT_ONCE):
            waiting += data
            if b"\n" in data:
                *lines, rest = waiting.split(b"\n")
                waiting = rest
                nonsense += sum(not self._take(line) for line in lines if line.strip())
            if len(waiting) > _LINE:
                raise EventsTooLong(f"one event is longer than {_LINE} bytes")
            if nonsense > _NONSENSE:
                return

    def _take(self, line: bytearray) -> bool:
        """Keep an event where it is of a container of this run; whether it is one at all."""
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(said, dict):
            return False
        event = self._event(said)
        if event is not None:
            with self._changed:
                if len(self._events) >= _KEPT:
                    raise EventsTooLong(f"more than {_KEPT} events are about containers of this run")
                self._events.append(event)
                self._changed.notify_all()
        return True

    def _event(self, said: dict[str, Any]) -> Event | None:
        actor = _object(said, "Actor")
        attributes = _object(actor, "Attributes")
        action, container = said.get("Action") or said.get("status"), actor.get("ID") or said.get("id")
        name = next(iter(names_of({"Name": attributes.get("name")})), "")
        is_ours = attributes.get(RUN_LABEL) == self._run_id or f"-{self._run_id}-" in name
        is_container = said.get("Type", "container") == "container" and isinstance(container, str)
        if action not in _ACTIONS or not is_container or not is_ours:
            return None
        return Event(str(action), str(container)[:64], name[:256], self._api.recorder.now(), _time(said))


class _Bounded(io.RawIOBase):
    """A connection, read as ``HTTPResponse`` does: raises ``EventsTooLong`` once too much came in all."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self.left = _HEAD  # bytes that may still come

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, _AT_ONCE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._connection.recv_into(buffer)
        self.left -= count
        if self.left < 0:
            raise EventsTooLong(f"more came than is read: {_HEAD} bytes of a head, {_MOST} of events")
        return count


def _object(said: dict[str, Any], key: str) -> dict[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _time(said: dict[str, Any]) -> float:
    """Seconds since 1970 by the daemon's clock; 0.0 where it has none that can be shown."""
    value = said.get("time")
    return float(value) if isinstance(value, int) and 0 < value < time.time() + 86400 else 0.0
