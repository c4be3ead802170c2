"""What the daemon knows: containers, networks, volumes, execs, pulled images."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import secrets
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from support.standin.backends import Backend, Process
from support.standin.events import Events
from support.standin.http import ApiError
from support.standin.images import Image
from support.standin.output import Output

PREDEFINED = ("bridge", "host", "none")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Json = dict[str, Any]
Found = TypeVar("Found")


def new_id() -> str:
    return secrets.token_hex(32)


@dataclass
class Volume:
    """A named or anonymous volume; ``path`` is the folder that holds its files."""

    name: str
    path: Path
    labels: dict[str, str]
    options: dict[str, str] | None
    anonymous: bool = False
    created_ns: int = field(default_factory=time.time_ns)


@dataclass
class Network:
    """A network and its addresses; ``host`` and ``none`` have no subnet."""

    name: str
    driver: str
    subnet: ipaddress.IPv4Network | None
    gateway: str = ""
    settings: Json = field(default_factory=dict)  # Labels, Options, Internal, …, as they were asked for
    id: str = field(default_factory=new_id)
    created_ns: int = field(default_factory=time.time_ns)
    taken: set[str] = field(default_factory=set)

    def take_address(self) -> str:
        """The lowest free address; 500 when there is none left."""
        if self.subnet is None:
            return ""
        for host in self.subnet.hosts():
            address = str(host)
            if address != self.gateway and address not in self.taken:
                self.taken.add(address)
                return address
        raise ApiError(500, f"no available IPv4 addresses on this network's address pools: {self.name} ({self.id})")


@dataclass
class Endpoint:
    """A container's place on a network, wanted from the create on, filled in while it runs."""

    wanted: str  # the network's name or id, as the client gave it
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
    """One life of a container: from its create, or its previous exit, to its exit."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.process: asyncio.Future[Process] = loop.create_future()
        self.ended: asyncio.Future[int] = loop.create_future()


@dataclass
class Container:
    """A container; ``status`` is created, running or exited."""

    id: str
    name: str
    image: Image
    config: Json
    host_config: Json
    mounts: list[Mount]
    endpoints: dict[str, Endpoint]  # by the name that inspect shows
    output: Output
    removed: asyncio.Future[int]
    run: Run = field(default_factory=Run)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
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
        pairs = (variable.partition("=") for variable in self.config["Env"])
        return {"PATH": _PATH, "HOSTNAME": self.config["Hostname"]} | {
            name: value for name, equals, value in pairs if equals
        }


@dataclass
class Exec:
    """A further program in a running container."""

    container: Container
    config: Json
    output: Output
    id: str = field(default_factory=new_id)
    started: bool = False
    running: bool = False
    exit_code: int | None = None
    pid: int = 0


class Daemon:
    """All records, and how clients refer to them."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.backend, self.folder, self.id = backend, folder, new_id()
        self.containers: dict[str, Container] = {}
        self.networks: dict[str, Network] = {}
        self.volumes: dict[str, Volume] = {}
        self.execs: dict[str, Exec] = {}
        self.pulled: set[Image] = set()
        self.events = Events()
        self.tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` beside the requests; what goes wrong in it is printed by the loop's exception handler."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def image(self, reference: str) -> Image:
        """A pulled image by tag, digest or id; 404 otherwise."""
        name, tag = split_reference(reference)
        for image in self.pulled:
            if reference in (image.id, image.id[7:]) or (len(reference) > 5 and image.id[7:].startswith(reference)):
                return image
            if name == image.repository and tag in (image.tag, image.digest):
                return image
        raise ApiError(404, f"No such image: {reference if '@' in reference else f'{name}:{tag}'}")

    def container(self, reference: str) -> Container:
        """By id, name or unambiguous start of an id; 404 otherwise."""
        named = (c for c in self.containers.values() if c.name == reference.removeprefix("/"))
        found = self.containers.get(reference) or next(named, None) or _by_prefix(self.containers, reference)
        if found is None:
            raise ApiError(404, f"No such container: {reference}")
        return found

    def network(self, reference: str) -> Network:
        named = (n for n in self.networks.values() if n.name == reference)
        found = self.networks.get(reference) or next(named, None) or _by_prefix(self.networks, reference)
        if found is None:
            raise ApiError(404, f"network {reference} not found")
        return found

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
        pairs = ((c, e) for c in self.containers.values() for e in c.endpoints.values())
        return [(container, endpoint) for container, endpoint in pairs if endpoint.network is network and endpoint.id]

    def users_of(self, volume: Volume) -> list[Container]:
        return [c for c in self.containers.values() if any(mount.volume is volume for mount in c.mounts)]

    def free_subnet(self) -> ipaddress.IPv4Network:
        """The first of the engine's default pools that no network has; 403 when all are taken."""
        taken = [network.subnet for network in self.networks.values() if network.subnet]
        pools: Iterable[ipaddress.IPv4Network] = (
            *(ipaddress.IPv4Network(f"172.{second}.0.0/16") for second in range(17, 32)),
            *ipaddress.IPv4Network("192.168.0.0/16").subnets(new_prefix=20),
        )
        for pool in pools:
            if not any(pool.overlaps(other) for other in taken):
                return pool
        raise ApiError(403, "all predefined address pools have been fully subnetted")

    def free_name(self) -> str:
        names = {container.name for container in self.containers.values()}
        while True:
            name = f"{random.choice(_QUALITIES)}_{random.choice(_TOOLS)}{random.randrange(100)}"  # noqa: S311 - no secret
            if name not in names:
                return name


_QUALITIES = ("calm", "brisk", "plain", "quiet", "sturdy", "tidy", "vivid", "wry")
_TOOLS = ("anvil", "bellows", "chisel", "dowel", "gimlet", "level", "mallet", "plumb")


def split_reference(reference: str) -> tuple[str, str]:
    """Repository, short as the engine shows it, and tag or digest (``latest`` when there is none)."""
    name, _, digest = reference.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = (head + slash + last).removeprefix("docker.io/").removeprefix("library/")
    return name, digest or tag or "latest"


def _by_prefix(records: dict[str, Found], prefix: str) -> Found | None:
    found = [record for id_, record in records.items() if prefix and id_.startswith(prefix)]
    return found[0] if len(found) == 1 else None
