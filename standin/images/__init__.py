"""The image catalogue: what a pull can find, and what containers of it are made of.

There are two: the images of TST-011. Their programs are the host's; what a bare Debian lacks comes with the image.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from standin.images import postgresql

_APPLETS = Path(__file__).parent / "applets"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SHORT_ID = 12
KEPT = "kept"  # among an image's commands: what its containers keep for each other


def _sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, eq=False)
class Image:
    """An image as Docker describes it; ``config`` is its ``Config``, ``size`` in bytes, ``created`` RFC 3339."""

    repository: str
    tag: str
    config: Mapping[str, Any]
    size: int
    created: str
    applets: Mapping[str, str]  # script in the applets folder, by the name of the command
    user: str = ""  # who its entry point becomes
    bundle: str = ""  # where the programs that come with it are mounted

    @property
    def id(self) -> str:
        return _sha256(f"config of {self.repository}:{self.tag}")

    @property
    def digest(self) -> str:
        return _sha256(f"manifest of {self.repository}:{self.tag}")

    @property
    def layers(self) -> tuple[str, ...]:
        return (_sha256(f"layer of {self.repository}:{self.tag}"),)

    @property
    def mounts(self) -> tuple[tuple[Path, str], ...]:
        """Folders with programs, and where they are in a container; FileNotFoundError where they are not installed."""
        return tuple((folder, f"{self.bundle}/{place}") for folder, place in postgresql.parts()) if self.bundle else ()

    def install(self, state: Path, *, isolated: bool) -> Path:
        """The folder of its commands, made once below ``state``; in a container it comes first in the PATH."""
        folder = state / self.repository
        if folder.exists():
            return folder
        (folder / KEPT).mkdir(parents=True)
        (folder / KEPT).chmod(0o777)  # where there is no root of its own, the server is another user
        for name, script in self.applets.items():
            (folder / script).write_bytes((_APPLETS / script).read_bytes())
            # Not by #!, which has no room for a long path nor for one with spaces.
            start = f'exec {shlex.quote(os.path.realpath(sys.executable))} -I -S "${{0%/*}}/{script}" "$@"'
            (folder / name).write_text(f"#!/bin/sh\n{start}\n")
            (folder / name).chmod(0o755)
        for source, target in self.mounts:
            for program in source.glob("bin/*"):
                (folder / program.name).symlink_to(Path(target, "bin", program.name) if isolated else program)
        return folder


CATALOGUE = (
    Image(
        "alpine",
        "latest",
        MappingProxyType({"Env": [_PATH], "Cmd": ["/bin/sh"], "WorkingDir": "/"}),
        size=8_300_000,
        created="2025-10-08T11:04:56Z",
        applets={"nc": "nc.py"},
    ),
    Image(
        "postgres",
        "16-alpine",
        MappingProxyType(
            {
                "Env": [_PATH, "LANG=en_US.utf8", "PG_MAJOR=16", "PG_VERSION=16.14", "PGDATA=/var/lib/postgresql/data"],
                "Cmd": ["postgres"],
                "Entrypoint": ["docker-entrypoint.sh"],
                "ExposedPorts": {"5432/tcp": {}},
                "Volumes": {"/var/lib/postgresql/data": {}},
                "WorkingDir": "/",
                "StopSignal": "SIGINT",
            }
        ),
        size=275_000_000,
        created="2025-11-14T19:09:31Z",
        applets={"nc": "nc.py", "docker-entrypoint.sh": "postgres.py"},
        user="postgres",
        bundle="/opt/postgresql",
    ),
)


def resolve(reference: str) -> Image | None:
    """The image of a tag, a digest or an id (whole, or at least 12 digits of it); None if there is none."""
    name, _, digest = reference.removeprefix("docker.io/").removeprefix("library/").partition("@")
    repository, _, tag = name.partition(":")
    for image in CATALOGUE:
        if repository == image.repository and (digest == image.digest if digest else (tag or "latest") == image.tag):
            return image
        digits = reference.removeprefix("sha256:")
        if len(digits) >= _SHORT_ID and image.id.removeprefix("sha256:").startswith(digits):
            return image
    return None
