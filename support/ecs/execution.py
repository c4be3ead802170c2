"""A command in a running container, through the agent (TST-010 AC-14 to AC-17, N-3, N-5, N-6)."""

from __future__ import annotations

import threading

from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.ecs.container import EcsContainer
from support.once import once
from support.thing import succeeded, text_at
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

_CREATES, _STARTS = "TST-010-AC-14", "TST-010-AC-15"


class Execution:
    """An exec from its creation to its exit code; ``reports`` is the criterion that the latter serves."""

    def __init__(self, container: EcsContainer, command: list[str], reports: str) -> None:
        self.lock = threading.RLock()
        self.container = container
        self.driver = container.driver
        self.command = command
        self.reports = reports

    def __str__(self) -> str:
        return f"the exec of {self.command}"

    @once
    def create(self) -> Exchange:
        """``POST /containers/{id}/exec`` (AC-14)."""
        self.container.must_run()
        container = self.container.reference()
        return self.driver.ask(lambda client: client.exec_create(container, self.command), _CREATES, "exec")

    def known_id(self) -> str:
        """The ID that its creation gave; it has no name. Raises ``NotJudged`` where it gave none."""
        given = text_at(self.create(), "Id")
        if not succeeded(self.create()) or not given:
            raise NotJudged(f"there is no {str(self).removeprefix('the ')}: {self.create().line()} ({_CREATES})")
        return given

    @once
    def before_start(self) -> Exchange:
        """Inspected before it starts: it does not run, and has no exit code (N-6)."""
        return self._inspect()

    @once
    def start(self) -> Hijack:
        """``POST /exec/{id}/start`` (AC-15): its hijacked stream, to the end."""
        self.before_start()
        path, body = f"/exec/{self.known_id()}/start", {"Detach": False, "Tty": False}
        stream = self.driver.hijack(path, _STARTS, "exec", {}, body)
        if stream.exchange.status == 101:
            stream.wait_end(self.driver.seconds("stop_timeout"))
        elif not succeeded(stream.exchange):
            self.must_be_there()
        return stream

    def must_be_there(self) -> None:
        """Raises ``NotJudged`` where nothing is known by the ID that its creation gave."""
        seen = self.before_start()
        if seen.status == 404:
            raise NotJudged(f"there is no {str(self).removeprefix('the ')}: {seen.line()} ({_CREATES})")

    def must_have_started(self) -> None:
        """Raises ``NotJudged``, with the start's answer, where it was refused."""
        started = self.start().exchange
        if started.status not in (101, 200):
            raise NotJudged(f"{self} was not started: {started.line()} ({_STARTS})")

    @once
    def after_end(self) -> Exchange:
        """Inspected as soon as it does not run any more, or is shown no more (AC-16, AC-17). Raises ``TimedOut``."""
        self.must_have_started()

        def has_ended() -> Seen[Exchange]:
            seen = self._inspect()
            runs = seen.body.get("Running") if isinstance(seen.body, dict) else None
            return done(seen) if seen.status != 200 or runs is False else not_yet(f"Running {runs!r}: {seen.line()}")

        within = self.driver.seconds("stop_timeout")
        return until(has_ended, f"{self} to be over", within)

    @once
    def long_after_end(self) -> Exchange:
        """Inspected again: an exit code lasts."""
        self.after_end()
        return self._inspect()

    def _inspect(self) -> Exchange:
        execution = self.known_id()
        return self.driver.observe(lambda client: client.exec_inspect(execution), self.reports)
