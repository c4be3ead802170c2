"""Processes as containers: namespaces where the kernel allows them, plain process groups where it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.standin.sandbox.box import Bind, Box, CannotStart, Endpoint, Program

__all__ = ["Bind", "Box", "CannotStart", "Endpoint", "OnOutput", "Process", "Program", "Sandbox"]

OnOutput = Callable[[int, bytes], None]  # stream (1 stdout, 2 stderr) and what one read gave


class Process:
    """A container's first process, or an exec in it."""

    pid: int

    async def write(self, data: bytes) -> None:
        """Wait for room in the pipe; silent when nobody reads it any more, as in Docker."""
        raise NotImplementedError

    def close_stdin(self) -> None:
        """End of file for the process."""
        raise NotImplementedError

    def signal(self, number: int) -> None:
        raise NotImplementedError

    async def wait(self) -> int:
        """The exit code, 128+n for a signal; only after all output was delivered."""
        raise NotImplementedError

    async def exec(self, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        """Another program in the same namespaces and root; ``CannotStart`` when it cannot run."""
        raise NotImplementedError


class Sandbox:
    """One per daemon."""

    missing: tuple[str, ...] = ()  # one sentence per kind of isolation that is not there

    @classmethod
    def enter(cls, state: Path, *, plain: bool = False) -> Sandbox:
        """To be called before any thread or event loop exists; ``plain`` does without namespaces, for tests."""
        raise NotImplementedError

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def add_network(self, id: str, subnet: str, gateway: str) -> None:  # noqa: A002
        raise NotImplementedError

    async def remove_network(self, id: str) -> None:  # noqa: A002
        raise NotImplementedError

    async def start(
        self, box: Box, program: Program, endpoints: tuple[Endpoint, ...], on_output: OnOutput, *, stdin: bool
    ) -> Process:
        raise NotImplementedError

    async def connect(self, process: Process, endpoint: Endpoint) -> None:
        raise NotImplementedError

    async def disconnect(self, process: Process, network_id: str) -> None:
        raise NotImplementedError
