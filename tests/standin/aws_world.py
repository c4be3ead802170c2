"""A simulator in a thread, its tasks plain subprocesses; and boto3 clients that know only its endpoint."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from standin.aws.control import Control, Journal, Latency
from standin.aws.launcher import FailedToStart, OnOutput
from standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator

FAST = Latency(start=(0.3, 0.3), delivery=(0.2, 0.2), stop=(0.1, 0.1))
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


class _Subprocess:
    def __init__(self, process: asyncio.subprocess.Process, on_output: OnOutput) -> None:
        self._process = process
        self._pumps = asyncio.gather(self._pump(process.stdout, 1, on_output), self._pump(process.stderr, 2, on_output))

    @staticmethod
    async def _pump(reader: asyncio.StreamReader | None, stream: int, on_output: OnOutput) -> None:
        assert reader
        while data := await reader.read(65536):
            on_output(stream, data)

    async def wait(self) -> int:
        await self._pumps
        code = await self._process.wait()
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        if self._process.returncode is None:
            self._process.send_signal(number)


class SubprocessLauncher:
    """Knows one image, ``alpine:latest``, and runs its commands on this machine."""

    def __init__(self) -> None:
        self.pids: list[int] = []

    async def start(self, definition: dict[str, Any], task: dict[str, Any], on_output: OnOutput) -> _Subprocess:
        container = definition["containerDefinitions"][0]
        if container["image"] != "alpine:latest":
            raise FailedToStart(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
                f"failed to resolve ref {container['image']}: not found"
            )
        pipe = asyncio.subprocess.PIPE
        command = container["command"]
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        self.pids.append(process.pid)
        return _Subprocess(process, on_output)


class World:
    """The simulator, from the thread of a test."""

    def __init__(self, simulator: Simulator, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.simulator, self.url, self._loop = simulator, url, loop
        self.ecs, self.logs, self.ec2 = self.client("ecs"), self.client("logs"), self.client("ec2")
        self.network = {
            "awsvpcConfiguration": {
                "subnets": simulator.subnets,
                "securityGroups": [simulator.security_group],
                "assignPublicIp": "DISABLED",
            }
        }

    def client(self, service: str, caller: str = "suite", region: str = HOME, **changes: Any) -> Any:
        """A boto3 client with the caller's credentials and one attempt per call, changed by ``changes``."""
        key = self.simulator.keys[caller]
        options: dict[str, Any] = {
            "endpoint_url": self.url,
            "aws_access_key_id": key.access_key,
            "aws_secret_access_key": key.secret_key,
            "config": ONCE,
        }
        return boto3.session.Session().client(service, region_name=region, **(options | changes))

    def call(self, function: Callable[[], Any]) -> Any:
        """Run ``function`` on the simulator's loop."""

        async def run() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def fault(self, option: str) -> None:
        self.call(lambda: self.simulator.control.add(option))

    def definition(self, family: str, *command: str, image: str = "alpine:latest", **changes: Any) -> dict[str, Any]:
        """Parameters of RegisterTaskDefinition; ``container`` in ``changes`` changes the container's."""
        logging = {
            "awslogs-group": "/sockerless",
            "awslogs-region": HOME,
            "awslogs-stream-prefix": family,
            "awslogs-create-group": "true",
        }
        container = {
            "name": "main",
            "image": image,
            "command": list(command),
            "logConfiguration": {"logDriver": "awslogs", "options": logging},
        }
        return {
            "family": family,
            "containerDefinitions": [container | changes.pop("container", {})],
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": EXECUTION_ROLE,
            **changes,
        }

    def run(self, family: str, *command: str, **changes: Any) -> dict[str, Any]:
        """Register, run one task, and return it as RunTask does."""
        ecs = self.ecs
        ecs.register_task_definition(**self.definition(family, *command, **changes))
        answer: dict[str, Any] = ecs.run_task(
            cluster=CLUSTER, taskDefinition=family, launchType="FARGATE", networkConfiguration=self.network
        )["tasks"][0]
        return answer

    def history(self, task: dict[str, Any], until: str = "STOPPED", seconds: float = 15.0) -> list[dict[str, Any]]:
        """Views of the task, one per status that a poll saw, up to the one that was waited for."""
        seen = [task]
        pause = threading.Event()
        for _ in range(int(seconds / 0.02)):
            view = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]], include=["TAGS"])["tasks"][0]
            if view["lastStatus"] != seen[-1]["lastStatus"]:
                seen.append(view)
            if view["lastStatus"] == until:
                return seen
            pause.wait(0.02)
        raise AssertionError(f"the task did not become {until}: {[view['lastStatus'] for view in seen]}")


@contextmanager
def world(latency: Latency = FAST, *, seed: int = 0, journal: Path | None = None) -> Iterator[World]:
    """A running simulator; ended, with all its processes, on exit."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator")
    thread.start()

    async def begin() -> tuple[Simulator, str]:
        simulator = Simulator(SubprocessLauncher(), Control(latency, seed), Journal(journal))
        listener = socket.create_server(("127.0.0.1", 0))
        return simulator, await simulator.listen(listener)

    simulator, url = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield World(simulator, loop, url)
    finally:
        asyncio.run_coroutine_threadsafe(simulator.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
