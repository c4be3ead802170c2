"""Scenarios in a sandbox: each in a process of its own, as a daemon is, since nobody leaves namespaces again."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from standin.images import resolve
from standin.sandbox import Bind, Box, Endpoint, Process, Program, Sandbox

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEADLINE = 60.0  # seconds a scenario


@dataclass
class Said:
    """What a program wrote so far, and how to wait for more."""

    out: bytes = b""
    err: bytes = b""
    reads: list[int] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, stream: int, data: bytes) -> None:
        self.reads.append(stream)
        if stream == 1:
            self.out += data
        else:
            self.err += data
        self._news.set()

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(20):
            while text not in self.out + self.err:
                self._news.clear()
                await self._news.wait()


class World:
    """One sandbox, and shorter ways to ask it."""

    def __init__(self, state: Path, *, isolate: bool) -> None:
        self.state = state
        self.sandbox = Sandbox.enter(state, isolate=isolate)

    def box(self, image: str = "alpine:latest", binds: tuple[Bind, ...] = (), **more: Any) -> Box:
        id_ = secrets.token_hex(32)
        root = self.state / "roots" / id_
        root.mkdir(parents=True)
        found = resolve(image)
        assert found
        return Box(id_, id_[:12], root, found, binds, **more)

    async def start(
        self,
        *argv: str,
        box: Box | None = None,
        endpoints: tuple[Endpoint, ...] = (),
        stdin: bool = False,
        env: dict[str, str] | None = None,
        user: str = "",
        workdir: str = "/",
    ) -> tuple[Process, Said]:
        said = Said()
        program = Program(argv, {"PATH": PATH, **(env or {})}, workdir, user)
        process = await self.sandbox.start(box or self.box(), program, endpoints, said, stdin=stdin)
        return process, said

    async def run(self, *argv: str, feed: bytes | None = None, **how: Any) -> tuple[int, Said]:
        process, said = await self.start(*argv, stdin=feed is not None, **how)
        if feed is not None:
            await process.write(feed)
            process.close_stdin()
        return await process.wait(), said

    async def exec(self, beside: Process, *argv: str, feed: bytes | None = None, user: str = "") -> tuple[int, Said]:
        said = Said()
        process = await beside.exec(Program(argv, {"PATH": PATH}, "/", user), said, stdin=feed is not None)
        if feed is not None:
            await process.write(feed)
            process.close_stdin()
        return await process.wait(), said


def alive(*pids: int) -> list[int]:
    """Those of ``pids`` that are processes, or not yet buried ones."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


Scenario = Callable[[World], Awaitable[None]]


def fork_world(scenario: Scenario, *, isolate: bool, close: bool = True) -> tuple[int, int, Path]:
    """Begin a scenario in a process of its own: its pid, where it reports failure, its state folder."""
    state = Path(tempfile.mkdtemp(prefix="sandbox-"))
    report, failure = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(report)
        _in_the_fork(scenario, state, failure, isolate=isolate, close=close)
    os.close(failure)
    return pid, report, state


def _in_the_fork(scenario: Scenario, state: Path, failure: int, *, isolate: bool, close: bool) -> NoReturn:
    async def live() -> None:
        await world.sandbox.open()
        try:
            async with asyncio.timeout(DEADLINE):
                await scenario(world)
        finally:
            if close:
                await world.sandbox.close()

    try:
        world = World(state, isolate=isolate)
        if isolate and world.sandbox.missing:
            os.write(failure, f"SKIP {world.sandbox.missing[0]}".encode())
        else:
            asyncio.run(live())
        shutil.rmtree(state)
    except BaseException:  # noqa: BLE001 - told to the test
        os.write(failure, traceback.format_exc().encode())
    finally:
        sys.stderr.flush()
        os._exit(0)


def outcome(pid: int, report: int, state: Path) -> None:
    """Wait for a scenario's end; fail as it failed, skip where the kernel has no namespaces for it."""
    with open(report, "rb") as file:
        said = file.read().decode()
    os.waitpid(pid, 0)
    if said.startswith("SKIP "):
        pytest.skip(said.removeprefix("SKIP "))
    left = state.exists()
    shutil.rmtree(state, ignore_errors=True)
    assert not said, said
    assert not left, f"{state} was left behind"


def live(scenario: Scenario, *, isolate: bool = True) -> None:
    """Run a scenario to its end."""
    outcome(*fork_world(scenario, isolate=isolate))
