"""Volumes."""

from __future__ import annotations

from standin import fields, volumes
from standin.filters import Filters
from standin.http import ApiError, Request, Response, answer
from standin.router import route
from standin.state import Daemon
from standin.views import volume_inspect


@route("POST", "/volumes/create", "TST-011 AC-5")
async def create(daemon: Daemon, request: Request) -> Response:
    """A name that exists already is answered with that volume, unchanged."""
    body = fields.read("Volume", request.json())
    name, driver = body.get("Name") or "", body.get("Driver") or "local"
    if driver != "local":
        raise ApiError(404, f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found')
    if name:
        volumes.check_name(name)
    volume = daemon.volumes.get(name) or volumes.create(daemon, name, body)
    return answer(volume_inspect(volume), 201)


@route("GET", "/volumes", "docker volume ls")
async def list_volumes(daemon: Daemon, request: Request) -> Response:
    filters = Filters(request, "name", "label", "driver", "dangling")
    shown = [
        volume_inspect(volume)
        for volume in daemon.volumes.values()
        if filters.partly("name", volume.name)
        and filters.exact("driver", "local")
        and filters.exact("dangling", *(("false", "0") if daemon.users_of(volume) else ("true", "1")))
        and filters.labels(volume.labels or {})
    ]
    return answer({"Volumes": shown, "Warnings": None})


@route("GET", "/volumes/{name}", "TST-011 AC-20: gone afterwards")
async def inspect(daemon: Daemon, _request: Request, name: str) -> Response:
    return answer(volume_inspect(daemon.volume(name)))


@route("DELETE", "/volumes/{name}", "TST-011 AC-20")
async def delete(daemon: Daemon, request: Request, name: str) -> Response:
    if name not in daemon.volumes and request.flag("force"):
        return Response(204)
    volumes.remove(daemon, daemon.volume(name))
    return Response(204)
