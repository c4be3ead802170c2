"""Other people's containers, networks and volumes, which come and go in the daemon while a run goes on."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

import h11

from support.falsify.messages import Request
from support.falsify.scene import Scene

_STAY = 0.2  # seconds
_IMAGE = "alpine:latest"


async def come_and_go(scene: Scene) -> None:
    """Until the end of the run; what is there at that moment is tidied up with the run's own things."""
    while True:
        name = f"somebody-{secrets.token_hex(4)}"
        with suppress(OSError, h11.RemoteProtocolError):  # the next may come through
            await _visit(scene, name)
        await asyncio.sleep(_STAY)


async def _visit(scene: Scene, name: str) -> None:
    labels = {"com.gitlab.gitlab-runner.managed": "true", "somebody": "else"}
    await _put(scene, "POST", "/networks/create", {"Name": name, "Labels": labels})
    await _put(scene, "POST", "/volumes/create", {"Name": name, "Labels": labels})
    container = {
        "Image": _IMAGE,
        "Cmd": ["sleep", "60"],
        "Labels": labels,
        "HostConfig": {"NetworkMode": name, "Binds": [f"{name}:/builds"]},
    }
    await _put(scene, "POST", f"/containers/create?name={name}", container)
    await _put(scene, "POST", f"/containers/{name}/start", None)
    await asyncio.sleep(_STAY)
    await _put(scene, "DELETE", f"/containers/{name}?force=true&v=true", None)
    await _put(scene, "DELETE", f"/volumes/{name}?force=true", None)
    await _put(scene, "DELETE", f"/networks/{name}", None)


async def _put(scene: Scene, method: str, target: str, content: Any) -> None:
    body = b"" if content is None else json.dumps(content).encode()
    headers = (
        ("Host", "localhost"),
        ("Connection", "close"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    )
    await scene.put(Request(method, target, headers, body))
