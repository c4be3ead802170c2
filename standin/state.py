"""What the daemon knows: containers, networks, volumes, execs, pulled images."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import time
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standin.backends import Backend, Process
from standin.events import Events
from standin.http import ApiError
from standin.images import PATH, Image, named
from standin.output import Output

PREDEFINED = ("bridge", "host", "none")
_POOLS = (
    *(ipaddress.IPv4Network(f"172.{second}.0.0/16") for second in range(17, 32)),
    *ipaddress.IPv4Network("192.168.0.0/16").subnets(new_prefix=20),
)
Json = dict[str, Any]


def new_id() -> str:
    return secrets.token_hex(32)


@dataclass
class Volume:
    """A named or anonymous volume; ``path`` is the folder that holds its files."""

    name: str
    path: Path
    labels: dict[str, str] | None
    options: dict[str, str] | None
    anonymous: bool
    created_ns: int = field(default_factory=time.time_ns)


@dataclass
class Network:
    """A network and its addresses; ``host`` and ``none`` have no subnet. ``settings`` is what the client asked for."""

    name: str
    driver: str
    subnet: ipaddress.IPv4Network | None
    gateway: str = ""
    settings: Json = field(default_factory=dict)
    id: str = field(default_factory=new_id)
    created_ns: int = field(default_factory=time.time_ns)
    taken: set[str] = field(default_factory=set)

    def take_address(self) -> str:
        """The lowest free address; none where there is no subnet, 500 when it is used up."""
        for host in self.subnet.hosts() if self.subnet else ():
            if (address := str(host)) not in (self.gateway, *self.taken):
                self.taken.add(address)
                return address
        if self.subnet:
            raise ApiError(500, f"no available IPv4 addresses on this network's address pools: {self.name} ({self.id})")
        return ""


@dataclass
class Endpoint:
    """A container's place on a network: wanted, by the network's name or id, from the create on; had while it runs."""

    wanted: str
    aliases: list[str]
    network: Network | None = None
    id: str = ""
    address: str = ""

    @property
    def mac(self) -> str:
        return "02:42:" + ":".join(f"{int(part):02x}" for part in self.address.split(".")) if self.address else ""


@dataclass(frozen=True)
class Mount:
    """A volume, or (without one) a path of the host, in a container."""

    volume: Volume | None
    source: Path
    target: str
    mode: str

    @property
    def writable(self) -> bool:
        return "ro" not in self.mode.split(",")


class Run:
    """One life of a container, from its create or its previous exit to its exit; or that of an exec."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.process: asyncio.Future[Process] = loop.create_future()
        self.ended: asyncio.Future[int] = loop.create_future()


@dataclass
class Container:
    """``status`` is created, running or exited; ``endpoints`` are kept by the name that inspect shows."""

    id: str
    name: str
    image: Image
    config: Json
    host_config: Json
    mounts: list[Mount]
    endpoints: dict[str, Endpoint]
    output: Output
    links: list[tuple[Container, str]]  # those that it reaches by a further name
    tmpfs: dict[str, tuple[int, str]]  # flags and data of the mounts, by where they are
    run: Run = field(default_factory=Run)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    removed: asyncio.Event = field(default_factory=asyncio.Event)
    status: str = "created"
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    created_ns: int = field(default_factory=time.time_ns)
    started_ns: int = 0
    finished_ns: int = 0
    removing: bool = False

    @property
    def running(self) -> bool:
        return self.status == "running"

    @property
    def command(self) -> list[str]:
        return [*(self.config["Entrypoint"] or ()), *(self.config["Cmd"] or ())]

    def environment(self) -> dict[str, str]:
        """What its programs find in their environment; a variable without a value is not set, as in the engine."""
        own = (variable.partition("=")[::2] for variable in self.config["Env"] if "=" in variable)
        linked = {} if self.host_config["NetworkMode"] != "bridge" else dict(self._of_links())
        return {"PATH": PATH, "HOSTNAME": self.config["Hostname"]} | linked | dict(own)

    def _of_links(self) -> Iterator[tuple[str, str]]:
        """What the default network says of those that a container is linked to; others have names for that."""
        for linked, alias in self.links:
            name, address = alias.replace("-", "_").upper(), next(own.address for own in linked.endpoints.values())
            for port in sorted(
                linked.config.get("ExposedPorts") or {}, key=lambda port: int(port.partition("/")[0]), reverse=True
            ):
                number, _, protocol = port.partition("/")
                url, place = f"{protocol}://{address}:{number}", f"{name}_PORT_{number}_{protocol.upper()}"
                yield from ((f"{name}_PORT", url), (place, url), (f"{place}_ADDR", address))
                yield from ((f"{place}_PORT", number), (f"{place}_PROTO", protocol))
            yield f"{name}_NAME", f"/{self.name}/{alias}"
            variables = (variable.partition("=")[::2] for variable in linked.config["Env"])
            yield from ((f"{name}_ENV_{key}", value) for key, value in variables if key not in ("HOME", "PATH"))


@dataclass
class Exec:
    """A further program in a running container."""

    container: Container
    config: Json
    id: str = field(default_factory=new_id)
    started: bool = False
    running: bool = False
    exit_code: int | None = None
    pid: int = 0


class Daemon:
    """All records, and how clients refer to them; what is not there is a 404 in the engine's words."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.backend, self.folder, self.id = backend, folder, new_id()
        self.containers: dict[str, Container] = {}
        self.networks: dict[str, Network] = {}
        self.volumes: dict[str, Volume] = {}
        self.execs: dict[str, Exec] = {}
        self.pulled: set[Image] = set()
        self.events = Events()
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` beside the requests; what goes wrong in it is printed by the loop's exception handler."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self) -> None:
        """Follow nothing any more, as a daemon that has ended; its containers go on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def image(self, reference: str) -> Image:
        """A pulled image by tag, digest or id."""
        name, tag = split_reference(reference)
        for image in self.pulled:
            hexes = image.id.removeprefix("sha256:")
            if reference in (image.id, hexes) or (len(reference) > 11 and hexes.startswith(reference)):
                return image
            if name == image.repository and tag in (image.tag, image.digest):
                return image
        raise ApiError(404, f"No such image: {reference if '@' in reference else f'{name}:{tag}'}")

    def container(self, reference: str) -> Container:
        """By id, name or the start of an id."""
        return self.containers[_id(self.containers, reference.removeprefix("/"), f"No such container: {reference}")]

    def network(self, reference: str) -> Network:
        """By id, name or the start of an id."""
        return self.networks[_id(self.networks, reference, f"network {reference} not found")]

    def volume(self, name: str) -> Volume:
        if name not in self.volumes:
            raise ApiError(404, f"get {name}: no such volume")
        return self.volumes[name]

    def exec(self, reference: str) -> Exec:
        if reference not in self.execs:
            raise ApiError(404, f"No such exec instance: {reference}")
        return self.execs[reference]

    def on_network(self, network: Network) -> list[tuple[Container, Endpoint]]:
        """The running containers on ``network``; exited ones keep their settings but are not on it."""
        pairs = ((container, own) for container in self.containers.values() for own in container.endpoints.values())
        return [(container, own) for container, own in pairs if own.network is network and own.id]

    def users_of(self, volume: Volume) -> list[Container]:
        return [c for c in self.containers.values() if any(mount.volume is volume for mount in c.mounts)]

    def links_to(self, container: Container) -> list[str]:
        """The names by which others are linked to a container."""
        owners = (
            (each, alias) for each in self.containers.values() for linked, alias in each.links if linked is container
        )
        return [f"/{owner.name}/{alias}" for owner, alias in owners]

    def free_subnet(self) -> ipaddress.IPv4Network:
        """The first of the engine's default pools that no network has; 403 when all are taken."""
        taken = [network.subnet for network in self.networks.values() if network.subnet]
        for pool in _POOLS:
            if not any(pool.overlaps(other) for other in taken):
                return pool
        raise ApiError(403, "all predefined address pools have been fully subnetted")


def _id(records: Mapping[str, Container | Network], reference: str, missing: str) -> str:
    named = [record.id for record in records.values() if reference in (record.id, record.name)]
    started = [id_ for id_ in records if reference and id_.startswith(reference)]
    if not named and len(started) != 1:
        raise ApiError(404, missing)
    return (named or started)[0]


def split_reference(reference: str) -> tuple[str, str]:
    """What ``named`` makes of it; 400 for upper case."""
    name, tag = named(reference)
    host, slash, rest = name.partition("/")
    path = rest if slash and (set(host) & set(".:") or host != host.lower()) else name if slash else f"library/{name}"
    if path != path.lower():
        raise ApiError(400, f"invalid reference format: repository name ({path}) must be lowercase")
    return name, tag
