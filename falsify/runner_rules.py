"""Rules for lies about what GitLab Runner's jobs rely on beyond TST-011."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import Edit
from falsify.streaming import Bytes, Frames, client_bytes
from support.api.frames import STDERR, STDOUT, Frame
from support.api.messages import Answer, refusal

_LONG_NAME, _LONG_HOSTNAME, _MANY_LABELS = 63, 32, 12
_SILENT, _AFTER_STDIN = 20.0, 5.0  # seconds at full deadlines
_LINE = 500  # bytes; numbered lines are longer, what comes before them is not
_ENOUGH_SCRIPT = 1024 * 1024  # bytes


def refused_if(is_so: Callable[[Call, Any], bool], why: str = "it cannot be so", status: int = 400) -> Handler:
    """An error, without asking the daemon, for requests whose JSON is so."""

    async def handler(call: Call, forward: Forward) -> Answer:
        return refusal(status, why) if is_so(call, call.request.json()) else await forward(call)

    return handler


def image_unknown_if(is_so: Callable[[str], bool], why: str) -> Handler:
    """404 for image names that are so."""

    async def handler(call: Call, forward: Forward) -> Answer:
        name = unquote(call.request.path).partition("/images/")[2].removesuffix("/json")
        return refusal(404, why) if is_so(name) else await forward(call)

    return handler


async def only_true(call: Call, forward: Forward) -> Answer:
    """A flag counts only where it is written as ``true``."""
    return await forward(call.but(target=call.request.target.replace("=1", "=0")))


async def volumes_only_by_true(call: Call, forward: Forward) -> Answer:
    """``v`` counts only where it is written as ``true``."""
    return await forward(call.but(target=call.request.target.replace("v=1", "v=0")))


def _labels(content: Any) -> dict[str, str]:
    return content.get("Labels") or {}


def has_many_labels(_: Call, content: Any) -> bool:
    return len(_labels(content)) > _MANY_LABELS


def has_signs(_: Call, content: Any) -> bool:
    return any(sign in value for value in _labels(content).values() for sign in ":/")


def lists_of_aliases(content: Any) -> list[list[str]]:
    endpoints = (content.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    return [endpoint.get("Aliases") or [] for endpoint in endpoints.values() if endpoint]


def has_alias_twice(_: Call, content: Any) -> bool:
    return any(len(set(aliases)) < len(aliases) for aliases in lists_of_aliases(content))


def name_is_long(call: Call, _: Any) -> bool:
    return len(parse_qs(urlsplit(call.request.target).query).get("name", [""])[0]) > _LONG_NAME


def hostname_is_long(_: Call, content: Any) -> bool:
    return len(content.get("Hostname") or "") > _LONG_HOSTNAME


def first_variables(count: int) -> Edit:
    """Of a container's variables no more than so many arrive."""

    def edit(_: Call, content: Any) -> None:
        content["Env"] = (content["Env"] or [])[:count]

    return edit


def without_empty_variables(_: Call, content: Any) -> None:
    content["Env"] = [each for each in content["Env"] if not each.endswith("=")]


def variables_of_one_line(_: Call, content: Any) -> None:
    content["Env"] = [each.partition("\n")[0] for each in content["Env"]]


def command_of_one_line(_: Call, content: Any) -> None:
    if content["Cmd"]:
        content["Cmd"] = [word.replace("\n", " ") for word in content["Cmd"]]


def without_binds(_: Call, content: Any) -> None:
    content["HostConfig"]["Binds"] = []


def with_prefix(_: Call, content: Any) -> None:
    for network in content["NetworkSettings"]["Networks"].values():
        network["IPAddress"] += "/16" if network.get("IPAddress") else ""


def without_prefix(_: Call, content: Any) -> None:
    for container in (content.get("Containers") or {}).values():
        container["IPv4Address"] = container["IPv4Address"].partition("/")[0]


def instead(old: bytes, new: bytes) -> Handler:
    """The script runs as if what it asks for were elsewhere."""

    async def change(_: Call, source: Bytes) -> Bytes:
        async for data in source:
            yield data.replace(old, new)

    return client_bytes(change)


async def by_an_unknown_id(call: Call, source: Bytes) -> Bytes:
    services = [each.id[:12] for each in call.session.created if each.role == "service" and each.job == "stages"]
    async for data in source:
        yield data.replace(services[0].encode(), b"0" * 12)


async def leaked(_: Call, frames: Frames) -> Frames:
    async for frame in frames:
        yield Frame(frame.stream, frame.payload.replace(b"leak=\n", b"leak=520000000800000003\n"))


async def closed_in_silence(call: Call, source: Bytes) -> Bytes:
    try:
        while True:
            yield await asyncio.wait_for(anext(source), _SILENT * call.session.scale)
    except (TimeoutError, StopAsyncIteration):
        return


async def end_of_stdin(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        yield data
    call.memory["stdin ended"] = asyncio.get_running_loop().time()


async def nothing_late(call: Call, frames: Frames) -> Frames:
    async for frame in frames:
        ended = call.memory.get("stdin ended")
        if ended is None or asyncio.get_running_loop().time() - ended < _AFTER_STDIN * call.session.scale:
            yield frame


async def without_stderr(_: Call, frames: Frames) -> Frames:
    async for frame in frames:
        if frame.stream != STDERR:
            yield frame


async def seven_bits(_: Call, frames: Frames) -> Frames:
    table = bytes(min(byte, 127) for byte in range(256))
    async for frame in frames:
        yield Frame(frame.stream, frame.payload.translate(table))


async def cut_script(_: Call, source: Bytes) -> Bytes:
    size = 0
    async for data in source:
        size += len(data)
        if size <= _ENOUGH_SCRIPT:
            yield data


async def in_disorder(_: Call, frames: Frames) -> Frames:
    """Two frames of numbered lines change places, once; none that may begin with what comes before the lines."""
    held: list[Frame] = []
    is_done, came = False, 0
    async for frame in frames:
        if frame.stream == STDOUT and len(frame.payload) > _LINE and not is_done and not held and came >= _LINE:
            held.append(frame)
            continue
        came += len(frame.payload) if frame.stream == STDOUT else 0
        yield frame
        if held and frame.stream == STDOUT:
            yield held.pop()
            is_done = True


async def without_line(_: Call, frames: Frames) -> Frames:
    async for frame in frames:
        yield Frame(frame.stream, frame.payload.replace(b"stdin is closed\n", b""))


async def kills(call: Call, forward: Forward) -> Answer:
    """A stop is a SIGKILL."""
    return await forward(call.but(target=call.request.path.removesuffix("/stop") + "/kill"))
