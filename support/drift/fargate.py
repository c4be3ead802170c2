"""What happens to Fargate tasks: one is stopped in AWS, and one outlives its daemon."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from support.api.recording import Exchange
from support.drift.container import FOR_EVER, DriftContainer
from support.drift.events import Event
from support.drift.stories import Story
from support.once import once
from support.run import Run
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.fargate import Task


class Stopped(Story):
    """A container whose task is stopped in AWS, and not through the daemon."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "stopped", "DRIFT-11")
        self.container = DriftContainer(self.driver, "stopped", FOR_EVER, "DRIFT-11")
        self.reason = self.driver.ledger.name("stopped-from-outside")

    @once
    def stop(self) -> Task:
        """StopTask; the task that has stopped. Raises ``NotJudged`` where it cannot be seen or stopped."""
        self.container.running()
        aws, container = self.driver.aws, self.container.known_id
        assert aws is not None
        try:
            task = aws.watch.task_of(container, self.driver.seconds("start_timeout"))
            cluster = aws.account.placement.cluster
            aws.account.call("ecs", "stop_task", cluster=cluster, task=task.arn, reason=self.reason)
            running = self.driver.facts(aws.until_ended(container))
        except TimedOut as error:
            raise NotJudged(f"the task of {self.container} could not be stopped in AWS: {error}") from None
        if running:
            raise NotJudged(f"the task of {self.container} does not stop in AWS: {'; '.join(running)}")
        return task

    def reason_of_task(self) -> str:
        """The reason that AWS has."""
        return str(self.stop().seen.get("stoppedReason", self.reason))

    @once
    def ended(self) -> Exchange:
        """Inspected as soon as it has exited. Raises ``TimedOut``."""
        self.stop()
        return self.container.until_exited("to have exited, as its task has")

    @once
    def end_reported(self) -> list[Event]:
        """What ``/events`` reported of its end."""
        self.stop()
        return self.reported(self.container, "die")


class Restarted(Story):
    """A container that runs while its daemon is restarted."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "restarted", "DRIFT-13")
        self.container = DriftContainer(self.driver, "found", FOR_EVER, "DRIFT-13")

    @once
    def restart(self) -> None:
        """The daemon ends and begins anew. Raises ``TargetError`` where it does not come up."""
        self.container.running()
        daemon = self.driver.run.target.restart(self.driver.settings.seconds("command_timeout"))
        self.driver.ledger.expect_daemon(daemon.process.pid, daemon.what, daemon.folder)

    @once
    def found(self) -> Exchange:
        """Inspected by its ID, as soon as the daemon has it again, or its time is over."""
        self.restart()
        seen = self.container.inspect()

        def is_found() -> Seen[bool]:
            nonlocal seen
            seen = self.container.inspect()
            return done(True) if seen.status == 200 else not_yet(seen.line())

        with suppress(TimedOut):  # what was seen last is judged
            until(is_found, f"{self.container} to be found again", self.driver.seconds("exchange_timeout"))
        return seen

    @once
    def found_later(self) -> Exchange:
        """Inspected a second after it was found."""
        self.found()
        return self.container.long_after()

    @once
    def listed(self) -> Exchange:
        """The list of what has the run's label, afterwards."""
        self.found_later()
        return self.container.list_all()

    @once
    def destroyed(self) -> Exchange:
        """Its delete. Raises ``NotJudged`` where it was not found again."""
        if self.found().status != 200:
            raise NotJudged(f"{self.container} was not found again: {self.found().line()} (DRIFT-13)")
        return self.container.destroyed()

    @once
    def gone(self) -> list[Exchange]:
        """Inspected by each of its references afterwards."""
        self.destroyed()
        return self.container.gone_at("deleted")

    @once
    def task_running_on(self) -> list[str]:
        """Its task, where that does not end."""
        self.destroyed()
        return self.driver.tasks_running_on(self.container.known_id)
