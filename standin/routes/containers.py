"""Containers, from create to delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from standin import lifecycle
from standin.creation import create_container
from standin.fields import check_platform, refuse_query
from standin.filters import Filters
from standin.http import ApiError, Request, Response, answer, encode
from standin.router import route
from standin.state import Container, Daemon, Json
from standin.views import container_inspect, container_summary

STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_FILTERS = ("id", "name", "label", "status", "network", "volume", "ancestor", "exited")


@route("POST", "/containers/create", "TST-011 AC-6")
async def create(daemon: Daemon, request: Request) -> Response:
    if not request.body:
        raise ApiError(400, "invalid JSON: got EOF while reading request body")
    check_platform(request)
    container = create_container(daemon, request.query.get("name", ""), request.json())
    lifecycle.emit(daemon, container, "create")
    return answer({"Id": container.id, "Warnings": []}, 201)


@route("GET", "/containers/json", "TST-011 AC-21, TST-010 AC-10")
async def list_containers(daemon: Daemon, request: Request) -> Response:
    refuse_query(request, "size")
    filters = Filters(request, *_FILTERS)
    for value in filters.values.get("status", ()):
        if value not in STATES:
            raise ApiError(400, f"invalid filter 'status={value}'")
    limit = _number(request.query.get("limit") or "0")
    shown = []
    # A copy: while a backend is asked, others create and delete.
    for container in reversed(list(daemon.containers.values())):
        await daemon.backend.refresh(container)
        every = request.flag("all") or limit > 0 or "status" in filters.values or "exited" in filters.values
        if (every or container.running) and _matches(filters, container):
            shown.append(container_summary(container, daemon.links_to(container)))
    return answer(shown[: limit if limit > 0 else None])


def _number(text: str) -> int:
    """500 in the engine's words for what is none."""
    try:
        return int(text)
    except ValueError:
        raise ApiError(500, f'strconv.Atoi: parsing "{text}": invalid syntax') from None


def _matches(filters: Filters, container: Container) -> bool:
    networks = [own.network.id for own in container.endpoints.values() if own.network]
    volumes = [mount.volume.name for mount in container.mounts if mount.volume]
    image = container.image
    ancestors = (
        container.config["Image"],
        image.repository,
        f"{image.repository}:{image.tag}",
        image.id,
        image.id[7:19],
    )
    return (
        filters.starts("id", container.id)
        and filters.partly("name", f"/{container.name}")
        and filters.exact("status", container.status)
        and filters.exact("exited", str(container.exit_code) if container.status == "exited" else "")
        and filters.exact("network", *container.endpoints, *networks)
        and filters.exact("volume", *volumes, *(mount.target for mount in container.mounts))
        and filters.exact("ancestor", *ancestors)
        and filters.labels(container.config["Labels"])
    )


@route("GET", "/containers/{name}/json", "TST-011 AC-8")
async def inspect(daemon: Daemon, request: Request, name: str) -> Response:
    refuse_query(request, "size")
    container = daemon.container(name)
    await daemon.backend.refresh(container)
    return answer(container_inspect(container, daemon.backend.driver))


@route("POST", "/containers/{name}/start", "TST-011 AC-7")
async def start(daemon: Daemon, request: Request, name: str) -> Response:
    refuse_query(request, "checkpoint", "detachKeys")
    container = daemon.container(name)
    async with container.lock:
        if container.running:
            return Response(304)
        if container.removing:
            raise ApiError(409, "container is marked for removal and cannot be started")
        await lifecycle.start(daemon, container)
    return Response(204)


@route("POST", "/containers/{name}/stop", "all traces: 304 after each stage")
async def stop(daemon: Daemon, request: Request, name: str) -> Response:
    container = daemon.container(name)
    grace = _number(text) if (text := request.query.get("t")) else None
    if not container.running:
        return Response(304)
    await lifecycle.stop(daemon, container, request.query.get("signal", ""), grace)
    return Response(204)


@route("POST", "/containers/{name}/kill", "TST-011 AC-16")
async def kill(daemon: Daemon, request: Request, name: str) -> Response:
    prefix = f"cannot kill container: {name}: "
    try:
        container = daemon.container(name)
        number = lifecycle.signal_number(request.query.get("signal") or "KILL")
    except ApiError as error:
        raise ApiError(error.status, prefix + str(error)) from error
    if not container.running:
        raise ApiError(409, f"{prefix}container {container.id} is not running")
    await lifecycle.kill(daemon, container, number)
    return Response(204)


@route("POST", "/containers/{name}/wait", "TST-011 AC-13")
async def wait(daemon: Daemon, request: Request, name: str) -> Response:
    """Headers at once, the status when the condition holds: a runner stops its container only after they came."""
    condition = request.query.get("condition") or "not-running"
    if condition not in ("not-running", "next-exit", "removed"):
        raise ApiError(400, f'invalid condition: "{condition}"')
    container = daemon.container(name)
    run = container.run

    async def body() -> AsyncIterator[bytes]:
        if condition == "removed":
            await container.removed.wait()
        elif condition == "next-exit" or container.running:
            await asyncio.wait((run.ended,))
        result: Json = {"StatusCode": run.ended.result() if run.ended.done() else container.exit_code}
        if container.error and condition != "removed":  # a removal that went well has no error of its own
            result = {"Error": {"Message": container.error}, **result}
        yield encode(result)

    return Response(body=body())


@route("DELETE", "/containers/{name}", "TST-011 AC-18")
async def delete(daemon: Daemon, request: Request, name: str) -> Response:
    refuse_query(request, "link")
    container = daemon.container(name)
    if container.removing:
        raise ApiError(409, f"removal of container {name} is already in progress")
    if container.running and not request.flag("force"):
        hint = "stop the container before removing or force remove"
        raise ApiError(409, f'cannot remove container "/{container.name}": container is running: {hint}')
    async with container.lock:  # not while it is being started
        await lifecycle.remove(daemon, container, with_volumes=request.flag("v"))
    return Response(204)
