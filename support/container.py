"""What every container is asked for: create, inspect, list, start, stop, delete."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.api.client import raw_call
from support.api.recording import Exchange
from support.driver import Driver
from support.once import kept, once
from support.thing import Thing, filtered_list, labelled_list, short, succeeded
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, done, not_yet, until

NEVER_STARTED, RUNS, EXITED = "created", "running", "exited"


@dataclass(frozen=True)
class Plan:
    """What a container is created from, and the criteria that its calls serve.

    ``role`` is what it is to its job (``service``, ``echo``, …); ``command`` is None for the image's own.
    """

    role: str
    image: str
    command: list[str] | None
    labels: dict[str, str]
    creates: str
    starts: str
    environment: dict[str, str] = field(default_factory=dict)


class Container(Thing):
    """One container, by its name; what is asked of it is asked by its ID once the daemon has shown that to be its."""

    kind = "container"
    start_slack = 0.0  # seconds beyond those that a start has in which its answer may still come

    def __init__(self, driver: Driver, name: str, plan: Plan) -> None:
        super().__init__(driver, name, f"the {plan.role} container", plan.creates)
        self.plan = plan
        self.labels = {**plan.labels, **driver.ledger.label}
        self.needs: tuple[Thing, ...] = ()  # what it is created with
        self.up_by = Deadline(0.0)  # set when its first start is answered

    def list_all(self) -> Exchange:
        return labelled_list(self.driver, "/containers/json", self.criterion, all="true")

    def identified(self, identity: str) -> None:
        super().identified(identity)
        self.driver.ledger.identify(identity)

    @once
    def by_prefix(self) -> Exchange:
        """Inspected by the first 12 characters of its ID, as people and the runner write it."""
        return self.inspect(short(self.reference()))

    def listed_by_id(self, moment: str) -> Exchange:
        """The list of what has an ID that begins as its does, at this moment of its job."""
        wanted = {"id": [short(self.known_id or self.reference())]}
        return kept(
            self,
            f"list by ID {moment}",
            lambda: filtered_list(self.driver, "/containers/json", self.criterion, wanted, all="true"),
        )

    # --- start ----------------------------------------------------------------------------------------------------

    def send_start(self) -> Exchange:
        """``POST /containers/{id}/start``."""
        self.must_be_there()
        container = self.reference()
        within = self.driver.at_most(self.driver.settings.seconds("start_timeout") + self.start_slack)
        started = self.driver.ask(lambda client: client.start(container), self.plan.starts, self.plan.role, within)
        for thing in (self, *self.needs):
            thing.unless_missing(started)
        return started

    @once
    def start(self) -> Exchange:
        """The first start."""
        answer = self.send_start()
        self.up_by = Deadline(self.driver.settings.seconds("start_timeout"))
        return answer

    def was_started(self) -> bool:
        """Whether it was: its start says so, or AWS says that its task runs."""
        return succeeded(self.start()) or self.runs_on_aws()

    def runs_on_aws(self) -> bool:
        """Whether AWS shows a RUNNING task of it; False on other backends."""
        aws, container = self.driver.aws, self.known_id
        return bool(aws and container and any(task.status == "RUNNING" for task in aws.watch.of(container)))

    def must_run(self) -> None:
        """Raises ``NotJudged``, with the start's answer, where it was not started."""
        if not self.was_started():
            raise NotJudged(f"{self} does not run: {self.start().line()} ({self.plan.starts})")

    # --- end ------------------------------------------------------------------------------------------------------

    def until_exited(self, what: str) -> Exchange:
        """Inspected as soon as it has exited, or is shown no more. Raises ``TimedOut`` with what was seen."""

        def has_exited() -> Seen[Exchange]:
            seen = self.inspect()
            status = status_of(seen)
            return done(seen) if seen.status != 200 or status == EXITED else not_yet(status)

        return until(has_exited, f"{self} {what}", self.driver.stop_within())

    def send_delete(self, criterion: str) -> Exchange:
        """``DELETE /containers/{id}?force=true&v=true``."""
        self.must_be_there()
        call = raw_call("DELETE", f"/containers/{self.reference()}", force="true", v="true")
        return self.unless_missing(self.driver.ask(call, criterion, self.plan.role))

    def references(self) -> list[str]:
        return list(dict.fromkeys((self.reference(), short(self.reference()), self.name)))


def status_of(inspected: Exchange) -> str:
    """``State.Status`` of an inspection, or what came instead."""
    state = inspected.body.get("State") if isinstance(inspected.body, dict) and inspected.status == 200 else None
    return str(state.get("Status")) if isinstance(state, dict) and state else inspected.line()
