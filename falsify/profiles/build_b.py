"""Build B, in memory: what differs from the stand-in, as recorded."""

from __future__ import annotations

from falsify.lies import on
from falsify.profiles.shapes import Json, containers, in_plain_text, pulls, volumes, with_config
from falsify.proxy_session import Call, Forward
from support.api.messages import Answer, refusal

REFUSED = "multi-container pods are not supported by the memory backend"
_ON_THE_NETWORK = ("service", "build", "helper")
_PATH = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]


def _pulled(name: str, tag: str) -> list[Json]:
    return [
        {"status": f"Pulling from {name}"},
        {"id": "abc123", "status": "Pulling fs layer"},
        {"id": "abc123", "status": "Download complete"},
        {"id": "abc123", "status": "Pull complete"},
        {"status": f"Status: Downloaded newer image for {name}:{tag}"},
    ]


async def _while_alone(call: Call, forward: Forward) -> Answer:
    """A start is refused as soon as there is another container on the network, whether that one runs or not."""
    session, target = call.session, call.target
    others = (
        each
        for each in session.created
        if (each.kind, each.job) == ("container", target.job)
        and each.role in _ON_THE_NETWORK
        and each.name != target.name
        and not session.has_happened("container.remove", each)
    )
    return refusal(400, REFUSED) if any(others) else await forward(call)


RULES = (
    *containers("memory", volumes, has_aliases=True),
    *pulls(_pulled),
    *in_plain_text(),
    on("image.inspect", with_config(Env=_PATH, Cmd=["/bin/sh"], Entrypoint=None, Labels={})),
    on("container.start", _while_alone, role=_ON_THE_NETWORK),
)
