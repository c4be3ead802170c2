"""What clients read of an answer, and so what both daemons have to show.

The one rule for bodies: a key that only the engine has is excluded unless it is listed here, because neither the
documents nor the recorded traffic nor the clients that the stand-in is for read it. A key that both have is of the same
type, and of the same value where it is listed here. A key that only the stand-in has is a difference always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_FIELD = re.compile(r"\[\d*]")


class Reads:
    """Paths of keys, as ``State.Status``; ``*`` is any key. A ``~`` behind a key: only its type is compared."""

    def __init__(self, text: str = "") -> None:
        self._values: set[tuple[str, ...]] = set()
        self._types: set[tuple[str, ...]] = set()
        for line in text.strip().splitlines():
            prefix, _, keys = line.strip().partition(": ")
            for key in keys.split():
                path = (*filter(None, prefix.split(".")), key.rstrip("~"))
                (self._types if key.endswith("~") else self._values).add(path)

    def presence(self, path: str) -> bool:
        """Whether the key has to be there."""
        parts = _parts(path)
        return any(_covers(listed[: len(parts)], parts) for listed in self._values | self._types)

    def value(self, path: str) -> bool:
        """Whether the value has to be the same; all of what is below a listed key is."""
        parts = _parts(path)
        if any(_covers(listed, parts[: len(listed)]) for listed in self._types):
            return False
        return any(_covers(listed, parts[: len(listed)]) for listed in self._values)


class Everything(Reads):
    """Errors and small answers are the same as a whole."""

    def presence(self, path: str) -> bool:
        return True

    def value(self, path: str) -> bool:
        return True


def _parts(path: str) -> tuple[str, ...]:
    return tuple(filter(None, _FIELD.sub("", path).split(".")))


def _covers(listed: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return len(listed) == len(parts) and all(one in ("*", other) for one, other in zip(listed, parts, strict=True))


_ENDPOINT = "NetworkID EndpointID Gateway IPAddress IPPrefixLen~ MacAddress"
_MOUNT = "Type Name Source~ Destination Driver RW"

_CONTAINER = Reads(f"""
: Id Created Path Args Image Name
State: Status Running Paused Restarting OOMKilled Dead Pid~ ExitCode Error StartedAt FinishedAt
Config: Hostname User AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Env Cmd Image Volumes WorkingDir
Config: Entrypoint Labels ExposedPorts
HostConfig: Binds NetworkMode AutoRemove Links
Mounts: {_MOUNT}
NetworkSettings: IPAddress Ports
NetworkSettings.Networks.*: {_ENDPOINT} Aliases DNSNames
""")
_CONTAINERS = Reads(f"""
: Id Names Image ImageID Command Created~ Ports Labels State Status
HostConfig: NetworkMode
NetworkSettings.Networks.*: {_ENDPOINT}
Mounts: {_MOUNT}
""")
_NETWORK = Reads("""
: Name Id Created Scope Driver EnableIPv6 Internal Attachable Ingress Containers Labels
IPAM: Driver
IPAM.Config: Subnet Gateway
""")
_IMAGE = Reads("""
: Id RepoTags RepoDigests Created~ Architecture Os Size~
Config: Env Cmd Entrypoint ExposedPorts Volumes WorkingDir User Labels StopSignal
RootFS: Type Layers~
""")
_VOLUME_KEYS = "CreatedAt Driver Labels Mountpoint~ Name Options Scope"
_EVENT = Reads("""
: status id from Type Action scope time~ timeNano~
Actor: ID
Actor.Attributes: image name exitCode signal container type execID
""")
_EXEC = Reads("""
: ID Running ExitCode ContainerID OpenStdin OpenStdout OpenStderr Pid~ CanRemove DetachKeys
ProcessConfig: tty entrypoint arguments
""")
_VERSION = Reads("""
: Version~ ApiVersion MinAPIVersion Os Arch KernelVersion GitCommit~ GoVersion~ BuildTime~
Platform: Name~
Components: Name~ Version~
""")
_INFO = Reads("""
: ID~ Name~ Driver~ ServerVersion~ OSType Architecture OperatingSystem~ KernelVersion NCPU MemTotal Containers~ Images~
: ContainersRunning~ ContainersStopped~ ContainersPaused~ Warnings~ SecurityOptions~ DefaultRuntime~ Labels
Swarm: LocalNodeState
""")

_SHAPES: tuple[tuple[str, Reads], ...] = (
    (r"GET /containers/json", _CONTAINERS),
    (r"GET /containers/[^/]+/json", _CONTAINER),
    (r"GET /networks(/|\?|$)", _NETWORK),
    (r"GET /images/.+/json", _IMAGE),
    (r"GET /volumes(\?|$)", Reads(f": Warnings\nVolumes: {_VOLUME_KEYS}")),
    (r"(GET /volumes/|POST /volumes/create)", Reads(f": {_VOLUME_KEYS}")),
    (r"GET /events", _EVENT),
    (r"GET /exec/", _EXEC),
    (r"GET /version", _VERSION),
    (r"GET /info", _INFO),
)


def reads_of(request: str, statuses: Iterable[int]) -> Reads:
    """What is read of the answers to a request."""
    if max(statuses) < 400:
        for pattern, reads in _SHAPES:
            if re.match(pattern, request):
                return reads
    return Everything()
