"""An image, and what a container of it finds in its root."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standin.images import postgresql, programs

_SCRIPTS = Path(__file__).parent / "applets"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APPLETS = "/usr/local/sbin"  # where a container finds its applets: first in every image's PATH
KEPT = "kept"  # among an image's applets: what its containers keep for each other


def architecture() -> str:
    """The machine's architecture, in Go's words."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


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
    applets: Mapping[str, str] = field(default_factory=dict)  # script in the applets folder, by the command's name
    user: str = ""  # who its entry point becomes
    bundle: str = ""  # where PostgreSQL's programs are mounted
    borrowed: tuple[str, ...] = ()  # commands of this machine that it has, too, where there are such
    own: Mapping[str, str | Path] = field(default_factory=dict)  # /usr/bin: scripts, and programs of this machine

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
        """What comes with it, and where it is in a container; FileNotFoundError where it is not installed."""
        parts = postgresql.parts() if self.bundle else ()
        own = ((source, f"/usr/bin/{name}") for name, source in self.own.items() if isinstance(source, Path))
        return (*((folder, f"{self.bundle}/{place}") for folder, place in parts), *own)

    def lay_out(self, root: Path) -> None:
        """Its commands in a new root, whose folders are there."""
        for path, target in programs.links(self.borrowed).items():
            (root / path).symlink_to(target)
        for name in self.applets if self.own else ():
            (root / "usr/bin" / name).symlink_to(f"{APPLETS}/{name}")
        self._write_own(root / "usr/bin")

    def _write_own(self, folder: Path) -> None:
        for name, source in self.own.items():
            if isinstance(source, str):
                (folder / name).write_text(source)
                (folder / name).chmod(0o755)

    def install(self, state: Path, *, isolated: bool) -> Path:
        """The folder of its applets, made once below ``state``; in plain subprocesses it comes first in the PATH."""
        folder = state / self.repository / self.tag
        if folder.exists():
            return folder
        (folder / KEPT).mkdir(parents=True)
        (folder / KEPT).chmod(0o777)  # where there is no root of its own, the server is another user
        python, place = os.path.realpath(sys.executable), str(folder)
        if isolated:
            python, place = programs.inside(python), APPLETS
        for name, script in self.applets.items():
            if name == "nc" and isolated and programs.busybox():
                continue
            (folder / script).write_bytes((_SCRIPTS / script).read_bytes())
            # Not by #!, which has no room for a long path nor for one with spaces.
            start = f'exec {shlex.quote(python)} -I -S {shlex.quote(f"{place}/{script}")} "$@"'
            (folder / name).write_text(f"#!/bin/sh\n{start}\n")
            (folder / name).chmod(0o755)
        for source, target in self.mounts:
            for program in source.glob("bin/*"):
                (folder / program.name).symlink_to(Path(target, "bin", program.name) if isolated else program)
        if not isolated:
            self._write_own(folder)
            for name, own in self.own.items():
                if isinstance(own, Path):
                    (folder / name).symlink_to(own)
        return folder
