"""Who the daemon is, and what happens in it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import AsyncIterator

from standin.clock import SECOND, moment, stamp
from standin.filters import Filters
from standin.http import HEADERS, ApiError, Request, Response, answer, encode
from standin.images import architecture, programs
from standin.router import route
from standin.state import Daemon, Json

_KINDS = ("container", "network", "volume")
VERSION = "1.44.0-standin"
NAME = "Sockerless acceptance stand-in"


@route("GET", "/_ping", "TST-011 AC-1")
@route("HEAD", "/_ping", "all traces, n 1")
async def ping(_daemon: Daemon, _request: Request) -> Response:
    headers = (("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Swarm", "inactive"))
    return Response(200, b"OK", "text/plain; charset=utf-8", (*HEADERS, *headers))


@route("GET", "/version", "all traces, n 3")
async def version(_daemon: Daemon, _request: Request) -> Response:
    own = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Os": "linux", "Arch": architecture()}
    own |= {"KernelVersion": platform.release(), "GitCommit": "", "GoVersion": "", "BuildTime": ""}
    component = {"Name": "Engine", "Version": VERSION, "Details": own | {"Experimental": "false"}}
    return answer({"Platform": {"Name": NAME}, "Components": [component], "Version": VERSION, **own})


@route("GET", "/info", "all traces, n 2")
async def info(daemon: Daemon, _request: Request) -> Response:
    total, running = len(daemon.containers), sum(container.running for container in daemon.containers.values())
    backend, memory = daemon.backend, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told: Json = {"ID": daemon.id, "Name": backend.name, "Driver": backend.driver, "DriverStatus": []}
    # Windows engines name an isolation here, others none: it is "process" where containers are plain subprocesses.
    warnings = backend.missing or programs.warnings()
    told |= {"Warnings": list(warnings) or None, "Isolation": "process" if backend.missing else ""}
    told |= {"DockerRootDir": str(daemon.folder)}
    told |= {"Containers": total, "ContainersRunning": running, "ContainersStopped": total - running}
    told |= {"ContainersPaused": 0, "Images": len(daemon.pulled), "SystemTime": stamp(time.time_ns()), "Debug": False}
    told |= {"OSType": "linux", "OperatingSystem": NAME, "KernelVersion": platform.release(), "ServerVersion": VERSION}
    told |= {"Architecture": platform.machine(), "NCPU": os.cpu_count(), "MemTotal": memory}
    told |= {"Swarm": {"LocalNodeState": "inactive"}, "LoggingDriver": "json-file", "DefaultRuntime": "standin"}
    told |= {"Plugins": {"Volume": ["local"], "Network": ["bridge", "host", "null"], "Log": ["json-file"]}}
    return answer(told | {"SecurityOptions": [], "Labels": [], "IndexServerAddress": "https://index.docker.io/v1/"})


@route("GET", "/events", "docker events")
async def events(daemon: Daemon, request: Request) -> Response:
    filters = Filters(request, "type", "event", "image", "label", *_KINDS)
    try:
        since, until = (moment(t) if (t := request.query.get(key)) else None for key in ("since", "until"))
    except ValueError as error:
        raise ApiError(500, str(error)) from error
    if since and until and since > until:
        start, end = since // SECOND, until // SECOND
        raise ApiError(400, f"`since` time ({start}) cannot be after `until` time ({end})")

    async def body() -> AsyncIterator[bytes]:
        async for event in daemon.events.stream(since, until):
            if _matches(filters, event):
                yield encode(event)

    return Response(body=body())


def _matches(filters: Filters, event: Json) -> bool:
    attributes, kind, actor = event["Actor"]["Attributes"], event["Type"], event["Actor"]["ID"]
    names = (actor, attributes.get("name", actor), attributes.get("image", ""))
    return (
        filters.exact("type", kind)
        and filters.exact("event", event["Action"], event["Action"].partition(":")[0])
        and all(key not in filters.values or (kind == key and filters.starts(key, *names)) for key in _KINDS)
        and filters.exact("image", *names[1:])
        and filters.labels(attributes)
    )
