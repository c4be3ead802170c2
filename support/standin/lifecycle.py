"""Start, stop and removal of containers, with the events and the order of things that clients rely on."""

from __future__ import annotations

import asyncio
import time

from support.standin import volumes
from support.standin.clock import SECOND
from support.standin.http import ApiError
from support.standin.output import END
from support.standin.sandbox import CannotStart
from support.standin.signals import number_of
from support.standin.state import Container, Daemon, Network, Run, new_id

_CANNOT_RUN = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: {}: unknown"
)
STOP_GRACE = 10.0  # seconds, the engine's default


def emit(daemon: Daemon, container: Container, action: str, **attributes: str) -> None:
    """A container's event: its labels, image and name are attributes of each."""
    own = {"image": container.config["Image"], "name": container.name}
    daemon.events.emit("container", action, container.id, {**container.config["Labels"], **attributes, **own})


def emit_network(daemon: Daemon, network: Network, action: str, **attributes: str) -> None:
    daemon.events.emit("network", action, network.id, {**attributes, "name": network.name, "type": network.driver})


async def start(daemon: Daemon, container: Container) -> None:
    """Start and return once it runs. A failure leaves it created, with the engine's exit code and message."""
    try:
        connect(daemon, container)
        process = await daemon.backend.start(container)
    except (ApiError, CannotStart) as error:
        disconnect(daemon, container)
        status = error.status if isinstance(error, ApiError) else 500
        container.exit_code, container.error = 128, str(error)
        if isinstance(error, CannotStart) and error.code in (126, 127):
            status, container.exit_code, container.error = 400, error.code, _CANNOT_RUN.format(error)
        container.output.write(END, b"")
        if container.host_config["AutoRemove"]:
            await remove(daemon, container, with_volumes=True)
        raise ApiError(status, container.error) from error
    for mount in container.mounts:
        if mount.volume:
            flags = {"read/write": str(mount.writable).lower(), "destination": mount.target, "propagation": ""}
            attributes = {"container": container.id, "driver": "local", **flags}
            daemon.events.emit("volume", "mount", mount.volume.name, attributes)
    container.status, container.pid, container.exit_code, container.error = "running", process.pid, 0, ""
    container.started_ns, container.finished_ns = time.time_ns(), 0
    emit(daemon, container, "start")
    container.run.process.set_result(process)
    daemon.spawn(_watch(daemon, container))


def connect(daemon: Daemon, container: Container) -> None:
    """Give the container its addresses; 404 for a network that is not there."""
    for endpoint in container.endpoints.values():
        endpoint.network = network = daemon.network(endpoint.wanted)
        endpoint.id, endpoint.address = new_id(), network.take_address()
        emit_network(daemon, network, "connect", container=container.id)


def disconnect(daemon: Daemon, container: Container, only: Network | None = None) -> None:
    """Take the addresses back; the container's settings keep the network."""
    for endpoint in container.endpoints.values():
        network = endpoint.network
        if network and endpoint.id and only in (None, network):
            network.taken.discard(endpoint.address)
            endpoint.id = endpoint.address = ""
            emit_network(daemon, network, "disconnect", container=container.id)


async def _watch(daemon: Daemon, container: Container) -> None:
    """Follow a run to its end and say so in the engine's order: streams, then state, then events, then waits."""
    run = container.run
    code = await run.process.result().wait()
    container.output.write(END, b"")
    container.run = Run()
    disconnect(daemon, container)
    for mount in container.mounts:
        if mount.volume:
            attributes = {"container": container.id, "driver": "local"}
            daemon.events.emit("volume", "unmount", mount.volume.name, attributes)
    container.status, container.pid, container.exit_code = "exited", 0, code
    container.finished_ns = time.time_ns()
    for execution in [e for e in daemon.execs.values() if e.container is container]:
        del daemon.execs[execution.id]
    lasted = (container.finished_ns - container.started_ns) // SECOND
    emit(daemon, container, "die", exitCode=str(code), execDuration=str(lasted))
    run.ended.set_result(code)
    if container.host_config["AutoRemove"] and not container.removing:
        await remove(daemon, container, with_volumes=True)


def kill(daemon: Daemon, container: Container, number: int) -> None:
    container.run.process.result().signal(number)
    emit(daemon, container, "kill", signal=str(number))


async def stop(daemon: Daemon, container: Container, signal_name: str, grace: float | None) -> None:
    """Ask for the end, and enforce it after ``grace`` seconds (negative: never); returns when it has exited."""
    run = container.run
    if grace is None:
        grace = container.config.get("StopTimeout", STOP_GRACE)
    kill(daemon, container, number_of(signal_name or container.config.get("StopSignal") or "TERM"))
    done, _ = await asyncio.wait((run.ended,), timeout=None if grace < 0 else grace)
    if not done:
        kill(daemon, container, 9)
        await asyncio.wait((run.ended,))
    emit(daemon, container, "stop")


async def remove(daemon: Daemon, container: Container, *, with_volumes: bool) -> None:
    """End it if it runs, then forget it, with its anonymous volumes if asked for."""
    container.removing = True
    if container.running:
        run = container.run
        kill(daemon, container, 9)
        await asyncio.wait((run.ended,))
    await daemon.backend.remove(container)
    container.output.close()
    del daemon.containers[container.id]
    for mount in container.mounts if with_volumes else ():
        if mount.volume and mount.volume.anonymous and not daemon.users_of(mount.volume):
            volumes.remove(daemon, mount.volume)
    emit(daemon, container, "destroy")
    container.removed.set_result(container.exit_code)


async def shut_down(daemon: Daemon) -> None:
    """End what runs; records and files go with the daemon."""
    running = [container for container in daemon.containers.values() if container.running]
    for container in running:
        container.removing = True  # so that nothing is restarted or removed on its own any more
        container.run.process.result().signal(9)
    if running:
        await asyncio.wait([container.run.ended for container in running], timeout=STOP_GRACE)
