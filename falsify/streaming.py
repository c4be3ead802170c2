"""Verbs for rules about hijacked streams: what becomes of the client's bytes and of the daemon's frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from falsify.proxy_session import Call, Forward, Handler
from support.api.frames import Frame, FrameDecoder, encode
from support.api.messages import Answer, Stream

Bytes = AsyncIterator[bytes]
Frames = AsyncIterator[Frame]
OnBytes = Callable[[Call, Bytes], Bytes]
OnFrames = Callable[[Call, Frames], AsyncIterator[Frame | bytes]]


def client_bytes(change: OnBytes) -> Handler:
    """``change`` is an async generator over what the client writes; where it returns, stdin ends."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if answer.stream is None:
            return answer
        return answer.but(stream=Stream(change(call, answer.stream.client), answer.stream.daemon))

    return handler


def daemon_bytes(change: OnBytes) -> Handler:
    """``change`` is an async generator over what the daemon sends; where it returns, the daemon's side is closed."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if answer.stream is None:
            return answer
        return answer.but(stream=Stream(answer.stream.client, change(call, answer.stream.daemon)))

    return handler


def daemon_frames(change: OnFrames) -> Handler:
    """The same over whole frames; bytes that ``change`` gives go out as they are."""

    async def over_bytes(call: Call, source: Bytes) -> Bytes:
        async for frame in change(call, frames_of(source)):
            yield encode(frame) if isinstance(frame, Frame) else frame

    return daemon_bytes(over_bytes)


async def frames_of(source: Bytes) -> Frames:
    """The daemon's own frames, which are well formed."""
    decoder = FrameDecoder()
    async for data in source:
        for frame in decoder.feed(data):
            yield frame


async def silence() -> None:
    """Until the connection is given up."""
    await asyncio.Event().wait()
