"""The seam between a task's life and the program that it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

OnOutput = Callable[[int, bytes], None]  # stream (1 stdout, 2 stderr) and what was written


class FailedToStart(Exception):
    """The task cannot run; the text is AWS's reason, such as ``CannotPullContainerError: …``."""


class Running(Protocol):
    """A container that runs."""

    async def wait(self) -> int:
        """The exit code, 128+n for a signal; only after all output was delivered."""

    def signal(self, number: int) -> None:
        """As ``kill -number`` of its first process."""


class Launcher(Protocol):
    """Runs the one container of a task."""

    async def start(self, definition: dict[str, Any], task: dict[str, Any], on_output: OnOutput) -> Running:
        """Run the first container definition of ``definition`` for ``task`` (both in AWS's shapes).

        ``FailedToStart`` where its image or its command is not there.
        """
