"""Containers as processes of this machine, in the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from standin.backends import OnOutput
from standin.output import Chunk
from standin.sandbox import Bind, Box, Program, Sandbox
from standin.sandbox import Endpoint as Place

if TYPE_CHECKING:
    from standin.images import Image
    from standin.sandbox import Process
    from standin.state import Container, Daemon, Network


class MemoryBackend:
    """``Backend`` on top of one ``Sandbox``."""

    driver = "memory"
    name = "standin-memory"
    outlives_daemon = False

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox, self._folder = sandbox, folder
        self.missing = sandbox.missing
        self._processes: dict[str, Process] = {}

    async def open(self) -> None:
        await self._sandbox.open()

    async def close(self) -> None:
        await self._sandbox.close()

    async def add_network(self, network: Network) -> None:
        await self._sandbox.add_network(network.id, str(network.subnet))

    async def remove_network(self, network: Network) -> None:
        await self._sandbox.remove_network(network.id)

    def image(self, reference: str) -> Image | None:
        return None

    async def start(self, container: Container) -> Process:
        config = container.config
        program = Program(
            tuple(container.command), container.environment(), config["WorkingDir"] or "/", config["User"]
        )
        return await self.launch(container, program, container.output.write)

    async def launch(self, container: Container, program: Program, on_output: OnOutput) -> Process:
        """Run ``program`` as the container's first, with its files and at its endpoints' addresses."""
        config = container.config
        binds = tuple(Bind(m.source, m.target, read_only=not m.writable) for m in container.mounts)
        root = self._folder / "roots" / container.id
        root.mkdir(parents=True, exist_ok=True)
        extra_hosts = tuple(container.host_config["ExtraHosts"] or ())
        links = tuple((linked.id, _linked_names(linked, alias)) for linked, alias in container.links)
        tmpfs = tuple((target, *how) for target, how in container.tmpfs.items())
        box = Box(container.id, config["Hostname"], root, container.image, binds, extra_hosts, links, tmpfs)
        places = tuple(
            Place(own.network.id, own.address, _names(container, own.wanted, own.aliases))
            for own in container.endpoints.values()
            if own.network and own.address
        )
        stdin = bool(config["OpenStdin"])
        process = await self._sandbox.start(box, program, places, on_output, stdin=stdin)
        self._processes[container.id] = process
        return process

    async def disconnect(self, container: Container, network: Network) -> None:
        await self._sandbox.disconnect(self._processes[container.id], network.id)

    async def remove(self, container: Container) -> None:
        self._processes.pop(container.id, None)
        await self._sandbox.remove(container.id, self._folder / "roots" / container.id)

    async def refresh(self, container: Container) -> None:
        """Nothing: the record follows the process by itself."""

    async def recover(self, daemon: Daemon) -> list[Container]:
        """None: they end with it."""
        return []

    def lines(self, container: Container, *, follow: bool) -> AsyncIterator[Chunk]:
        return container.output.lines(follow=follow)


def _linked_names(linked: Container, alias: str) -> str:
    return " ".join(dict.fromkeys((alias, linked.config["Hostname"], linked.name)))


def _names(container: Container, network: str, aliases: list[str]) -> frozenset[str]:
    """What resolves to it; the default network resolves nothing, as in Docker."""
    return frozenset(() if network == "bridge" else (container.name, container.id[:12], *aliases))
