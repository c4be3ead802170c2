"""A CI job as GitLab Runner's docker executor drives it: network, volumes, images, service, build and helper."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from support.api.client import Call, wire
from support.api.head import ask_by_head
from support.api.recording import Exchange, labelled
from support.gitlab.container import Criteria, JobContainer, Role
from support.gitlab.conversation import Conversation
from support.gitlab.resources import Image, Network, Volume
from support.once import once
from support.run import Run
from support.verdicts import NotJudged
from support.waiting import Deadline

BUILD_IMAGE = "alpine:latest"
ALIASES = ["postgres", "db"]
BUILD_SCRIPT = 'echo "build-output"\nexit 0\n'
HELPER_SCRIPT = "echo helper-output"
_RUNNER_LABELS = "com.gitlab.gitlab-runner"
_PASSWORD = "acceptance"  # noqa: S105 - of a database that lives as long as its job


@dataclass(frozen=True)
class Lists:
    """What the daemon lists: containers (all) and networks."""

    containers: Exchange
    networks: Exchange


class Job:
    """One job, identified by ``name`` among the jobs of the run; ten minutes for all of it, from its first call on."""

    def __init__(self, run: Run, name: str, helper_script: str = HELPER_SCRIPT) -> None:
        self.lock = threading.RLock()
        self.name = name
        self.api = run.api
        self.ledger = run.ledger
        self.settings = run.settings
        self._run = run
        self.guid = run.ledger.name(name)
        self.script = BUILD_SCRIPT
        self._closers: list[Callable[[], None]] = []
        self._is_closed = False
        self.network = Network(self)
        self.build_volume = Volume(self, "build", "/builds")
        self.cache_volume = Volume(self, "cache", "/cache")
        self.build_image = Image(self, "build", BUILD_IMAGE)
        self.helper_image = Image(self, "helper", self.settings.helper_image)
        self.service_image = Image(self, "service", self.settings.service_image)
        self.service = JobContainer(self, self._service())
        self.build = JobContainer(self, self._build(["sh"]))
        self.helper = JobContainer(self, self._helper(["sh", "-c", helper_script]))

    @property
    def volumes(self) -> list[Volume]:
        """What every container of the job mounts."""
        return [self.build_volume, self.cache_volume]

    def binds_of(self, role: str) -> list[str]:
        """``HostConfig.Binds`` of a container: every one of the job gets the same."""
        return [volume.at(volume.target) for volume in self.volumes]

    @property
    def images(self) -> list[Image]:
        """What the job pulls, in the order of TST-011's phase 2."""
        return [self.helper_image, self.build_image, self.service_image]

    @property
    def containers(self) -> list[JobContainer]:
        """In the order in which TST-011 creates them."""
        return [self.service, self.build, self.helper]

    # --- who asks, and until when ---------------------------------------------------------------------------------

    def labels(self, **more: str) -> dict[str, str]:
        """The runner's labels and the run's."""
        runner = {"managed": "true", "job.id": self.guid, **more}
        return {f"{_RUNNER_LABELS}.{key}": value for key, value in runner.items()} | self.ledger.label

    def acting(self, criterion: str, subject: str) -> AbstractContextManager[None]:
        """Exchanges inside are the job's own, about ``subject`` (``service``, …), and serve this criterion."""
        return labelled(job=self.name, criterion=criterion, subject=subject)

    def ask(self, call: Call, within: float | None = None) -> Exchange:
        """One exchange of the job, inside the job's ten minutes."""
        self._in_time()
        return self.api.ask(call, within)

    def observe(self, call: Call, criterion: str) -> Exchange:
        """A look of the suite's own, which is no call of the job."""
        self._in_time()
        with labelled(job=self.name, criterion=criterion, observes=True):
            return self.api.ask(call)

    @once
    def deadline(self) -> Deadline:
        """The job's ten minutes; they begin with its first call, however long it waits for its turn."""
        return Deadline(self.settings.seconds("job_timeout"))

    def at_most(self, seconds: float) -> float:
        """``seconds``, or what is left of the job's ten minutes."""
        self._in_time()
        return self.deadline.at_most(seconds)

    @property
    def is_on_ecs(self) -> bool:
        """Whether its containers are Fargate tasks, as far as the suite is shown them."""
        return self._run.aws is not None

    def stop_deadline(self) -> float:
        """Seconds for a container to end: the stop's own and, on ECS, the grace between SIGTERM and SIGKILL."""
        settings = self.settings
        return self.at_most(settings.task_ends_within() if self.is_on_ecs else settings.seconds("stop_timeout"))

    def outlived(self, container: str) -> list[str]:
        """The container's Fargate tasks that do not end in the time that they have; none on other backends."""
        return self._run.aws.until_ended(container).found if self._run.aws is not None else []

    def note(self, text: str) -> None:
        """Something that the evidence must say, e.g. what could not be observed; empty texts are none."""
        if text:
            self._run.note(text)

    def on_close(self, closer: Callable[[], None]) -> None:
        """``closer`` is called when the job is over."""
        with self.lock:
            self._closers.append(closer)

    def close(self) -> None:
        """Close the connections that are still open; nothing is asked any more."""
        self._is_closed = True
        for closer in self._closers:
            closer()

    def _in_time(self) -> None:
        if self._is_closed:
            raise NotJudged("the job was broken off")
        if not self.deadline.remaining:
            raise NotJudged(f"the job's {self.deadline.seconds:g} s are over")

    # --- what the daemon says  ------------------------------------------------------------------------------------

    @once
    def ping(self) -> Exchange:
        """``GET /_ping``, without a version in its path (AC-1)."""
        self._in_time()
        with self.acting("TST-011-AC-01", ""):
            return self.api.get("/_ping")

    @once
    def ping_by_head(self) -> Exchange:
        """``HEAD /_ping``, which is what GitLab Runner begins with (N-16)."""
        self._in_time()
        with self.acting("TST-011-N-16", ""):
            return ask_by_head(self.api, "/_ping")

    def list_containers(self) -> Exchange:
        """``GET /containers/json?all=true`` (AC-21)."""
        return self.observe(wire("GET", "/containers/json", all="true"), "TST-011-AC-21")

    def list_networks(self) -> Exchange:
        """``GET /networks`` (AC-21)."""
        return self.observe(wire("GET", "/networks"), "TST-011-AC-21")

    @once
    def listed_before(self) -> Lists:
        """Both lists while the job exists, so that its absence afterwards means something."""
        for container in self.containers:
            self._as_far_as_possible(lambda container=container: container.before_removal)  # type: ignore[misc]
        return Lists(self.list_containers(), self.list_networks())

    def look_at_volume(self, name: str) -> Exchange:
        """``GET /volumes/{name}`` of a volume that a container's removal was to take along (AC-18)."""
        return self.observe(lambda client: client.inspect_volume(name), "TST-011-AC-18")

    @once
    def volumes_before(self) -> list[Volume]:
        """Those of the job's own volumes that are there before its first container is deleted."""
        return [volume for volume in self.volumes if volume.look().status == 200]

    # --- the cast -------------------------------------------------------------------------------------------------

    @once
    def build_talk(self) -> Conversation:
        """The build container runs the build script (AC-11 to AC-13)."""
        return Conversation(self.build, self.script.encode(), blocks=True)

    @once
    def helper_talk(self) -> Conversation:
        """The helper container runs its command (AC-15); it needs no stdin."""
        return Conversation(self.helper, b"", blocks=False)

    def image(self, reference: str) -> Image:
        """The job's image of this name."""
        return next(image for image in (self.build_image, *self.images) if image.reference == reference)

    def settle(self) -> None:
        """Bring the containers to where clean-up finds them: run to their end, the service killed, all stopped.

        What fails on the way is the matter of the criterion that asks for it.
        """
        self._as_far_as_possible(lambda: self.service.start)
        self._as_far_as_possible(lambda: self.build_talk)
        self._as_far_as_possible(lambda: self.helper_talk)
        self._as_far_as_possible(lambda: self.service.outlived)
        for container in self.containers:
            self._as_far_as_possible(lambda container=container: container.stop)  # type: ignore[misc]

    def remove_containers(self) -> None:
        """Settle, disconnect and delete the containers, as far as the daemon does it."""
        self.settle()
        for container in self.containers:
            self._as_far_as_possible(lambda container=container: container.as_disconnected)  # type: ignore[misc]
        for container in self.containers:
            self._as_far_as_possible(lambda container=container: container.removal)  # type: ignore[misc]

    @staticmethod
    def _as_far_as_possible(look: Callable[[], object]) -> None:
        with suppress(AssertionError, NotJudged):
            look()

    def _service(self) -> Role:
        criteria = Criteria("TST-011-AC-06", "", "TST-011-AC-07", "")
        environment = {"POSTGRES_PASSWORD": _PASSWORD}
        return Role("service", criteria, self.service_image, None, False, ALIASES, environment)

    def _build(self, command: list[str]) -> Role:
        criteria = Criteria("TST-011-AC-09", "TST-011-AC-10", "TST-011-AC-11", "TST-011-AC-13")
        return Role("build", criteria, self.build_image, command, True)

    def _helper(self, command: list[str]) -> Role:
        criteria = Criteria("TST-011-AC-14", "TST-011-AC-15", "TST-011-AC-15", "TST-011-AC-15")
        return Role("helper", criteria, self.helper_image, command, True)
