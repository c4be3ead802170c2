"""The sandbox of one daemon: its containers, their networks and their names."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standin.sandbox import kernel, namespaces, network, roots, starter
from standin.sandbox.model import Box, CannotStart, Endpoint, Program
from standin.sandbox.process import OnOutput, Process

_ENDS = 10.0  # seconds that killed processes have to be gone in


@dataclass
class _Place:
    """A running container: where it is, and on which networks, by their id."""

    box: Box
    holder: int = 0  # a pid in its namespaces
    endpoints: dict[str, Endpoint] = field(default_factory=dict)


class Sandbox:
    """One per daemon."""

    def __init__(self, state: Path, missing: tuple[str, ...]) -> None:
        self.missing = missing
        self._state, self._isolated = state, not missing
        self._starter_pid, self._starter = starter.fork_starter()
        self._places: dict[Process, _Place] = {}
        self._beside: dict[Process, Process] = {}
        self._networks = network.Networks() if self._isolated else None

    @classmethod
    def enter(cls, state: Path, *, isolate: bool = True) -> Sandbox:
        """Take this process, which may have neither threads nor a loop yet, to where containers can be made.

        It is in user and network namespaces of its own afterwards and reaches no outside network any more.
        Where that is forbidden, or without ``isolate``, containers will be plain subprocesses.
        """
        missing = namespaces.enter(state) if isolate else namespaces.without("not asked for")
        if missing:
            state.chmod(0o711)  # a program that gives up root's rights has to reach its files
        return cls(state, missing)

    async def open(self) -> None:
        """Before the first container."""
        if self._networks:
            self._networks.open()

    async def close(self) -> None:
        """End what runs; leave no process, mount, namespace or device."""
        left = [*self._beside, *self._places]
        for process in left:
            process.end()
        async with asyncio.timeout(_ENDS):
            await asyncio.gather(*(process.wait() for process in left))
        if self._networks:
            self._networks.close()
        self._starter.close()
        await asyncio.to_thread(os.waitpid, self._starter_pid, 0)

    async def add_network(self, id_: str, subnet: str) -> None:
        """Nobody answers at its gateway: there is no way out."""
        if self._networks:
            self._networks.add(id_, subnet)

    async def remove_network(self, id_: str) -> None:
        if self._networks:
            self._networks.remove(id_)

    async def start(
        self, box: Box, program: Program, endpoints: tuple[Endpoint, ...], on_output: OnOutput, *, stdin: bool
    ) -> Process:
        """Start ``program`` as the first of ``box``; returns once it runs, ``CannotStart`` when it cannot."""
        place = _Place(box, endpoints={each.network: each for each in endpoints})
        try:
            names = self._prepare(box)
            plan = self._plan(place, program, stdin)
            plan |= {"isolated": self._isolated, "user": program.user or box.image.user}
            if self._isolated:
                images = self._state / "images"
                plan |= {
                    "lower": str(roots.template(box.image, images).resolve()),
                    "work": str((names / "work").resolve()),
                }
                binds = roots.binds(box, names, box.image.install(images, isolated=True))
                plan["mounts"] = [(str(bind.source.resolve()), bind.target, bind.read_only, None) for bind in binds]
                plan["mounts"] += [("tmpfs", target, flags, data) for target, flags, data in box.tmpfs]
                plan["mounts"].sort(key=lambda mount: len(Path(mount[1]).parts))  # what is below comes after
        except OSError as error:
            raise CannotStart(128, f"cannot make the container's root: {kernel.words(error)}") from error
        process = Process(self, on_output)
        self._places[process] = place

        def join(holder: int) -> None:
            place.holder = holder
            if self._networks:
                self._networks.attach(holder, list(place.endpoints.values()))
            self._tell(set(place.endpoints), process)

        await self._launch(process, plan, join)
        return process

    def _prepare(self, box: Box) -> Path:
        """The folder of the files that the daemon writes, out of reach of links in the container's own."""
        names = self._state / "names" / box.id
        if not names.exists():
            if not self._isolated:
                roots.lay_out(box.root)
            (names / "work").mkdir(parents=True)
            (names / "hosts").touch()
        (names / "hostname").write_text(f"{box.hostname}\n")
        return names

    def _plan(self, place: _Place, program: Program, stdin: bool) -> dict[str, Any]:
        plan: dict[str, Any] = {"isolated": False, "beside": 0, "stdin": stdin, "argv": program.argv}
        plan |= {"env": dict(program.env), "workdir": program.workdir, "user": program.user}
        plan |= {"root": str(place.box.root.resolve()), "hostname": place.box.hostname}
        if not self._isolated:
            root, image = place.box.root.resolve(), place.box.image
            applets = image.install(self._state / "images", isolated=False)
            own = {"PATH": f"{applets}:{program.env.get('PATH', os.defpath)}", "STANDIN_ROOT": str(root)}
            plan["env"] = {"HOME": str(root / "root"), **program.env, **own}
            plan["workdir"] = str(root / program.workdir.lstrip("/"))
        return plan

    async def exec(self, beside: Process, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        """Run ``program`` in the namespaces and the root of a running container."""
        process = Process(self, on_output)
        if beside not in self._places:
            raise CannotStart(128, "the container is not running")
        plan = self._plan(self._places[beside], program, stdin)
        plan["beside"] = beside.pid if self._isolated else 0
        self._beside[process] = beside
        await self._launch(process, plan, lambda _holder: None)
        return process

    async def _launch(self, process: Process, plan: dict[str, Any], prepare: Callable[[int], None]) -> None:
        try:
            await process.launch(self._starter, plan, prepare)
        except OSError as error:
            raise CannotStart(128, f"cannot make the container: {kernel.words(error)}") from error
        finally:
            if not process.pid:
                self.left(process)

    def left(self, process: Process) -> None:
        """A program has ended: its names with it, and its devices."""
        self._beside.pop(process, None)
        place = self._places.pop(process, None)
        if place:
            for id_ in place.endpoints if self._networks else ():
                self._networks.detach(place.holder, id_)  # type: ignore[union-attr]
            self._tell(set(place.endpoints))

    async def connect(self, process: Process, endpoint: Endpoint) -> None:
        """Put a running container on a further network."""
        place = self._places[process]
        if self._networks:
            self._networks.attach(place.holder, [endpoint])
        place.endpoints[endpoint.network] = endpoint
        self._tell({endpoint.network}, process)

    async def disconnect(self, process: Process, network_id: str) -> None:
        """Take a running container off a network; nothing if it is not on it."""
        place = self._places.get(process)
        if place and place.endpoints.pop(network_id, None):
            if self._networks:
                self._networks.detach(place.holder, network_id)
            self._tell({network_id}, process)

    def _tell(self, networks: set[str], *changed: Process) -> None:
        """Write the hosts files of all that are on ``networks``, and of those that have changed."""
        for process, place in self._places.items():
            if process not in changed and networks.isdisjoint(place.endpoints):
                continue
            lines = [f"{own.address}\t{place.box.hostname}" for own in place.endpoints.values()]
            extras = (extra.partition(":") for extra in place.box.extra_hosts)
            lines += [f"{address}\t{name}" for name, _, address in extras]
            for other in self._places.values():
                shared = [theirs for id_, theirs in other.endpoints.items() if id_ in place.endpoints and theirs.names]
                lines += [f"{theirs.address}\t{' '.join(sorted(theirs.names))}" for theirs in shared]
                both = [theirs for id_, theirs in other.endpoints.items() if id_ in place.endpoints]
                for names in (names for id_, names in place.box.links if id_ == other.box.id):
                    lines += [f"{theirs.address}\t{names}" for theirs in both]
            roots.write_hosts(self._state / "names" / place.box.id, lines)

    async def remove(self, box_id: str, root: Path) -> None:
        """Forget a container that does not run, and its files."""
        for folder in (root, self._state / "names" / box_id):
            if folder.exists():
                await asyncio.to_thread(shutil.rmtree, folder)
