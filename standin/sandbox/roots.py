"""What a container's root consists of: its own folder, the host's programs, its volumes."""

from __future__ import annotations

from pathlib import Path

from standin.images import Image, programs
from standin.images.image import APPLETS, KEPT
from standin.sandbox.model import Bind, Box

# The machine's libraries, and what its programs look up: the linker's cache, certificates, shared data.
_LIBRARIES = ("lib", "lib32", "lib64", "libx32")
_HOST_FOLDERS = (*_LIBRARIES, *(f"usr/{name}" for name in (*_LIBRARIES, "libexec", "share")))
_HOST_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl")
_FOLDERS = "bin sbin usr/bin usr/sbin usr/local/bin etc home media mnt opt proc dev run srv sys var/cache var/opt var"
_OWN_FOLDERS = {
    **dict.fromkeys(_FOLDERS.split(), 0o755),
    **{"var/log": 0o755, "var/lib": 0o755, "var/tmp": 0o1777, "tmp": 0o1777, "root": 0o700},
}
_ETC = {
    "passwd": (
        "root:x:0:0:root:/root:/bin/sh\n"
        "postgres:x:70:70:PostgreSQL:/var/lib/postgresql:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/:/sbin/nologin\n"
    ),
    **dict.fromkeys(("hosts", "hostname"), ""),  # the daemon's are mounted over these
    "group": "root:x:0:root\npostgres:x:70:\nnobody:x:65534:\n",
    # Names come from the hosts file alone, so that an unknown one is known to be unknown at once.
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "# Names of this container's networks are in /etc/hosts.\n",
}
_LOCALHOST = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


def lay_out(root: Path) -> None:
    """The folders of a new root."""
    for name, mode in _OWN_FOLDERS.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)


def template(image: Image, state: Path) -> Path:
    """The root that containers of an image have below their own, made once: folders, /etc and its commands."""
    root = state / "roots" / image.repository / image.tag
    if root.exists():
        return root
    lay_out(root)
    for name in _HOST_FOLDERS:
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
    image.lay_out(root)
    for name, text in _ETC.items():
        (root / "etc" / name).write_text(text)
    return root


def binds(box: Box, names: Path, applets: Path) -> list[Bind]:
    """What is mounted into the root: the host's libraries, ``names`` (hosts and hostname), the image's, the volumes."""
    host = [Path("/", name) for name in _HOST_FOLDERS]
    found = [path for path in host if path.is_dir() and not path.is_symlink()]
    found += [path for path in map(Path, _HOST_FILES) if path.exists()]
    return [
        *(Bind(path, str(path), read_only=True) for path in found),
        *(Bind(source, target, read_only=True) for source, target in programs.mounts(box.image.borrowed)),
        Bind(applets, APPLETS, read_only=True),
        Bind(applets / KEPT, f"{APPLETS}/{KEPT}"),
        *(Bind(names / name, f"/etc/{name}") for name in ("hosts", "hostname")),
        *(Bind(source, target, read_only=True) for source, target in box.image.mounts),
        *box.binds,
    ]


def write_hosts(names: Path, lines: list[str]) -> None:
    """In place: the file is mounted in the container, and a new one would not be seen there."""
    text = (_LOCALHOST + "".join(f"{line}\n" for line in lines)).encode()
    with (names / "hosts").open("r+b") as file:
        file.write(text)
        file.truncate()
