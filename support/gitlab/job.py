"""A CI job as GitLab Runner's docker executor drives it: its network, volumes, images and containers."""

from __future__ import annotations

import threading
from typing import Any

from support.api.client import raw_call, unversioned
from support.api.head import head
from support.api.recording import Exchange
from support.driver import Driver
from support.gitlab.attached_run import AttachedRun
from support.gitlab.container import BEFORE_DELETES, Binds, JobContainer, JobPlan
from support.gitlab.image import Image
from support.gitlab.network import Network
from support.gitlab.service import Service
from support.gitlab.volume import Volume
from support.once import kept, once
from support.run import Run
from support.thing import Thing, succeeded
from support.verdicts import NotJudged, chosen

BUILD_IMAGE = "alpine:latest"
BUILD_COMMAND = ["sh"]
ALIASES = ("postgres", "db")
BUILD_SCRIPT = 'echo "build-output"\nexit 0\n'
HELPER_SCRIPT = "echo helper-output"
_LISTS = "TST-011-AC-21"
LABELS = "com.gitlab.gitlab-runner"
SERVICE_PASSWORD = {"POSTGRES_PASSWORD": "acceptance"}  # of a database that lives as long as its job


# The criteria that the calls of each container serve.
_SERVES: dict[str, dict[str, Any]] = {
    "service": {"creates": "TST-011-AC-06", "starts": "TST-011-AC-07"},
    "build": {
        **{"creates": "TST-011-AC-09", "starts": "TST-011-AC-11"},
        **{"attaches": "TST-011-AC-10", "waits": "TST-011-AC-13"},
    },
    "helper": {"creates": "TST-011-AC-14", **dict.fromkeys(("starts", "attaches", "waits"), "TST-011-AC-15")},
}


class BareJob:
    """What every job has: a name among the jobs of the run, a network, and its time."""

    def __init__(self, run: Run, name: str) -> None:
        self.driver = Driver(run, name)
        self.lock: threading.RLock = self.driver.lock
        self.guid = self.driver.ledger.name(name)
        self.network = Network(self.driver, self.guid, self.labels())

    def labels(self, kind: str = "") -> dict[str, str]:
        """The runner's labels and the run's."""
        runner = {"managed": "true", "job.id": self.guid, **({"type": kind} if kind else {})}
        return {f"{LABELS}.{key}": value for key, value in runner.items()} | self.driver.ledger.label

    def volume(self, purpose: str, target: str = "") -> Volume:
        """A volume of this job's, mounted at ``target``, or at a folder of its purpose's name."""
        return Volume(self.driver, self.guid, purpose, target or f"/{purpose}", self.labels("cache"))

    def close(self) -> None:
        """Close the job's connections; nothing is asked any more."""
        self.driver.close()


class Job(BareJob):
    """One job, ``name`` among the jobs of the run. ``cache_at`` is where the build container has the cache volume."""

    def __init__(self, run: Run, name: str, helper_script: str = HELPER_SCRIPT, cache_at: str = "/cache") -> None:
        super().__init__(run, name)
        driver, settings = self.driver, self.driver.settings
        self.build_volume = self.volume("build", "/builds")
        self.cache_volume = self.volume("cache")
        self.helper_image = Image(driver, "helper", settings.helper_image)
        self.build_image = Image(driver, "build", BUILD_IMAGE)
        self.service_image = Image(driver, "service", settings.service_image)
        binds = ((self.build_volume, "/builds"), (self.cache_volume, "/cache"))
        elsewhere = ((self.build_volume, "/builds"), (self.cache_volume, cache_at))
        service = self._plan("service", self.service_image, None, binds, environment=SERVICE_PASSWORD, aliases=ALIASES)
        build = self._plan("build", self.build_image, BUILD_COMMAND, elsewhere)
        helper = self._plan("helper", self.helper_image, ["sh", "-c", helper_script], binds)
        self.service = Service(driver, self.guid, service, self.service_image, self.network)
        self.build = JobContainer(driver, self.guid, build, self.build_image, self.network)
        self.helper = JobContainer(driver, self.guid, helper, self.helper_image, self.network)
        self.build_run = AttachedRun(self.build, BUILD_SCRIPT.encode(), is_held=True)
        self.helper_run = AttachedRun(self.helper, b"", is_held=False)

    def _plan(self, role: str, image: Image, command: list[str] | None, binds: Binds, **more: Any) -> JobPlan:
        serves = _SERVES[role]
        return JobPlan(role, image.name, command, self.labels(role), binds=binds, goes_without=True, **serves, **more)

    @property
    def images(self) -> list[Image]:
        """What the job pulls, in the order of TST-011's phase 2."""
        return [self.helper_image, self.build_image, self.service_image]

    @property
    def volumes(self) -> list[Volume]:
        """In the order in which TST-011 creates them."""
        return [self.cache_volume, self.build_volume]

    @property
    def containers(self) -> list[JobContainer]:
        """In the order in which TST-011 creates them."""
        return [self.service, self.build, self.helper]

    def container(self, role: str) -> JobContainer:
        """The ``service``, ``build`` or ``helper`` container. Raises ``UsageError`` for another role."""
        return chosen(role, {each.plan.role: each for each in self.containers}, "the container")

    def thing(self, called: str) -> Thing:
        """Its network, a volume or a container by what that is called. Raises ``UsageError`` for another name."""
        things: list[Thing] = [self.network, *self.volumes, *self.containers]
        return chosen(called, {str(each): each for each in things}, "what is called")

    def image(self, reference: str) -> Image:
        """The job's image of this name. Raises ``UsageError`` for another name."""
        return chosen(reference, {each.name: each for each in (*self.images, self.build_image)}, "the image")

    # --- what the daemon says of itself and of all -----------------------------------------------------------------

    @once
    def ping(self) -> Exchange:
        """``GET /_ping``, without a version in its path (AC-1)."""
        return self.driver.ask(unversioned("/_ping"), "TST-011-AC-01")

    @once
    def later_ping(self) -> Exchange:
        """The same at the end of the job, as an observation."""
        return self.driver.observe(unversioned("/_ping"), "TST-011-AC-01")

    @once
    def ping_by_head(self) -> Exchange:
        """``HEAD /_ping``, which is what GitLab Runner begins with (N-16)."""
        return self.driver.ask(head(self.driver.api, "/_ping"), "TST-011-N-16")

    def lists_at(self, moment: str) -> tuple[Exchange, Exchange]:
        """``GET /containers/json?all=true`` and ``GET /networks`` at this moment, as AC-21 asks for them."""

        def both() -> tuple[Exchange, Exchange]:
            containers = self.driver.observe(raw_call("GET", "/containers/json", all="true"), _LISTS)
            return containers, self.driver.observe(raw_call("GET", "/networks"), _LISTS)

        return kept(self, f"lists {moment}", both)

    @once
    def anonymous_volumes_after(self) -> list[Exchange]:
        """The volumes that the daemon made for the containers' images, each inspected after the deletes (N-26)."""
        seen = [(container, container.at(BEFORE_DELETES)) for container in self.containers]
        names = [name for container, inspected in seen for name in container.own_volumes(inspected)]
        for container in self.containers:
            container.must_be_deleted()
        volumes = [self.driver.observe(raw_call("GET", f"/volumes/{name}"), "TST-011-N-26") for name in names]
        for each in volumes:
            if each.status == 200:
                self.must_be_rid_of_its_containers(each)
        return volumes

    def must_have_its_containers(self) -> None:
        """Raises ``NotJudged`` where one was not created."""
        for container in self.containers:
            container.must_be_there()

    @once
    def network_delete(self) -> Exchange:
        """The network's delete. Raises ``NotJudged`` where it is refused, and a container that may use it is left."""
        return self._unless_in_use(self.network.delete())

    @once
    def volume_deletes(self) -> list[Exchange]:
        """The volumes' deletes, as ``network_delete``."""
        return [self._unless_in_use(volume.delete()) for volume in self.volumes]

    def _unless_in_use(self, answer: Exchange) -> Exchange:
        if not succeeded(answer):
            self.must_be_rid_of_its_containers(answer)
        return answer

    def must_be_rid_of_its_containers(self, answer: Exchange) -> None:
        """Raises ``NotJudged``, with the answer that it explains, where a container of the job is still there."""
        for container in self.containers:
            if self.is_still_there(container):
                raise NotJudged(f"{container} is still there, and may use it: {answer.line()} (TST-011-AC-18)")

    def is_still_there(self, container: JobContainer) -> bool:
        """Whether a container that was to be deleted is shown to be there."""
        try:
            return container.is_seen()
        except NotJudged:  # it never was
            return False
