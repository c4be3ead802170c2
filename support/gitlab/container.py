"""One container of a job: every exchange that the runner has with it, once, and the suite's own looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.api.client import Pending, wire
from support.api.frames import decode, joined
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.gitlab.resources import Image, need, text_at
from support.once import once
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, TimedOut, done, never, not_yet, until

if TYPE_CHECKING:
    from support.gitlab.job import Job

NEVER_STARTED = "created"


@dataclass(frozen=True)
class Criteria:
    """The criteria that a container's calls serve; several may be one (AC-15 is the helper's whole flow)."""

    create: str
    attach: str
    start: str
    wait: str
    kill: str = "TST-011-AC-16"
    disconnect: str = "TST-011-AC-17"
    remove: str = "TST-011-AC-18"


@dataclass(frozen=True)
class Role:
    """What a container is to its job."""

    name: str
    criteria: Criteria
    image: Image
    command: list[str] | None
    attaches: bool
    aliases: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


class JobContainer:
    """The service, build or helper container of a job."""

    def __init__(self, job: Job, role: Role) -> None:
        self.lock = job.lock
        self.job = job
        self.role = role
        self.name = f"runner-{job.guid}-{role.name}"
        self.labels = job.labels(type=role.name)
        self._up_by = Deadline(0.0)  # set when its start is answered

    def __str__(self) -> str:
        return f"the {self.role.name} container"

    # --- create ---------------------------------------------------------------------------------------------------

    @once
    def creation(self) -> Exchange:
        """``POST /containers/create``: on the job's network, with the job's volumes (AC-6, AC-9, AC-14)."""
        job, role = self.job, self.role
        role.image.need_there()
        need(job.network.creation, 201, "TST-011-AC-04")
        for volume in job.volumes:
            need(volume.creation, 201, "TST-011-AC-05")
        job.ledger.expect("container", self.name)
        with job.acting(role.criteria.create, self.role.name):
            return job.ask(self._create)

    def _create(self, client: Any) -> Any:
        role, network = self.role, self.job.network.name
        return client.create_container(
            role.image.reference,
            role.command,
            name=self.name,
            labels=self.labels,
            environment=role.environment or None,
            stdin_open=role.attaches,
            host_config=client.create_host_config(binds=self.job.binds_of(role.name), network_mode=network),
            networking_config=client.create_networking_config(
                {network: client.create_endpoint_config(aliases=role.aliases or None)}
            ),
            use_config_proxy=False,
        )

    @once
    def as_created(self) -> Exchange:
        """Inspect right after the creation, before anything else is done with it."""
        return self.look(text_at(need(self.creation, 201, self.role.criteria.create), "Id", self.role.criteria.create))

    @once
    def id(self) -> str:
        """The ID that the daemon gave, once it is known to be this container's: nobody else's is ever touched."""
        seen = self.as_created
        if not isinstance(seen.body, dict) or not self.job.ledger.owns(seen.body):
            criterion = self.role.criteria.create
            raise NotJudged(f"it stands on {criterion}: the ID is not of {self}: {seen.line()}")
        container = text_at(self.creation, "Id", self.role.criteria.create)
        self.job.ledger.identify(container)
        return container

    # --- look -----------------------------------------------------------------------------------------------------

    def look(self, reference: str = "") -> Exchange:
        """Inspect it, by ID unless ``reference`` says otherwise; volumes of its own are noted for the clean-up."""
        container = reference or self.id
        seen = self.job.observe(lambda client: client.inspect_container(container), self.role.criteria.create)
        self._own_volumes(seen)
        return seen

    def _own_volumes(self, seen: Exchange) -> list[str]:
        """The volumes of its own that an inspect tells: the daemon made them for the image's ``VOLUME``s."""
        mounts = seen.body.get("Mounts") if isinstance(seen.body, dict) and self.job.ledger.owns(seen.body) else None
        told = [mount.get("Name") for mount in mounts if isinstance(mount, dict)] if isinstance(mounts, list) else []
        return [name for name in told if isinstance(name, str) and self.job.ledger.expect_anonymous(name)]

    def status(self) -> str:
        """``State.Status`` now; what else came instead, in words."""
        return status_of(self.look())

    # --- attach, start, wait --------------------------------------------------------------------------------------

    @once
    def attachment(self) -> Hijack:
        """The attach before the start (AC-10)."""
        return self.attach()

    def attach(self) -> Hijack:
        """``POST /containers/{id}/attach``."""
        container = self.id
        query = {"stdin": "true", "stdout": "true", "stderr": "true", "stream": "true"}
        with self.job.acting(self.role.criteria.attach, self.role.name):
            stream = self.job.api.hijack(f"/containers/{container}/attach", query)
        self.job.on_close(stream.close)
        return stream

    @once
    def as_attached(self) -> Exchange:
        """Inspect after the attach and before the start."""
        stream = self.attachment
        need(stream.exchange, 101, self.role.criteria.attach)
        return self.look()

    @once
    def start(self) -> Exchange:
        """The start, after the attach where the container is attached to."""
        if self.role.attaches:
            need(self.as_attached, 200, self.role.criteria.create)
        answer = self.put_start()
        self._up_by = Deadline(self.job.settings.seconds("start_timeout"))
        return answer

    def put_start(self) -> Exchange:
        """``POST /containers/{id}/start``."""
        container, within = self.id, self.job.at_most(self.job.settings.seconds("start_timeout"))
        with self.job.acting(self.role.criteria.start, self.role.name):
            return self.job.ask(lambda client: client.start(container), within)

    @once
    def as_started(self) -> Exchange:
        """Inspect right after the start."""
        need(self.start, 204, self.role.criteria.start)
        return self.look()

    @once
    def when_left_created(self) -> Exchange:
        """Inspect as soon as it is no longer ``created``, as the runner polls its services; its time began with
        the start's answer, and one look is always taken."""
        need(self.start, 204, self.role.criteria.start)

        container = self.id

        def has_left_created() -> Seen[Exchange]:
            with self.job.acting("TST-011-AC-08", self.role.name):
                seen = self.job.ask(lambda client: client.inspect_container(container))
            return not_yet(NEVER_STARTED) if status_of(seen) == NEVER_STARTED else done(seen)

        return until(
            has_left_created,
            f"{self} to leave {NEVER_STARTED!r}",
            self.job.at_most(self._up_by.remaining),
        )

    @once
    def waiting(self) -> Pending:
        """The wait, put after the start (AC-13)."""
        need(self.start, 204, self.role.criteria.start)
        return self.put_wait()

    def put_wait(self) -> Pending:
        """``POST /containers/{id}/wait?condition=not-running``."""
        container = self.id
        with self.job.acting(self.role.criteria.wait, self.role.name):
            return self.job.api.begin(lambda client: client.wait(container, condition="not-running"), "wait")

    # --- end ------------------------------------------------------------------------------------------------------

    @property
    def _is_postgres(self) -> bool:
        return "postgres" in self.role.image.reference

    @once
    def start_up_unseen(self) -> str:
        """Until a PostgreSQL service has written that it listens, so that SIGTERM meets the server, not its set-up.

        A slow machine's set-up takes its time; whose log does not grow any more is waited for no longer.
        What is said in the evidence if it never was: that is no fault of ``kill``.
        """
        within = self.job.at_most(self.job.settings.seconds("start_timeout"))
        if not self._is_postgres:
            return ""
        container, length = self.id, 0
        quiet = Deadline(self.job.settings.seconds("logs_timeout"))

        def listens() -> Seen[str]:
            nonlocal length, quiet
            logs = self.job.observe(
                wire("GET", f"/containers/{container}/logs", stdout="true", stderr="true"), self.role.criteria.kill
            )
            if logs.status != 200:
                return never(logs.line())
            text = b"".join(joined(decode(logs.raw), stream) for stream in (1, 2))
            if b"listening on IPv4" in text:
                return done("")
            if len(text) > length:
                length, quiet = len(text), Deadline(quiet.seconds)
            ends = f"its log ends {text[-80:]!r}"
            return not_yet(ends) if quiet.remaining else never(f"{ends}, and has not grown for {quiet.seconds:g} s")

        try:
            return until(listens, f"{self} to listen", within)
        except (AssertionError, ValueError) as error:
            return f"that the service was past its start-up could not be seen: {error}"

    @once
    def before_kill(self) -> Exchange:
        """Inspect before the kill: only what runs is killed."""
        need(self.start, 204, self.role.criteria.start)
        self.job.note(self.start_up_unseen)
        return self.look()

    @property
    def ends_on_sigterm(self) -> bool:
        """Whether it is known to end by itself when it gets SIGTERM: PostgreSQL that is past its start-up.

        On ECS a kill may be a stop, which ends in SIGKILL after its grace, and a task may end without an exit code.
        """
        return self._is_postgres and not self.start_up_unseen and not self.job.is_on_ecs

    @once
    def kill(self) -> Exchange:
        """``POST /containers/{id}/kill?signal=SIGTERM`` (AC-16)."""
        need(self.before_kill, 200, self.role.criteria.create)
        container = self.id
        with self.job.acting(self.role.criteria.kill, self.role.name):
            return self.job.ask(lambda client: client.kill(container, signal="SIGTERM"))

    @once
    def after_kill(self) -> Exchange:
        """Inspect as soon as it has exited, or is not told any more."""
        need(self.kill, 204, self.role.criteria.kill)

        def has_ended() -> Seen[Exchange]:
            seen = self.look()
            return done(seen) if seen.status != 200 or status_of(seen) == "exited" else not_yet(status_of(seen))

        within = self.job.stop_deadline()
        try:
            return until(has_ended, f"{self} to have exited after SIGTERM", within)
        except TimedOut as error:
            if self.start_up_unseen:  # the shell of PostgreSQL's set-up does not mind SIGTERM
                raise NotJudged(f"{self} was not seen past its start-up when it was killed: {error}") from None
            raise

    @once
    def outlived(self) -> list[str]:
        """What of it still runs on ECS, whatever the daemon tells, before anything else stops it."""
        self.after_kill  # noqa: B018 - it has had its time
        return self.job.outlived(self.id)

    @once
    def stop(self) -> Exchange:
        """The stop before the clean-up: 204, or 304 where it has ended already."""
        return self.put_stop()

    def put_stop(self) -> Exchange:
        """``POST /containers/{id}/stop?t=0``."""
        container = self.id
        with self.job.acting(self.role.criteria.kill, self.role.name):
            return self.job.ask(
                lambda client: client.stop(container, timeout=0),
                self.job.stop_deadline(),
            )

    @once
    def before_disconnection(self) -> Exchange:
        """Inspect before the disconnect, so that the network's absence afterwards means something."""
        return self.look()

    @once
    def disconnection(self) -> Exchange:
        """``POST /networks/{id}/disconnect`` with ``Force: true`` (AC-17)."""
        self.before_disconnection  # noqa: B018 - looked at, and not relied on: the runner disconnects whatever it says
        container, network = self.id, self.job.network.id
        with self.job.acting(self.role.criteria.disconnect, self.role.name):
            return self.job.ask(lambda client: client.disconnect_container_from_network(container, network, force=True))

    @once
    def as_disconnected(self) -> Exchange:
        """Inspect after the disconnect."""
        need(self.disconnection, 200, self.role.criteria.disconnect)
        return self.look()

    @once
    def before_removal(self) -> Exchange:
        """Inspect before the removal, so that its absence afterwards means something."""
        return self.look()

    @once
    def removal(self) -> Exchange:
        """The removal, after looks at what it is to take along (AC-18)."""
        self.before_removal  # noqa: B018 - looked at, and not relied on: the runner deletes whatever it says
        self.job.listed_before  # noqa: B018 - looked at while there is something to list
        self.job.volumes_before  # noqa: B018 - looked at while nothing can have taken them along
        return self.put_removal()

    def put_removal(self) -> Exchange:
        """``DELETE /containers/{id}?force=true&v=true``."""
        container = self.id
        with self.job.acting(self.role.criteria.remove, self.role.name):
            return self.job.ask(wire("DELETE", f"/containers/{container}", force="true", v="true"))

    def volumes_left(self) -> list[Exchange]:
        """A look at each volume of its own that it told before the removal; with it they are to go."""
        return [self.job.look_at_volume(name) for name in self._own_volumes(self.before_removal)]


def status_of(inspect: Exchange) -> str:
    """``State.Status`` of an inspect answer, or what came instead."""
    state: Any = inspect.body.get("State") if isinstance(inspect.body, dict) and inspect.status == 200 else None
    return str(state.get("Status")) if isinstance(state, dict) else inspect.line()
