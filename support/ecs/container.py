"""One container on Fargate: every exchange with it, once, and the task behind it."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support.api.client import wire
from support.api.frames import STDOUT, Frame, decode, joined
from support.api.recording import Exchange, labelled
from support.aws.fargate import Task
from support.gitlab.resources import need, text_at
from support.once import once
from support.run import ANSWER_SLACK, Run
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, never, not_yet, until

if TYPE_CHECKING:
    from support.ecs.cast import EcsCast

_NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")
_CLOCK_SLACK = 0.5  # seconds by which AWS's clock and ours may differ
_CLOCK_RESOLUTION = 2.0  # seconds, where nothing but the clocks tells
_CLOCKS_GO_ON = 1.1  # seconds
_TASK_APPEARS = 30.0  # seconds from a start's answer until the task can be described at the latest


@dataclass(frozen=True)
class Plan:
    """What a container is created from; ``creates``, ``starts`` and ``tells`` are the criteria that its calls serve.

    ``lines`` is how many it writes in all.
    """

    purpose: str
    command: list[str]
    image: str = "alpine:latest"
    labels: dict[str, str] = field(default_factory=dict)
    creates: str = "TST-010-AC-03"
    starts: str = "TST-010-AC-04"
    tells: str = ""
    lines: int = 0
    environment: dict[str, str] = field(default_factory=dict)


class EcsContainer:
    """A member of the cast."""

    def __init__(self, cast: EcsCast, plan: Plan, run: Run | None = None) -> None:
        self.lock = threading.RLock()
        self.cast = cast
        self.run = run or cast.run
        self.plan = plan
        self.name = self.run.ledger.name(f"ecs-{plan.purpose}")
        self.labels = {**plan.labels, **self.run.ledger.label}
        self.known_id = ""
        self.answered_at = self.answered_on_the_clock = self._stamped_at = 0.0

    def __str__(self) -> str:
        return f"the {self.plan.purpose} container"

    # --- life -----------------------------------------------------------------------------------------------------

    @once
    def creation(self) -> Exchange:
        """``POST /containers/create`` (AC-3). The image is ECS's to pull, but engines want it pulled before."""
        self.cast.pull(self.plan.image)
        self.run.ledger.expect("container", self.name)
        with self._acting(self.plan.creates):
            return self.run.api.ask(
                lambda client: client.create_container(
                    self.plan.image,
                    self.plan.command,
                    name=self.name,
                    labels=self.labels,
                    environment=self.plan.environment or None,
                    use_config_proxy=False,
                )
            )

    @once
    def as_created(self) -> Exchange:
        """Inspect right after the creation."""
        created = need(self.creation, 201, self.plan.creates)
        seen = self.look(text_at(created, "Id", self.plan.creates))
        if isinstance(seen.body, dict) and self.run.ledger.owns(seen.body):
            self.run.ledger.identify(str(seen.body.get("Id")))
        return seen

    @once
    def id(self) -> str:
        """The ID that the daemon gave, once it is known to be this container's."""
        seen, container = self.as_created, text_at(self.creation, "Id", self.plan.creates)
        if not isinstance(seen.body, dict) or not self.run.ledger.owns(seen.body):
            raise NotJudged(f"it stands on {self.plan.creates}: the ID is not of {self}: {seen.line()}")
        self.known_id = container
        return container

    @once
    def start(self) -> Exchange:
        """``POST /containers/{id}/start``, which blocks until the task runs (AC-4)."""
        container = self.id
        self.cast.take_slot(self)
        with self._acting(self.plan.starts):
            answer = self.run.api.ask(
                lambda client: client.start(container), self.run.settings.seconds("start_timeout") + ANSWER_SLACK
            )
        self.answered_at, self.answered_on_the_clock = time.monotonic(), time.time()
        if answer.status != 204:
            self.cast.give_slot(self)
        return answer

    @once
    def as_started(self) -> Exchange:
        """Inspect right after the start."""
        need(self.start, 204, self.plan.starts)
        return self.look()

    @once
    def task(self) -> Task:
        """The Fargate task behind it."""
        need(self.start, 204, self.plan.starts)
        return self.cast.watch.task_of(self.id, _TASK_APPEARS)

    @once
    def after_exit(self) -> Exchange:
        """Inspect as soon as the command's end is told."""
        need(self.start, 204, self.plan.starts)
        seen = self._until_exited(self.run.settings.seconds("start_timeout"), "to exit by itself")
        self.cast.give_slot(self)
        return seen

    @property
    def exited(self) -> Exchange:
        """The same, for what stands on it (AC-6). Raises ``NotJudged`` where its end was never told."""
        try:
            return self.after_exit
        except AssertionError as error:
            raise NotJudged(f"it stands on TST-010-AC-06: {error}") from None

    @once
    def before_stop(self) -> Exchange:
        """Inspect right before the stop: only what runs is stopped."""
        need(self.start, 204, self.plan.starts)
        return self.look()

    @once
    def stop(self) -> Exchange:
        """``POST /containers/{id}/stop`` (AC-7)."""
        need(self.before_stop, 200, self.plan.creates)
        container = self.id
        with self._acting("TST-010-AC-07"):
            return self.run.api.ask(lambda client: client.stop(container), self.run.settings.task_ends_within())

    @once
    def after_stop(self) -> Exchange:
        """Inspect as soon as the stop's effect is told."""
        need(self.stop, 204, "TST-010-AC-07")
        seen = self._until_exited(self.run.settings.task_ends_within(), "to be stopped")
        self.cast.give_slot(self)
        return seen

    @once
    def task_after_stop(self) -> Task:
        """The task once AWS tells that it has stopped."""
        need(self.stop, 204, "TST-010-AC-07")
        return self.until_task_stopped()

    def until_task_stopped(self) -> Task:
        """The task once AWS tells that it has stopped, however that came."""
        task = self.task

        def has_stopped() -> Seen[Task]:
            return done(task) if task.status == "STOPPED" else not_yet(task.status)

        return until(has_stopped, f"the task of {self} to stop", self.run.settings.task_ends_within())

    @once
    def removal(self) -> Exchange:
        """``DELETE /containers/{id}`` (AC-8)."""
        container = self.id
        with self._acting("TST-010-AC-08"):
            answer = self.run.api.ask(wire("DELETE", f"/containers/{container}"))
        self.cast.give_slot(self)
        return answer

    # --- looks ----------------------------------------------------------------------------------------------------

    def look(self, reference: str = "", within: float | None = None) -> Exchange:
        """Inspect it, by ID unless ``reference`` says otherwise."""
        self.cast.check_open()
        container = reference or self.id
        began = time.time()
        with labelled(criterion=self.plan.creates, subject=self.plan.purpose, observes=True):
            seen = self.run.api.ask(lambda client: client.inspect_container(container), within)
        self.cast.mapping.heed(self, seen, began)
        return seen

    def logs(self, criterion: str, **query: str) -> Exchange:
        """``GET /containers/{id}/logs`` with these parameters."""
        container = self.id
        with self._acting(criterion):
            return self.run.api.ask(wire("GET", f"/containers/{container}/logs", **query))

    def start_problems(self) -> list[str]:
        """AC-4: by how much the start's answer came before the task was RUNNING, and where else than on Fargate it is.

        What counts is AWS's time of its start. The two clocks are compared by whole seconds only, so an answer that is
        early by less must have been seen to be: by a look after it that found the task on its way.
        """
        answered = self.answered_at
        task = self.task
        started = until(
            lambda: _started_at(task), f"the task of {self} to start", self.run.settings.seconds("start_timeout")
        )
        first = next((status for status, at in task.statuses if at >= answered), task.status)
        slack = _CLOCK_SLACK if first in _NOT_YET_RUNNING else _CLOCK_RESOLUTION
        on_aws_clock = self.answered_on_the_clock + self.cast.aws.account.clock_ahead
        early = started.timestamp() - on_aws_clock
        problems = [f"the answer came {early:.1f} s before the task ran: {task.history()}"] if early > slack else []
        return problems + ([f"it runs on {task.is_elsewhere}: {task.history()}"] if task.is_elsewhere else [])

    def text_of(self, logs: Exchange) -> bytes:
        """What the frames of a logs answer carry, in their order, whichever stream they are of."""
        return b"".join(frame.payload for frame in self.frames_of(logs))

    def stdout_of(self, logs: Exchange) -> bytes:
        """What the frames of stdout carry."""
        return joined(self.frames_of(logs), STDOUT)

    def frames_of(self, logs: Exchange) -> list[Frame]:
        """The frames of a logs answer. Raises ``AssertionError`` where it carries none of Docker's."""
        try:
            return decode(logs.raw)
        except ValueError as error:
            raise AssertionError(f"{error}\n   shown by: {logs.line()}") from None

    @once
    def told(self) -> Exchange:
        """Its logs on both streams, once all that it wrote was delivered (AC-11, AC-12)."""
        self.exited  # noqa: B018 - all is written by then
        return self.logs_with(self.plan.tells)

    @once
    def held(self) -> list[tuple[datetime, str]]:
        """What CloudWatch holds of what it wrote, whoever asks (AC-11, AC-13); too little as well."""
        task = self.task
        told = set(self.text_of(self.told).decode("utf-8", "replace").splitlines())
        events: list[tuple[datetime, str]] = []

        def are_all_held() -> Seen[bool]:
            events[:] = self.cast.noted(self.cast.aws.delivered(task))
            # What an agent writes comes in the same stream, and may come before.
            missing = told - {message for _, message in events}
            is_all = len(events) >= self.plan.lines and not missing
            return done(True) if is_all else not_yet(f"{events} for {task.definition_arn}")

        with suppress(TimedOut):
            until(are_all_held, f"CloudWatch to hold what {self} wrote", self.run.settings.seconds("logs_timeout"))
        return events

    @property
    def held_lines(self) -> list[str]:
        """The same without the times."""
        return [message for _, message in self.held]

    @once
    def stamped(self) -> Exchange:
        """The same with timestamps (AC-13)."""
        self.told  # noqa: B018 - delivered by then
        answer = self.logs_with("TST-010-AC-13", timestamps="true")
        self._stamped_at = time.monotonic()
        return answer

    @once
    def stamped_again(self) -> Exchange:
        """The same another time, when every clock with seconds has gone on."""
        self.stamped  # noqa: B018 - first

        def has_gone_on() -> Seen[bool]:
            gone = time.monotonic() - self._stamped_at
            return done(True) if gone > _CLOCKS_GO_ON else not_yet(f"{gone:.1f} s")

        until(has_gone_on, "clocks to go on", _CLOCKS_GO_ON + 1.0)
        return self.logs_with("TST-010-AC-13", timestamps="true")

    def logs_with(self, criterion: str, **query: str) -> Exchange:
        """The logs once they have all lines; CloudWatch delivers late, 30 s at most.

        What came by then is judged, too little as well. Docker wants a stream chosen beside everything else.
        """
        last: list[Exchange] = []

        def has_lines() -> Seen[Exchange]:
            answer = self.logs(criterion, stdout="true", stderr="true", **query)
            last.append(answer)
            if answer.status != 200:
                return never(answer.line())
            came = self.text_of(answer)
            return done(answer) if came.count(b"\n") >= self.plan.lines else not_yet(f"so far {came[-200:]!r}")

        what = f"{self.plan.lines} lines in the logs of {self}"
        try:
            return until(has_lines, what, self.run.settings.seconds("logs_timeout"))
        except AssertionError as error:
            self.run.note(str(error))
            if not last:
                raise
            return last[-1]

    def _until_exited(self, within: float, what: str) -> Exchange:
        def has_exited() -> Seen[Exchange]:
            seen = self.look()
            state = seen.body.get("State") if isinstance(seen.body, dict) and seen.status == 200 else None
            status: Any = state.get("Status") if isinstance(state, dict) else seen.line()
            return done(seen) if status == "exited" else not_yet(f"{status} ({self.task_status()})")

        return until(has_exited, f"{self} {what}", within)

    def task_status(self) -> str:
        """The task's last status, as far as one is known: for histories."""
        found = self.cast.watch.of(self.known_id) if self.known_id else []
        return found[-1].status if found else "no task seen"

    def _acting(self, criterion: str) -> AbstractContextManager[None]:
        self.cast.check_open()
        return labelled(criterion=criterion, subject=self.plan.purpose)


def _started_at(task: Task) -> Seen[datetime]:
    started = task.seen.get("startedAt")
    return done(started) if started is not None else not_yet(task.status)
