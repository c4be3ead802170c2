"""Whether this kernel lets this user make containers, and the way into the daemon's own namespaces."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from standin.sandbox import kernel, network, starter


def without(reason: str) -> tuple[str, ...]:
    """What plain subprocesses lack, a sentence each."""
    server: tuple[str, ...] = ()
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        server = (f"PostgreSQL cannot be initialised: its user, {os.geteuid()}, has no entry in passwd.",)
    return (
        f"Containers are plain subprocesses ({reason}).",
        "They see the host's files: mount targets, read-only binds, users and host names are not theirs.",
        "They share the host's network: no addresses, aliases or ports of their own.",
        "They are not PID 1: a shell does not ignore SIGTERM.",
        *server,
    )


def enter(state: Path) -> tuple[str, ...]:
    """Move this process into a user and a network namespace of its own; what is missing when that is forbidden.

    Tried in a fork first, below ``state``: a process cannot leave namespaces again.
    """
    if sys.platform != "linux":
        return without(f"namespaces are Linux's, and this is {sys.platform}")
    root = tempfile.mkdtemp(dir=state)
    reason = _fork(lambda: _try(root))()
    shutil.rmtree(root)
    if reason:
        return without(f"no namespaces here: {reason}")
    _enter()
    return ()


def _enter() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _enter_with_all_ids()
    else:
        kernel.unshare(kernel.NEWUSER)
        kernel.map_ids(os.getpid(), f"0 {uid} 1", f"0 {gid} 1")
    kernel.unshare(kernel.NEWNET)
    with network.Link() as link:
        link.up("lo")


def _enter_with_all_ids() -> None:
    """Root keeps its rights over other users' files; only a process that stays outside may map more than one user."""
    pid = os.getpid()
    start, started = os.pipe()

    def map_all() -> None:
        os.close(started)
        if os.read(start, 1):
            kernel.map_ids(pid, _identity("uid_map"), _identity("gid_map"))

    ask = _fork(map_all)
    os.close(start)
    try:
        kernel.unshare(kernel.NEWUSER)
        os.write(started, b"+")
    finally:
        os.close(started)
        reason = ask()
    if reason:
        raise OSError(reason)


def _identity(name: str) -> str:
    """All ids of this process's user namespace, each as itself."""
    lines = (line.split() for line in Path("/proc/self", name).read_text().splitlines())
    return "\n".join(f"{inside} {inside} {count}" for inside, _, count in lines)


def _try(root: str) -> None:
    """Make what each container needs, once; the process is of no use afterwards."""
    _enter()
    with network.Link() as link:
        link.add_bridge("br-trial")
        link.add_port("trial", "br-trial", "eth0", os.getpid(), bytes((2, 0, 0, 0, 0, 1)))
    kernel.unshare(starter.OF_A_CONTAINER)
    plan = {"hostname": "trial", "root": root, "lower": root, "work": root, "mounts": []}
    reason = _fork(lambda: starter.assemble(plan))()
    if reason:
        raise OSError(reason)


def _fork(work: Callable[[], None]) -> Callable[[], str]:
    """Do ``work`` in a fork; what is returned waits for its end and tells the error, "" if none."""
    report, result = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
        except OSError as error:
            os.write(result, (error.strerror or str(error)).encode())
        finally:
            os._exit(0)
    os.close(result)

    def outcome() -> str:
        with open(report) as file:  # noqa: PTH123 - a pipe
            said = file.read()
        os.waitpid(child, 0)
        return said

    return outcome
