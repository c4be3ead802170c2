"""Verbs for harmless variations: the same said otherwise."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from itertools import groupby
from typing import Any

from support.falsify.docker_calls import OPERATIONS
from support.falsify.lies import on
from support.falsify.messages import Answer, Headers, with_header, without
from support.falsify.scene import Call, Forward, Rule, Tell
from support.falsify.streaming import Bytes, Frames
from support.falsify.telling import edited, header, in_passing
from support.frames import Frame, decode, encode

_MOMENT = 0.05  # seconds
_ATTACH, _INSPECT = "container.attach", "container.inspect"
_STREAMS = (_ATTACH, "exec.start")
_OUT = AsyncIterator[Frame | bytes]
PLAIN = tuple(sorted(OPERATIONS - set(_STREAMS)))
BUFFERED = tuple(sorted(OPERATIONS - {*_STREAMS, "container.wait", "container.logs", "events"}))


def everywhere(tell: Tell) -> tuple[Rule, ...]:
    return (on(PLAIN, tell, of_strangers=True),)


def headers(change: Callable[[Headers], Headers]) -> Tell:
    async def tell(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(headers=change(answer.headers))

    return tell


def named(change: Callable[[str], str]) -> Tell:
    return headers(lambda headers: tuple((change(name), value) for name, value in headers))


def in_chunks(size: int) -> Tell:
    """Bodies as they come, in chunks of this size."""

    async def tell(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if answer.status in (204, 304):
            return answer

        async def cut() -> Bytes:
            async for piece in answer.pieces:
                for at in range(0, len(piece.data), size):
                    yield piece.data[at : at + size]

        headers = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
        return answer.but(headers=headers, body=cut())

    return tell


def buffered(tell: Tell) -> tuple[Rule, ...]:
    """For all answers whose end does not have to be waited for."""
    return (on(BUFFERED, tell, of_strangers=True),)


async def with_length(call: Call, forward: Forward) -> Answer:
    """The whole body at once, with its length."""
    answer, content = await (await forward(call)).read()
    return answer if answer.status in (204, 304) else answer.but(body=content)


async def closing(call: Call, forward: Forward) -> Answer:
    answer = await forward(call)
    return answer.but(headers=with_header(answer.headers, "Connection", "close"))


def json_as(change: Callable[[Any], bytes]) -> Tell:
    """Bodies that are one JSON value, written otherwise."""

    def rewritten(content: bytes) -> bytes:
        try:
            return change(json.loads(content))
        except ValueError:
            return content

    async def tell(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if "json" not in (answer.header("Content-Type") or ""):
            return answer

        async def same(_call: Call) -> Answer:
            return answer

        return await in_passing(rewritten)(call, same)

    return tell


def in_reverse(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_reverse(value[key]) for key in reversed(value)}
    return [in_reverse(each) for each in value] if isinstance(value, list) else value


def extras_at_top(value: Any) -> bytes:
    """Not inside maps from names to values, such as labels and networks, where another key means another thing."""
    return json.dumps({**value, "XFuture": {"Of": [1, None]}} if isinstance(value, dict) else value).encode()


def aliases(change: Callable[[list[str]], list[str]]) -> Tell:
    def edit(call: Call, content: Any) -> None:
        for network in content["NetworkSettings"]["Networks"].values():
            network["Aliases"] = change(network.get("Aliases") or [])

    return edited(edit)


def image_qualified() -> Tell:
    """An image with the registry that its name leaves out."""
    return at("Config.Image", lambda image: f"docker.io/library/{image}")


def labels_more() -> Tell:
    """A label that nobody asked for."""
    return at("Config.Labels", lambda labels: {**labels, "org.example.daemon": "was here"})


def entrypoint_empty() -> Tell:
    """No entrypoint as an empty list."""
    return at("Config.Entrypoint", lambda entrypoint: entrypoint or [])


def at(path: str, change: Callable[[Any], Any]) -> Tell:
    """The answer with something changed at a path that exists."""
    *way, key = path.split(".")

    def edit(call: Call, content: Any) -> None:
        for step in way:
            content = content[step]
        content[key] = change(content.get(key))

    return edited(edit)


async def byte_by_byte(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        for byte in data:
            yield bytes([byte])


async def frame_per_byte(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield b"".join(encode(Frame(frame.stream, bytes([byte]))) for byte in frame.payload)


async def split_anywhere(call: Call, frames: Frames) -> _OUT:
    chance = random.Random(call.subject.name)  # noqa: S311 - the same for every run of the same name
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


def log_frames(change: Callable[[list[Frame]], list[Frame]]) -> tuple[Rule, ...]:
    """Logs in other frames."""

    async def tell(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read()
        return answer.but(body=b"".join(map(encode, change(decode(content))))) if answer.status == 200 else answer

    return (on("container.logs", tell),)


def one_byte_each(frames: list[Frame]) -> list[Frame]:
    return [Frame(frame.stream, bytes([byte])) for frame in frames for byte in frame.payload]


def neighbours_joined(frames: list[Frame]) -> list[Frame]:
    runs = groupby(frames, key=lambda frame: frame.stream)
    return [Frame(stream, b"".join(frame.payload for frame in run)) for stream, run in runs]


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


def reason(text: str) -> Tell:
    async def tell(call: Call, forward: Forward) -> Answer:
        return (await forward(call)).but(reason=text)

    return tell


async def empty_containers_null(call: Call, forward: Forward) -> Answer:
    """A network that lists nobody has no list at all."""
    answer, content = await (await forward(call)).read_json()
    if answer.status == 200 and not content.get("Containers"):
        content.pop("Containers", None)
        return answer.but_json(content)
    return answer


def pulled(change: Callable[[bytes], bytes]) -> tuple[Rule, ...]:
    """The messages of a pull, changed as a text."""

    async def tell(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)

        async def same(_call: Call) -> Answer:
            return answer

        return await in_passing(change)(call, same) if answer.status == 200 else answer

    return (on("image.pull", tell),)


def in_one_line(content: bytes) -> bytes:
    return content.replace(b"\n", b"")


def in_crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n\r\n")


def unknown_types(content: bytes) -> bytes:
    """Progress messages of kinds that nobody knows, before, between and after the others."""
    odd = b'{"aux":{"Type":"future"}}\r\n{"status":"Frobnicating","id":"x","progressDetail":null}\r\n{"event":"e"}\r\n'
    return b"".join(line + odd for line in content.splitlines(keepends=True))


async def delivered_late(call: Call, forward: Forward) -> Answer:
    """Logs are empty for half of the time in which they must be delivered, counted from the first look."""
    answer, content = await (await forward(call)).read()
    now = asyncio.get_running_loop().time()
    first = call.memory.setdefault("asked for logs", now)
    is_late = answer.status == 200 and now - first < call.scene.deadline("logs_timeout") / 2
    return answer.but(body=b"") if is_late and content else answer


def streams(tell: Tell) -> tuple[Rule, ...]:
    return (on(_STREAMS, tell),)


def said_to_be(kind: str) -> tuple[Rule, ...]:
    return streams(header("Content-Type", f"application/vnd.docker.{kind}-stream"))


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def with_charset(headers: Headers) -> Headers:
    return tuple((n, f"{v}; charset=utf-8" if v == "application/json" else v) for n, v in headers)


def with_names(aliases: list[str]) -> list[str]:
    return ["0123456789ab", *aliases, "some-name"]


def key_order_reversed(value: Any) -> bytes:
    return dump(in_reverse(value))


def spacious(value: Any) -> bytes:
    return json.dumps(value, indent=4).encode()


def says_null(content: bytes) -> bytes:
    return dump({"Error": None, **json.loads(content)})


def aliased(change: Callable[[list[str]], list[str]]) -> tuple[Rule, ...]:
    return (on(_INSPECT, aliases(change)),)


def waited(change: Callable[[bytes], bytes], seconds: float = 0.0) -> tuple[Rule, ...]:
    return (on("container.wait", in_passing(change, seconds)),)


def network_of_others(call: Call, content: Any) -> None:
    other = {"Name": "somebody", "EndpointID": "e" * 64, "IPv4Address": "172.31.0.9/16"}
    content["Containers"] = {**(content.get("Containers") or {}), "f" * 64: other}


def on_bridge_too(call: Call, content: Any) -> None:
    content["NetworkSettings"]["Networks"]["bridge"] = {"Aliases": None, "IPAddress": "172.17.0.9"}


def another_mount(call: Call, content: Any) -> None:
    content["Mounts"] = [{"Type": "bind", "Source": "/srv", "Destination": "/srv", "RW": False}, *content["Mounts"]]
