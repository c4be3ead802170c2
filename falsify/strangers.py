"""Other people's containers, networks and volumes, which come and go in the daemon while a run goes on."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

import h11

from falsify.docker_calls import recognise
from falsify.proxy_session import Call, ProxySession
from support.api.endpoint import Endpoint
from support.api.messages import Request

_STAY = 0.2  # seconds
_IMAGE = "alpine:latest"


async def come_and_go(session: ProxySession, daemon: Endpoint) -> None:
    """Until the end of the run; what is there at that moment is tidied up with the run's own things."""
    while True:
        name = f"somebody-{secrets.token_hex(4)}"
        with suppress(OSError, h11.RemoteProtocolError):  # the next may come through
            await _visit(session, daemon, name)
        await asyncio.sleep(_STAY)


async def _visit(session: ProxySession, daemon: Endpoint, name: str) -> None:
    labels = {"com.gitlab.gitlab-runner.managed": "true", "somebody": "else"}
    await _put(session, daemon, "POST", "/networks/create", {"Name": name, "Labels": labels})
    await _put(session, daemon, "POST", "/volumes/create", {"Name": name, "Labels": labels})
    container = {
        "Image": _IMAGE,
        "Cmd": ["sleep", "60"],
        "Labels": labels,
        "HostConfig": {"NetworkMode": name, "Binds": [f"{name}:/builds"]},
    }
    await _put(session, daemon, "POST", f"/containers/create?name={name}", container)
    await _put(session, daemon, "POST", f"/containers/{name}/start", None)
    await asyncio.sleep(_STAY)
    await _put(session, daemon, "DELETE", f"/containers/{name}?force=true&v=true", None)
    await _put(session, daemon, "DELETE", f"/volumes/{name}?force=true", None)
    await _put(session, daemon, "DELETE", f"/networks/{name}", None)


async def _put(session: ProxySession, daemon: Endpoint, method: str, path: str, content: Any) -> None:
    body = b"" if content is None else json.dumps(content).encode()
    headers = (
        ("Host", "localhost"),
        ("Connection", "close"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    )
    request = Request(method, path, headers, body)
    operation, target = recognise(request, session)
    await session.ask(Call(request, operation, target, session, daemon))
