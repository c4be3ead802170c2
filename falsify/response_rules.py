"""Verbs for rules about requests and answers: each gives a ``Handler``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from falsify.proxy_session import Call, Forward, Handler
from support.api.messages import Answer, Dropped, made, refusal, with_header, without

Edit = Callable[[Call, Any], Any]


def seconds_of(call: Call, seconds: float | str) -> float:
    """Seconds as they are; for a deadline's name one and a half times that deadline in this run."""
    return call.session.deadline(seconds) * 1.5 if isinstance(seconds, str) else seconds


def pretend(status: int, content: Any = None) -> Handler:
    """Answer without asking the daemon: nothing happens."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return made(status, content)

    return handler


def refuse(status: int, message: str = "the daemon says no") -> Handler:
    """An error without asking the daemon."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return refusal(status, message)

    return handler


def status(number: int) -> Handler:
    """What the daemon answers, under another status; its errors stay errors."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(status=number) if answer.status < 400 else answer

    return handler


def fail(number: int, message: str = "it went wrong") -> Handler:
    """It happens, and the answer is an error."""

    async def handler(call: Call, forward: Forward) -> Answer:
        await (await forward(call)).read()
        return refusal(number, message)

    return handler


def drop() -> Handler:
    """No answer: the connection ends instead, and the daemon was not asked."""

    async def handler(call: Call, forward: Forward) -> Answer:
        raise Dropped

    return handler


def header(name: str, value: str) -> Handler:
    """The answer with this header, instead of any of its name."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(headers=with_header(answer.headers, name, value))

    return handler


def no_header(name: str) -> Handler:
    """The answer without this header."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(headers=without(answer.headers, name))

    return handler


def body(content: bytes) -> Handler:
    """A good answer with these bytes as its body; errors as they are."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(body=content) if answer.status < 400 else answer

    return handler


def edited(edit: Edit) -> Handler:
    """A good answer whose JSON ``edit`` has changed (in place, or by what it gives back); others as they are."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read_json()
        if answer.status not in (200, 201) or content is None:
            return answer
        changed = edit(call, content)
        return answer.but_json(content if changed is None else changed)

    return handler


def given(answer: Answer) -> Forward:
    """For a handler that follows another: forwarding gives this answer, which has come already."""

    async def forward(call: Call) -> Answer:
        return answer

    return forward


def in_passing(change: Callable[[bytes], bytes], seconds: float | str = 0.0) -> Handler:
    """The answer's head travels at once; its body, changed, once all of it has come, and so many seconds later."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)

        async def changed() -> AsyncIterator[bytes]:
            content = b"".join([piece.data async for piece in answer.pieces])
            await asyncio.sleep(seconds_of(call, seconds))
            yield change(content)

        chunked = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
        return answer.but(headers=chunked, body=changed())

    return handler


def asked(edit: Edit) -> Handler:
    """The daemon is asked for something else: ``edit`` changes the request's JSON in place."""

    async def handler(call: Call, forward: Forward) -> Answer:
        content = call.request.json()
        edit(call, content)
        return await forward(call.but(json_body=content))

    return handler


def without_labels(call: Call, content: Any) -> None:
    """For ``asked``: a request to create something without its labels."""
    content.pop("Labels")


def put(path: str, value: Any) -> Handler:
    """The answer with ``value`` at a path of its JSON, e.g. ``State.Status``; keys on the way must be there."""

    def edit(call: Call, content: Any) -> None:
        place, key = _place(content, path)
        if isinstance(place, dict):
            place[key] = value

    return edited(edit)


def in_state(status: str, **more: Any) -> Handler:
    """An inspect that reports this status, whatever is the case, and ``more`` of its ``State``."""

    def edit(call: Call, content: Any) -> None:
        content["State"] |= {"Status": status, "Running": status == "running", **more}

    return edited(edit)


def never_exited() -> Handler:
    """An inspect that reports what has exited as running."""

    def edit(call: Call, content: Any) -> None:
        if content["State"]["Status"] == "exited":
            content["State"] |= {"Status": "running", "Running": True}

    return edited(edit)


def cut(path: str) -> Handler:
    """The answer without the key at the end of a path of its JSON."""

    def edit(call: Call, content: Any) -> None:
        place, key = _place(content, path)
        if isinstance(place, dict):
            place.pop(key, None)

    return edited(edit)


def late(seconds: float | str) -> Handler:
    """The daemon is asked at once, its answer is held back: for seconds, or one and a half times a named deadline."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        await asyncio.sleep(seconds_of(call, seconds))
        return answer

    return handler


def asked_late(seconds: float | str) -> Handler:
    """The daemon is asked only after this long."""

    async def handler(call: Call, forward: Forward) -> Answer:
        await asyncio.sleep(seconds_of(call, seconds))
        return await forward(call)

    return handler


def never() -> Handler:
    """No answer, while the connection stays open; the daemon was asked."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        await asyncio.Event().wait()
        return answer

    return handler


def withheld() -> Handler:
    """Nothing of the answer before all of it, its head included."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, _ = await (await forward(call)).read()
        return answer

    return handler


def truncated(share: float = 0.5) -> Handler:
    """A good answer breaks off: its head is whole, of its body comes a part, then the connection ends."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read()
        if answer.status >= 400:
            return answer

        async def part() -> AsyncIterator[bytes]:
            yield content[: int(len(content) * share)]
            raise Dropped

        return answer.but(body=part())

    return handler


def twice() -> Handler:
    """The daemon is asked twice; its second answer travels."""

    async def handler(call: Call, forward: Forward) -> Answer:
        await (await forward(call)).read()
        return await forward(call)

    return handler


def _place(content: Any, path: str) -> tuple[Any, str]:
    *way, key = path.split(".")
    for step in way:
        content = content.get(step) if isinstance(content, dict) else None
    return content, key
