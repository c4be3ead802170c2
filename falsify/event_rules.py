"""Verbs for rules about ``/events``: what is told of the events that a daemon reports."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from falsify.proxy_session import Call, Forward, Handler
from support.api.messages import Answer, Piece, with_header, without

Json = dict[str, Any]
Change = Callable[[Call, AsyncIterator[Json]], AsyncIterator[Json]]


def reported(change: Change) -> Handler:
    """``change`` is an async generator over the events of an answer; where it returns, the answer ends."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if answer.status != 200:
            return answer

        async def changed() -> AsyncIterator[bytes]:
            async for event in change(call, _events(answer.pieces)):
                yield json.dumps(event).encode() + b"\n"

        headers = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
        return answer.but(headers=headers, body=changed())

    return handler


async def _events(pieces: AsyncIterator[Piece]) -> AsyncIterator[Json]:
    """A daemon of ours, and Docker's, write one a line."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece.data).split(b"\n")
        for line in filter(None, lines):
            yield json.loads(line)


def role_of(call: Call, event: Json) -> str:
    """The role of the container that an event is about; empty where it is about another thing."""
    found = call.session.known("container", event["Actor"]["ID"]) if event["Type"] == "container" else None
    return found.role if found else ""


def without_event(role: str, action: str) -> Handler:
    """Nothing says that this happened to the container of this role."""

    async def change(call: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
        async for event in events:
            if not (event["Action"] == action and role_of(call, event) == role):
                yield event

    return reported(change)


def event_twice(role: str, action: str) -> Handler:
    """This is reported twice of the container of this role."""

    async def change(call: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
        async for event in events:
            yield event
            if event["Action"] == action and role_of(call, event) == role:
                yield event

    return reported(change)


def event_after(role: str, action: str, other: str) -> Handler:
    """This is reported of the container of this role only after the other has been."""

    async def change(call: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
        held: list[Json] = []
        async for event in events:
            is_of = role_of(call, event) == role
            if is_of and event["Action"] == action:
                held.append(event)
                continue
            yield event
            if is_of and event["Action"] == other:
                while held:
                    yield held.pop()

    return reported(change)


def with_attribute(role: str, action: str, name: str, value: str) -> Handler:
    """This event of the container of this role has another value of an attribute."""

    async def change(call: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
        async for event in events:
            if event["Action"] == action and role_of(call, event) == role:
                event["Actor"]["Attributes"][name] = value
            yield event

    return reported(change)


def of_container(role: str, other: str) -> Handler:
    """What happens to the one container is reported of the other."""

    async def change(call: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
        async for event in events:
            targets = [each for each in call.session.created if each.role == other]
            if targets and role_of(call, event) == role:
                event["Actor"]["ID"] = event["id"] = targets[0].id
            yield event

    return reported(change)


def asked_without(*names: str) -> Handler:
    """The daemon takes no notice of these parts of the query."""

    async def handler(call: Call, forward: Forward) -> Answer:
        url = urlsplit(call.request.target)
        left = [(name, value) for name, value in parse_qsl(url.query) if name not in names]
        return await forward(call.but(target=f"{url.path}?{urlencode(left)}" if left else url.path))

    return handler


def asked_with(**parts: str) -> Handler:
    """The daemon is asked with these parts of the query in place of theirs; what it lacks it goes on to lack."""

    async def handler(call: Call, forward: Forward) -> Answer:
        url = urlsplit(call.request.target)
        asked = [(name, parts.get(name, value)) for name, value in parse_qsl(url.query)]
        return await forward(call.but(target=f"{url.path}?{urlencode(asked)}" if asked else url.path))

    return handler


def only_with(name: str, handler: Handler) -> Handler:
    """What ``handler`` does, where the query has this part."""

    async def chosen(call: Call, forward: Forward) -> Answer:
        has_it = name in dict(parse_qsl(urlsplit(call.request.target).query))
        return await (handler(call, forward) if has_it else forward(call))

    return chosen


async def in_reverse(_: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
    """For ``reported``, of an answer that ends: the last event comes first."""
    for event in reversed([event async for event in events]):
        yield event


async def nothing(_: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
    """For ``reported``: no event is, until the answer ends."""
    async for event in events:
        if not event:
            yield event
