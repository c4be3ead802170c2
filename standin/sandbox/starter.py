"""The small process that starts containers, and one supervisor for each: forks are cheap where little was imported.

The starter is forked before the daemon has threads. For each request it forks a supervisor, which makes the
namespaces, forks the program as PID 1 of them, tells the daemon how it ended, and ends it when the daemon ends.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from standin.sandbox import kernel

OF_A_CONTAINER = kernel.NEWNS | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWNET | kernel.NEWPID
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_OLD_ROOT = "/.host"
_CANNOT = 128


class Refused(Exception):
    """An exit code and the message for the client."""


def fork_starter() -> tuple[int, socket.socket]:
    """Its pid, and the socket that takes requests: a byte with a program's control socket and standard streams."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _guarded(_serve, theirs)
    theirs.close()
    return pid, ours


def _serve(requests: socket.socket) -> None:
    os.dup2(requests.fileno(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    requests.detach()
    requests = socket.socket(fileno=3)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's business; its end is this process's
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    kernel.die_with_parent(signal.SIGKILL)
    while True:
        message, given, *_ = socket.recv_fds(requests, 1, 4)
        if not message:
            return
        for descriptor in given:
            os.set_inheritable(descriptor, False)
        if os.fork() == 0:
            requests.close()
            _guarded(_supervise, *given)
        for descriptor in given:
            os.close(descriptor)


def _guarded(work: Callable[..., None], *arguments: Any) -> NoReturn:
    """A fork may neither return into the daemon's code nor fail silently."""
    try:
        work(*arguments)
    except BaseException:  # noqa: BLE001 - printed, and this process ends
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _supervise(control_end: int, *pipes: int) -> None:
    control = socket.socket(fileno=control_end)
    null = os.open(os.devnull, os.O_RDWR)
    plan = _plan(control)
    try:
        if plan["isolated"]:
            kernel.unshare(OF_A_CONTAINER)
        for kind in ("ipc", "uts", "net", "pid", "mnt") if plan["beside"] else ():
            kernel.enter(plan["beside"], kind)
    except OSError as error:
        _say(control, "failed", [_CANNOT, kernel.words(error)])
        return
    _say(control, "ready", os.getpid())
    if not _heard(control, 1):
        return
    signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    report, failure = os.pipe()
    kernel.adopt_orphans()
    child = os.fork()
    if child == 0:
        os.close(report)
        try:
            _run(plan, pipes)
        except Refused as error:
            os.write(failure, json.dumps(error.args).encode())
        except (OSError, ValueError) as error:
            os.write(failure, json.dumps([_CANNOT, kernel.words(error)]).encode())
        os._exit(1)
    os.close(failure)
    for number in range(3):
        os.dup2(null, number)
    for pipe in pipes:
        os.close(pipe)
    with open(report, "rb") as file:  # noqa: PTH123
        problem = file.read()
    if problem:
        os.waitpid(child, 0)
        _say(control, "failed", json.loads(problem))
        return
    _say(control, "begun", child)
    code = _watch(control, child, woken)
    if not plan["isolated"] and not plan["beside"]:
        _end_orphans(child)
    _say(control, "exited", 128 - code if code < 0 else code)


def _plan(control: socket.socket) -> dict[str, Any]:
    request = b""
    while not request.endswith(b"\n"):
        data = _heard(control, 65536)
        if not data:
            os._exit(0)  # given up before it was said
        request += data
    plan: dict[str, Any] = json.loads(request)
    return plan


def _say(control: socket.socket, kind: str, value: object) -> None:
    with contextlib.suppress(BrokenPipeError):  # the daemon ended; so does this process
        control.sendall(json.dumps([kind, value]).encode() + b"\n")


def _heard(control: socket.socket, size: int) -> bytes:
    """What the daemon says next, b"" when it is gone."""
    try:
        return control.recv(size)
    except ConnectionResetError:  # it did not read the last that it was told
        return b""


def _watch(control: socket.socket, child: int, woken: int) -> int:
    """Pass signals on until ``child`` ends; how it ended. The daemon's end is its end, too."""
    listening = [woken, control.fileno()]
    while True:
        ready, _, _ = select.select(listening, (), ())
        if control.fileno() in ready:
            numbers = _heard(control, 64)
            if not numbers:
                listening.remove(control.fileno())
            for number in numbers or (signal.SIGKILL,):
                os.kill(child, number)
        if woken in ready:
            os.read(woken, 64)
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def _end_orphans(group: int) -> None:
    """Without a PID namespace, what a program started outlives it; here nothing does."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    while orphans := _children():
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(-1, 0)


def _run(plan: dict[str, Any], pipes: tuple[int, ...]) -> NoReturn:
    """In the program's own process: assemble its surroundings, then become it."""
    kernel.die_with_parent(signal.SIGKILL)
    os.setsid()
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
    if plan["isolated"]:
        assemble(plan)
    os.umask(0o022)
    env: dict[str, str] = plan["env"]
    if plan["isolated"] or plan["beside"]:
        _change_user(plan["user"], env)
    workdir = plan["workdir"]
    try:
        if not plan["beside"]:
            Path(workdir).mkdir(parents=True, exist_ok=True)
        os.chdir(workdir)
    except (OSError, ValueError) as error:
        raise Refused(126, f'chdir to cwd ("{workdir}") set in config.json failed: {_reason(error)}') from error
    path = _find(plan["argv"][0], env.get("PATH", ""))
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError):  # the two that the C library keeps for itself
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execve(path, plan["argv"], env)  # noqa: S606 - without a shell is the point
    except (OSError, ValueError) as error:
        raise Refused(126, f"exec {path}: {_reason(error)}") from error


def _reason(error: OSError | ValueError) -> str:
    """As runc says it. What Python does not even ask the system for, a NUL above all, is an invalid argument to it."""
    return os.strerror(getattr(error, "errno", None) or errno.EINVAL).lower()


def _find(name: str, search: str) -> str:
    """The file to execute, or runc's words for what is wrong with it."""
    if "/" not in name:
        for folder in search.split(":"):
            path = Path(folder, name)
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
        raise Refused(127, f'exec: "{name}": executable file not found in $PATH')
    if not Path(name).exists():
        raise Refused(127, f'exec: "{name}": stat {name}: no such file or directory')
    if Path(name).is_dir() or not os.access(name, os.X_OK):
        raise Refused(126, f'exec: "{name}": permission denied')
    return name


def _change_user(wanted: str, env: dict[str, str]) -> None:
    """A user other than root becomes one in a user namespace of its own: there is one user outside."""
    name, _, group = wanted.partition(":")
    users = [line.split(":") for line in Path("/etc/passwd").read_text().splitlines() if line.count(":") == 6]
    entry = next((user for user in users if (name or "0") in (user[0], user[2])), None)
    if entry is None and not name.isdigit():
        raise Refused(_CANNOT, f"unable to find user {name}: no matching entries in passwd file")
    uid, gid, home = (int(entry[2]), int(entry[3]), entry[5]) if entry else (int(name), 0, "/")
    if group:
        groups = [line.split(":") for line in Path("/etc/group").read_text().splitlines() if line.count(":") == 3]
        known = next((int(one[2]) for one in groups if group in (one[0], one[2])), None)
        if known is None and not group.isdigit():
            raise Refused(_CANNOT, f"unable to find group {group}: no matching entries in group file")
        gid = int(group) if known is None else known
    env.setdefault("HOME", home)
    if uid or gid:
        kernel.unshare(kernel.NEWUSER)
        kernel.map_ids(os.getpid(), f"{uid} 0 1", f"{gid} 0 1")
        kernel.die_with_parent(signal.SIGKILL)


def assemble(plan: dict[str, Any]) -> None:
    """The root from the image's and its own folder, the host's libraries and the volumes; then leave the host's behind.

    Everything is made after the root was changed: no link in the container's own files leads out of it.
    """
    socket.sethostname(plan["hostname"])
    root = plan["root"]
    kernel.mount("", "/", flags=kernel.REC | kernel.PRIVATE)
    _stack(plan["lower"], root, plan["work"])
    Path(root + _OLD_ROOT).mkdir(exist_ok=True)
    kernel.pivot_root(root, root + _OLD_ROOT)
    os.chdir("/")
    os.umask(0)
    kernel.mount("proc", _made("/proc"), "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    kernel.mount("tmpfs", _made("/dev"), "tmpfs", kernel.NOSUID, "mode=755")
    for device in _DEVICES:
        Path(f"/dev/{device}").touch()
        kernel.bind(f"{_OLD_ROOT}/dev/{device}", f"/dev/{device}")
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path("/dev", name).symlink_to(f"/proc/self/{target}")
    kernel.mount("tmpfs", _made("/dev/shm"), "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=1777,size=64m")  # noqa: S108
    for source, target, how, data in plan["mounts"]:
        if data is not None:
            kernel.mount(source, _made(target), "tmpfs", how, data)
            continue
        _made(target, a_file=not Path(_OLD_ROOT + source).is_dir())
        kernel.bind(_OLD_ROOT + source, target, read_only=how)
    kernel.detach(_OLD_ROOT)
    Path(_OLD_ROOT).rmdir()


def _stack(lower: str, root: str, work: str) -> None:
    """Show the container's own files above its image's; the image's are copied where users may not stack folders."""
    places = (re.sub(r"([\\:,])", r"\\\1", place) for place in (lower, root, work))
    try:
        kernel.mount("overlay", root, "overlay", 0, "lowerdir={},upperdir={},workdir={},userxattr".format(*places))
    except OSError:
        if not any(Path(root).iterdir()):
            shutil.copytree(lower, root, symlinks=True, dirs_exist_ok=True)
        kernel.bind(root, root)


def _made(path: str, *, a_file: bool = False) -> str:
    place = Path(path)
    if not place.exists():
        for folder in reversed((place.parent if a_file else place, *place.parents)):
            folder.mkdir(mode=0o755, exist_ok=True)
        if a_file:
            place.touch(mode=0o644)
    return path
