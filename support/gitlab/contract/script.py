"""The acts of the contract's jobs, in their order, each with the scenarios that look at it."""

from __future__ import annotations

from support.driver import quietly
from support.gitlab.container import DELETED
from support.gitlab.contract.creations import Creations
from support.gitlab.contract.stages import Stages
from support.gitlab.contract.streams import Flood, Quiet
from support.gitlab.performed import Performed
from support.run import Run
from support.script import Act

StagesAct = Act[Stages]


def run_ids(*numbers: int) -> tuple[str, ...]:
    """Scenarios of the contract."""
    return tuple(f"RUN-{number:02}" for number in numbers)


def _stage(number: int) -> StagesAct:
    def perform(job: Stages) -> None:
        job.stages[number].afterwards()

    serves = {0: (35, 43, 52), 1: (32, 33, 34, 35, 36), 2: (31,), 3: (31,)}[number]
    needs = (f"stage {number}",) if number else ("build", "service")
    return StagesAct(f"stage {number + 1}", run_ids(*serves), perform, needs)


def _delete_service(job: Stages) -> None:
    job.volumes_after_service()
    job.pg.gone_at(DELETED)


STAGES: tuple[StagesAct, ...] = (
    StagesAct("image", run_ids(55, 56), lambda job: job.image.metadata()),
    StagesAct("service", run_ids(44, 47, 48, 67), lambda job: job.pg.must_run(), ("image",)),
    StagesAct("addresses", run_ids(47, 48, 67), lambda job: (job.service_seen(), job.network_seen()), ("service",)),
    StagesAct("ports", run_ids(44), lambda job: job.service_image_seen(), ("service",)),
    StagesAct("build", (), lambda job: job.build.as_created(), ("image",)),
    *map(_stage, range(4)),
    StagesAct("neighbour", run_ids(45), lambda job: job.neighbour.found(), ("image", "stage 1")),
    StagesAct("exec", run_ids(64), lambda job: job.neighbour.exec_stream(), ("neighbour",)),
    StagesAct("attached by ones", run_ids(67), lambda job: job.neighbour.attached_by_ones(), ("neighbour",)),
    StagesAct("stopped", run_ids(66, 67), lambda job: job.neighbour.stopped(), ("neighbour",)),
    StagesAct("exec refused", run_ids(65), lambda job: job.exec_refused(), ("stage 1",)),
    StagesAct("plain", run_ids(49), lambda job: job.plain_ended(), ("image",)),
    StagesAct("listed", run_ids(67), lambda job: job.listed_by_one(), ("stage 1",)),
    StagesAct("deleted at once", run_ids(68), lambda job: job.after_deletes(), ("stage 1", "plain")),
    StagesAct("read again", run_ids(53), lambda job: job.read_again(), ("deleted at once",)),
    StagesAct("reader", run_ids(54), lambda job: job.reader_stage.afterwards(), ("image",)),
    StagesAct("service deleted", run_ids(67), _delete_service, ("addresses",)),
)
QUIET: tuple[Act[Quiet], ...] = (
    Act("silence", run_ids(37), lambda job: job.early_end()),
    Act("late output", run_ids(38), lambda job: job.stage.afterwards(), ("silence",)),
)
FLOOD: tuple[Act[Flood], ...] = (
    Act("flood", run_ids(39, 40, 41, 42), lambda job: (job.attach(), job.stage.afterwards())),
)


def _creations(job: Creations) -> None:
    for creation in job.all.values():
        quietly(creation.thing.as_created)


CREATIONS: tuple[Act[Creations], ...] = (Act("creations", run_ids(46, 50, 51, 58, 59, 60, 61, 62, 63), _creations),)


class Contract(Performed):
    """The four jobs that the contract's scenarios share."""

    def __init__(self, run: Run) -> None:
        self.stages, self.quiet = Stages(run), Quiet(run)
        self.flood, self.creations = Flood(run), Creations(run)
        jobs = ((self.stages, STAGES), (self.quiet, QUIET), (self.flood, FLOOD), (self.creations, CREATIONS))
        super().__init__(run, jobs)
