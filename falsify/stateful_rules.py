"""Verbs for rules that remember what the daemon said, or do later what they say is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11

from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import seconds_of
from support.api.messages import Answer, made

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


def undead(edit: Callable[[Any], None] | None = None) -> Handler:
    """What is gone is answered by the last good answer, which ``edit`` may change in place."""

    async def handler(call: Call, forward: Forward) -> Answer:
        key = f"last {call.operation}"
        answer, content = await (await forward(call)).read_json()
        if answer.status in _GOOD:
            call.memory[key] = content
        elif answer.status == 404 and key in call.memory:
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
        now = asyncio.get_running_loop().time()
        if now - call.memory.setdefault(f"first asked {call.operation}", now) < seconds:
            return made(404, {"message": f"no such {call.target.kind}: not yet"})
        return await forward(call)

    return handler
