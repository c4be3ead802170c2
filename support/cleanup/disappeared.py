"""Containers of a run that ended from outside: destroyed, killed or unknown, though none of its requests asked for it.

What a run asked for is what its own exchanges show: a container is its own if one of its creations was answered with
the container's ID; its end is its own if one of its deletes, stops, kills or restarts named it before that. A container
that ends by itself, or is to be removed when it does (``AutoRemove``), has not disappeared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from support.api.recording import Exchange, Recorder
from support.cleanup.watch import Event, EventWatch

_ABOUT = re.compile(r"(?:/v[\d.]+)?/containers/([^/]+)(?:/(\w+))?")
_ENDING = ("kill", "stop", "restart")
_SHORT = 12  # characters of an ID that are taken for it
_NUMBERED = re.compile(r"#(\d{1,9}) [A-Z]+ /")  # how the line of an exchange begins
_BEFORE = 2.0  # seconds by which what an event is about may be seen before the event itself
_NEVER = float("inf")


@dataclass
class Own:
    """A container that the run created; ``deleted`` and ``ended`` are when the run itself first asked for that.

    ``known_by`` are the references by which it was found; ``unknown`` is the inspection by one of them that did not
    find it any more, None where there is none.
    """

    id: str
    name: str
    deleted: float = _NEVER
    ended: float = _NEVER
    known_by: set[str] = field(default_factory=set)
    unknown: Exchange | None = None

    @property
    def has_been_ended(self) -> bool:
        """Whether the run itself asked for its end."""
        return self.ended < _NEVER

    def is_called(self, reference: str) -> bool:
        """Whether it can be asked for by this."""
        return reference == self.name or (len(reference) >= _SHORT and self.id.startswith(reference))


@dataclass(frozen=True)
class Disappearance:
    """What happened to a container, ``at`` on the recorder's clock, in a sentence."""

    container: Own
    at: float
    sentence: str

    def is_behind(self, exchange: Exchange) -> bool:
        """Whether an exchange was about the container, and was not over before that."""
        about = _reference(exchange)[0]
        ended = exchange.at + exchange.done_after if exchange.done_after is not None else _NEVER
        return bool(about) and self.container.is_called(about) and ended >= self.at - _BEFORE


def own_containers(exchanges: Iterable[Exchange]) -> list[Own]:
    """What the run created, and what it asked for since."""
    found: list[Own] = []
    called: defaultdict[str, list[Own]] = defaultdict(list)  # a daemon may give one ID to several
    for exchange in exchanges:
        reference, verb = _reference(exchange)
        if exchange.method == "POST" and (reference, verb) == ("create", ""):
            for own in _created(exchange):
                found.append(own)
                called[own.name].append(own)
                called[own.id[:_SHORT]].append(own)
            continue
        for own in (*called.get(reference, ()), *called.get(reference[:_SHORT], ())):
            if own.is_called(reference):
                _note(own, exchange, reference, verb)
    return found


def disappearances(containers: Iterable[Own], events: Sequence[Event]) -> list[Disappearance]:
    """What ended from outside; each container once."""
    found = [
        _disappearance(own, [each for each in events if own.is_called(each.container) or own.is_called(each.name)])
        for own in containers
    ]
    return [each for each in found if each is not None]


def of_stopped_task(own: Own, reason: str, at: float) -> Disappearance:
    """A container whose task was stopped by a call of AWS's API, for the reason that was given there."""
    called = f"the task of the container {own.name or own.id[:_SHORT]}"
    return Disappearance(own, at, f"{called} was stopped in AWS ({reason}), which this run did not ask for")


def behind(text: str, criterion: str, shown: Sequence[Exchange], exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges behind a verdict: those that show it, that its text names by number, or that served it."""
    named = {int(number) for number in _NUMBERED.findall(text)} | {each.number for each in shown}
    return [each for each in exchanges if each.number in named or (criterion and each.label.criterion == criterion)]


def _reference(exchange: Exchange) -> tuple[str, str]:
    """What of a container is in the path: its ID or name, and what is asked of it."""
    match = _ABOUT.fullmatch(exchange.path)
    return (match[1], match[2] or "") if match else ("", "")


def _created(exchange: Exchange) -> list[Own]:
    body, asked = exchange.body, exchange.request_body
    identity = body.get("Id") if isinstance(body, dict) and exchange.status == 201 else None
    host = asked.get("HostConfig") if isinstance(asked, dict) else None
    goes_by_itself = isinstance(host, dict) and bool(host.get("AutoRemove"))
    is_one = isinstance(identity, str) and len(identity) >= _SHORT and not goes_by_itself
    return [Own(str(identity), exchange.query.get("name", ""))] if is_one else []


def _note(own: Own, exchange: Exchange, reference: str, verb: str) -> None:
    if exchange.method == "DELETE" and not verb:
        own.deleted, own.ended = min(own.deleted, exchange.at), min(own.ended, exchange.at)
    elif exchange.method == "POST" and verb in _ENDING:
        own.ended = min(own.ended, exchange.at)
    elif (exchange.method, verb, exchange.status) == ("GET", "json", 200):
        own.known_by.add(reference)
        own.unknown = None
    elif (exchange.method, verb, exchange.status) == ("GET", "json", 404) and reference in own.known_by:
        own.unknown = own.unknown or exchange


def _disappearance(own: Own, events: Sequence[Event]) -> Disappearance | None:
    called = f"the container {own.name or own.id[:_SHORT]}"
    destroyed = next((each for each in events if each.action == "destroy"), None)
    if destroyed is not None and destroyed.at < own.deleted:
        return Disappearance(own, destroyed.at, _reported(f"{called} disappeared", destroyed, "destroyed"))
    if own.unknown is not None and own.unknown.at < own.deleted:
        said = f"its inspection #{own.unknown.number} was answered by 404, and this run did not ask for its removal"
        return Disappearance(own, own.unknown.at, f"{called} disappeared: {said}")
    killed = next((each for each in events if each.action == "kill"), None)
    if killed is not None and killed.at < own.ended:
        return Disappearance(own, killed.at, _reported(f"{called} was ended from outside", killed, "killed"))
    return None


def _reported(what: str, event: Event, action: str) -> str:
    at = f" at {datetime.fromtimestamp(event.time, UTC):%H:%M:%S} UTC" if event.time else ""
    return f"{what}: /events reported that it was {action}{at}, which this run did not ask for"


class Disappearances:
    """Of one run, asked for when a verdict needs an explanation."""

    def __init__(
        self, recorder: Recorder, watch: EventWatch, more: Callable[[Sequence[Own]], list[Disappearance]]
    ) -> None:
        """``more`` finds others, which the backend shows."""
        self._recorder = recorder
        self._watch = watch
        self._more = more

    def explain(self, text: str, criterion: str, shown: Sequence[Exchange]) -> list[str]:
        """A sentence for each container that an exchange behind this verdict was about, and that had disappeared."""
        exchanges = self._recorder.since(0)
        concerned = behind(text, criterion, shown, exchanges)
        containers = own_containers(exchanges)
        self._watch.settle([own.id for own in containers if not own.has_been_ended])
        found = disappearances(containers, self._watch.events()) + self._more(containers)
        return list(dict.fromkeys(each.sentence for each in found if any(map(each.is_behind, concerned))))
