"""What the daemon's ``/events`` report of a run's containers, read beside the run on a connection of its own.

It explains verdicts and never makes one: where there are no events, or none that can be read, it is silent.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from support.api.bounds import TooMuch
from support.api.client import DockerApi
from support.api.event_stream import EventStream
from support.cleanup.inventory import RUN_LABEL, names_of

_ACTIONS = ("kill", "die", "destroy")
_KEPT = 1_000  # events of the run
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


class EventWatch:
    """The events of the containers with a run's label, from ``open`` to ``close``.

    ``problem`` says why it was given up, where there was too much to read.
    """

    def __init__(self, api: DockerApi, run_id: str) -> None:
        self._api = api
        self._run_id = run_id
        filters = json.dumps({"label": [f"{RUN_LABEL}={run_id}"]})
        self._stream = EventStream(api, filters=filters)
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
        self._stream.give_up()
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
            self._stream.ask(_CONNECTS_WITHIN)
            head = self._stream.head()
            for found in self._stream.events(head) if head.status == 200 else ():
                for said in found:
                    self._take(said)
        except TooMuch as error:
            self.problem = str(error)
        except Exception:  # noqa: BLE001 - a daemon without events, or with nonsense for them, is judged elsewhere
            return
        finally:
            self._stream.close()
            with self._changed:
                self._changed.notify_all()

    def _take(self, said: Any) -> None:
        """Keep an event where it is of a container of this run."""
        event = self._event(said) if isinstance(said, dict) else None
        if event is None:
            return
        with self._changed:
            if len(self._events) >= _KEPT:
                raise TooMuch(f"more than {_KEPT} events are about containers of this run")
            self._events.append(event)
            self._changed.notify_all()

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


def _object(said: dict[str, Any], key: str) -> dict[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _time(said: dict[str, Any]) -> float:
    """Seconds since 1970 by the daemon's clock; 0.0 where it has none that can be shown."""
    value = said.get("time")
    return float(value) if isinstance(value, int) and 0 < value < time.time() + 86400 else 0.0
