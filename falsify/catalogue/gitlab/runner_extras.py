"""Lies about what GitLab Runner does beyond the criteria: starting again, ending what runs, asking for other names."""

from __future__ import annotations

import asyncio
from typing import Any

from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Handler, Rule
from falsify.response_rules import asked, cut, edited, in_state, pretend, put, refuse
from falsify.stateful_rules import has_exited, later
from falsify.streaming import Bytes, client_bytes
from support.api.messages import Request
from support.api.proxy_wire import exchange

_ENDED_AFTER = 2.0  # seconds
_HEADERS = (("Host", "localhost"), ("Connection", "close"), ("Content-Length", "0"))


def _of_build(operation: str, handler: Handler, since: int = 1) -> Rule:
    return on(operation, handler, role="build", job="second", since=since)


async def _ends_after_stdin(call: Call, source: Bytes) -> Bytes:
    """The end of stdin is taken for the end of the job."""
    async for data in source:
        yield data
    call.session.eventually(_kill_later(call))


async def _kill_later(call: Call) -> None:
    await asyncio.sleep(_ENDED_AFTER)
    await exchange(call.upstream, Request("POST", f"/containers/{call.target.id}/kill", _HEADERS, b""))


def _elsewhere(call: Call, content: Any) -> None:
    content["Mountpoint"] += "-anew"


def _by_place(call: Call, content: Any) -> None:
    builds, cache = content["HostConfig"]["Binds"]
    content["HostConfig"]["Binds"] = [builds, f"{builds.partition(':')[0]}:{cache.partition(':')[2]}"]


status_lie, effect_lie = in_layer(Layer.STATUS), in_layer(Layer.EFFECTS)
second_lie, body_lie, state_lie = in_layer(Layer.ONLY_FIRST), in_layer(Layer.BODIES), in_layer(Layer.STATES)
LIES = (
    state_lie(
        "helper-ended-after-stdin",
        "A helper container is ended 2 s after the end of its stdin, whatever it does.",
        notes(3),
        on("container.attach", client_bytes(_ends_after_stdin), role="helper", job="second"),
    ),
    effect_lie(
        "volumes-by-place",
        "A volume that is mounted elsewhere is another one.",
        notes(4),
        _of_build("container.create", asked(_by_place)),
    ),
    second_lie(
        "build-attached-once",
        "A container that has exited cannot be attached to.",
        notes(17),
        _of_build("container.attach", refuse(409, "it has exited"), since=2),
        unobservable=unseen("The container does not run again.", notes(18)),
    ),
    second_lie(
        "build-started-once",
        "A container that has exited cannot be started.",
        notes(17),
        _of_build("container.start", refuse(409, "it has exited"), since=2),
        unobservable=unseen("The container does not run again.", notes(18)),
    ),
    effect_lie(
        "build-second-start-unheard",
        "The second start of a container does nothing.",
        notes(17),
        _of_build("container.start", pretend(204), since=2),
        unobservable=unseen("The container does not run again.", notes(18)),
    ),
    second_lie(
        "build-second-end-is-the-first",
        "The exit status of a container's first start is reported for its second.",
        notes(18),
        _of_build("container.wait", edited(lambda call, content: content.update(StatusCode=7)), since=2),
    ),
    second_lie(
        "build-second-wait-at-once",
        "A wait for what was started again is answered at once.",
        notes(18),
        _of_build("container.wait", pretend(200, {"StatusCode": 0}), since=2),
    ),
    second_lie(
        "build-stopped-with-0",
        "What was stopped is said to have succeeded.",
        notes(18),
        _of_build("container.wait", edited(lambda call, content: content.update(StatusCode=0)), since=2),
    ),
    state_lie(
        "build-exited-for-ever",
        "What has exited is shown as exited for ever, though it was started again.",
        notes(17),
        _of_build("container.inspect", later(in_state("exited"), has_exited, seconds=0.0)),
        may=notes(18),
    ),
    effect_lie(
        "build-stop-unheard",
        "A stop of what runs does nothing.",
        notes(18),
        _of_build("container.stop", pretend(204)),
    ),
    status_lie(
        "build-stop-304",
        "What runs is said to have been stopped already.",
        notes(18),
        _of_build("container.stop", pretend(304)),
    ),
    status_lie(
        "remove-409-while-running",
        "A running container is not deleted, force or not.",
        notes(19),
        on("container.remove", refuse(409, "it is running"), role="service", job="second"),
    ),
    effect_lie(
        "remove-unheard-while-running",
        "A delete of what runs does nothing.",
        notes(19),
        on("container.remove", pretend(204), role="service", job="second"),
    ),
    second_lie(
        "cache-name-taken",
        "A volume that exists cannot be created again.",
        notes(20),
        on("volume.create", refuse(409, "the name is taken"), role="cache", since=2),
    ),
    second_lie(
        "cache-anew",
        "A volume that is created again is another one.",
        notes(20),
        on("volume.create", edited(_elsewhere), role="cache", since=2),
    ),
    body_lie("image-id-missing", "An image has no ID.", ac(3) | notes(21), on("image.inspect", cut("Id"))),
    body_lie("image-id-empty", "An image's ID is empty.", ac(3) | notes(21), on("image.inspect", put("Id", ""))),
    status_lie(
        "image-not-by-id",
        "An image's ID leads to no image.",
        notes(21),
        on("container.create", refuse(404, "no such image"), role="byid"),
    ),
    effect_lie(
        "by-id-never-created",
        "A container of an image's ID is only said to be created.",
        notes(21),
        on("container.create", pretend(201, {"Id": "a" * 64}), role="byid"),
    ),
    status_lie("info-501", "There is no info.", notes(22), on("info", refuse(501, "not implemented"))),
    body_lie("info-no-system", "The info names no operating system.", notes(22), on("info", cut("OSType"))),
    body_lie(
        "info-windows", "The info names another operating system.", notes(22), on("info", put("OSType", "windows"))
    ),
    body_lie("version-no-api", "The version names no API version.", notes(22), on("version", put("ApiVersion", ""))),
)
