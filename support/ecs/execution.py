"""A command in a running container, through the agent (TST-010 AC-14 to AC-17)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from support.api.hijack import Hijack
from support.api.recording import Exchange, labelled
from support.gitlab.resources import need, text_at
from support.once import once
from support.waiting import Seen, done, not_yet, until

if TYPE_CHECKING:
    from support.ecs.container import EcsContainer

_CREATES, _STARTS = "TST-010-AC-14", "TST-010-AC-15"


class Execution:
    """An exec from its creation to its exit code; ``reports`` is the criterion that the latter serves."""

    def __init__(self, container: EcsContainer, command: list[str], reports: str) -> None:
        self.lock = threading.RLock()
        self.container = container
        self.command = command
        self.reports = reports

    @once
    def creation(self) -> Exchange:
        """AC-14."""
        need(self.container.start, 204, self.container.plan.starts)
        container = self.container.id
        with labelled(criterion=_CREATES, subject="exec"):
            return self.container.run.api.ask(lambda client: client.exec_create(container, self.command))

    @once
    def before_start(self) -> Exchange:
        """What is told of it before it starts: it does not run and has no exit code."""
        return self._look()

    @once
    def stream(self) -> Hijack:
        """AC-15: its hijacked stream, to the end."""
        need(self.before_start, 200, _CREATES)
        execution = text_at(self.creation, "Id", _CREATES)
        run = self.container.run
        with labelled(criterion=_STARTS, subject="exec"):
            stream = run.api.hijack(f"/exec/{execution}/start", body={"Detach": False, "Tty": False})
        self.container.cast.on_close(stream.close)
        if stream.exchange.status == 101:
            stream.wait_end(run.settings.seconds("stop_timeout"))
        return stream

    @once
    def after_end(self) -> Exchange:
        """AC-16, AC-17: inspect as soon as it does not run any more."""
        need(self.stream.exchange, 101, _STARTS)

        def has_ended() -> Seen[Exchange]:
            seen = self._look()
            runs = seen.body.get("Running") if isinstance(seen.body, dict) else None
            return not_yet(f"Running {runs!r}: {seen.line()}") if runs is not False else done(seen)

        within = self.container.run.settings.seconds("stop_timeout")
        return until(has_ended, f"{' '.join(self.command)!r} to be over", within)

    def _look(self) -> Exchange:
        execution = text_at(need(self.creation, 201, _CREATES), "Id", _CREATES)
        with labelled(criterion=self.reports, subject="exec"):
            return self.container.run.api.ask(lambda client: client.exec_inspect(execution))
