"""One run of a feature behind a session: the suite as its users start it, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from falsify import aws_calls, docker_calls
from falsify.environments import Around, Environment
from falsify.forking import Suite
from falsify.judging import Ran
from falsify.proxy import Proxy
from falsify.proxy_session import ProxySession, Rule
from falsify.targets import Target, tidy_up, tidy_up_aws
from support.api.endpoint import Endpoint
from support.report.keeping import STEP_SUMMARY
from support.report.outcomes import read
from support.settings import ROOT

T = TypeVar("T")

# What a run's deadlines allow it in all: the ten minutes of its jobs, which go on side by side, and their clean-up.
_DEADLINES = ("job_timeout", "stop_timeout")
_AROUND = 60.0  # seconds that no deadline scales: a process that starts, threads that are joined at its end
_ENDS_WITHIN = 60.0  # seconds after SIGTERM


@dataclass(frozen=True)
class Plan:
    """What is run: ``arguments`` as behave takes them, the first of them a feature; with settings of the suite.

    ``restarts``: the suite starts a relay as its daemon, which it can restart.
    """

    arguments: tuple[str, ...]
    scale: float
    defines: tuple[str, ...] = ()
    restarts: bool = False


@dataclass(frozen=True)
class Conditions:
    """What a run meets: rules, what goes ``beside`` it in the daemon, and another ``environment``."""

    rules: tuple[Rule, ...] = ()
    beside: Callable[[ProxySession, Endpoint], Coroutine[Any, Any, None]] | None = None
    environment: Environment | None = None


class Slot:
    """A warm target with a proxy in front of it, one in front of its AWS, one between the two; one run at a time."""

    def __init__(self, target: Target, socket: Path) -> None:
        self.target = target
        self._socket = socket
        self._daemon = Proxy(target.endpoint, docker_calls.recognise, ProxySession())
        self._aws = Proxy(target.aws.endpoint, aws_calls.recognise, ProxySession()) if target.aws else None
        self._between = Proxy(target.aws.endpoint, aws_calls.recognise, ProxySession()) if target.aws else None
        self._environment: dict[str, str] = {}

    async def open(self) -> None:
        """Listen. Raises ``OSError``."""
        await self._daemon.listen(self._socket)
        if self._aws is not None and self.target.aws is not None:
            endpoint = await self._aws.listen_on_loopback()
            self._environment = self.target.aws.variables(endpoint)
        if self._between is not None and self.target.aws is not None and self.target.aws.daemon_by is not None:
            await self._between.listen(self.target.aws.daemon_by)

    async def close(self) -> None:
        """Listen no more, and end a target of ours."""
        for proxy in self._proxies:
            await proxy.close()
        await asyncio.to_thread(self.target.close)

    @property
    def _proxies(self) -> list[Proxy]:
        return [proxy for proxy in (self._daemon, self._aws, self._between) if proxy is not None]

    async def run(self, plan: Plan, conditions: Conditions, folder: Path) -> Ran:
        """Run the plan under these conditions, reports in ``folder``; nothing is left in the target afterwards."""
        key = self.target.aws.access_key if self.target.aws else ""
        session = ProxySession((*conditions.rules, *self.target.truths), key, plan.scale)
        for proxy in self._proxies:
            proxy.session = session
        if conditions.beside is not None:
            session.eventually(conditions.beside(session, self.target.endpoint))
        bound = sum(map(session.deadline, _DEADLINES)) + _AROUND
        await asyncio.to_thread(_emptied, folder)
        began = time.monotonic()
        try:
            arguments = _arguments(plan, self._socket, folder)
            code = await _behave(arguments, self._variables(conditions, folder), folder / "console.txt", bound)
        finally:
            seconds = time.monotonic() - began
            leftovers = await uncancelled(self._tidied(session))
        said = _said(folder, code)
        fault = "; ".join([said.fault, *session.faults]).strip("; ")
        return replace(
            said,
            seconds=seconds,
            bound=bound,
            met=session.met + bool(conditions.environment),
            fault=fault,
            leftovers=leftovers,
        )

    async def _tidied(self, session: ProxySession) -> tuple[str, ...]:
        """What is left in the target, a line each, after everything of a session was removed."""
        for proxy in self._proxies:
            proxy.session = ProxySession()  # whoever connects anew gets the truth
            await proxy.hang_up()
        await session.end()
        leftovers = await tidy_up(self.target.endpoint, session.created)
        if self.target.aws is not None and self.target.aws.is_simulated:
            await asyncio.to_thread(tidy_up_aws, self.target.aws)
        return leftovers

    def _variables(self, conditions: Conditions, folder: Path) -> dict[str, str]:
        """The run's whole environment."""
        # The suite is on the path by its place, wherever its interpreter is.
        variables = {**_inherited(self._environment), **self._environment, "PYTHONPATH": str(ROOT)}
        if conditions.environment is not None:
            conditions.environment(Around(variables, folder, self.target.aws.foreign if self.target.aws else {}))
        return variables


def _arguments(plan: Plan, socket: Path, folder: Path) -> tuple[str, ...]:
    settings = {"socket": str(socket), "reports": str(folder), "deadline_scale": f"{plan.scale:g}"}
    # What the user's environment or file say about the target is not meant here.
    settings |= {"command": "", "target": "auto"}
    if plan.restarts:
        relay = shlex.join([sys.executable, "-m", "falsify.relay"])
        settings |= {"socket": "", "command": f"{relay} {{socket}} {shlex.quote(str(socket))}"}
    defines = [*(f"{name}={value}" for name, value in settings.items()), *plan.defines]
    return (*plan.arguments, *(part for define in defines for part in ("-D", define)))


async def _behave(arguments: tuple[str, ...], environment: Mapping[str, str], console: Path, bound: float) -> int:
    """The exit code; SIGTERM past ``bound`` seconds, so that it still says what it waited for, then SIGKILL."""
    suite = Suite(arguments, environment, console)
    try:
        with suppress(TimeoutError):
            return await suite.ended(bound)
    finally:
        if suite.is_running:
            await uncancelled(_end(suite))
    return await suite.ended(_ENDS_WITHIN)


async def _end(suite: Suite) -> None:
    suite.terminate()
    with suppress(TimeoutError):
        await suite.ended(_ENDS_WITHIN)
    if suite.is_running:
        suite.kill()
        await suite.ended(_ENDS_WITHIN)


async def uncancelled(work: Coroutine[Any, Any, T]) -> T:
    """Do it to the end, also where who waits for it is cancelled meanwhile; that is raised afterwards."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=2 * _ENDS_WITHIN)
        raise


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the user's own AWS goes together with keys of a simulator."""
    has_keys = "AWS_ACCESS_KEY_ID" in environment
    dropped = (STEP_SUMMARY, *(("AWS_",) if has_keys else ()))
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


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
