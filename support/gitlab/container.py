"""One container of a job: the exchanges that GitLab Runner has with it, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.api.client import Pending, raw_call
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import NEVER_STARTED, Container, Plan, status_of
from support.driver import Driver
from support.gitlab.image import Image
from support.gitlab.network import Network
from support.gitlab.volume import Volume
from support.once import once
from support.run import ANSWER_SLACK
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

_GRACE = 10.0  # seconds that a container has between a stop and its end, where the stop names none
_STOPS, _DISCONNECTS, _DELETES = "TST-011-AC-16", "TST-011-AC-17", "TST-011-AC-18"

# Moments of a job at which things are inspected.
CREATED, ATTACHED, STARTED, ENDED = "created", "attached", "started", "ended"
BEFORE_CLEAN_UP, DISCONNECTED, BEFORE_DELETES = "before the clean-up", "disconnected", "before the deletes"
DELETED, AT_END = "deleted", "at the end"


Binds = tuple[tuple[Volume, str], ...]  # volumes with the paths where they are mounted


@dataclass(frozen=True)
class JobPlan(Plan):
    """``attaches`` and ``waits`` are the criteria of these calls; a container without them is not attached to.

    ``goes_without``: where its network or a volume could not be created, the container is created without it, and what
    needs that is not judged.
    """

    attaches: str = ""
    waits: str = ""
    aliases: tuple[str, ...] = ()
    binds: Binds = ()
    goes_without: bool = False


class JobContainer(Container):
    """The service, build or helper container of a job, on the job's network and with its volumes."""

    plan: JobPlan

    def __init__(self, driver: Driver, guid: str, plan: JobPlan, image: Image, network: Network) -> None:
        super().__init__(driver, f"runner-{guid}-{plan.role}", plan)
        self.image = image
        self.network = network
        self.needs = (network, *(volume for volume, _ in plan.binds))

    # --- create and start -----------------------------------------------------------------------------------------

    def inspect(self, reference: str = "") -> Exchange:
        seen = super().inspect(reference)
        self.own_volumes(seen)
        return seen

    def own_volumes(self, inspected: Exchange) -> list[str]:
        """The anonymous volumes that the daemon made for it; they are noted for the clean-up (N-26)."""
        return self.driver.expect_volumes_of(inspected.body)

    @once
    def create(self) -> Exchange:
        """``POST /containers/create`` (AC-6, AC-9, AC-14)."""
        self.image.must_be_there()
        if self.plan.goes_without:
            self.needs = tuple(thing for thing in self.needs if thing.is_there())
        for thing in self.needs:
            thing.must_be_there()
        self.driver.ledger.expect("container", self.name)
        return self.driver.ask(self._create, self.plan.creates, self.plan.role)

    def _create(self, client: Any) -> Any:
        plan, network = self.plan, self.network.name if self.network in self.needs else None
        binds = [volume.bound_to(target) for volume, target in plan.binds if volume in self.needs]
        return client.create_container(
            plan.image,
            plan.command,
            name=self.name,
            labels=self.labels,
            environment=plan.environment or None,
            stdin_open=bool(plan.attaches),
            host_config=client.create_host_config(binds=binds, network_mode=network),
            networking_config=client.create_networking_config(
                {network: client.create_endpoint_config(aliases=list(plan.aliases) or None)}
            )
            if network
            else None,
            use_config_proxy=False,
        )

    def must_have_what_it_needs(self) -> None:
        """Raises ``NotJudged`` where it went without its network or a volume."""
        for thing in (self.network, *(volume for volume, _ in self.plan.binds)):
            thing.must_be_there()

    def send_attach(self) -> Hijack:
        """``POST /containers/{id}/attach`` for stdin, stdout and stderr."""
        self.must_be_there()
        query = {"stdin": "true", "stdout": "true", "stderr": "true", "stream": "true"}
        path = f"/containers/{self.reference()}/attach"
        stream = self.driver.hijack(path, self.plan.attaches, self.plan.role, query)
        if stream.exchange.status != 101:
            self.unless_missing(stream.exchange)
        return stream

    @once
    def attach(self) -> Hijack:
        """The attach before the start (AC-10, AC-15)."""
        return self.send_attach()

    def must_be_attached(self) -> None:
        """Raises ``NotJudged``, with the attach's answer, where no stream was handed over."""
        attached = self.attach().exchange
        if attached.status != 101:
            raise NotJudged(f"nothing is attached to {self}: {attached.line()} ({self.plan.attaches})")

    @once
    def was_open_when_started(self) -> bool:
        """Whether the attached stream was open right after the start (AC-11)."""
        self.must_be_attached()
        self.must_run()
        return self.attach().is_open

    @once
    def when_left_created(self) -> Exchange:
        """``GET /containers/{id}/json`` until it is no longer ``created``, as the runner polls its services.

        Its time began with the start's answer; it is inspected at least once. Raises ``TimedOut``.
        """
        self.must_run()
        container = self.reference()

        def has_left_created() -> Seen[Exchange]:
            seen = self.driver.ask(lambda client: client.inspect_container(container), "TST-011-AC-08", self.plan.role)
            return not_yet(NEVER_STARTED) if status_of(seen) == NEVER_STARTED else done(seen)

        return until(has_left_created, f"{self} to leave {NEVER_STARTED!r}", self.driver.at_most(self.up_by.remaining))

    def send_wait(self) -> Pending:
        """``POST /containers/{id}/wait?condition=not-running``."""
        self.must_run()
        container = self.reference()
        return self.driver.begin(
            lambda client: client.wait(container, condition="not-running"), self.plan.waits, self.plan.role
        )

    @once
    def wait(self) -> Pending:
        """The wait, sent after the first start (AC-13, AC-15)."""
        return self.send_wait()

    # --- end ------------------------------------------------------------------------------------------------------

    def send_stop(self) -> Exchange:
        """``POST /containers/{id}/stop?t=0``."""
        self.must_be_there()
        container, within = self.reference(), self.driver.stop_within()
        call = self.driver.ask(lambda client: client.stop(container, timeout=0), _STOPS, self.plan.role, within)
        return self.unless_missing(call)

    def send_stop_without_time(self, criterion: str) -> Exchange:
        """``POST /containers/{id}/stop`` without a time, as the runner sends it to end a job."""
        within = self.driver.at_most(_GRACE + ANSWER_SLACK + self.driver.settings.seconds("exchange_timeout"))
        call = raw_call("POST", f"/containers/{self.reference()}/stop")
        return self.driver.ask(call, criterion, self.plan.role, within)

    @once
    def stop(self) -> Exchange:
        """The stop before the clean-up: 204, or 304 where it has ended already."""
        return self.send_stop()

    @once
    def disconnect(self) -> Exchange:
        """``POST /networks/{id}/disconnect`` with ``Force: true`` (AC-17)."""
        self.must_be_there()
        self.network.must_be_there()
        container, network = self.reference(), self.network.reference()
        answer = self.driver.ask(
            lambda client: client.disconnect_container_from_network(container, network, force=True),
            _DISCONNECTS,
            self.plan.role,
        )
        return self.network.unless_missing(self.unless_missing(answer))

    @once
    def delete(self) -> Exchange:
        """``DELETE /containers/{id}?force=true&v=true`` (AC-18)."""
        return self.send_delete(_DELETES)

    def must_be_deleted(self) -> None:
        """Raises ``NotJudged``, with the delete's answer, where it was refused."""
        if not succeeded(self.delete()):
            raise NotJudged(f"{self} was not deleted: {self.delete().line()} ({_DELETES})")
