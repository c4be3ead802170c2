"""Build A, in memory: what differs from the stand-in, as recorded."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import h11

from falsify.catalogue.gitlab.only_first import lists_deleted
from falsify.lies import on
from falsify.profiles.shapes import Json, containers, in_plain_text, no_mounts, pulls, with_config
from falsify.proxy_session import Call, Forward
from falsify.response_rules import body, edited, pretend, withheld
from falsify.streaming import Bytes, client_bytes, daemon_bytes, silence
from support.api.messages import Answer, Request
from support.api.proxy_wire import exchange

_ENDS_AFTER = 2.0  # seconds from the start, whatever the container does
_KILLED = 137
_HEADERS = (("Host", "localhost"), ("Connection", "close"), ("Content-Length", "0"))
_INTERACTIVE = ("build", "helper")  # containers with an open stdin
_PATH = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]


def _pulled(name: str, tag: str) -> list[Json]:
    return [{"status": f"Pulling from {name}"}, {"status": f"Status: Image is up to date for {name}:{tag}"}]


async def _ends_soon(call: Call, forward: Forward) -> Answer:
    """A start that works; the container is ended a little later."""
    answer = await forward(call)
    if answer.status == 204:
        call.memory["ended"] = False
        call.session.eventually(_end(call))
    return answer


async def _end(call: Call) -> None:
    await asyncio.sleep(_ENDS_AFTER)
    call.memory["ended"] = True
    with suppress(OSError, h11.RemoteProtocolError):  # gone with the run
        await exchange(call.upstream, Request("POST", f"/containers/{call.target.id}/kill", _HEADERS, b""))


def _ended_with_0(call: Call, content: Json) -> None:
    if content["State"]["ExitCode"] == _KILLED:
        content["State"]["ExitCode"] = 0


def _reports_0(call: Call, content: Json) -> None:
    if content["StatusCode"] == _KILLED:
        content["StatusCode"] = 0


async def _lost(call: Call, source: Bytes) -> Bytes:
    """A shell's script is taken from the client and never run."""
    async for _data in source:
        continue
    await silence()
    yield b""


async def _says_nothing(call: Call, source: Bytes) -> Bytes:
    await silence()
    yield b""


async def _open_after_the_end(call: Call, source: Bytes) -> Bytes:
    """The stream of a container that was ended is not closed."""
    async for data in source:
        yield data
    if call.memory.get("ended"):
        await silence()


RULES = (
    *containers("memory", no_mounts, has_aliases=True),
    *pulls(_pulled),
    *in_plain_text(),
    on("image.inspect", with_config(Env=_PATH, Cmd=["/bin/sh"], Entrypoint=None, Labels={})),
    on("container.start", _ends_soon, role=_INTERACTIVE),
    on("container.inspect", edited(_ended_with_0), role=_INTERACTIVE),
    on("container.wait", withheld()),
    on("container.wait", edited(_reports_0), role=_INTERACTIVE),
    on("container.attach", client_bytes(_lost), role="build"),
    on("container.attach", daemon_bytes(_says_nothing), role="build"),
    on("container.attach", daemon_bytes(_open_after_the_end), role="helper"),
    on("container.logs", body(b""), role="service"),
    on("network.disconnect", pretend(200, b"")),
    on("network.inspect", edited(lists_deleted)),
)
