"""What the sandbox is asked to run, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from standin.images import Image


@dataclass(frozen=True)
class Bind:
    """A file or folder of the host, seen at ``target`` in the container."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Endpoint:
    """A container's place on a network; ``names`` resolve to ``address`` inside that network and nowhere else."""

    network: str
    address: str
    names: frozenset[str]


@dataclass(frozen=True)
class Program:
    """What to run. ``HOME`` is added from the container's passwd where ``env`` has none."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    workdir: str
    user: str


@dataclass(frozen=True)
class Box:
    """A container. Its ``root`` is kept from start to start, and so are its files."""

    id: str
    hostname: str
    root: Path
    image: Image
    binds: tuple[Bind, ...]
    extra_hosts: tuple[str, ...] = ()  # name:address
    links: tuple[tuple[str, str], ...] = ()  # boxes by their id, and the names that they have for this one alone
    tmpfs: tuple[tuple[str, int, str], ...] = ()  # where, flags and data of the mount


class CannotStart(Exception):
    """The program cannot run: 126 or 127 with runc's message, 128 with a whole one."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
