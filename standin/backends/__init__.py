"""The seam between the Docker API and what runs the containers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from standin.images import Image
    from standin.output import Chunk
    from standin.sandbox import Program
    from standin.state import Container, Daemon, Network

OnOutput = Callable[[int, bytes], None]  # stream (1 stdout, 2 stderr) and what was written


class Process(Protocol):
    """A container's run, or an exec in it."""

    @property
    def pid(self) -> int:
        """As shown by inspect; 0 where there is no such thing."""

    @property
    def why_ended(self) -> str:
        """The reason of an end that neither the program nor the daemon brought about; empty for any other."""

    async def write(self, data: bytes) -> None:
        """Put ``data`` on the standard input, waiting while it is full; silent when nobody reads it any more."""

    def close_stdin(self) -> None:
        """End of file for the process."""

    def signal(self, number: int) -> None:
        """Ask for, or enforce, the end."""

    async def wait(self) -> int:
        """The exit code, 128+n for a signal; only after all output was delivered."""

    async def exec(self, program: Program, on_output: OnOutput, *, stdin: bool) -> Process:
        """Run another program beside it; ``CannotStart`` when that is impossible."""


class Backend(Protocol):
    """Runs containers. The daemon keeps their records; a backend may correct a record in ``start`` and ``refresh``."""

    driver: str  # of /info, as Sockerless builds name it: memory or ecs-fargate
    name: str
    missing: tuple[str, ...]  # one sentence per kind of isolation that is not there
    outlives_daemon: bool  # its containers go on when the daemon ends

    async def open(self) -> None:
        """Before the first request."""

    async def close(self) -> None:
        """After the last one: nothing of the backend's is left."""

    async def add_network(self, network: Network) -> None: ...

    async def remove_network(self, network: Network) -> None: ...

    def image(self, reference: str) -> Image | None:
        """What a container is to be made of, for a backend that pulls at the start; None where clients have to pull."""

    async def start(self, container: Container) -> Process:
        """Start and return once it runs; output goes to ``container.output``, addresses into its endpoints.

        ``CannotStart`` when it cannot run, with the exit code and the message that the client gets.
        """

    async def disconnect(self, container: Container, network: Network) -> None:
        """End a running container's connection."""

    async def remove(self, container: Container) -> None:
        """Forget a container that does not run."""

    async def refresh(self, container: Container) -> None:
        """Bring the record up to date before it is shown."""

    async def recover(self, daemon: Daemon) -> list[Container]:
        """The containers that a former daemon left; those that run are to be followed."""

    def lines(self, container: Container, *, follow: bool) -> AsyncIterator[Chunk]:
        """The log as ``Output.lines`` tells it, from wherever it is kept."""
