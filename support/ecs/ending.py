"""How a container on Fargate is stopped, and how it is deleted (TST-010 AC-7, AC-8, N-7)."""

from __future__ import annotations

import threading
from contextlib import suppress

from support.api.client import raw_call
from support.api.recording import Exchange
from support.container import EXITED, status_of
from support.driver import quietly
from support.ecs.container import EcsContainer
from support.ecs.moments import BEFORE_STOP
from support.once import once
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

_DELETES = "TST-010-AC-08"
_CONSISTENT_WITHIN = 10.0  # seconds until what one AWS call changed is seen by others


class Stopping:
    """Of a container that would run on; ``criterion`` is what its stop serves."""

    def __init__(self, container: EcsContainer, criterion: str) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self._criterion = criterion
        self._driver = container.driver

    @once
    def stop(self) -> Exchange:
        """``POST /containers/{id}/stop``. Raises ``NotJudged`` where it is refused, and the container had ended."""
        self.container.must_run()
        before, container = self.container.at(BEFORE_STOP), self.container.reference()
        answer = self._driver.ask(
            lambda client: client.stop(container),
            self._criterion,
            self.container.plan.role,
            self._driver.stop_within(),
        )
        if answer.status != 204 and status_of(before) == EXITED and self.container.has_stopped():
            raise NotJudged(f"{self.container} had ended before it was to be stopped: {before.line()}; {answer.line()}")
        return self.container.unless_missing(answer)

    @once
    def after(self) -> Exchange:
        """Inspected as soon as it has exited, or is shown no more. Raises ``TimedOut``."""
        if not succeeded(self.stop()):
            raise NotJudged(f"{self.container} was not stopped: {self.stop().line()} ({self._criterion})")
        return self.container.until_exited("to be stopped")

    @once
    def tasks_running_on(self) -> list[str]:
        """Its tasks that do not stop in the time that they have."""
        self.stop()
        return self._driver.tasks_running_on(self.container.known_id)

    @once
    def tasks_running_again(self) -> list[str]:
        """Its tasks that do not stay stopped, as AWS describes them anew."""
        return self.tasks_running_on() or self._driver.facts(self.container.aws.running_again(self.container.known_id))


class Removal:
    """Of a container that has ended by itself, and of its task definitions."""

    def __init__(self, container: EcsContainer) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self._driver = container.driver

    @once
    def delete(self) -> Exchange:
        """``DELETE /containers/{id}`` (AC-8), which is due only once its command has ended."""
        quietly(self.container.own_end)
        self.container.must_be_there()
        call = raw_call("DELETE", f"/containers/{self.container.reference()}")
        return self.container.unless_missing(self._driver.ask(call, _DELETES, self.container.plan.role))

    def due_delete(self) -> Exchange:
        """The answer. Raises ``NotJudged`` where it is a refusal, and AWS does not have the task stopped."""
        answer = self.delete()
        if not succeeded(answer) and not self.container.has_stopped():
            raise NotJudged(f"{self.container} was not seen to end, so its delete may be refused: {answer.line()}")
        return answer

    @once
    def definitions(self) -> list[str]:
        """Its task definitions that stay ACTIVE, though AWS has had time to say otherwise."""
        self.delete()
        left: list[str] = []

        def are_deregistered() -> Seen[bool]:
            left[:] = self._active_definitions()
            return not_yet(", ".join(left)) if left else done(True)

        within = self._driver.at_most(_CONSISTENT_WITHIN * self._driver.settings.deadline_scale)
        with suppress(TimedOut):
            until(are_deregistered, f"the task definition of {self.container} to be deregistered", within)
        return left

    @once
    def later_definitions(self) -> list[str]:
        """Its task definitions that are ACTIVE later."""
        self.definitions()
        return self._active_definitions()

    def _active_definitions(self) -> list[str]:
        container = self.container
        return self._driver.facts(container.aws.resources.active_definitions(container.known_id or container.name))
