"""A program that runs: its pipes, its signals and its end, as the daemon sees them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from standin.sandbox.model import CannotStart, Program

if TYPE_CHECKING:
    from standin.sandbox.sandbox import Sandbox

OnOutput = Callable[[int, bytes], None]
_CHUNK = 64 * 1024
_ORPHANS_WRITE = 2.0  # seconds that what a program left behind may go on writing, as in the engine
KILLED = 137


class Process:
    """A container's first program, or an exec beside it."""

    why_ended = ""  # the kernel gives no reasons

    def __init__(self, sandbox: Sandbox, on_output: OnOutput) -> None:
        self.pid = 0
        self._sandbox, self._on_output = sandbox, on_output
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[int] = self._loop.create_future()
        self._begun: asyncio.Future[None] = self._loop.create_future()
        self._exited: asyncio.Future[int] = self._loop.create_future()
        self._silent = asyncio.Event()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._reading: dict[int, int] = {}  # stream by file descriptor
        self._stdin = -1
        self._room: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()
        self._control: socket.socket
        self._said = b""

    async def launch(self, starter: socket.socket, plan: dict[str, Any], prepare: Callable[[int], None]) -> None:
        """Have the starter run ``plan``; ``prepare`` gets the pid that holds its namespaces before it runs."""
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        given = [theirs.fileno()]
        if plan["stdin"]:
            end, self._stdin = os.pipe()
            os.set_blocking(self._stdin, False)
            given.append(end)
        else:
            given.append(os.open(os.devnull, os.O_RDONLY))
        for stream in (1, 2):
            ours, end = os.pipe()
            os.set_blocking(ours, False)
            self._reading[ours] = stream
            given.append(end)
        try:
            socket.send_fds(starter, [b"+"], given)
        finally:
            theirs.close()
            for end in given[1:]:
                os.close(end)
        for ours in self._reading:
            self._loop.add_reader(ours, self._read, ours)
        self._loop.add_reader(self._control, self._listen)
        self._follower = self._loop.create_task(self._follow())
        try:
            await self._loop.sock_sendall(self._control, json.dumps(plan).encode() + b"\n")
            prepare(await asyncio.shield(self._ready))
            await self._loop.sock_sendall(self._control, b"\0")
            await asyncio.shield(self._begun)
        except BaseException:
            self.end()
            await self.wait()
            raise

    def _read(self, pipe: int) -> None:
        try:
            data = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return
        if data:
            self._on_output(self._reading[pipe], data)
        else:
            self._close_output(pipe)

    def _close_output(self, pipe: int) -> None:
        self._loop.remove_reader(pipe)
        os.close(pipe)
        del self._reading[pipe]
        if not self._reading:
            self._silent.set()

    def _listen(self) -> None:
        """What the supervisor of the program says: ready, begun, failed or exited, a line of JSON each."""
        try:
            data = self._control.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        *lines, self._said = (self._said + data).split(b"\n")
        for line in lines:
            kind, value = json.loads(line)
            if kind == "ready":
                self._ready.set_result(value)
            elif kind == "begun":
                self.pid = value
                self._begun.set_result(None)
            elif kind == "failed":
                self._refuse(CannotStart(*value))
            else:
                self._exited.set_result(value)
        if not data:
            self._loop.remove_reader(self._control)
            self._refuse(CannotStart(128, "the process that starts containers ended"))
            if not self._exited.done():
                self._exited.set_result(KILLED)

    def _refuse(self, error: CannotStart) -> None:
        for future in (self._ready, self._begun):
            if not future.done():
                future.set_exception(error)
                future.exception()  # only one of the two is awaited

    async def _follow(self) -> None:
        code = await self._exited
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ORPHANS_WRITE):
                await self._silent.wait()
        for pipe in list(self._reading):
            self._close_output(pipe)
        self.close_stdin()
        self._loop.remove_reader(self._control)
        self._control.close()
        try:
            self._sandbox.left(self)
        finally:
            self._ended.set_result(code)

    async def write(self, data: bytes) -> None:
        """Put ``data`` on the standard input, waiting while it is full; silent when nobody reads it any more."""
        rest = memoryview(data)
        async with self._writing:
            while rest and self._stdin >= 0:
                try:
                    rest = rest[os.write(self._stdin, rest) :]
                except BlockingIOError:
                    await self._until_room()
                except BrokenPipeError:
                    self.close_stdin()

    async def _until_room(self) -> None:
        self._room = room = self._loop.create_future()
        pipe = self._stdin
        self._loop.add_writer(pipe, self._found_room)
        try:
            await room
        finally:
            self._room = None
            if self._stdin == pipe:
                self._loop.remove_writer(pipe)

    def _found_room(self) -> None:
        if self._room and not self._room.done():
            self._room.set_result(None)

    def close_stdin(self) -> None:
        """End of file for the program."""
        if self._stdin < 0:
            return
        pipe, self._stdin = self._stdin, -1
        self._loop.remove_writer(pipe)
        os.close(pipe)
        self._found_room()

    def signal(self, number: int) -> None:
        """Send a signal; the supervisor, whose child the program is, cannot hit another by its pid."""
        if not self._exited.done():
            with contextlib.suppress(BrokenPipeError):  # it has just ended
                self._control.send(bytes([number]))

    def end(self) -> None:
        """End it whatever it is doing, also while it is being started."""
        if not self._exited.done():
            with contextlib.suppress(OSError):  # its supervisor has just gone
                self._control.shutdown(socket.SHUT_WR)

    async def wait(self) -> int:
        """The exit code, 128+n for a signal, once all output was delivered."""
        return await asyncio.shield(self._ended)

    async def exec(self, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        """Run another program beside it; ``CannotStart`` when that is impossible."""
        return await self._sandbox.exec(self, program, on_output, stdin=stdin)
