"""Which Docker state the daemon tells while a task has which status (TST-010, "Container state mapping").

A daemon's word counts only if the task had the same status before and after it: what changed in between proves nothing.
It is forgiven if AWS's own times show that it was true moments before: daemons may look at AWS only so often.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping as Table
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.runner.container import status_of
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.aws.fargate import Task
    from support.ecs.cast import EcsCast
    from support.ecs.container import EcsContainer

_TRIES = 3  # for a status that changes meanwhile
_BEHIND, _BEHIND_SIMULATED = 5.0, 1.5  # seconds that a daemon's word may be behind AWS
_AHEAD, _AHEAD_SIMULATED = 2.0, 0.0  # seconds by which DescribeTasks, or AWS's clock, may be behind what the daemon saw


@dataclass(frozen=True)
class Sighting:
    """What was told at ``at`` (seconds since 1970, by AWS's clock) of a container with this task."""

    task: Task
    status: str
    state: str
    at: float

    def was_true(self, behind: float, ahead: float) -> bool:
        """Whether the state was the task's at any moment so far behind or ahead, by AWS's times of start and stop."""
        started, stopped = (_moment(self.task, name) for name in ("startedAt", "stoppedAt"))
        spans = {
            "created": (0.0, min(started, stopped)),
            "running": (started, stopped),
            "exited": (stopped, float("inf")),
        }
        began, ended = spans.get(self.state, (float("inf"), 0.0))
        return began <= self.at + ahead and self.at - behind < ended

    def __str__(self) -> str:
        return f"{self.status} told as {self.state!r} ({self.task.history()})"


class Mapping:
    """Looks at each container between two looks at its task."""

    def __init__(self, cast: EcsCast) -> None:
        self._cast = cast
        self._lock = threading.Lock()
        self._sightings: dict[str, list[Sighting]] = {}
        cast.watch.after_each_look = self._between_looks

    def states(self) -> set[str]:
        """The states that were told between two equal statuses."""
        with self._lock:
            return {sighting.state for seen in self._sightings.values() for sighting in seen}

    def problems(self, allowed: Table[str, str]) -> list[str]:
        """What was told otherwise than the table from statuses to states says."""
        account = self._cast.aws.account
        behind, ahead = (_BEHIND_SIMULATED, _AHEAD_SIMULATED) if account.endpoint else (_BEHIND, _AHEAD)
        with self._lock:
            found = [sighting for seen in self._sightings.values() for sighting in seen]
        wrong = [each for each in found if allowed.get(each.status) != each.state]
        return list(dict.fromkeys(str(each) for each in wrong if not each.was_true(behind, ahead)))

    def settle(self, purpose: str, within: float) -> None:
        """Until a container was told to have exited after its task had stopped; what is missing then shows."""

        def has_settled() -> Seen[bool]:
            return done(True) if self._is_settled(purpose) else not_yet(f"seen: {self.states()}")

        with suppress(TimedOut):
            until(has_settled, f"the {purpose} container to be told to have exited", within)

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
            at = time.time() + self._cast.aws.account.clock_ahead
            seen = container.look(container.known_id)
            self._cast.watch.look_at([task.arn])
            if task.status == before and seen.status == 200:
                with self._lock:
                    sightings = self._sightings.setdefault(container.plan.purpose, [])
                    sightings.append(Sighting(task, before, status_of(seen), at))
                return

    def _is_settled(self, purpose: str) -> bool:
        """Whether nothing new can be seen: the task has stopped, and the container is told to have exited."""
        with self._lock:
            seen = self._sightings.get(purpose, [])
            return any((each.status, each.state) == ("STOPPED", "exited") for each in seen)


def _moment(task: Task, name: str) -> float:
    """Seconds since 1970; infinitely late where AWS does not tell it (yet)."""
    told = task.seen.get(name)
    return told.timestamp() if told is not None else float("inf")
