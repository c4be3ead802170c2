"""The daemon's view of AWS: boto3 in threads, and a Fargate task as a container's run."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from standin.aws.simulator import CLUSTER, HOME
from standin.backends import OnOutput
from standin.backends.fargate import Agent
from standin.http import ApiError
from standin.sandbox import Process, Program
from standin.state import Run

LOOK_EVERY = (0.1, 0.5)  # seconds between two looks at a task: at first, and at most
_AT_ONCE = 32
_KILLED = 137  # what a task without an exit code of its own exits with
Json = dict[str, Any]


class NotFound(ApiError):
    """A log group or stream that is not there, or not yet."""


class Inactive(ApiError):
    """A task definition that was deregistered already, by whomever."""


def forget_environment() -> None:
    """No variable and no profile of this machine may lead a call to another AWS than the simulator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)


class Aws:
    """The calls of the daemon; what AWS refuses is ``ApiError`` 500 in its words."""

    def __init__(self, url: str, key: Credentials) -> None:
        session = boto3.session.Session(key.access_key, key.secret_key, region_name=HOME)
        retries: Any = {"mode": "standard", "total_max_attempts": 8}
        config = Config(retries=retries, proxies={}, read_timeout=20, max_pool_connections=_AT_ONCE)
        self._clients: dict[str, Any] = {"ecs": session.client("ecs", endpoint_url=url, config=config)}
        self._clients["logs"] = session.client("logs", endpoint_url=url, config=config)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "aws")  # of its own: throttled calls hold theirs for long
        self._under_way: set[asyncio.Future[Any]] = set()

    async def call(self, service: str, operation: str, **params: Any) -> Json:
        """One call, e.g. ``call("ecs", "stop_task", task=…)``."""
        method = partial(getattr(self._clients[service], operation), **params)
        answer = asyncio.get_running_loop().run_in_executor(self._threads, method)
        self._keep(answer)
        try:
            return dict(await answer)
        except ClientError as error:
            code, text = error.response["Error"]["Code"], str(error)
            if code == "ResourceNotFoundException":
                raise NotFound(500, text) from error
            raise (Inactive if "task definition is inactive" in text else ApiError)(500, text) from error
        except BotoCoreError as error:
            raise ApiError(500, str(error)) from error

    def in_background(self, call: Coroutine[Any, Any, Json]) -> None:
        """Make a call that nobody waits for; a refusal is printed."""

        async def ask() -> None:
            try:
                await call
            except ApiError as error:
                _complain(str(error))

        self._keep(asyncio.ensure_future(ask()))

    def _keep(self, call: asyncio.Future[Any]) -> None:
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """No call may outlive the AWS that it asks."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._threads.shutdown()


class Task:
    """A task, as AWS last told of it, and ``Process``: the agent has input and exec, ECS signals and the end."""

    pid = 0
    agent: Agent

    def __init__(self, aws: Aws, view: Json, run: Run) -> None:
        self._aws, self.view, self.run = aws, view, run
        self.arn = str(view["taskArn"])
        self.id = self.arn.rpartition("/")[2]
        self._news = asyncio.Event()
        self._is_ours = False  # the daemon has asked for its end

    @property
    def why_ended(self) -> str:
        """What AWS says of an end that somebody else asked for."""
        is_own = self._is_ours or self.view.get("stopCode") == "EssentialContainerExited"
        return "" if is_own else str(self.view.get("stoppedReason", ""))

    @property
    def status(self) -> str:
        return str(self.view["lastStatus"])

    @property
    def ran(self) -> bool:
        """It is or was RUNNING, even if nobody has seen that."""
        return "startedAt" in self.view

    @property
    def address(self) -> str:
        """The private address of its network interface."""
        details = self.view["attachments"][0]["details"]
        return next(str(detail["value"]) for detail in details if detail["name"] == "privateIPv4Address")

    async def look(self) -> None:
        """DescribeTasks; what AWS does not know yet is as it was."""
        wanted: Json = {"cluster": CLUSTER, "tasks": [self.arn], "include": ["TAGS"]}
        for view in (await self._aws.call("ecs", "describe_tasks", **wanted))["tasks"]:
            # Of two looks at once the older may come last.
            was_on_its_way = view["lastStatus"] != "STOPPED" and "startedAt" not in view
            if self.status != "STOPPED" and not (self.ran and was_on_its_way):
                self.view = view
            self._news.set()

    async def until(self, reached: Callable[[], bool], within: float) -> None:
        """Look until it is so, at once when somebody else has looked; ``ApiError`` after ``within`` seconds."""
        began, (pause, longest) = time.monotonic(), LOOK_EVERY
        while True:
            await self.look()
            if reached():
                return
            if time.monotonic() - began > within:
                raise ApiError(500, f"task {self.id} was not RUNNING within {within:g} s: it is {self.status}")
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)
            pause = min(pause * 1.5, longest)

    async def has_begun(self, within: float) -> None:
        """Until it runs, or is over before; as ``until``."""
        await self.until(lambda: self.ran or self.status == "STOPPED", within)

    def stop(self, reason: str) -> None:
        """StopTask."""
        self._is_ours = True
        stop = self._aws.call("ecs", "stop_task", cluster=CLUSTER, task=self.arn, reason=reason)
        self._aws.in_background(stop)

    async def write(self, data: bytes) -> None:
        await self.agent.process.write(data)

    def close_stdin(self) -> None:
        self.agent.process.close_stdin()

    async def exec(self, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        return await self.agent.process.exec(program, on_output, stdin=stdin)

    def signal(self, number: int) -> None:
        """ECS has one way to end a task, whatever the signal."""
        self.stop(f"signal {number}")

    async def wait(self) -> int:
        """The exit code, once it is STOPPED; what AWS refuses meanwhile is asked again."""
        await self.agent.wait()
        while self.status != "STOPPED":
            try:
                await self.until(lambda: self.status == "STOPPED", math.inf)
            except ApiError as error:
                _complain(str(error))
                await asyncio.sleep(LOOK_EVERY[1])
        return int(self.view["containers"][0].get("exitCode", _KILLED))


def _complain(text: str) -> None:
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)  # whatever AWS said
    with suppress(OSError):  # who read it was killed
        print(f"stand-in: {shown}", file=sys.stderr)  # noqa: T201 - the daemon's own voice
