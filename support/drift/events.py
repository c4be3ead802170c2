"""What a daemon's ``/events`` report of containers, as it happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from support.api.bounds import TooMuch
from support.api.event_stream import EventStream
from support.api.recording import Exchange, labelled
from support.driver import Driver
from support.once import once
from support.redaction import redact_body

_HEAD_WITHIN = 2.0  # seconds
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
        self._driver, self._criterion = driver, criterion
        self._stream = EventStream(driver.api, **query)
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self.problem = ""
        self.ended = False

    @once
    def open(self) -> Exchange:
        """Ask, and wait a moment for the answer's head; there are daemons that send it with the first event only."""
        api = self._driver.api
        self._driver.check_time()
        with labelled(job=self._driver.name, criterion=self._criterion, subject="events", observes=True):
            exchange = api.recorder.begin("GET", self._stream.target, {}, None)
        threading.Thread(target=self._read, args=(exchange,), name="events", daemon=True).start()
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
        self._stream.give_up()

    def _read(self, exchange: Exchange) -> None:
        try:
            self._stream.ask(self._driver.api.timeout)
            head = self._stream.head()
            exchange.answered(head.status, head.reason, head.headers)
            with self._changed:
                self._changed.notify_all()
            if head.status == 200:
                for found in self._stream.events(head):
                    self._take(found, exchange)
            else:
                exchange.keep(self._stream.body(head))
        except (OSError, ValueError, RecursionError) as error:  # deep JSON is two of them
            self.problem = f"{type(error).__name__}: {error}"
            if exchange.status is None and not exchange.error:
                exchange.error = str(error)
        finally:
            exchange.ended()
            with self._changed:
                self.ended = True
                self._changed.notify_all()
            self._stream.close()

    def _take(self, found: list[Any], exchange: Exchange) -> None:
        with self._changed:
            self._events += [event for event in map(_event, found) if event]
            self._changed.notify_all()
        noted = exchange.body if isinstance(exchange.body, list) else []
        exchange.body = [*noted, *map(redact_body, found[: _NOTED - len(noted)])]
        if len(self._events) > _KEPT:
            raise TooMuch(f"more than {_KEPT} events of containers")


def _event(said: Any) -> Event | None:
    """A container's event, in Docker's form; None for anything else."""
    if not isinstance(said, dict) or said.get("Type", "container") != "container":
        return None
    actor = _object(said.get("Actor"))
    return Event(str(said.get("Action")), str(actor.get("ID")), _object(actor.get("Attributes")))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
