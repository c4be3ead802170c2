"""A container that something happens to."""

from __future__ import annotations

import threading
from typing import Any

from support.api.client import posted, raw_call
from support.api.recording import Exchange
from support.cleanup.inventory import inspection
from support.container import RUNS, Container, Plan, status_of
from support.driver import Driver
from support.once import once
from support.run import ANSWER_SLACK
from support.waiting import Seen, done, not_yet, until

IMAGE = "alpine:latest"
LABEL = "sockerless-acceptance.drift"  # has a container's own name as its value
FOR_EVER = ["sh", "-c", "trap 'exit 143' TERM; sleep 600 & wait"]
LATER = "later"  # a moment


class PulledImage:
    """An image that is pulled before a container of it is created; what becomes of that, the creation says."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.lock: threading.RLock = driver.lock
        self.driver, self.name = driver, name

    def send_pull(self, criterion: str) -> Exchange:
        """``POST /images/create``."""
        name, _, tag = self.name.rpartition(":")
        within = self.driver.seconds("pull_timeout")
        return self.driver.ask(posted("/images/create", None, fromImage=name, tag=tag), criterion, "image", within)

    def inspect(self, criterion: str) -> Exchange:
        """``GET /images/{name}/json``."""
        return self.driver.observe(inspection("image", self.name), criterion)


class DriftContainer(Container):
    """``role`` is what distinguishes it from the others; ``criterion`` is what its calls serve."""

    start_slack = ANSWER_SLACK  # on ECS a start blocks until the task runs

    def __init__(self, driver: Driver, role: str, command: list[str], criterion: str, image: str = IMAGE) -> None:
        name = driver.ledger.name(f"drift-{role}")
        plan = Plan(role, image, command, {LABEL: name}, criterion, criterion)
        super().__init__(driver, name, plan)
        self.listed_at = "/containers/json"
        self.image = PulledImage(driver, image)

    @once
    def create(self) -> Exchange:
        """``POST /containers/create``."""
        self.image.send_pull(self.criterion)
        self.driver.ledger.expect("container", self.name)
        return self.driver.ask(self._create, self.plan.creates, self.plan.role)

    def _create(self, client: Any) -> Any:
        body = {"Image": self.plan.image, "Cmd": self.plan.command, "Labels": self.labels}
        return posted("/containers/create", body, name=self.name)(client)

    @once
    def running(self) -> Exchange:
        """Inspected once it runs. Raises ``TimedOut``."""
        self.must_run()

        def runs() -> Seen[Exchange]:
            seen = self.inspect()
            return done(seen) if status_of(seen) == RUNS else not_yet(status_of(seen))

        return until(runs, f"{self} to run", self.driver.seconds("start_timeout"))

    @once
    def destroyed(self) -> Exchange:
        """The delete by force that ends it, and is another client's: each call has a connection of its own."""
        return self.send_delete(self.criterion)

    @once
    def wait_answer(self) -> Exchange:
        """The answer of a wait that is sent when it is over."""
        container = self.reference()
        call = raw_call("POST", f"/containers/{container}/wait", condition="not-running")
        return self.driver.ask(call, self.criterion, self.plan.role)

    @once
    def long_after(self) -> Exchange:
        """Inspected at least a second after its last exchange."""
        self.driver.let_a_second_pass()
        return self.at(LATER)


def state_of(inspected: Exchange) -> dict[str, Any]:
    """``State`` of an inspection; empty where it has none."""
    state = inspected.body.get("State") if isinstance(inspected.body, dict) else None
    return state if isinstance(state, dict) else {}
