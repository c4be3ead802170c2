"""The system calls of Linux that Python 3.11 has no name for."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_DETACH, _PDEATHSIG, _SUBREAPER = 2, 1, 36
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
# Flags that a mount brought along from outside may not lose when it is mounted again: as statvfs says, as mount takes.
_LOCKED = ((2, NOSUID), (4, NODEV), (8, NOEXEC), (1024, 1024), (2048, 2048), (4096, 1 << 21))

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def words(error: OSError | ValueError) -> str:
    """An error for people: what it is about and the system's words, without its number."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def unshare(flags: int) -> None:
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def enter(pid: int, kind: str) -> None:
    """Join the ``kind`` (net, mnt, …) namespace of a process."""
    place = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
    try:
        join(place)
    finally:
        os.close(place)


def join(place: int) -> None:
    """Join the namespace that an open file stands for."""
    _check(_libc.setns(place, 0), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    arguments = (source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _check(_libc.mount(*arguments), f"mount {target}")


def bind(source: str, target: str, *, read_only: bool = False) -> None:
    """Show ``source`` at ``target``, with what is mounted below it."""
    mount(source, target, flags=BIND | REC)
    for place in _mounts(os.path.realpath(target)) if read_only else ():
        found = os.statvfs(place).f_flag
        kept = sum(flag for bit, flag in _LOCKED if found & bit)
        mount("", place, flags=BIND | REMOUNT | RDONLY | kept)


def _mounts(root: str) -> list[str]:
    """The mount points at and below a folder; read-only is said to each by itself."""
    fields = (line.split(" ") for line in Path("/proc/self/mountinfo").read_text().splitlines())
    points = (field[4].replace("\\040", " ") for field in fields)
    return [point for point in points if point == root or point.startswith(f"{root}/")]


def pivot_root(new: str, old: str) -> None:
    number = _PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(ctypes.c_long(number), os.fsencode(new), os.fsencode(old)), "pivot_root")


def detach(target: str) -> None:
    _check(_libc.umount2(os.fsencode(target), _DETACH), f"umount {target}")


def die_with_parent(number: int) -> None:
    """Get signal ``number`` when the parent ends, however it ends."""
    if sys.platform == "linux":
        _check(_libc.prctl(_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0), "prctl")


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ended."""
    if sys.platform == "linux":
        _check(_libc.prctl(_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0), "prctl")


def map_ids(pid: int, uids: str, gids: str) -> None:
    """Say who the users of a process's new user namespace are outside."""
    lines = {"setgroups": "deny", "uid_map": uids, "gid_map": gids}
    for name, text in lines.items():
        Path(f"/proc/{pid}/{name}").write_text(text)
