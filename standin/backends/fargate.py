"""Fargate's side of the stand-in: what a task definition says runs in the sandbox, with the agent in front."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standin.aws.launcher import FailedToStart, OnOutput
from standin.backends.memory import MemoryBackend
from standin.images import resolve
from standin.sandbox import CannotStart, Process, Program

if TYPE_CHECKING:
    from standin.state import Container

AGENT = ("/sockerless-agent", "--")  # TST-010: the daemon puts it in front of the container's own command
TAG = "sockerless-container-id"


class Agent:
    """A running container, and the agent in it: what ECS and the daemon can do with both."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._passed_on = 0

    async def wait(self) -> int:
        """The container's exit code, once all its output was delivered."""
        code = await self.process.wait()
        return 128 + self._passed_on if self._passed_on and code == 128 + signal.SIGKILL else code

    def signal(self, number: int) -> None:
        """The agent is the first process and passes signals on, so that they end a program that does not handle them.

        In the sandbox there is none between, and the kernel spares a first process what it does not handle.
        """
        if number != signal.SIGKILL and not _handles(self.process.pid, number):
            self._passed_on = number
            number = signal.SIGKILL
        self.process.signal(number)


def _handles(pid: int, number: int) -> bool:
    """Whether a process catches or ignores a signal."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return True  # it has ended, or this system has no /proc and no first processes either
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigCgt:", "SigIgn:"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


def tagged(described: dict[str, Any], key: str) -> str:
    """The value of a tag of a task or definition; empty where it has none."""
    return next((str(tag["value"]) for tag in described.get("tags", ()) if tag["key"] == key), "")


class Fargate:
    """``Launcher`` on top of the memory backend. ``agents`` are reached by the private address of their task."""

    def __init__(self, local: MemoryBackend) -> None:
        self._local = local
        self.containers: dict[str, Container] = {}  # by id: what a task's tag refers to
        self.agents: dict[str, Agent] = {}

    async def start(self, definition: dict[str, Any], task: dict[str, Any], on_output: OnOutput) -> Agent:
        described = definition["containerDefinitions"][0]
        image = described["image"]
        if resolve(image) is None:
            why = f"pull image manifest has been retried 1 time(s): failed to resolve ref {image}: not found"
            raise FailedToStart(f"CannotPullContainerError: {why}")
        identity = tagged(task, TAG)
        container = self.containers[identity]
        address = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
        for endpoint in container.endpoints.values():
            endpoint.address = address

        def write(stream: int, data: bytes) -> None:
            self.containers[identity].output.write(stream, data)  # to the daemon of now, by the agent
            on_output(stream, data)  # to CloudWatch, by the log driver

        argv = (*described.get("entryPoint", ()), *described.get("command", ()))[len(AGENT) :]
        env = {variable["name"]: variable["value"] for variable in described["environment"]}
        program = Program(argv, env, described["workingDirectory"], described["user"])
        try:
            process = await self._local.launch(container, program, write)
        except CannotStart as error:
            raise FailedToStart(f"CannotStartContainerError: {shlex.join(argv)}: {error}") from error
        self.agents[address] = Agent(process)
        return self.agents[address]
