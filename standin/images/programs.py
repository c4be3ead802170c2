"""The commands of an image: busybox's where this machine has one, the machine's own of the same names otherwise."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HOST = "/opt/standin"  # where a container sees the machine's programs, if it needs any
FOLDERS = ("usr", "bin", "sbin")
_SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What scripts of CI jobs and of service images use of busybox's applets.
_NAMES = """
[ ar ash awk base64 basename bc bunzip2 bzcat bzip2 cal cat chgrp chmod chown chroot clear cmp comm cp cpio cut date
dc dd df diff dirname dmesg du echo ed egrep env expand expr factor fallocate false fgrep find flock fold free fuser
getopt grep groups gunzip gzip head hexdump hostid hostname id install ionice ip kill killall less link ln logger ls
lsof lzcat lzma md5sum mkdir mkfifo mknod mktemp more mount mountpoint mv nc nice nl nohup nproc nsenter od paste
patch pgrep pidof ping pkill printenv printf ps pwd readlink realpath renice reset rev rm rmdir run-parts sed seq
setsid sh sha1sum sha256sum sha512sum shred shuf sleep sort split stat strings stty su sum sync sysctl tac tail tar
tee test time timeout top touch tr traceroute true truncate tty umount uname unexpand uniq unlink unlzma unshare unxz
unzip uptime uudecode uuencode vi watch wc wget which whoami xargs xxd xz xzcat yes zcat
"""


@functools.cache
def busybox() -> Path | None:
    """The one that this machine has, if any; its libraries, if it needs some, are the machine's in a container, too."""
    found = shutil.which("busybox", path=f"{os.environ.get('PATH', '')}:{_SEARCHED}")
    return Path(found).resolve() if found and _applets(found) else None


@functools.cache
def _applets(program: str) -> tuple[str, ...]:
    """Where it wants its links to be: ``bin/cat``, ``usr/bin/awk`` …; none where it does not say."""
    done = subprocess.run([program, "--list-full"], capture_output=True, text=True, check=False, timeout=10)
    return tuple(path for path in done.stdout.split() if path.startswith(("bin/", "sbin/", "usr/")))


def warnings() -> tuple[str, ...]:
    """What images lack on this machine, a sentence each."""
    if busybox():
        return ()
    shell = os.path.realpath(_host("sh") or "sh")
    return (f"No busybox is installed here: the shell of containers is the host's {shell}, and so are their commands.",)


@functools.cache
def links(borrowed: tuple[str, ...]) -> Mapping[str, str]:
    """The links to make in a new root, and where they lead; ``borrowed`` are further commands of the machine."""
    names, found = borrowed, {}
    if program := busybox():
        found = {path: "/bin/busybox" for path in _applets(str(program)) if not path.endswith("bin/busybox")}
    else:
        names = (*_NAMES.split(), *borrowed)
    programs = {f"bin/{name}" if name == "sh" else f"usr/bin/{name}": _host(name) for name in names}
    return found | {path: inside(os.path.realpath(program)) for path, program in programs.items() if program}


def _host(name: str) -> str | None:
    """The machine's program of that name. Its bash serves as ``sh``: dash does not know ``$'…'``, which ash does."""
    wanted = ("bash", name) if name in ("sh", "ash") else (name,)
    return next(filter(None, (shutil.which(each, path=_SEARCHED) for each in wanted)), None)


def inside(path: str) -> str:
    """Where a container has what is at ``path`` here."""
    return HOST + path if path.split("/")[1] in FOLDERS else path


def mounts(borrowed: tuple[str, ...]) -> list[tuple[Path, str]]:
    """What commands and the applets' Python need of this machine, and where a container has it."""
    prefixes = {os.path.realpath(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix)}
    found = [(Path(prefix), prefix) for prefix in sorted(prefixes) if inside(prefix) == prefix]
    libraries = {prefix + "/lib" for prefix in prefixes if inside(prefix) != prefix and prefix != "/usr"}
    found += [(Path(path), path) for path in sorted(libraries)]
    if program := busybox():
        found.append((program, "/bin/busybox"))
    if any(target.startswith(HOST) for target in (*links(borrowed).values(), inside(os.path.realpath(sys.executable)))):
        found += [(Path("/", name), f"{HOST}/{name}") for name in FOLDERS if not Path("/", name).is_symlink()]
    return found
