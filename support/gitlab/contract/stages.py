"""One container started four times, and what its job and a neighbouring one see of each other (RUN-31 to RUN-68)."""

from __future__ import annotations

from collections.abc import Callable

from support.api.client import raw_call
from support.api.recording import Exchange
from support.container import EXITED, status_of
from support.driver import quietly
from support.gitlab.container import DELETED, JobContainer
from support.gitlab.contract import scripts
from support.gitlab.contract.neighbour import SAYING, Neighbour
from support.gitlab.executing import send_exec
from support.gitlab.small_job import SmallJob
from support.gitlab.stage import Stage
from support.once import once
from support.run import Run
from support.thing import short, succeeded
from support.verdicts import NotJudged

_AT_ONCE = 3  # containers
ORDINALS = ("first", "second", "third", "fourth")


class Stages(SmallJob):
    """The job's containers run beside a PostgreSQL; ``neighbour`` is in a network of its own."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "stages", "RUN-31")
        self.pg = self.service(scripts.SERVICE, scripts.ONLY_HERE)
        self.builds, self.kept = self.volume("builds"), self.volume("kept")
        binds = ((self.builds, "/builds"), (self.kept, "/kept"))
        self.build = self.container("build", binds=binds, environment=scripts.VARIABLES)
        self.stages = self._stages_of_build()
        self.neighbour = Neighbour(self)
        self.plain = self.verbatim("plain", "RUN-49", {"Cmd": ["true"], "HostConfig": {"NetworkMode": ""}})
        self.spare = self.container("spare")
        self.reader = self.container("reader", ["sh", "-c", scripts.DETECTION], binds=((self.kept, "/kept"),))
        self.reader_stage = Stage(self.reader, scripts.reader)

    def _stages_of_build(self) -> list[Stage]:
        later = (
            scripts.second,
            lambda: scripts.later("third", scripts.THIRD_STATUS),
            lambda: scripts.later("fourth", scripts.FOURTH_STATUS),
        )
        stages = [Stage(self.build, _first_script(self.pg))]
        for ordinal, script in zip(ORDINALS[1:], later, strict=True):
            stages.append(Stage(self.build, script, after=stages[-1], name=f" for the {ordinal} time"))
        return stages

    # --- addresses (RUN-47, RUN-48) -------------------------------------------------------------------------------

    @once
    def service_seen(self) -> Exchange:
        """The service's container, inspected while it runs."""
        self.pg.must_run()
        return self.pg.inspect()

    @once
    def network_seen(self) -> Exchange:
        """The network, inspected while the service's container runs on it."""
        self.pg.must_run()
        return self.network.inspect()

    @once
    def service_image_seen(self) -> Exchange:
        """The image of the service's container."""
        return self.pg.image.metadata()

    @once
    def exec_refused(self) -> Exchange:
        """An exec in what has exited."""
        seen = self.stages[0].afterwards()
        if status_of(seen) != EXITED:
            raise NotJudged(f"{self.build} has not exited: {seen.line()}")
        return send_exec(self.build, SAYING, "RUN-65")

    # --- the default network (RUN-49) -------------------------------------------------------------------------------

    @once
    def plain_ended(self) -> Exchange:
        """The wait for what was created with an empty NetworkMode, and started."""
        self.plain.must_run()
        return self.plain.send_wait().answer(self.driver.stop_within())

    # --- the end (RUN-53, RUN-67, RUN-68) ----------------------------------------------------------------------------

    @once
    def listed_by_one(self) -> Exchange:
        """The list of all containers, asked for by ``all=1``."""
        self.stages[0].afterwards()
        return self.driver.observe(raw_call("GET", "/containers/json", all="1"), "RUN-67")

    @once
    def _to_delete(self) -> list[JobContainer]:
        """The first three containers that are there. Raises ``NotJudged`` where there are fewer."""
        quietly(self.spare.create)
        made = [each for each in (self.build, self.plain, self.spare, self.neighbour.container) if each.was_made()]
        if len(made) < _AT_ONCE:
            raise NotJudged(f"of four containers {len(made)} were created, and {_AT_ONCE} are to be deleted at once")
        return made[:_AT_ONCE]

    @once
    def deleted_at_once(self) -> list[Exchange]:
        """Three containers deleted over three connections at the same time."""
        containers = self._to_delete()
        calls = [
            (raw_call("DELETE", f"/containers/{each.reference()}", force="true", v="true"), each.plan.role)
            for each in containers
        ]
        begun = [self.driver.begin(call, "RUN-68", role) for call, role in calls]
        within = self.driver.seconds("exchange_timeout")
        return [each.answer(within) for each in begun]

    @once
    def after_deletes(self) -> list[Exchange]:
        """Each of them inspected, when it is to be unknown."""
        self.deleted_at_once()
        return [seen for each in self._to_delete() for seen in each.gone_at(DELETED)]

    @once
    def read_again(self) -> str:
        """What another container reads in the named volume, once the one that wrote it is gone."""
        self.build.must_be_there()
        if not succeeded(self.deleted_at_once()[0]):
            raise NotJudged(f"{self.build} was not deleted: {self.deleted_at_once()[0].line()} (RUN-68)")
        return self.reader_stage.value("kept")

    @once
    def service_deleted(self) -> Exchange:
        """The delete of a running container by ``force=1``."""
        self.pg.must_run()
        call = raw_call("DELETE", f"/containers/{self.pg.reference()}", force="1", v="1")
        return self.pg.unless_missing(self.driver.ask(call, "RUN-67", "service"))

    @once
    def volumes_after_service(self) -> list[Exchange]:
        """The volumes that the daemon made for the service's image, each inspected after that delete by ``v=1``."""
        names = self.pg.own_volumes(self.service_seen())
        self.service_deleted()
        return [self.driver.observe(raw_call("GET", f"/volumes/{name}"), "RUN-67") for name in names]


def _first_script(service: JobContainer) -> Callable[[], str]:
    """Written when it is sent: the service's ID is known by then."""
    return lambda: scripts.first(short(service.reference()))
