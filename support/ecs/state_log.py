"""Which Docker state the daemon reports while a task has which status (TST-010, "Container state mapping").

A state that does not match the status is wrong only if AWS's own times of the task's start and stop do not make it
right: a status may be described late, and daemons may ask AWS only so often.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.api.recording import labelled
from support.background import Background
from support.clock import steady_time
from support.container import EXITED, NEVER_STARTED, RUNS, status_of
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.api.client import DockerApi
    from support.api.recording import Exchange
    from support.aws.backend import AwsBackend
    from support.aws.fargate import Task
    from support.container import Container

_INSPECT_EVERY = 2.0  # seconds at the latest; else whenever the tasks have been described
_ANSWERS_WITHIN = 3.0  # seconds; others are to be asked, too
_JOINED_WITHIN = 15.0  # seconds
_BEHIND, _BEHIND_SIMULATED = 5.0, 1.5  # seconds that a daemon's state may be behind AWS
_AHEAD, _AHEAD_SIMULATED = 2.0, 0.0  # seconds by which DescribeTasks, or AWS's clock, may be behind what the daemon saw
_CLOCK_DOUBT = 1.0  # seconds, where AWS's clock is another: it is compared by whole seconds
_NEVER = float("inf")


@dataclass(frozen=True)
class Observation:
    """A container's state as reported between ``began`` and ``ended`` (seconds since 1970, by AWS's clock).

    ``moment`` is its end on the monotonic clock.
    """

    container: Container
    task: Task
    status: str
    state: str
    began: float
    ended: float
    moment: float

    def was_true(self, behind: float, ahead: float) -> bool:
        """Whether the task was in that state at any moment so far behind or ahead, by its times of start and stop."""
        started, stopping, stopped = (_moment(self.task, name) for name in ("startedAt", "stoppingAt", "stoppedAt"))
        spans = {
            NEVER_STARTED: (0.0, started),  # for ever where it never ran: Docker reports a refused start so
            RUNS: (min(started, stopping), stopped),  # the table has what is on its way to STOPPED so, too
            EXITED: (stopped, _NEVER),
        }
        since, until_then = spans.get(self.state, (_NEVER, 0.0))
        return since <= self.ended + ahead and self.began - behind < until_then

    def __str__(self) -> str:
        return f"{self.status} reported as {self.state!r} ({self.task.history()})"


class StateLog:
    """What the daemon reported of containers whose task is known, to whoever asked; a thread asks as well."""

    def __init__(self, api: DockerApi, aws: AwsBackend) -> None:
        self._api = api
        self._aws = aws
        self._containers: Sequence[Container] = ()
        self._observations: list[Observation] = []
        self._ended = threading.Event()
        self._background = Background()

    def open(self, containers: Sequence[Container]) -> None:
        """Inspect these from now on, as soon as AWS shows a task of theirs, until it has stopped."""
        self._containers = containers
        self._background.begin("state log", self._run)

    def states(self) -> set[str]:
        """The states that were reported."""
        return {each.state for each in list(self._observations)}

    def problems(self, allowed: Mapping[str, str]) -> list[str]:
        """What was reported otherwise than the table from statuses to states says.

        What AWS has described no more since then cannot be compared. Raises ``NotJudged`` where that is all.
        """
        is_simulated = bool(self._aws.account.endpoint)
        behind, ahead = (_BEHIND_SIMULATED, _AHEAD_SIMULATED) if is_simulated else (_BEHIND, _AHEAD)
        wrong = [each for each in list(self._observations) if allowed.get(each.status) != each.state]
        doubt = _CLOCK_DOUBT if self._aws.account.clock_ahead else 0.0
        wrong = [each for each in wrong if not each.was_true(behind + doubt, ahead + doubt)]
        known = [each for each in wrong if each.task.is_known_at(each.moment)]
        if wrong and not known:
            why = self._aws.watch.unseen or self._aws.watch.problem or "AWS described its task no more"
            raise NotJudged(f"whether it was so cannot be seen: {wrong[0]}; {why}")
        return list(dict.fromkeys(map(str, known)))

    def record(self, container: Container, seen: Exchange, began: float) -> None:
        """Take an inspection that began then (seconds since 1970) and is over."""
        ended, ended_here = steady_time(), time.monotonic()
        found = self._aws.watch.of(container.known_id) if container.known_id else []
        if container in self._containers and found and seen.status == 200 and not seen.error:
            ahead = self._aws.account.clock_ahead
            status = found[-1].status_at(ended_here - (ended - began))
            times = (began + ahead, ended + ahead)
            self._observations.append(Observation(container, found[-1], status, status_of(seen), *times, ended_here))

    def settle(self, container: Container, within: float) -> None:
        """Until it is reported as exited after its task has stopped; what is missing then shows."""

        def has_settled() -> Seen[bool]:
            return done(True) if self._is_settled(container) else not_yet(f"reported: {self.states()}")

        with suppress(TimedOut):
            until(has_settled, f"{container} to be reported as {EXITED}", within)

    def close(self) -> None:
        """Inspect no more. Raises ``TimeoutError`` where an inspection does not end."""
        self._ended.set()
        self._background.join(_JOINED_WITHIN)

    def _run(self) -> None:
        watch = self._aws.watch
        while not self._ended.is_set():
            watch.wait_for_update(_INSPECT_EVERY)
            for container in self._containers:
                is_asked = container.known_id and not self._ended.is_set() and watch.of(container.known_id)
                if is_asked and not self._is_settled(container):
                    self._inspect(container)

    def _inspect(self, container: Container) -> None:
        began = steady_time()
        with suppress(NotJudged), labelled(criterion="TST-010-N-02", observes=True):
            seen = self._api.ask(lambda client: client.inspect_container(container.known_id), _ANSWERS_WITHIN)
            self.record(container, seen, began)

    def _is_settled(self, container: Container) -> bool:
        """Whether nothing new can be seen: the task has stopped, and the container is reported as exited."""
        return any(
            each.container is container and (each.status, each.state) == ("STOPPED", EXITED)
            for each in list(self._observations)
        )


def _moment(task: Task, name: str) -> float:
    """Seconds since 1970; infinitely late where AWS does not have it (yet)."""
    moment = task.seen.get(name)
    return moment.timestamp() if moment is not None else _NEVER
