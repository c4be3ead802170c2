"""What the daemon says about a container when it asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.standin.images import Image


@dataclass(frozen=True)
class Bind:
    """A folder or file of the host at ``target``, an absolute path in the container."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Endpoint:
    """A container's place on a network: its address, and what resolves to it there and nowhere else."""

    network: str
    address: str
    names: frozenset[str]


@dataclass(frozen=True)
class Program:
    """What to run; ``user`` as in Docker's ``User``: empty, name or uid, with ``:group`` or without."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    workdir: str
    user: str


@dataclass(frozen=True)
class Box:
    """A container from start to start: ``root`` keeps what it writes outside of its binds."""

    id: str
    hostname: str
    root: Path
    image: Image
    binds: tuple[Bind, ...]
    extra_hosts: tuple[str, ...] = ()  # "name:address", as in Docker's ExtraHosts


class CannotStart(Exception):
    """The program cannot run: 126 or 127 and the runtime's words, or 128 for a user that is not there."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
