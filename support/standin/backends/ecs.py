"""Containers as Fargate tasks: the daemon's half of TST-010, on boto3 and nothing of the environment's."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from support.standin.aws.setup import simulator, tell
from support.standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator
from support.standin.backends import OnOutput
from support.standin.backends.fargate import AGENT, TAG, Agent, Fargate
from support.standin.backends.memory import MemoryBackend
from support.standin.http import ApiError
from support.standin.images import Image, resolve
from support.standin.output import END, STDOUT, Chunk
from support.standin.sandbox import Process, Program, Sandbox
from support.standin.state import Container, Network, Run, split_reference

VPC = IPv4Network("10.0.0.0/16")
LOG_GROUP = "/sockerless"
START_WITHIN = 120.0  # seconds, TST-010 AC-4
DELIVERED_WITHIN = 30.0  # seconds after the end, TST-010's notes
LOOK_EVERY = (0.1, 1.0)  # seconds between two looks at a task: at first, and at most
# TST-010, "Container state mapping"; a task that never ran exits without a code.
STATES = {"PROVISIONING": "created", "PENDING": "created", "DEPROVISIONING": "running", "STOPPED": "exited"}
Json = dict[str, Any]


@dataclass(eq=False)
class Task:
    """A task of a container: what AWS last told of it, and the run that it is in the daemon's books."""

    view: Json
    run: Run
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def arn(self) -> str:
        return str(self.view["taskArn"])

    @property
    def ran(self) -> bool:
        """It is or was RUNNING, even if nobody has seen it."""
        return "startedAt" in self.view

    @property
    def stopped(self) -> bool:
        return bool(self.view["lastStatus"] == "STOPPED")


@dataclass
class Record:
    """What a container has in AWS."""

    definition: str
    tasks: list[Task] = field(default_factory=list)
    current: Task | None = None  # the one that the daemon's books are about


class TaskProcess:
    """A container's run: input and exec go to the agent, signals to ECS, the end is told by DescribeTasks."""

    pid = 0

    def __init__(self, backend: EcsBackend, task: Task, agent: Agent) -> None:
        self._backend, self._task, self._agent = backend, task, agent

    async def write(self, data: bytes) -> None:
        await self._agent.process.write(data)

    def close_stdin(self) -> None:
        self._agent.process.close_stdin()

    async def exec(self, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        return await self._agent.process.exec(program, on_output, stdin=stdin)

    def signal(self, number: int) -> None:
        """ECS knows one way to end a task, whatever the signal."""
        self._backend.stop(self._task, f"signal {number}")

    async def wait(self) -> int:
        await self._agent.wait()
        return await self._backend.exit_code(self._task)


class EcsBackend:
    """``Backend`` that knows of its containers what AWS tells."""

    driver = "ecs-fargate"
    name = "standin-ecs"

    def __init__(
        self,
        local: MemoryBackend,
        fargate: Fargate,
        simulator: Simulator,
        outside: socket.socket,
        aws_file: Path | None,
    ) -> None:
        self._local, self._fargate, self._simulator = local, fargate, simulator
        self._outside, self._aws_file = outside, aws_file
        self.missing = local.missing
        self._records: dict[str, Record] = {}
        self._calls: set[asyncio.Future[Any]] = set()

    async def open(self) -> None:
        """The simulator answers here, in the daemon's own network, and outside, where the suite is."""
        await self._local.open()
        url = await self._simulator.listen(socket.create_server(("127.0.0.1", 0)))
        outside = await self._simulator.listen(self._outside)
        key = self._simulator.keys["daemon"]
        self._ecs, self._logs = await asyncio.to_thread(_clients, url, key)
        if self._aws_file:
            tell(self._aws_file, self._simulator, outside)

    async def close(self) -> None:
        await asyncio.gather(*self._calls, return_exceptions=True)  # none may outlive the AWS that it asks
        await self._simulator.close()
        await self._local.close()
        if self._aws_file:
            self._aws_file.unlink()

    async def add_network(self, network: Network) -> None:
        """All networks have the VPC's addresses: a task has one, which is the same on each."""
        network.subnet, network.gateway = VPC, str(VPC[1])
        await self._local.add_network(network)

    async def remove_network(self, network: Network) -> None:
        await self._local.remove_network(network)

    async def disconnect(self, container: Container, network: Network) -> None:
        await self._local.disconnect(container, network)

    def image(self, reference: str) -> Image | None:
        """ECS pulls: what there is not is found out when the task starts."""
        name, tag = split_reference(reference)
        return resolve(reference) or Image(name, tag, MappingProxyType({}), 0, "", {})

    async def start(self, container: Container) -> TaskProcess:
        for endpoint in container.endpoints.values():
            if endpoint.network:
                endpoint.network.taken.discard(endpoint.address)
            endpoint.address = ""
        self._fargate.containers[container.id] = container
        if container.id not in self._records:
            registered = await self._call(self._ecs.register_task_definition, **_definition(container))
            self._records[container.id] = Record(registered["taskDefinition"]["taskDefinitionArn"])
        record = self._records[container.id]
        task = await self._run(container, record)
        try:
            await self._until(task, lambda: task.ran or task.stopped, START_WITHIN)
            if not task.ran:
                container.status, container.finished_ns = "exited", time.time_ns()
                raise ApiError(500, f"task {task.arn.rpartition('/')[2]} did not start: {task.view['stoppedReason']}")
        except ApiError:
            record.current = None
            if not task.stopped:
                self.stop(task, "it did not start in time")
            raise
        return TaskProcess(self, task, self._fargate.agents.pop(_address(task)))

    async def _run(self, container: Container, record: Record) -> Task:
        tags = {"sockerless-managed": "true", TAG: container.id, "sockerless-created-at": str(container.created_ns)}
        network = {"subnets": self._simulator.subnets, "securityGroups": [self._simulator.security_group]}
        answer = await self._call(
            self._ecs.run_task,
            cluster=CLUSTER,
            taskDefinition=record.definition,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        if not answer["tasks"]:
            raise ApiError(500, f"ECS did not run the task: {answer['failures'][0]['reason']}")
        record.current = Task(answer["tasks"][0], container.run)
        record.tasks.append(record.current)
        return record.current

    async def _look(self, task: Task) -> None:
        """DescribeTasks; a task that AWS does not know yet is as it was."""
        answer = await self._call(self._ecs.describe_tasks, cluster=CLUSTER, tasks=[task.arn])
        for view in answer["tasks"]:
            task.view = view
            task.news.set()

    async def _until(self, task: Task, reached: Callable[[], bool], within: float) -> None:
        """Look until it is so; also when somebody else has looked. ``ApiError`` after ``within`` seconds."""
        began, (pause, longest) = time.monotonic(), LOOK_EVERY
        while True:
            await self._look(task)
            if reached():
                return
            if time.monotonic() - began > within:
                seen = f"{task.view['lastStatus']} after {within:.0f} s"
                raise ApiError(500, f"task {task.arn.rpartition('/')[2]} was not RUNNING in time: still {seen}")
            task.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(task.news.wait(), pause)
            pause = min(pause * 1.5, longest)

    async def exit_code(self, task: Task) -> int:
        """Of a task that ends, once it is STOPPED; what AWS refuses meanwhile is asked again."""
        while not task.stopped:
            try:
                await self._until(task, lambda: task.stopped, math.inf)
            except ApiError as error:
                _complain(f"{task.arn}: {error}")
                await asyncio.sleep(LOOK_EVERY[1])
        return int(task.view["containers"][0].get("exitCode", 137))

    def stop(self, task: Task, reason: str) -> None:
        """StopTask, in the background; a refusal is printed, as there is nobody to tell it to."""

        async def ask() -> None:
            try:
                await self._call(self._ecs.stop_task, cluster=CLUSTER, task=task.arn, reason=reason)
            except ApiError as error:
                _complain(str(error))

        self._keep(asyncio.ensure_future(ask()))

    async def refresh(self, container: Container) -> None:
        """What AWS tells now counts, even where the daemon's own books are a moment behind."""
        record = self._records.get(container.id)
        task = record.current if record else None
        if task is None or task.run.ended.done():
            return
        if not task.stopped:
            await self._look(task)
        if not task.ran:
            container.status = STATES[task.view["lastStatus"]]
            return
        await asyncio.wait((task.run.process,))
        if task.stopped:
            await asyncio.wait((task.run.ended,))

    async def lines(self, container: Container, *, follow: bool) -> AsyncIterator[Chunk]:
        """From CloudWatch, where both streams are one; following ends when all that was written is delivered."""
        told = 0
        for task in self._records[container.id].tasks if container.id in self._records else ():
            stream, token, ended = _stream(container, task), dict[str, str](), math.inf
            while True:
                events, token = await self._events(stream, token)
                for event in events:
                    told += 1
                    yield Chunk(event["timestamp"] * 1_000_000, STDOUT, event["message"].encode() + b"\n")
                if events:
                    continue
                if task.run.ended.done():
                    ended = min(ended, time.monotonic())
                written = [line async for line in container.output.lines(follow=False) if line.data.strip()]
                late = time.monotonic() - ended > DELIVERED_WITHIN
                if not follow or late or (ended < math.inf and told >= len(written)):
                    break
                await asyncio.sleep(LOOK_EVERY[1])
            if task.run.ended.done():
                yield Chunk(time.time_ns(), END, b"")

    async def _events(self, stream: str, token: dict[str, str]) -> tuple[list[Json], dict[str, str]]:
        """The next page of a stream, and the token of the one after it; a stream that is not there is empty."""
        try:
            answer = await self._call(
                self._logs.get_log_events,
                logGroupName=LOG_GROUP,
                logStreamName=stream,
                startFromHead=True,
                **token,
            )
        except NotFound:
            return [], token
        return answer["events"], {"nextToken": answer["nextForwardToken"]}

    async def remove(self, container: Container) -> None:
        """Its definition is deregistered, its log streams are deleted; their group is shared and stays."""
        record = self._records.pop(container.id, None)
        self._fargate.containers.pop(container.id, None)
        if record:
            await self._call(self._ecs.deregister_task_definition, taskDefinition=record.definition)
        for task in record.tasks if record else ():
            with suppress(NotFound):
                stream = _stream(container, task)
                await self._call(self._logs.delete_log_stream, logGroupName=LOG_GROUP, logStreamName=stream)
        await self._local.remove(container)

    async def _call(self, method: Callable[..., Any], **params: Any) -> Json:
        """One call of boto3's, in a thread; ``ApiError`` 500 with AWS's words where it is refused."""
        call = asyncio.ensure_future(asyncio.to_thread(method, **params))
        self._keep(call)
        try:
            answer: Json = await call
        except ClientError as error:
            missing = error.response["Error"]["Code"] == "ResourceNotFoundException"
            raise (NotFound if missing else ApiError)(500, str(error)) from error
        except BotoCoreError as error:
            raise ApiError(500, str(error)) from error
        return answer

    def _keep(self, call: asyncio.Future[Any]) -> None:
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)


class NotFound(ApiError):
    """A log group or stream that is not there, or not yet."""


def open_ecs(options: argparse.Namespace, folder: Path) -> EcsBackend:
    """The backend and its AWS. ``ValueError`` or ``OSError`` for options that it cannot have."""
    _forget_environment()
    outside = socket.create_server(("127.0.0.1", 0))  # of the host's loopback, which the sandbox leaves
    try:
        local = MemoryBackend(Sandbox.enter(folder), folder)
        fargate = Fargate(local)
        return EcsBackend(local, fargate, simulator(options, fargate), outside, options.aws_file)
    except BaseException:
        outside.close()
        raise


def _forget_environment() -> None:
    """No variable and no profile of the machine may lead a call to another AWS than the simulator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    os.environ |= nowhere | {"AWS_EC2_METADATA_DISABLED": "true"}


def _clients(url: str, key: Credentials) -> tuple[Any, Any]:
    session = boto3.session.Session(key.access_key, key.secret_key, region_name=HOME)
    config = Config(retries={"mode": "standard", "total_max_attempts": 8}, proxies={}, read_timeout=20)
    ecs, logs = (session.client(name, endpoint_url=url, config=config) for name in ("ecs", "logs"))
    return ecs, logs


def _definition(container: Container) -> Json:
    """What RegisterTaskDefinition gets: the container as the client wants it, behind the agent."""
    logging = {
        "awslogs-group": LOG_GROUP,
        "awslogs-create-group": "true",
        "awslogs-region": HOME,
        "awslogs-stream-prefix": container.id[:12],
    }
    config = container.config
    main = {
        "name": "main",
        "image": config["Image"],
        "essential": True,
        "entryPoint": [*AGENT, *(config["Entrypoint"] or ())],
        "command": config["Cmd"] or [],
        "environment": [{"name": name, "value": value} for name, value in container.environment().items()],
        "workingDirectory": config["WorkingDir"] or "/",
        "user": config["User"],
        "dockerLabels": config["Labels"],
        "logConfiguration": {"logDriver": "awslogs", "options": logging},
    }
    return {
        "family": f"sockerless-{container.id[:12]}",
        "containerDefinitions": [main],
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": EXECUTION_ROLE,
    }


def _address(task: Task) -> str:
    """The private address of its network interface."""
    details = task.view["attachments"][0]["details"]
    return next(str(detail["value"]) for detail in details if detail["name"] == "privateIPv4Address")


def _stream(container: Container, task: Task) -> str:
    return f"{container.id[:12]}/main/{task.arn.rpartition('/')[2]}"


def _complain(text: str) -> None:
    print(f"stand-in: {text}", file=sys.stderr)  # noqa: T201 - the daemon's own voice
