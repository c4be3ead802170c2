"""The suite as ``./acceptance`` starts it, each time in a process of its own, forked from one that has imported it.

Importing is a sixth of a run's processor time, and runs go by the hundred; those that the suite makes of itself are
shorter, and go by the hundred too.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from pathlib import Path

from support import cli

# What a run imports, at the latest when its steps are loaded; one that is not here is only slower.
_IMPORTED = (
    "behave.reporter.summary",
    "environment",
    "hamcrest",
    "support.aws.opening",
    "support.ecs.suite_runs",
    "support.ecs.work",
    "support.report.launching",
    "support.report.runner",
)
_KILLED_WITHIN = 10.0  # seconds
# An exit code can be read once, and who starts a process asks for those of all others as well.
_ASKING = threading.Lock()
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(list(_IMPORTED))


class Suite:
    """One run, which goes on from the beginning; ``environment`` is its whole one, ``console`` takes what it prints."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str], console: Path) -> None:
        self._process = _FORKING.Process(target=_run, args=(arguments, dict(environment), console))
        resource_tracker.ensure_running()  # it lets signals through where it is started
        # A Ctrl-C is passed to each by us, once: it has to clean up; and what they are forked from may be importing.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _ASKING:
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    async def ended(self, within: float) -> int:
        """The exit code, negative for a signal. Raises ``TimeoutError`` where it goes on after so many seconds."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, readable.set)
        try:
            await asyncio.wait_for(readable.wait(), within)
        finally:
            loop.remove_reader(self._process.sentinel)
        return self._exit_code()

    def over(self, within: float) -> int:
        """The same for a thread without an event loop."""
        if not wait([self._process.sentinel], within):
            raise TimeoutError(f"it goes on after {within:g} s")
        return self._exit_code()

    def _exit_code(self) -> int:
        with _ASKING:
            self._process.join()
            assert self._process.exitcode is not None
            return self._process.exitcode

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        with _ASKING:
            return self._process.is_alive()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()


def own_run(arguments: tuple[str, ...], environment: Mapping[str, str], within: float) -> tuple[int, str]:
    """The launcher of the suite's runs of itself, which are forked as well."""
    with tempfile.TemporaryDirectory(prefix="falsify-own-") as folder:
        console = Path(folder) / "console.txt"
        suite = Suite(arguments, environment, console)
        try:
            return suite.over(within), console.read_text(encoding="utf-8", errors="replace")
        finally:
            if suite.is_running:
                suite.kill()
                suite.over(_KILLED_WITHIN)


def _run(arguments: tuple[str, ...], environment: dict[str, str], console: Path) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with console.open("wb") as output, Path(os.devnull).open("rb") as nothing:
        for descriptor, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), descriptor)
    sys.argv = ["./acceptance", *arguments]
    sys.exit(cli.run(own_run))
