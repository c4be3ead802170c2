"""Images: what the catalogue has can be pulled, and only what was pulled is there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime

from standin.fields import check_platform, refuse_query
from standin.http import ApiError, Request, Response, answer, encode
from standin.images import CATALOGUE, Image, architecture, find
from standin.router import route
from standin.state import Daemon, Json, split_reference
from standin.views import full_config


@route("POST", "/images/create", "TST-011 AC-2")
async def pull(daemon: Daemon, request: Request) -> Response:
    """Progress as JSON lines; an error before the first of them is a status."""
    refuse_query(request, "fromSrc")
    check_platform(request)
    name, tag = split_reference(request.query.get("fromImage", ""))
    tag = request.query.get("tag") or tag
    if not re.fullmatch(r"[\w][\w.-]{0,127}|sha256:[0-9a-f]{64}", tag):
        raise ApiError(400, "invalid tag format")
    image = find(name, tag)
    if image is None:
        raise ApiError(*_not_there(name, tag))
    return Response(body=_progress(daemon, image, tag))


def _not_there(name: str, tag: str) -> tuple[int, str]:
    host = name.partition("/")[0]
    if "/" in name and ("." in host or ":" in host or host == "localhost"):
        return 500, f'Get "https://{host}/v2/": dial tcp: lookup {host}: no such host'
    if any(image.repository == name for image in CATALOGUE):
        return 404, f"manifest for {name}:{tag} not found: manifest unknown: manifest unknown"
    reason = "repository does not exist or may require 'docker login'"
    return 404, f"pull access denied for {name}, {reason}: denied: requested access to the resource is denied"


async def _progress(daemon: Daemon, image: Image, tag: str) -> AsyncIterator[bytes]:
    fresh = image not in daemon.pulled
    repository = image.repository if "/" in image.repository else f"library/{image.repository}"
    name = f"{image.repository}:{tag}" if tag == image.tag else f"{image.repository}@{tag}"
    shown = tag if tag == image.tag else f"docker.io/{repository}@{tag}"
    yield encode({"status": f"Pulling from {repository}", "id": shown})
    for layer in image.layers if fresh else ():
        for status in ("Pulling fs layer", "Download complete", "Pull complete"):
            yield encode({"status": status, "progressDetail": {}, "id": layer.removeprefix("sha256:")[:12]})
    daemon.pulled.add(image)
    daemon.events.emit("image", "pull", name, {"name": image.repository})
    yield encode({"status": f"Digest: {image.digest}"})
    news = "Downloaded newer image" if fresh else "Image is up to date"
    yield encode({"status": f"Status: {news} for {name}"})


@route("GET", "/images/{name}/json", "TST-011 AC-3")
async def inspect(daemon: Daemon, _request: Request, name: str) -> Response:
    image = daemon.image(name)
    about = {"Size": image.size, "Created": image.created, "Architecture": architecture(), "Os": "linux"}
    about |= {"RootFS": {"Type": "layers", "Layers": list(image.layers)}, "Config": full_config(dict(image.config))}
    return answer({"Id": image.id, "Parent": "", "Comment": "", "Author": "", **_names(image), **about})


def _names(image: Image) -> Json:
    return {"RepoTags": [f"{image.repository}:{image.tag}"], "RepoDigests": [f"{image.repository}@{image.digest}"]}


@route("GET", "/images/json", "TST-011 AC-3")
async def listing(daemon: Daemon, _request: Request) -> Response:
    """What was pulled, an entry each; filters are those of nobody yet."""
    return answer(
        [
            {
                "Id": image.id,
                **_names(image),
                "Size": image.size,
                "Created": int(datetime.fromisoformat(image.created).timestamp()),
                "Labels": dict(image.config).get("Labels"),
                "ParentId": "",
                "SharedSize": -1,
                "Containers": -1,
            }
            for image in sorted(daemon.pulled, key=lambda each: each.repository)
        ]
    )
