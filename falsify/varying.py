"""Verbs for harmless variations: the same said otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from falsify.docker_calls import OPERATIONS
from falsify.lies import on
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import edited, given, in_passing
from falsify.streaming import Bytes
from falsify.varying_output import STREAMS
from support.api.messages import Answer, Headers, with_header, without

_INSPECT = "container.inspect"
_OF_AN_AGENT = 5  # lines, as many as a container of ours writes
_BEHIND_THE_AGENT = 1.0  # seconds
PLAIN = tuple(sorted(OPERATIONS - set(STREAMS)))
BUFFERED = tuple(sorted(OPERATIONS - {*STREAMS, "container.wait", "container.logs", "events"}))


def everywhere(handler: Handler) -> tuple[Rule, ...]:
    return (on(PLAIN, handler, of_strangers=True),)


def headers(change: Callable[[Headers], Headers]) -> Handler:
    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(headers=change(answer.headers))

    return handler


def named(change: Callable[[str], str]) -> Handler:
    return headers(lambda headers: tuple((change(name), value) for name, value in headers))


def in_chunks(size: int) -> Handler:
    """Bodies as they come, in chunks of this size."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if answer.status in (204, 304):
            return answer

        async def cut() -> Bytes:
            async for piece in answer.pieces:
                for at in range(0, len(piece.data), size):
                    yield piece.data[at : at + size]

        headers = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
        return answer.but(headers=headers, body=cut())

    return handler


def buffered(handler: Handler) -> tuple[Rule, ...]:
    """For all answers whose end does not have to be waited for."""
    return (on(BUFFERED, handler, of_strangers=True),)


async def with_length(call: Call, forward: Forward) -> Answer:
    """The whole body at once, with its length."""
    answer, content = await (await forward(call)).read()
    return answer if answer.status in (204, 304) else answer.but(body=content)


async def closing(call: Call, forward: Forward) -> Answer:
    answer = await forward(call)
    return answer.but(headers=with_header(answer.headers, "Connection", "close"))


def json_as(change: Callable[[Any], bytes]) -> Handler:
    """Bodies that are one JSON value, or events that are one each, written otherwise."""

    def rewritten(content: bytes) -> bytes:
        try:
            return change(json.loads(content))
        except ValueError:
            return content

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        if "json" not in (answer.header("Content-Type") or ""):
            return answer
        if call.operation == "events":  # they have no end that could be waited for
            headers = with_header(without(answer.headers, "Content-Length"), "Transfer-Encoding", "chunked")
            return answer.but(headers=headers, body=_each_line(answer, rewritten))
        return await in_passing(rewritten)(call, given(answer))

    return handler


async def _each_line(answer: Answer, change: Callable[[bytes], bytes]) -> Bytes:
    rest = b""
    async for piece in answer.pieces:
        *lines, rest = (rest + piece.data).split(b"\n")
        for line in filter(None, lines):
            yield change(line) + b"\n"


def in_reverse(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_reverse(value[key]) for key in reversed(value)}
    return [in_reverse(each) for each in value] if isinstance(value, list) else value


def extras_at_top(value: Any) -> bytes:
    """Not inside maps from names to values, such as labels and networks, where another key means another thing."""
    return json.dumps({**value, "XFuture": {"Of": [1, None]}} if isinstance(value, dict) else value).encode()


def aliases(change: Callable[[list[str]], list[str]]) -> Handler:
    def edit(call: Call, content: Any) -> None:
        for network in content["NetworkSettings"]["Networks"].values():
            network["Aliases"] = change(network.get("Aliases") or [])

    return edited(edit)


def image_qualified() -> Handler:
    """An image with the registry that its name leaves out."""
    return at("Config.Image", lambda image: f"docker.io/library/{image}")


def labels_more() -> Handler:
    """A label that nobody asked for."""
    return at("Config.Labels", lambda labels: {**labels, "org.example.daemon": "was here"})


def entrypoint_empty() -> Handler:
    """No entrypoint as an empty list."""
    return at("Config.Entrypoint", lambda entrypoint: entrypoint or [])


def at(path: str, change: Callable[[Any], Any]) -> Handler:
    """The answer with something changed at a path that exists."""
    *way, key = path.split(".")

    def edit(call: Call, content: Any) -> None:
        for step in way:
            content = content[step]
        content[key] = change(content.get(key))

    return edited(edit)


def reason(text: str) -> Handler:
    async def handler(call: Call, forward: Forward) -> Answer:
        return (await forward(call)).but(reason=text)

    return handler


async def empty_containers_null(call: Call, forward: Forward) -> Answer:
    """A network that lists nobody has no list at all."""
    answer, content = await (await forward(call)).read_json()
    if answer.status == 200 and not content.get("Containers"):
        content.pop("Containers", None)
        return answer.but_json(content)
    return answer


def pulled(change: Callable[[bytes], bytes]) -> tuple[Rule, ...]:
    """The messages of a pull, changed as a text."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return await in_passing(change)(call, given(answer)) if answer.status == 200 else answer

    return (on("image.pull", handler),)


def refused_pulls(change: Callable[[str], Answer]) -> tuple[Rule, ...]:
    """What a pull that is refused is answered by instead, from its message."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer if answer.status < 400 else change((await answer.read_json())[1]["message"])

    return (on("image.pull", handler),)


def in_one_line(content: bytes) -> bytes:
    return content.replace(b"\n", b"")


def in_crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n\r\n")


def unknown_types(content: bytes) -> bytes:
    """Progress messages of kinds that nobody knows, before, between and after the others."""
    odd = b'{"aux":{"Type":"future"}}\r\n{"status":"Frobnicating","id":"x","progressDetail":null}\r\n{"event":"e"}\r\n'
    return b"".join(line + odd for line in content.splitlines(keepends=True))


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


async def long_start(call: Call, forward: Forward) -> Answer:
    """A start that takes five seconds; see ``after_start``."""
    over = call.memory.setdefault("start is over", asyncio.Event())
    try:
        await asyncio.sleep(5.0)
        return await forward(call)
    finally:
        over.set()


async def after_start(call: Call, forward: Forward) -> Answer:
    """What is asked while such a start goes on is answered after it."""
    if "start is over" in call.memory:
        await call.memory["start is over"].wait()
    return await forward(call)


def an_event_more(call: Call, content: Any) -> None:
    """CloudWatch's: what an agent in the container has to say."""
    if content["events"]:
        content["events"].insert(0, {**content["events"][0], "message": "agent: connected"})


def an_event_first(call: Call, content: Any) -> None:
    """CloudWatch's, for whoever asks: what stands before all that the container wrote."""
    is_first_page = int(call.request.json().get("nextToken", "f/0").partition("/")[2]) == 0
    if is_first_page and content["events"]:
        content["events"].insert(0, {**content["events"][0], "message": "container started"})


async def the_agents_events_first(call: Call, forward: Forward) -> Answer:
    """CloudWatch's: as many events of an agent's as a container could have, and the container's own a second later."""
    answer, content = await (await forward(call)).read_json()
    if answer.status != 200 or not content.get("events"):
        return answer
    now = asyncio.get_running_loop().time()
    first = call.session.memory["the agent's first events"].setdefault(call.request.json()["logStreamName"], now)
    agents = [{**content["events"][0], "message": f"agent: {number}"} for number in range(_OF_AN_AGENT)]
    content["events"] = agents + (content["events"] if now - first > _BEHIND_THE_AGENT else [])
    return answer.but_json(content)


def network_of_others(call: Call, content: Any) -> None:
    other = {"Name": "somebody", "EndpointID": "e" * 64, "IPv4Address": "172.31.0.9/16"}
    content["Containers"] = {**(content.get("Containers") or {}), "f" * 64: other}


def on_bridge_too(call: Call, content: Any) -> None:
    content["NetworkSettings"]["Networks"]["bridge"] = {"Aliases": None, "IPAddress": "172.17.0.9"}


def mounts_lack(role: str, place: str) -> tuple[Rule, ...]:
    """An inspect whose ``Mounts`` lack this place; ``HostConfig.Binds`` has it."""

    def edit(call: Call, content: Any) -> None:
        content["Mounts"] = [mount for mount in content["Mounts"] if mount["Destination"] != place]

    return (on(_INSPECT, edited(edit), role=role),)


def another_mount(call: Call, content: Any) -> None:
    content["Mounts"] = [{"Type": "bind", "Source": "/srv", "Destination": "/srv", "RW": False}, *content["Mounts"]]
