"""Containers as Fargate tasks: TST-010's tables, on boto3 and the stand-in's own AWS."""

from __future__ import annotations

import argparse
import asyncio
import math
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from types import MappingProxyType

from standin.aws.passage import Passage
from standin.aws.setup import simulator, tell
from standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator
from standin.backends import recovery
from standin.backends.fargate import AGENT, TAG, Fargate, tagged
from standin.backends.memory import MemoryBackend
from standin.backends.tasks import LOOK_EVERY, Aws, Inactive, Json, NotFound, Task, forget_environment
from standin.http import ApiError
from standin.images import Image, resolve
from standin.output import END, STDOUT, Chunk
from standin.sandbox import Sandbox
from standin.state import Container, Daemon, Network, Run, split_reference

VPC = IPv4Network("10.0.0.0/16")
LOG_GROUP = "/sockerless"
START_WITHIN = 120.0  # seconds, TST-010 AC-4
DELIVERED_WITHIN = 30.0  # seconds after the end, TST-010's notes
# TST-010, "Container state mapping", for a task that has not run, or will not.
STATES = {"PROVISIONING": "created", "PENDING": "created", "DEPROVISIONING": "running", "STOPPED": "exited"}


@dataclass
class Record:
    """What a container has in AWS; ``current`` is the task that the daemon's books are about."""

    definition: str
    tasks: list[Task] = field(default_factory=list)
    current: Task | None = None


def open_ecs(options: argparse.Namespace, folder: Path) -> EcsBackend:
    """The backend and its AWS. ``ValueError`` or ``OSError`` for options that it cannot have."""
    forget_environment()
    outside = socket.create_server(("127.0.0.1", 0))  # on the host's loopback, which the sandbox leaves
    local = MemoryBackend(Sandbox.enter(folder), folder)
    fargate = Fargate(local)
    backend = EcsBackend(local, fargate, simulator(options, fargate), outside, options.aws_file)
    backend.passage = Passage(options.aws_through) if options.aws_through else None
    return backend


class EcsBackend:
    """``Backend`` that knows of its containers what AWS tells."""

    driver = "ecs-fargate"
    name = "standin-ecs"
    outlives_daemon = True

    def __init__(
        self, local: MemoryBackend, fargate: Fargate, aws: Simulator, outside: socket.socket, aws_file: Path | None
    ) -> None:
        self._local, self._fargate, self._simulator = local, fargate, aws
        self._outside, self._aws_file = outside, aws_file
        self.passage: Passage | None = None
        self.missing = local.missing
        self._records: dict[str, Record] = {}

    async def open(self) -> None:
        """The simulator answers in the daemon's own network, and outside, where the suite is."""
        await self._local.open()
        door = socket.create_server(("127.0.0.1", 0))
        inside = await (self.passage or self._simulator).listen(door)
        outside = await self._simulator.listen(self._outside)
        self._aws = await asyncio.to_thread(Aws, inside, self._simulator.keys["daemon"])
        if self._aws_file:
            tell(self._aws_file, self._simulator, outside)

    async def close(self) -> None:
        await self._aws.close()
        if self.passage:
            await self.passage.close()
        await self._simulator.close()
        await self._local.close()
        if self._aws_file:
            self._aws_file.unlink(missing_ok=True)

    async def add_network(self, network: Network) -> None:
        """Every network has the VPC's addresses: a task has one address, the same on each."""
        network.subnet, network.gateway = VPC, str(VPC[1])
        await self._local.add_network(network)

    async def remove_network(self, network: Network) -> None:
        await self._local.remove_network(network)

    async def disconnect(self, container: Container, network: Network) -> None:
        await self._local.disconnect(container, network)

    def image(self, reference: str) -> Image | None:
        """ECS pulls: what cannot be pulled is found out when the task starts."""
        name, tag = split_reference(reference)
        return resolve(reference) or Image(name, tag, MappingProxyType({}), 0, "")

    async def start(self, container: Container) -> Task:
        for endpoint in container.endpoints.values():
            if endpoint.network:
                endpoint.network.taken.discard(endpoint.address)
            endpoint.address = ""  # until Fargate gives it one
        self._fargate.containers[container.id] = container
        if container.id not in self._records:
            registered = await self._aws.call("ecs", "register_task_definition", **_definition(container))
            self._records[container.id] = Record(registered["taskDefinition"]["taskDefinitionArn"])
        record = self._records[container.id]
        task = await self._run(container, record)
        try:
            await task.has_begun(START_WITHIN)
        except ApiError:
            record.current = None
            task.stop("it did not start in time")
            raise
        if not task.ran:
            record.current = None
            container.status, container.finished_ns = "exited", time.time_ns()
            raise ApiError(500, f"task {task.id} did not start: {task.view['stoppedReason']}")
        task.agent = self._fargate.agents[task.address]
        return task

    async def _run(self, container: Container, record: Record) -> Task:
        network = {"subnets": self._simulator.subnets, "securityGroups": [self._simulator.security_group]}
        answer = await self._aws.call(
            "ecs",
            "run_task",
            cluster=CLUSTER,
            taskDefinition=record.definition,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            tags=recovery.tags_of(container),
        )
        record.current = Task(self._aws, answer["tasks"][0], container.run)
        record.tasks.append(record.current)
        return record.current

    async def refresh(self, container: Container) -> None:
        """What AWS tells now counts, also where the daemon's own books are a moment behind."""
        record = self._records.get(container.id)
        task = record.current if record else None
        if task is None or task.run.ended.done():
            return
        if task.status != "STOPPED":
            await task.look()
        if record and record.current is not task:
            return  # meanwhile the start has failed, and what it says of the container stays
        if not task.ran:
            container.status = STATES[task.status]
            return
        await asyncio.wait((task.run.process,))
        if task.status == "STOPPED":
            await asyncio.wait((task.run.ended,))

    async def recover(self, daemon: Daemon) -> list[Container]:
        """As AWS has them, by the tags of their tasks, but for those whose definition was deregistered."""
        self._records.clear()
        latest: dict[str, Record] = {}
        for view in await recovery.tasks_of(self._aws, CLUSTER):
            record = latest.setdefault(tagged(view, TAG), Record(view["taskDefinitionArn"]))
            record.current = Task(self._aws, view, Run())
            record.tasks.append(record.current)
        found = []
        for identity, record in latest.items():
            task, definition = record.tasks[-1], await recovery.definition_of(self._aws, record.definition)
            image = self.image(definition["containerDefinitions"][0]["image"])
            if not identity or definition["status"] != "ACTIVE" or image is None:
                continue
            await task.has_begun(START_WITHIN)
            if task.status != "STOPPED":
                task.agent = self._fargate.agents[task.address]
            self._records[identity] = record
            found.append(recovery.container(daemon, image, definition, task))
            self._fargate.containers[identity] = found[-1]
        return found

    async def lines(self, container: Container, *, follow: bool) -> AsyncIterator[Chunk]:
        """From CloudWatch, where both streams are one; following ends when all that was written is delivered."""
        told = 0
        for task in self._records[container.id].tasks if container.id in self._records else ():
            token, ended = dict[str, str](), math.inf
            while True:
                events, token = await self._events(container, task, token)
                for event in events:
                    told += 1
                    yield Chunk(event["timestamp"] * 1_000_000, STDOUT, event["message"].encode() + b"\n")
                if events:
                    continue
                if not follow:
                    break
                if task.run.ended.done():
                    ended = min(ended, time.monotonic())
                    written = [line async for line in container.output.lines(follow=False) if line.data.strip()]
                    if told >= len(written) or time.monotonic() - ended > DELIVERED_WITHIN:
                        break
                await asyncio.sleep(LOOK_EVERY[1])
            if task.run.ended.done():
                yield Chunk(time.time_ns(), END, b"")

    async def _events(
        self, container: Container, task: Task, token: dict[str, str]
    ) -> tuple[list[Json], dict[str, str]]:
        """The next page of a task's log, and the token of the one after it; a log that is not there is empty."""
        log = {"logGroupName": LOG_GROUP, "logStreamName": _stream(container, task)}
        try:
            answer = await self._aws.call("logs", "get_log_events", **log, **token, startFromHead=True)
        except NotFound:
            return [], token
        return answer["events"], {"nextToken": answer["nextForwardToken"]}

    async def remove(self, container: Container) -> None:
        """Its definition is deregistered, its log streams are deleted; the group is shared, and stays."""
        record = self._records.get(container.id)
        if record:
            with suppress(Inactive):
                await self._aws.call("ecs", "deregister_task_definition", taskDefinition=record.definition)
        for task in record.tasks if record else ():
            if self._fargate.agents.get(task.address) is getattr(task, "agent", self):
                del self._fargate.agents[task.address]
            log = {"logGroupName": LOG_GROUP, "logStreamName": _stream(container, task)}
            with suppress(NotFound):
                await self._aws.call("logs", "delete_log_stream", **log)
        self._records.pop(container.id, None)
        self._fargate.containers.pop(container.id, None)
        await self._local.remove(container)


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


def _stream(container: Container, task: Task) -> str:
    return f"{container.id[:12]}/main/{task.id}"
