"""Verbs for harmless variations of output: streams and logs in other pieces, or a little later."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from itertools import groupby

from falsify.lies import on
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import header
from falsify.streaming import Bytes, Frames
from support.api.frames import Frame, decode, encode
from support.api.messages import Answer

STREAMS = ("container.attach", "exec.start")
_MOMENT = 0.05  # seconds
_OUT = AsyncIterator[Frame | bytes]


async def byte_by_byte(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        for byte in data:
            yield bytes([byte])


async def frame_per_byte(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield b"".join(encode(Frame(frame.stream, bytes([byte]))) for byte in frame.payload)


async def split_anywhere(call: Call, frames: Frames) -> _OUT:
    chance = random.Random(call.target.name)  # noqa: S311 - the same for every run of the same name
    async for frame in frames:
        rest = frame.payload
        while rest:
            size = chance.randint(1, max(1, len(rest) // 3))
            yield Frame(frame.stream, rest[:size])
            rest = rest[size:]


async def joined(call: Call, frames: Frames) -> _OUT:
    """Frames of one stream that come within a moment are one."""
    held: Frame | None = None
    following = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            came, _ = await asyncio.wait((following,), timeout=_MOMENT if held else None)
            if not came and held:
                yield held
                held = None
                continue
            frame = following.result()
            if held and (frame is None or frame.stream != held.stream):
                yield held
                held = None
            if frame is None:
                return
            held = Frame(frame.stream, held.payload + frame.payload) if held else frame
            following = asyncio.ensure_future(anext(frames, None))
    finally:
        following.cancel()


async def with_empty_frames(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(frame.stream, b"")
        yield frame


async def a_little_late(call: Call, source: Bytes) -> Bytes:
    """Held back, and what comes meanwhile is joined."""
    async for data in source:
        await asyncio.sleep(0.1)
        yield data
    await asyncio.sleep(0.2)


def log_frames(change: Callable[[list[Frame]], list[Frame]]) -> tuple[Rule, ...]:
    """Logs in other frames."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read()
        return answer.but(body=b"".join(map(encode, change(decode(content))))) if answer.status == 200 else answer

    return (on("container.logs", handler),)


def one_byte_each(frames: list[Frame]) -> list[Frame]:
    return [Frame(frame.stream, bytes([byte])) for frame in frames for byte in frame.payload]


def neighbours_joined(frames: list[Frame]) -> list[Frame]:
    runs = groupby(frames, key=lambda frame: frame.stream)
    return [Frame(stream, b"".join(frame.payload for frame in run)) for stream, run in runs]


async def delivered_late(call: Call, forward: Forward) -> Answer:
    """Logs are empty for half of the time in which they must be delivered, counted from the first request."""
    answer, content = await (await forward(call)).read()
    now = asyncio.get_running_loop().time()
    first = call.memory.setdefault("asked for logs", now)
    is_late = answer.status == 200 and now - first < call.session.deadline("logs_timeout") / 2
    return answer.but(body=b"") if is_late and content else answer


def streams(handler: Handler) -> tuple[Rule, ...]:
    return (on(STREAMS, handler),)


def said_to_be(kind: str) -> tuple[Rule, ...]:
    return streams(header("Content-Type", f"application/vnd.docker.{kind}-stream"))
