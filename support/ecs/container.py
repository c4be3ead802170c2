"""One container on Fargate: the exchanges that a client has with it, each made once, and the task behind it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support.api.recording import Exchange, labelled
from support.aws.errors import NotObservable
from support.clock import steady_time
from support.container import EXITED, NEVER_STARTED, Container, Plan, status_of
from support.driver import Driver
from support.ecs.state_log import StateLog
from support.once import once
from support.run import ANSWER_SLACK, Run
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, never, not_yet, until

if TYPE_CHECKING:
    from support.aws.backend import AwsBackend
    from support.aws.fargate import Task

_NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")
_CLOCK_SLACK = 0.5  # seconds by which AWS's clock and ours may differ
_CLOCK_RESOLUTION = 2.0  # seconds, where nothing but the clocks says it
_TASK_APPEARS = 30.0  # seconds from a start's answer until the task can be described at the latest


@dataclass(frozen=True)
class EcsPlan(Plan):
    """``stdout`` and ``stderr`` are the lines that it writes to each."""

    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()


class PulledImage:
    """An image that is pulled before the first create: on ECS the task pulls, so any answer is fine."""

    def __init__(self, run: Run, name: str) -> None:
        self.lock = threading.RLock()  # of its own: several containers are created from it side by side
        self.name = name
        self._run = run

    @once
    def pull(self) -> Exchange:
        """``POST /images/create``."""
        name, _, tag = self.name.rpartition(":")
        within = self._run.settings.seconds("pull_timeout")
        with labelled(criterion="TST-010-AC-03", observes=True):
            return self._run.api.ask(lambda client: client.pull(name, tag=tag), within)


class EcsContainer(Container):
    """A container whose task is watched in AWS; each has a driver of its own, for they work side by side."""

    plan: EcsPlan
    start_slack = ANSWER_SLACK  # a start blocks until the task runs (AC-4)

    def __init__(self, driver: Driver, plan: EcsPlan, image: PulledImage, log: StateLog) -> None:
        super().__init__(driver, driver.ledger.name(f"ecs-{plan.role}"), plan)
        self.image = image
        self.log = log

    @property
    def aws(self) -> AwsBackend:
        """The AWS side of its target."""
        assert self.driver.aws is not None
        return self.driver.aws

    # --- create and start -----------------------------------------------------------------------------------------

    def inspect(self, reference: str = "") -> Exchange:
        began = steady_time()
        seen = super().inspect(reference)
        self.log.record(self, seen, began)
        return seen

    @once
    def create(self) -> Exchange:
        """``POST /containers/create`` (AC-3)."""
        self.image.pull()
        self.driver.ledger.expect("container", self.name)
        return self.driver.ask(self._create, self.plan.creates, self.plan.role)

    def _create(self, client: Any) -> Any:
        return client.create_container(
            self.plan.image,
            self.plan.command,
            name=self.name,
            labels=self.labels,
            environment=self.plan.environment or None,
            use_config_proxy=False,
        )

    @once
    def was_started(self) -> bool:
        """Whether AWS has a task of it, where its start was accepted, or has seen one run, where it was refused.

        Where no task can be seen, what its start says.
        """
        if succeeded(self.start()):
            try:
                return bool(self._appearing_task())
            except (NotJudged, TimedOut) as error:
                return isinstance(error, NotJudged)
        with suppress(NotJudged):
            self.aws.watch.update()
        return any(has_run(task) for task in self.tasks())

    def must_run(self) -> None:
        """Raises ``NotJudged`` where it was not started, or was said to be and neither daemon nor AWS has it run."""
        super().must_run()
        if not self.tasks() and status_of(self.inspect()) == NEVER_STARTED:
            raise NotJudged(f"{self} does not run, though {self.start().line()} ({self.plan.starts})")

    def tasks(self) -> list[Task]:
        """Its tasks as AWS described them last."""
        return self.aws.watch.of(self.known_id) if self.known_id else []

    @once
    def _appearing_task(self) -> Task:
        """Raises ``TimedOut`` where none appears, ``NotObservable`` where AWS refuses."""
        within = self.driver.at_most(_TASK_APPEARS * self.driver.settings.deadline_scale)
        return self.aws.watch.task_of(self.known_id or self.reference(), within)

    def task(self) -> Task:
        """The Fargate task behind it. Raises ``NotObservable`` where AWS refuses."""
        self.must_run()
        return self._appearing_task()

    @once
    def start_problems(self) -> list[str]:
        """AC-4: by how much the start's answer came before the task was RUNNING, and where else than on Fargate it is.

        What counts is AWS's time of its start. The two clocks are compared by whole seconds only, so an answer that is
        early by less must have been seen to be: by a description after it that found the task on its way.
        """
        try:
            task = self._appearing_task() if succeeded(self.start()) else self.task()
        except NotObservable as error:
            self.driver.note(str(error))
            return []
        within = self.driver.seconds("start_timeout")
        started = until(self._started_at, f"the task of {self} to start", within)
        since_answer = self.up_by.elapsed
        answered, answered_on_the_clock = time.monotonic() - since_answer, steady_time() - since_answer
        first = next((status for status, at in task.statuses if at >= answered), task.status)
        slack = _CLOCK_SLACK if first in _NOT_YET_RUNNING else _CLOCK_RESOLUTION
        early = started.timestamp() - (answered_on_the_clock + self.aws.account.clock_ahead)
        problems = [f"the answer came {early:.1f} s before the task ran: {task.history()}"] if early > slack else []
        return problems + ([f"it runs on {task.is_elsewhere}: {task.history()}"] if task.is_elsewhere else [])

    def _started_at(self) -> Seen[datetime]:
        task = self._appearing_task()
        started = task.seen.get("startedAt")
        if started is None:
            self.aws.watch.must_see()
        return done(started) if started is not None else not_yet(task.status)

    @once
    def misplacements(self) -> list[str]:
        """AC-2: how its task lies elsewhere than the variables say; its interface goes when it stops."""
        return self.driver.facts(self.aws.misplacements(self.task()))

    # --- end ------------------------------------------------------------------------------------------------------

    @once
    def own_end(self) -> Exchange:
        """Inspected as soon as it has exited by itself, or is shown no more (AC-6).

        Raises ``TimedOut`` or ``NeverHappens`` where it is never reported, and ``NotJudged`` where its start was
        refused and it is ``created``: it did not run.
        """
        has_begun, patience = self.was_started(), self.driver.settings.seconds("stop_timeout")

        def has_exited() -> Seen[Exchange]:
            seen = self.inspect()
            status = status_of(seen)
            if seen.status != 200 or status == EXITED:
                return done(seen)
            if not has_begun and status == NEVER_STARTED:
                raise NotJudged(f"{self} did not run: {self.start().line()} ({self.plan.starts})")
            now = f"{status} ({self._task_status()})"
            return never(f"{now} for {patience:g} s") if self.stopped_for() > patience else not_yet(now)

        within = self.driver.seconds("start_timeout")
        return until(has_exited, f"{self} to exit by itself", within)

    def has_stopped(self) -> bool:
        """Whether AWS has seen its tasks stop, at least one."""
        tasks = self.tasks()
        return bool(tasks) and all(task.status == "STOPPED" for task in tasks)

    def stopped_for(self) -> float:
        """Seconds since AWS was first seen to have its task STOPPED; 0 where it has not."""
        seen = [at for task in self.tasks() for status, at in task.statuses if status == "STOPPED"]
        return time.monotonic() - min(seen) if seen and self.has_stopped() else 0.0

    def _task_status(self) -> str:
        tasks = self.tasks()
        return tasks[-1].status if tasks else "no task seen"


def has_run(task: Task) -> bool:
    """Whether AWS has seen it run."""
    return bool(task.seen.get("startedAt")) or any(status == "RUNNING" for status, _ in task.statuses)
