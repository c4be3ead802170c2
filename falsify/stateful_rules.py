"""Verbs for rules that remember what the daemon said, or do later what they say is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11

from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import given, seconds_of
from support.api.messages import Answer, made

When = Callable[[int, Any], bool]
_GOOD = (200, 201)


def stale() -> Handler:
    """The first good answer, again and again."""

    async def handler(call: Call, forward: Forward) -> Answer:
        key = f"first {call.operation}"
        if key in call.memory:
            return made(200, call.memory[key])
        answer, content = await (await forward(call)).read_json()
        if answer.status in _GOOD:
            call.memory[key] = content
        return answer

    return handler


def later(handler: Handler, when: When | None = None, seconds: float = 1.0) -> Handler:
    """True at first: what ``handler`` does begins so many seconds after the first such answer about the target.

    ``when`` says of a status and JSON whether the answer is such a one; without it, a good one is.
    """

    async def in_time(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read_json()
        key = f"first for {id(in_time)}"
        is_so = key in call.memory or (answer.status in _GOOD if when is None else when(answer.status, content))
        return await handler(call, given(answer)) if is_so and is_over(call, key, seconds) else answer

    return in_time


def has_exited(status: int, content: Any) -> bool:
    """For ``later``: an inspect says so of a container."""
    return status in _GOOD and content["State"]["Status"] == "exited"


def is_running(status: int, content: Any) -> bool:
    """For ``later``: an inspect says so of a container."""
    return status in _GOOD and content["State"]["Status"] == "running"


def undead(edit: Callable[[Any], None] | None = None, seconds: float = 0.0) -> Handler:
    """What is gone is answered by the last good answer, which ``edit`` may change in place, after so many seconds."""

    async def handler(call: Call, forward: Forward) -> Answer:
        key = f"last {call.operation}"
        answer, content = await (await forward(call)).read_json()
        if answer.status in _GOOD:
            call.memory[key] = content
        elif answer.status == 404 and key in call.memory and is_over(call, f"gone {call.operation}", seconds):
            content = call.memory[key]
            if edit is not None:
                edit(content)
            return made(200, content)
        return answer

    return handler


def delayed(number: int, seconds: float | str, content: Any = None) -> Handler:
    """Answered at once with this status; it happens only after ``seconds`` (or one and a half times a deadline)."""

    async def handler(call: Call, forward: Forward) -> Answer:
        async def happen() -> None:
            await asyncio.sleep(seconds_of(call, seconds))
            with suppress(OSError, h11.RemoteProtocolError):  # removed by then, or the daemon is gone with the run
                await call.session.ask(call)

        call.session.eventually(happen())
        return made(number, content)

    return handler


def hidden_for(seconds: float) -> Handler:
    """Unknown (404) for so long after the first inspect."""

    async def handler(call: Call, forward: Forward) -> Answer:
        if not is_over(call, f"first asked {call.operation}", seconds):
            return made(404, {"message": f"no such {call.target.kind}: not yet"})
        return await forward(call)

    return handler


def back_on_network(seconds: float = 1.0) -> Handler:
    """An inspect of a container that was disconnected: so many seconds after it first said so, it is as before."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read_json()
        if answer.status not in _GOOD:
            return answer
        if networks := content["NetworkSettings"]["Networks"]:
            call.memory["networks"] = networks
        elif "networks" in call.memory and is_over(call, "left the network", seconds):
            content["NetworkSettings"]["Networks"] = call.memory["networks"]
            return answer.but_json(content)
        return answer

    return handler


def is_over(call: Call, what: str, seconds: float) -> bool:
    """Whether this was first so at least so many seconds ago."""
    now = asyncio.get_running_loop().time()
    return now - float(call.memory.setdefault(what, now)) >= seconds
