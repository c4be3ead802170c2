"""Which Docker state the daemon tells while a task has which status (TST-010, "Container state mapping").

A word that does not fit the status is wrong only if AWS's own times of the task's start and stop do not make it true: a
status may be told late, and daemons may look at AWS only so often.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping as Table
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.background import Background
from support.gitlab.container import status_of
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.api.recording import Exchange
    from support.aws.fargate import Task
    from support.ecs.cast import EcsCast
    from support.ecs.container import EcsContainer

_LOOK_EVERY = 2.0  # seconds at the latest; else with each look of the watch
_ANSWERS_WITHIN = 3.0  # seconds; others are to be asked, too
_JOINED_WITHIN = 15.0  # seconds
_BEHIND, _BEHIND_SIMULATED = 5.0, 1.5  # seconds that a daemon's word may be behind AWS
_AHEAD, _AHEAD_SIMULATED = 2.0, 0.0  # seconds by which DescribeTasks, or AWS's clock, may be behind what the daemon saw


@dataclass(frozen=True)
class Observation:
    """A container's state as it was told between ``began`` and ``ended`` (seconds since 1970, by AWS's clock)."""

    container: EcsContainer
    task: Task
    status: str
    state: str
    began: float
    ended: float

    def was_true(self, behind: float, ahead: float) -> bool:
        """Whether the task was in that state at any moment so far behind or ahead, by its times of start and stop."""
        started, stopping, stopped = (_moment(self.task, name) for name in ("startedAt", "stoppingAt", "stoppedAt"))
        spans = {
            "created": (0.0, started),  # for ever where it never ran: Docker tells a refused start so
            "running": (min(started, stopping), stopped),  # the table tells what is on its way to STOPPED so, too
            "exited": (stopped, float("inf")),
        }
        since, until_then = spans.get(self.state, (float("inf"), 0.0))
        return since <= self.ended + ahead and self.began - behind < until_then

    def __str__(self) -> str:
        return f"{self.status} told as {self.state!r} ({self.task.history()})"


class Mapping:
    """What the daemon told of containers whose task is known, to whomever; while the task lives, a thread asks, too."""

    def __init__(self, cast: EcsCast) -> None:
        self._cast = cast
        self._sightings: list[Observation] = []
        self._ended = threading.Event()
        self._ahead = Background()
        self._ahead.begin("state mapping", self._run)

    def states(self) -> set[str]:
        """The states that were told."""
        return {sighting.state for sighting in list(self._sightings)}

    def problems(self, allowed: Table[str, str]) -> list[str]:
        """What was told otherwise than the table from statuses to states says."""
        is_simulated = bool(self._cast.aws.account.endpoint)
        behind, ahead = (_BEHIND_SIMULATED, _AHEAD_SIMULATED) if is_simulated else (_BEHIND, _AHEAD)
        wrong = [each for each in list(self._sightings) if allowed.get(each.status) != each.state]
        return list(dict.fromkeys(str(each) for each in wrong if not each.was_true(behind, ahead)))

    def heed(self, container: EcsContainer, seen: Exchange, began: float) -> None:
        """Take an inspect that began then (seconds since 1970) and is over."""
        ended, ended_here = time.time(), time.monotonic()
        found = self._cast.watch.of(container.known_id) if container.known_id else []
        if found and seen.status == 200 and not seen.error:
            ahead = self._cast.aws.account.clock_ahead
            status = found[-1].status_at(ended_here - (ended - began))
            sighting = Observation(container, found[-1], status, status_of(seen), began + ahead, ended + ahead)
            self._sightings.append(sighting)

    def settle(self, purpose: str, within: float) -> None:
        """Until a container is told to have exited after its task has stopped; what is missing then shows."""

        def has_settled() -> Seen[bool]:
            return done(True) if self._is_settled(purpose) else not_yet(f"seen: {self.states()}")

        with suppress(TimedOut):
            until(has_settled, f"the {purpose} container to be told to have exited", within)

    def close(self) -> None:
        """Look no more. Raises ``TimeoutError`` where a look does not end."""
        self._ended.set()
        self._ahead.join(_JOINED_WITHIN)

    def _run(self) -> None:
        watch = self._cast.watch
        while not self._ended.is_set():
            watch.wait_for_update(_LOOK_EVERY)
            for container in self._cast.members:
                is_asked = container.known_id and not self._ended.is_set() and watch.of(container.known_id)
                if is_asked and not self._is_settled(container.plan.purpose):
                    with suppress(NotJudged):
                        container.look(container.known_id, _ANSWERS_WITHIN)

    def _is_settled(self, purpose: str) -> bool:
        """Whether nothing new can be seen: the task has stopped, and the container is told to have exited."""
        told = [(each.status, each.state) for each in list(self._sightings) if each.container.plan.purpose == purpose]
        return ("STOPPED", "exited") in told


def _moment(task: Task, name: str) -> float:
    """Seconds since 1970; infinitely late where AWS does not tell it (yet)."""
    told = task.seen.get(name)
    return told.timestamp() if told is not None else float("inf")
