"""A job with a network and an image, and with whatever volumes and containers a scenario needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from support.api.client import posted
from support.driver import Driver
from support.gitlab.container import Binds, JobContainer, JobPlan
from support.gitlab.image import Image
from support.gitlab.job import BUILD_COMMAND, BUILD_IMAGE, SERVICE_PASSWORD, BareJob
from support.gitlab.network import Network
from support.gitlab.service import Service
from support.run import Run


class SmallJob(BareJob):
    """``name`` is the job's among those of the run; ``criterion`` is what its calls serve."""

    def __init__(self, run: Run, name: str, criterion: str) -> None:
        super().__init__(run, name)
        self.criterion = criterion
        self.image = Image(self.driver, "build", BUILD_IMAGE)

    def container(  # noqa: PLR0913 - what a container is created from, by name
        self,
        role: str,
        command: Sequence[str] = BUILD_COMMAND,
        *,
        binds: Binds = (),
        aliases: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        network: Network | None = None,
    ) -> JobContainer:
        """A container that is attached to, as the runner's are."""
        plan = JobPlan(
            role,
            BUILD_IMAGE,
            list(command),
            self.labels("build"),
            self.criterion,
            self.criterion,
            environment or {},
            attaches=self.criterion,
            waits=self.criterion,
            binds=binds,
            aliases=aliases,
        )
        return JobContainer(self.driver, self.guid, plan, self.image, network or self.network)

    def verbatim(self, role: str, criterion: str, body: dict[str, Any], name: str = "") -> VerbatimContainer:
        """A container that is created from just this body, by a call that serves this criterion."""
        plan = JobPlan(role, BUILD_IMAGE, body.get("Cmd"), self.labels("build"), criterion, criterion, waits=criterion)
        return VerbatimContainer(self.driver, self.guid, plan, self.image, self.network, body, name)

    def service(self, *aliases: str) -> Service:
        """A PostgreSQL, or whatever the settings name, on the job's network."""
        image = self.driver.settings.service_image
        labels = self.labels("service")
        plan = JobPlan(
            "service", image, None, labels, self.criterion, self.criterion, SERVICE_PASSWORD, aliases=aliases
        )
        return Service(self.driver, self.guid, plan, Image(self.driver, "service", image), self.network)


class VerbatimContainer(JobContainer):
    """Created from a body that travels as it is written, but for the run's labels."""

    def __init__(  # noqa: PLR0913, PLR0917 - a container's parts, and its body
        self,
        driver: Driver,
        guid: str,
        plan: JobPlan,
        image: Image,
        network: Network,
        body: dict[str, Any],
        name: str = "",
    ) -> None:
        super().__init__(driver, guid, plan, image, network)
        self.name = name or self.name
        self.body = {"Image": plan.image, **body, "Labels": {**self.labels, **body.get("Labels", {})}}

    def _create(self, client: Any) -> Any:
        return posted("/containers/create", self.body, name=self.name)(client)
