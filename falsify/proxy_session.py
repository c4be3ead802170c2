"""What the proxy knows of one run behind a lie: who is who, what was created, what happened how often."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from falsify.call_target import CallTarget
from support.api.endpoint import Endpoint
from support.api.messages import Answer, Request
from support.api.proxy_wire import exchange
from support.settings import Settings


@dataclass(frozen=True)
class Call:
    """A request in its session; ``upstream`` is whom it is for."""

    request: Request
    operation: str
    target: CallTarget
    session: ProxySession
    upstream: Endpoint

    @property
    def memory(self) -> dict[str, Any]:
        """What rules keep about the target."""
        return self.session.memory[f"{self.target.kind} {self.target.name}"]

    def but(self, **changed: Any) -> Call:
        """With a changed request, see ``Request.but``."""
        return replace(self, request=self.request.but(**changed))


Forward = Callable[[Call], Awaitable[Answer]]
Handler = Callable[[Call, Forward], Awaitable[Answer]]


class Per(StrEnum):
    """Within what a rule counts."""

    TARGET = "target"
    JOB = "job"


@dataclass(frozen=True)
class Rule:
    """When a call is lied about, and how.

    ``times`` counts the calls that fit otherwise, from 1. An empty role, job or ``after`` is any.
    """

    operations: tuple[str, ...]
    handler: Handler
    roles: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    after: str = ""
    times: range = range(1, 1_000_000)
    per: Per = Per.TARGET
    of_strangers: bool = False

    def fits(self, call: Call) -> bool:
        """Whether it is about such a call, how often it happened aside."""
        return (
            call.operation in self.operations
            and (self.of_strangers or not call.target.is_stranger)
            and (not self.roles or call.target.role in self.roles)
            and (not self.jobs or call.target.job in self.jobs)
            and (not self.after or call.session.has_happened(self.after, call.target))
        )


@dataclass
class ProxySession:
    """``scale`` is the run's deadline scale, ``memory`` what rules remember, ``suite_key`` the AWS access
    key that the suite signs with.

    ``faults`` are what rules themselves failed with, which no run may pass over.
    """

    rules: Sequence[Rule] = ()
    suite_key: str = ""
    scale: float = 1.0
    memory: defaultdict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    created: list[CallTarget] = field(default_factory=list)
    met: int = 0
    faults: list[str] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _main: str = ""
    _counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    _happened: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    _times: dict[tuple[str, str], float] = field(default_factory=dict)

    def deadline(self, name: str) -> float:
        """One of the suite's deadlines in this run, in seconds."""
        return Settings(deadline_scale=self.scale).seconds(name)

    async def respond(self, call: Call, forward: Forward) -> Answer:
        """The call's answer, through all rules that apply; the first rule is the outermost."""
        applicable = [rule for number, rule in enumerate(self.rules) if rule.fits(call) and self._count(number, call)]
        self.met += bool(applicable)
        for rule in reversed(applicable):
            forward = _through(rule, forward)
        return await forward(call)

    def _count(self, number: int, call: Call) -> bool:
        per_job = self.rules[number].per is Per.JOB
        key = (number, call.target.job if per_job else call.target.name)
        self._counts[key] += 1
        return self._counts[key] in self.rules[number].times

    def known(self, kind: str, reference: str) -> CallTarget | None:
        """What was created here under this ID, name, or beginning of an ID."""
        for target in self.created:
            if target.kind == kind and (reference == target.name or (reference and target.id.startswith(reference))):
                return target
        return None

    def mentioned(self, text: str) -> CallTarget | None:
        """The container whose ID, or the 12 characters that people use of it, a text carries."""
        containers = (each for each in self.created if each.kind == "container" and each.id)
        return next((each for each in containers if each.id[:12] in text), None)

    def with_job(self, target: CallTarget) -> CallTarget:
        """Of TST-010: the run that created first is the main one, others are the suite's runs of itself."""
        if target.job or not target.run:
            return target
        self._main = self._main or target.run
        return replace(target, job="main" if target.run == self._main else "own")

    async def done(self, call: Call, answer: Answer) -> Answer:
        """The daemon itself has answered: keep what it created, and that it happened."""
        if answer.status not in (101, 200, 201, 204):
            return answer
        if call.operation.endswith(".create") or call.operation == "container.exec":
            answer, body = await answer.read_json()
            identity = body.get("Id") or body.get("Name") if isinstance(body, dict) else None
            created = call.target if call.operation != "container.exec" else _exec_of(call)
            self.created.append(replace(created, id=identity if isinstance(identity, str) else ""))
        key = (call.operation, call.target.name)
        self._times.setdefault(key, asyncio.get_running_loop().time())
        self._event(*key).set()
        return answer

    async def ask(self, call: Call) -> Answer:
        """What the daemon itself answers, complete, whatever becomes of the client's connection."""
        answer, _ = await exchange(call.upstream, call.request)
        return await self.done(call, answer)

    def eventually(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with it beside everything else; the end of the run ends it."""
        self.tasks.add(asyncio.create_task(work))

    async def end(self) -> None:
        """Nothing of the session goes on."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def has_happened(self, operation: str, target: CallTarget) -> bool:
        """Whether the daemon has done this to the target."""
        return self._event(operation, target.name).is_set()

    def seconds_since(self, operation: str, target: CallTarget) -> float:
        """How long ago the daemon did this to the target; negative where it has not yet."""
        happened = self._times.get((operation, target.name))
        return -1.0 if happened is None else asyncio.get_running_loop().time() - happened

    async def happens(self, operation: str, target: CallTarget) -> None:
        """Wait until the daemon has done this to the target; the end of the run ends it."""
        await self._event(operation, target.name).wait()

    def _event(self, operation: str, name: str) -> asyncio.Event:
        return self._happened.setdefault((operation, name), asyncio.Event())


def _exec_of(call: Call) -> CallTarget:
    """Its role is the program, its job the container's."""
    content = call.request.json()
    command = content.get("Cmd") if isinstance(content, dict) else None
    program = str(command[0]) if isinstance(command, list) and command else ""
    return CallTarget("exec", f"exec in {call.target.name}", program, call.target.job, call.target.run)


def _through(rule: Rule, forward: Forward) -> Forward:
    return lambda call: rule.handler(call, forward)
