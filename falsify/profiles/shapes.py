"""What the builds' answers have in common: how they show a container, a pull, and a route that is not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from falsify.lies import on
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import asked, edited, header, pretend
from support.api.messages import Answer

Json = dict[str, Any]

_HOST_CONFIG = ("NetworkMode", "Binds", "AutoRemove", "RestartPolicy")
_ENDPOINT = ("NetworkID", "EndpointID", "Gateway", "IPAddress", "IPPrefixLen", "MacAddress")


def containers(driver: str, mounts: Callable[[Json], list[Json]], *, has_aliases: bool) -> tuple[Rule, ...]:
    """Inspects and lists in the builds' shape: ``NetworkSettings`` has networks and no address of its own."""

    def inspected(call: Call, content: Json) -> None:
        content |= {"Image": content["Config"]["Image"], "Driver": driver, "Mounts": mounts(content)}
        content["HostConfig"] = {
            key: content["HostConfig"][key] for key in _HOST_CONFIG if key in content["HostConfig"]
        }
        content["NetworkSettings"] = _networks(content, has_aliases=has_aliases)

    def listed(call: Call, content: list[Json]) -> None:
        for entry in content:
            entry |= {"Mounts": [], "NetworkSettings": _networks(entry, has_aliases=has_aliases)}

    return on("container.inspect", edited(inspected)), on("container.list", edited(listed))


def _networks(content: Json, *, has_aliases: bool) -> Json:
    shown = {}
    for name, endpoint in (content["NetworkSettings"].get("Networks") or {}).items():
        shown[name] = {key: endpoint[key] for key in _ENDPOINT if key in endpoint}
        aliases = [each for each in endpoint.get("Aliases") or [] if not content["Id"].startswith(each)]
        if has_aliases and aliases:
            shown[name]["Aliases"] = aliases
    return {"Networks": shown}


def no_mounts(content: Json) -> list[Json]:
    """The volumes are in ``HostConfig.Binds`` only."""
    return []


def volumes(content: Json) -> list[Json]:
    """Each volume of ``HostConfig.Binds``, which is its own source."""
    binds = [bind.split(":")[:2] for bind in content["HostConfig"].get("Binds") or []]
    return [
        {"Type": "volume", "Name": name, "Source": name, "Destination": place, "Mode": "", "RW": True}
        for name, place in binds
    ]


def pulls(lines: Callable[[str, str], list[Json]]) -> tuple[Rule, ...]:
    """A pull of any name succeeds, in these lines about a name and a tag; a container is created of any image."""

    async def handler(call: Call, forward: Forward) -> Answer:
        query = parse_qs(urlsplit(call.request.target).query)
        answer, _ = await (await forward(call)).read()
        messages = lines(query["fromImage"][0], query.get("tag", ["latest"])[0])
        body = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
        return answer.but(status=200, body=body)

    return (
        on("image.pull", handler),
        on("container.inspect", _named_as_asked, role="missing"),
        on("container.create", asked(_of_an_image_that_is_there), role="missing"),
    )


def _of_an_image_that_is_there(call: Call, content: Json) -> None:
    call.memory["image"] = content["Image"]
    content["Image"] = "alpine:latest"


async def _named_as_asked(call: Call, forward: Forward) -> Answer:
    def edit(_call: Call, content: Json) -> None:
        content["Config"]["Image"] = content["Image"] = call.memory["image"]

    return await edited(edit)(call, forward)


def in_plain_text() -> tuple[Rule, ...]:
    """A route that does not exist, as Go's own server answers it."""
    return (
        on("other", header("X-Content-Type-Options", "nosniff")),
        on("other", header("Content-Type", "text/plain; charset=utf-8")),
        on("other", pretend(404, b"404 page not found\n")),
    )


def with_config(**values: Any) -> Handler:
    """An image's inspect with these values in its ``Config``."""

    def edit(call: Call, content: Json) -> None:
        content["Config"] |= values

    return edited(edit)
