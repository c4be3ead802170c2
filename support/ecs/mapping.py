"""Which Docker state the daemon tells while a task has which status (TST-010, "Container state mapping").

A daemon's word counts only if the task had the same status before and after it: what changed in between proves nothing.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from support.runner.container import status_of
from support.verdicts import NotJudged

if TYPE_CHECKING:
    from support.ecs.cast import EcsCast

Pair = tuple[str, str]


class Mapping:
    """Looks at each container between two looks at its task. ``pairs`` are (task status, Docker state), each once."""

    def __init__(self, cast: EcsCast) -> None:
        self._cast = cast
        self._lock = threading.Lock()
        self._told: dict[str, Pair] = {}
        self._pairs: dict[str, list[Pair]] = {}
        cast.watch.after_each_look = self._between_looks

    def pairs(self, purpose: str = "") -> list[Pair]:
        """What was seen of one container, or of all."""
        with self._lock:
            found = [pair for name, pairs in self._pairs.items() if purpose in ("", name) for pair in pairs]
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Look no more."""
        self._cast.watch.after_each_look = lambda: None

    def _between_looks(self) -> None:
        for container in self._cast.members:
            purpose = container.plan.purpose
            task = container.task_status() if container.known_id else ""
            before = self._told.pop(purpose, None)
            if before is not None and before[0] == task:
                with self._lock:
                    self._pairs.setdefault(purpose, []).append(before)
            settled = ("STOPPED", "exited") in self.pairs(purpose)
            if container.known_id and task.isupper() and not settled:
                with suppress(NotJudged):
                    seen = container.look(container.known_id)
                    if seen.status == 200:
                        self._told[purpose] = (task, status_of(seen))
