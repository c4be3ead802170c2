"""One run of a feature behind a scene: the suite as its users start it, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.falsify.judging import Ran
from support.falsify.proxy import Proxy
from support.falsify.scene import Rule, Scene
from support.falsify.targets import Target, tidy_up
from support.report.outcomes import read
from support.settings import ROOT, Settings

# Beside the jobs' own deadline: start, threads that are joined, and a ledger that waits for each thing to be gone.
_AROUND_JOBS = 120.0  # seconds
_ENDS_WITHIN = 60.0  # seconds after SIGTERM


@dataclass(frozen=True)
class Plan:
    """What is run: a feature, or whatever else behave takes; with settings of the suite."""

    paths: tuple[str, ...]
    scale: float
    defines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What a run meets: rules, and what goes ``beside`` it in the daemon."""

    rules: tuple[Rule, ...] = ()
    beside: Callable[[Scene], Coroutine[Any, Any, None]] | None = None


class Slot:
    """A warm target with a proxy in front of it; one run at a time. ``socket`` is where the proxy listens."""

    def __init__(self, target: Target, socket: Path) -> None:
        self.target = target
        self.socket = socket
        self._proxy = Proxy(Scene(target.endpoint))

    async def open(self) -> None:
        """Listen. Raises ``OSError``."""
        await self._proxy.listen(self.socket)

    async def close(self) -> None:
        """Listen no more, and end a target of ours."""
        await self._proxy.close()
        await asyncio.to_thread(self.target.close)

    async def run(self, plan: Plan, told: Told, folder: Path) -> Ran:
        """Run the plan behind what is told, reports in ``folder``; nothing of it is left in the target afterwards."""
        scene = Scene(self.target.endpoint, (*told.rules, *self.target.truths), plan.scale)
        self._proxy.scene = scene
        if told.beside is not None:
            scene.eventually(told.beside(scene))
        bound = Settings(deadline_scale=plan.scale).seconds("job_timeout") + _AROUND_JOBS
        await asyncio.to_thread(_emptied, folder)
        began = time.monotonic()
        try:
            code = await _behave(_command(plan, self.socket, folder), folder / "console.txt", bound)
        finally:
            seconds = time.monotonic() - began
            await self._proxy.hang_up()
            await scene.end()
            leftovers = await tidy_up(self.target.endpoint, scene.created)
        said = _said(folder, code)
        fault = "; ".join([said.fault, *scene.faults]).strip("; ")
        return replace(said, seconds=seconds, bound=bound, told=scene.told, fault=fault, leftovers=leftovers)


def _command(plan: Plan, socket: Path, folder: Path) -> list[str]:
    settings = {"socket": str(socket), "reports": str(folder), "deadline_scale": f"{plan.scale:g}"}
    # What the user's environment or file say about the target is not meant here.
    settings |= {"command": "", "target": "auto"}
    defines = [*(f"{name}={value}" for name, value in settings.items()), *plan.defines]
    options = [part for define in defines for part in ("-D", define)]
    return [sys.executable, "-P", "-m", "support.cli", *plan.paths, *options]


async def _behave(argv: list[str], console: Path, bound: float) -> int:
    """The exit code; SIGTERM past ``bound`` seconds, so that it still says what it waited for, then SIGKILL."""
    # The suite is on the path by its place, wherever its interpreter is.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with console.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), bound)
        process.terminate()
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), _ENDS_WITHIN)
    finally:
        if process.returncode is None:
            process.kill()
    return await process.wait()


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _said(folder: Path, code: int) -> Ran:
    report = read(folder / "outcomes.json")
    named = [outcome for outcome in report.outcomes() if outcome.id]
    fault = "" if named else f"exit code {code}, no criterion was judged; see {folder / 'console.txt'}"
    return Ran(
        {outcome.id: outcome.verdict for outcome in named},
        fault=fault or report.usage,
        causes={outcome.id: outcome.cause for outcome in named if outcome.cause},
    )
