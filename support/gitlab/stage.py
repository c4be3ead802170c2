"""One execution of a container as GitLab Runner drives each stage of a job: attach, start, script, end, wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

from support.api.client import Pending
from support.api.frames import STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import EXITED, status_of
from support.driver import quietly
from support.gitlab.container import JobContainer
from support.once import once
from support.thing import succeeded
from support.verdicts import NotJudged

_SCRIPT_WITHIN = 60.0  # seconds for some megabytes of script, and for output to begin


class Stage:
    """A container's start, its first one or, ``after`` another stage, a later one.

    What ``script`` gives goes to its stdin in one piece after the start, and the end of file with it. ``lasts`` are the
    seconds that it takes by itself, ``name`` is what messages add to the container's (`` for the second time``).
    """

    def __init__(
        self,
        container: JobContainer,
        script: Callable[[], str],
        after: Stage | None = None,
        lasts: float = 0.0,
        name: str = "",
    ) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self.script = script
        self.name = name
        self._after = after
        self._lasts = lasts
        self._driver = container.driver

    @once
    def attach(self) -> Hijack:
        """The attach, to what has not been started yet or has exited."""
        if self._after is None:
            return self.container.attach()
        seen = self._after.afterwards()
        if status_of(seen) != EXITED:
            raise NotJudged(f"only what has exited is started again: {seen.line()}")
        return self.container.send_attach()

    @once
    def start(self) -> Exchange:
        """The start, after the attach."""
        attached = self.attach().exchange
        if attached.status != 101:
            raise NotJudged(f"nothing is attached to {self.container}: {attached.line()}")
        if self._after is None:
            return self.container.start()
        return self.container.send_start()

    def must_run(self) -> None:
        """Raises ``NotJudged``, with the start's answer, where it was refused."""
        if not succeeded(self.start()):
            raise NotJudged(f"{self.container} was not started{self.name}: {self.start().line()}")

    @once
    def stream(self) -> Hijack:
        """The attached stream, once the script and the end of file were written to it."""
        self.must_run()
        stream = self.attach()
        try:
            stream.write(self.script().encode(), self._driver.at_most(_SCRIPT_WITHIN * self._scale))
        finally:
            stream.half_close()
        return stream

    @once
    def wait(self) -> Pending:
        """A wait for its end, sent while it may run."""
        quietly(self.stream)
        self.must_run()
        return self.container.send_wait()

    @once
    def output_ended(self) -> bool:
        """Whether the daemon closed the stream in the time that the script and a container's end have."""
        quietly(self.wait)
        return self.stream().wait_end(self._driver.at_most(self._lasts) + self._driver.stop_within())

    @once
    def answer(self) -> Exchange:
        """The wait's answer."""
        self.output_ended()
        return self.wait().answer(self._driver.stop_within())

    @once
    def afterwards(self) -> Exchange:
        """Inspected after the wait was answered, or should have been."""
        self.must_run()
        quietly(self.answer)
        return self.container.inspect()

    def says(self, text: str, within: float = _SCRIPT_WITHIN) -> bool:
        """Whether a text has come on its stdout in time."""
        wanted = text.encode()
        stream = self.stream()
        return stream.wait_for(lambda: wanted in stream.output(STDOUT), self._driver.at_most(within * self._scale))

    def value(self, key: str) -> str:
        """What its script has printed as ``key=value``. Raises ``NotJudged`` where it prints no such line."""
        stream = self.stream()

        def lines() -> list[bytes]:
            whole, _, _ = stream.output(STDOUT).rpartition(b"\n")
            return [line for line in whole.splitlines() if line.startswith(f"{key}=".encode())]

        if not stream.wait_for(lambda: bool(lines()), self._driver.at_most(self._lasts + self._driver.stop_within())):
            raise NotJudged(f"{self.container}'s script did not come so far{self.name}: {stream.describe()}")
        return lines()[0].decode("utf-8", "replace").removeprefix(f"{key}=")

    @property
    def _scale(self) -> float:
        return self._driver.settings.deadline_scale
