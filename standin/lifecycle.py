"""Start, stop and removal of containers, with the events and the order of things that clients rely on."""

from __future__ import annotations

import asyncio
import signal
import time

from standin import volumes
from standin.clock import SECOND
from standin.http import ApiError
from standin.output import END
from standin.sandbox import CannotStart
from standin.state import Container, Daemon, Network, Run, new_id

_CANNOT_RUN = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: {}: unknown"
)
STOP_GRACE = 10.0  # seconds, the engine's default


def signal_number(name: str) -> int:
    """A signal by name, with or without SIG and in any case, or by number; 400 in the engine's words."""
    text = name.upper().removeprefix("SIG")
    if text.isdigit() and not 0 < int(text) < signal.NSIG:
        raise ApiError(400, f"the linux daemon does not support signal {text}")
    if not text.isdigit() and f"SIG{text}" not in signal.Signals.__members__:
        raise ApiError(400, f"invalid signal: {name}")
    return int(text) if text.isdigit() else signal.Signals[f"SIG{text}"].value


def emit(daemon: Daemon, container: Container, action: str, **attributes: str) -> None:
    """A container's event: its labels, image and name are attributes of each."""
    own = {"image": container.config["Image"], "name": container.name}
    daemon.events.emit("container", action, container.id, {**container.config["Labels"], **attributes, **own})


def emit_network(daemon: Daemon, network: Network, action: str, **attributes: str) -> None:
    daemon.events.emit("network", action, network.id, {**attributes, "name": network.name, "type": network.driver})


def emit_volumes(daemon: Daemon, container: Container, action: str) -> None:
    for mount in (mount for mount in container.mounts if mount.volume):
        attributes = {"container": container.id, "driver": "local"}
        if action == "mount":
            attributes |= {"read/write": str(mount.writable).lower(), "destination": mount.target, "propagation": ""}
        daemon.events.emit("volume", action, mount.source.parent.name, attributes)


async def start(daemon: Daemon, container: Container) -> None:
    """Start and return once it runs. A failure leaves it created, with the engine's exit code and message."""
    try:
        check_links(container)
        connect(daemon, container)
        emit_volumes(daemon, container, "mount")
        process = await daemon.backend.start(container)
    except Exception as error:
        status, container.exit_code, container.error = getattr(error, "status", 500), 128, str(error)
        if isinstance(error, CannotStart) and error.code in (126, 127):
            status, container.exit_code, container.error = 400, error.code, _CANNOT_RUN.format(error)
        release(daemon, container)
        if not isinstance(error, (ApiError, CannotStart)):
            raise
        if container.host_config["AutoRemove"]:
            await remove(daemon, container, with_volumes=True)
        raise ApiError(status, container.error) from error
    container.status, container.pid, container.exit_code, container.error = "running", process.pid, 0, ""
    container.started_ns, container.finished_ns = time.time_ns(), 0
    container.run.process.set_result(process)
    emit(daemon, container, "start")
    follow(daemon, container)


def follow(daemon: Daemon, container: Container) -> None:
    """Have the daemon see to the end of what runs."""
    daemon.spawn(_watch(daemon, container))


def check_links(container: Container) -> None:
    """500 for a linked container that does not run: on the default network it has no address then."""
    for linked, alias in container.links if container.host_config["NetworkMode"] == "bridge" else ():
        if not linked.running:
            raise ApiError(500, f"Cannot link to a non running container: /{linked.name} AS /{container.name}/{alias}")


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


def release(daemon: Daemon, container: Container) -> None:
    """What every end brings: attached streams end, and addresses and volumes are free again."""
    container.output.write(END, b"")
    disconnect(daemon, container)
    emit_volumes(daemon, container, "unmount")


async def _watch(daemon: Daemon, container: Container) -> None:
    """Follow a run to its end and tell it in the engine's order: streams, state, event, waits."""
    run = container.run
    process = run.process.result()
    code = await process.wait()
    release(daemon, container)
    container.status, container.pid, container.exit_code, container.error = "exited", 0, code, process.why_ended
    container.finished_ns, container.run = time.time_ns(), Run()
    for execution in [e for e in daemon.execs.values() if e.container is container and not e.started]:
        del daemon.execs[execution.id]
    lasted = (container.finished_ns - container.started_ns) // SECOND
    emit(daemon, container, "die", exitCode=str(code), execDuration=str(lasted))
    run.ended.set_result(code)
    if container.host_config["AutoRemove"] and not container.removing:
        await remove(daemon, container, with_volumes=True)


async def kill(daemon: Daemon, container: Container, number: int) -> None:
    """Send a signal; SIGKILL returns when the container has ended."""
    run = container.run
    run.process.result().signal(number)
    emit(daemon, container, "kill", signal=str(number))
    if number == signal.SIGKILL:
        await asyncio.wait((run.ended,))


async def stop(daemon: Daemon, container: Container, signal_name: str, grace: float | None) -> None:
    """Ask for the end, and enforce it after ``grace`` seconds (negative: never); returns when it has exited."""
    ended = container.run.ended
    grace = container.config.get("StopTimeout", STOP_GRACE) if grace is None else grace
    await kill(daemon, container, signal_number(signal_name or container.config.get("StopSignal") or "TERM"))
    done, _ = await asyncio.wait((ended,), timeout=None if grace < 0 else grace)
    if not done:
        await kill(daemon, container, signal.SIGKILL)
    emit(daemon, container, "stop")


async def remove(daemon: Daemon, container: Container, *, with_volumes: bool) -> None:
    """End it if it runs, then forget it, with its anonymous volumes if asked for."""
    container.removing = True
    try:
        if container.running:
            await kill(daemon, container, signal.SIGKILL)
        await daemon.backend.remove(container)
    except BaseException:
        container.removing = False  # it is still there, and may be asked for again
        raise
    container.output.close()
    del daemon.containers[container.id]
    for execution in [e for e in daemon.execs.values() if e.container is container]:
        del daemon.execs[execution.id]
    for volume in [mount.volume for mount in container.mounts if with_volumes and mount.volume]:
        if volume.anonymous and not daemon.users_of(volume):
            volumes.remove(daemon, volume)
    emit(daemon, container, "destroy")
    container.removed.set()


async def shut_down(daemon: Daemon) -> None:
    """End what runs; records and files go with the daemon."""
    running = [container for container in daemon.containers.values() if container.running]
    for container in running:
        container.removing = True
        container.run.process.result().signal(signal.SIGKILL)
    if running:
        await asyncio.wait([container.run.ended for container in running], timeout=STOP_GRACE)
