"""The stand-in daemon in the foreground: one socket, one backend, and nothing left when it ends."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import NoReturn

from standin.aws.options import add_arguments
from standin.backends import Backend
from standin.backends.memory import MemoryBackend
from standin.http import Connection
from standin.images import helper
from standin.lifecycle import follow, shut_down
from standin.routes import dispatcher
from standin.sandbox import Sandbox
from standin.sandbox.kernel import words
from standin.state import Daemon, Network

PATH_LIMIT = 107  # bytes of a unix socket's path, after which the kernel cuts
USAGE = 2
MARKER = ".acceptance-folder"  # by which `./acceptance sweep` knows what a killed daemon left


class CannotServe(Exception):
    """One line: what is wrong with the command line or the place of the socket."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CannotServe(f"{message}; see --help")


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT. 0 afterwards, 2 with one line on stderr when that is not possible."""
    parser = _Parser(prog="acceptance serve", description=__doc__)
    parser.add_argument("--socket", required=True, metavar="PATH", help="where to serve; only its owner may connect")
    restarts = "of ecs SIGHUP restarts the daemon; its AWS and the tasks there go on"
    parser.add_argument("--backend", choices=("memory", "ecs"), default="memory", help=restarts)
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="keep files below DIR instead of the temporary folder"
    )
    parser.add_argument(
        "--helper", type=Path, metavar="PATH", help="GitLab Runner's gitlab-runner-helper, or its folder"
    )
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with whoever holds the other end of stdin")
    add_arguments(parser)
    try:
        options = parser.parse_args(argv)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))  # until the loop takes over
        if options.helper:
            _provide(options.helper)
        folder = _folder(options.state)
        try:
            listener = listen(options.socket)
            try:
                mark(folder, options.socket)
                backend = open_backend(options, folder)
                asyncio.run(serve(listener, options, backend, folder))
            finally:
                Path(options.socket).unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder)
    except CannotServe as error:
        print(f"acceptance: {error}", file=sys.stderr)  # noqa: T201 - this is the command's own voice
        return USAGE
    return 0


def _provide(place: Path) -> None:
    try:
        helper.provide(place)
    except FileNotFoundError as error:
        raise CannotServe(str(error)) from error


def _folder(parent: Path | None) -> Path:
    try:
        folder = Path(tempfile.mkdtemp(prefix="standin-", dir=parent))
        mark(folder)
        return folder
    except OSError as error:
        raise CannotServe(f"{parent}: {error.strerror}; give --state a folder that exists and is yours") from error


def mark(folder: Path, path: str = "") -> None:
    """Say in the folder whose it is, and which socket at ``path`` goes with it.

    What says so is locked until this process ends, however it ends, and is replaced in one step.
    """
    said: dict[str, object] = {"what": "./acceptance serve", "pid": os.getpid()}
    if path:
        said |= {"socket": str(Path(path).absolute()), "inode": os.lstat(path).st_ino}
    fresh = folder / f"{MARKER}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)  # open until this process ends
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(descriptor, json.dumps(said).encode())
    fresh.rename(folder / MARKER)


def open_backend(options: argparse.Namespace, folder: Path) -> Backend:
    """First thing in the process: namespaces can only be left by a process without threads."""
    if options.backend == "memory":
        return MemoryBackend(Sandbox.enter(folder), folder)
    from standin.backends.ecs import open_ecs  # noqa: PLC0415 - memory needs nothing of AWS

    try:
        return open_ecs(options, folder)
    except (OSError, ValueError) as error:
        raise CannotServe(words(error)) from error


def listen(path: str) -> socket.socket:
    """A listening socket at ``path``, replacing one that nobody serves any more."""
    if len(os.fsencode(path)) > PATH_LIMIT:
        raise CannotServe(
            f"{path}: longer than the {PATH_LIMIT} bytes that a unix socket's path may have; use a shorter one"
        )
    listener = socket.socket(socket.AF_UNIX)
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(path) == 0:
                    raise CannotServe(f"{path}: another daemon answers there; end it or use another path")
            Path(path).unlink()
    except FileNotFoundError:
        pass  # the usual case: nothing is there yet
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    except OSError as error:
        raise CannotServe(
            f"{path}: {os.strerror(error.errno or 0)}; --socket needs a new name in an existing folder"
        ) from error
    finally:
        os.umask(mask)
    return listener


async def serve(listener: socket.socket, options: argparse.Namespace, backend: Backend, folder: Path) -> None:
    """Answer on ``listener`` until a signal, or the end of stdin where that is asked for.

    Then end connections, containers and the backend, in this order. Where containers outlive a daemon, SIGHUP is its
    restart: all that it knows is forgotten, and found again as far as its backend can.
    """
    over, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        ended.set()
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if backend.outlives_daemon:
        loop.add_signal_handler(signal.SIGHUP, over.set)
    if options.until_stdin_ends:
        loop.add_reader(0, end)
    await backend.open()
    lacking = f"; not isolated: {' '.join(backend.missing)}" if backend.missing else ""
    try:
        daemon = await _opened(backend, folder)
        await _answer(listener, daemon, over, f"answers on unix://{options.socket}{lacking}")
        while not ended.is_set():
            over.clear()
            await daemon.forget()
            daemon = await _opened(backend, folder)
            await _recover(daemon)
            await _answer(listen(options.socket), daemon, over)
        await shut_down(daemon)
    finally:
        await backend.close()


async def _opened(backend: Backend, folder: Path) -> Daemon:
    """A daemon with the networks that every daemon has."""
    daemon = Daemon(backend, folder)
    bridge = Network("bridge", "bridge", IPv4Network("172.17.0.0/16"), "172.17.0.1")
    await backend.add_network(bridge)
    for network in (bridge, Network("host", "host", None), Network("none", "null", None)):
        daemon.networks[network.id] = network
    return daemon


async def _recover(daemon: Daemon) -> None:
    """Find the containers again that a former daemon left."""
    for container in await daemon.backend.recover(daemon):
        daemon.containers[container.id] = container
        if container.running:
            follow(daemon, container)


async def _answer(listener: socket.socket, daemon: Daemon, over: asyncio.Event, said: str = "") -> None:
    """Serve clients until it is over; then no connection is left, not even one that has come this moment.

    What is ``said`` is printed once clients can connect.
    """
    handler = dispatcher(daemon)
    clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
    is_serving = True

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not is_serving:
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(Connection(handler, reader, writer).serve())
        clients[task] = writer
        task.add_done_callback(lambda task: clients.pop(task, None))

    server = await asyncio.start_unix_server(connected, sock=listener, backlog=128)
    if said:
        print(f"acceptance: stand-in ({daemon.backend.driver}) {said}", file=sys.stderr)  # noqa: T201
    await over.wait()
    is_serving = False
    server.close()
    left = dict(clients)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for writer in left.values():
        writer.close()
