"""Which Docker state the daemon tells while a task has which status (TST-010, "Container state mapping").

A daemon's word counts only if the task had the same status before and after it: what changed in between proves nothing.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from support.runner.container import status_of
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.aws.fargate import Task
    from support.ecs.cast import EcsCast
    from support.ecs.container import EcsContainer

_TRIES = 3  # for a status that changes meanwhile

Pair = tuple[str, str]


class Mapping:
    """Looks at each container between two looks at its task. ``pairs`` are (task status, Docker state), each once."""

    def __init__(self, cast: EcsCast) -> None:
        self._cast = cast
        self._lock = threading.Lock()
        self._pairs: dict[str, list[Pair]] = {}
        cast.watch.after_each_look = self._between_looks

    def pairs(self, purpose: str = "") -> list[Pair]:
        """What was seen of one container, or of all."""
        with self._lock:
            found = [pair for name, pairs in self._pairs.items() if purpose in ("", name) for pair in pairs]
        return list(dict.fromkeys(found))

    def settle(self, purpose: str, within: float) -> None:
        """Until a container was seen after its task had stopped; what is missing then shows in the pairs."""

        def is_settled() -> Seen[bool]:
            seen = self.pairs(purpose)
            return done(True) if any(status == "STOPPED" for status, _ in seen) else not_yet(f"seen: {seen}")

        with suppress(TimedOut):
            until(is_settled, f"the {purpose} container to be seen stopped", within)

    def close(self) -> None:
        """Look no more."""
        self._cast.watch.after_each_look = lambda: None

    def _between_looks(self) -> None:
        """Ask the daemon about each container whose task is not known to have ended, between two looks at the task."""
        for container in self._cast.members:
            found = self._cast.watch.of(container.known_id) if container.known_id else []
            if found and not self._is_settled(container.plan.purpose):
                with suppress(NotJudged):
                    self._hold_against(container, found[-1])

    def _hold_against(self, container: EcsContainer, task: Task) -> None:
        for _ in range(_TRIES):
            before = task.status
            seen = container.look(container.known_id)
            self._cast.watch.look_at([task.arn])
            if task.status == before and seen.status == 200:
                with self._lock:
                    self._pairs.setdefault(container.plan.purpose, []).append((before, status_of(seen)))
                return

    def _is_settled(self, purpose: str) -> bool:
        """Whether nothing new can be seen: the task has stopped, and the container is told to have exited."""
        return ("STOPPED", "exited") in self.pairs(purpose)
