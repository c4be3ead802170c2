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

from support.runner.container import status_of
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.aws.fargate import Task
    from support.ecs.cast import EcsCast
    from support.ecs.container import EcsContainer

_LOOK_EVERY = 2.0  # seconds at the latest; else with each look of the watch
_ANSWERS_WITHIN = 3.0  # seconds; what takes longer tells of no moment
_JOINED_WITHIN = 15.0  # seconds
_BEHIND, _BEHIND_SIMULATED = 5.0, 1.5  # seconds that a daemon's word may be behind AWS
_AHEAD, _AHEAD_SIMULATED = 2.0, 0.0  # seconds by which DescribeTasks, or AWS's clock, may be behind what the daemon saw


@dataclass(frozen=True)
class Sighting:
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
    """Asks the daemon about each container whose task lives, beside the watch that asks AWS, in a thread of its own."""

    def __init__(self, cast: EcsCast) -> None:
        self._cast = cast
        self._sightings: list[Sighting] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state mapping", daemon=True)
        self._thread.start()

    def states(self) -> set[str]:
        """The states that were told."""
        return {sighting.state for sighting in list(self._sightings)}

    def problems(self, allowed: Table[str, str]) -> list[str]:
        """What was told otherwise than the table from statuses to states says."""
        is_simulated = bool(self._cast.aws.account.endpoint)
        behind, ahead = (_BEHIND_SIMULATED, _AHEAD_SIMULATED) if is_simulated else (_BEHIND, _AHEAD)
        wrong = [each for each in list(self._sightings) if allowed.get(each.status) != each.state]
        return list(dict.fromkeys(str(each) for each in wrong if not each.was_true(behind, ahead)))

    def settle(self, purpose: str, within: float) -> None:
        """Until a container is told to have exited after its task has stopped; what is missing then shows."""

        def has_settled() -> Seen[bool]:
            return done(True) if self._is_settled(purpose) else not_yet(f"seen: {self.states()}")

        with suppress(TimedOut):
            until(has_settled, f"the {purpose} container to be told to have exited", within)

    def close(self) -> None:
        """Look no more. Raises ``TimeoutError`` where a look does not end."""
        self._ended.set()
        self._thread.join(_JOINED_WITHIN)
        if self._thread.is_alive():
            raise TimeoutError(f"still at work after {_JOINED_WITHIN:g} s: {self._thread.name}")

    def _run(self) -> None:
        watch = self._cast.watch
        while not self._ended.is_set():
            watch.next_look(_LOOK_EVERY)
            for container in self._cast.members:
                found = watch.of(container.known_id) if container.known_id and not self._ended.is_set() else []
                if found and not self._is_settled(container.plan.purpose):
                    with suppress(NotJudged):
                        self._ask(container, found[-1])

    def _ask(self, container: EcsContainer, task: Task) -> None:
        asked, status = time.time(), task.status_at(time.monotonic())
        seen = container.look(container.known_id, _ANSWERS_WITHIN)
        if seen.status == 200 and not seen.error:
            ahead = self._cast.aws.account.clock_ahead
            sighting = Sighting(container, task, status, status_of(seen), asked + ahead, time.time() + ahead)
            self._sightings.append(sighting)

    def _is_settled(self, purpose: str) -> bool:
        """Whether nothing new can be seen: the task has stopped, and the container is told to have exited."""
        told = [(each.status, each.state) for each in list(self._sightings) if each.container.plan.purpose == purpose]
        return ("STOPPED", "exited") in told


def _moment(task: Task, name: str) -> float:
    """Seconds since 1970; infinitely late where AWS does not tell it (yet)."""
    told = task.seen.get(name)
    return told.timestamp() if told is not None else float("inf")
