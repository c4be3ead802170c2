"""What each criterion of TST-011 asks of a job: one function per criterion, over the exchanges that were made.

Used by the steps and by the whole job of AC-22 alike. Each raises ``AssertionError`` where the daemon did otherwise,
and ``NotJudged`` where what it needs is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hamcrest import equal_to, is_not

from support import expectations as common
from support.container import EXITED, NEVER_STARTED, RUNS
from support.gitlab import cleanup_checks
from support.gitlab import expectations as expected
from support.gitlab.attached_run import AttachedRun
from support.gitlab.cleanup_checks import list_agrees
from support.gitlab.container import ATTACHED, BEFORE_CLEAN_UP, CREATED, STARTED, JobContainer
from support.gitlab.image import PULLED, Image, pull_failures
from support.gitlab.job import ALIASES, Job
from support.gitlab.volume import Volume
from support.matchers import answered, assert_that, has_header, has_json, no_problems, wrote
from support.thing import Thing

VERSION = "1.44"


def announces_version(job: Job, name: str = "Api-Version", version: str = VERSION) -> None:
    """AC-1: this header, at the beginning and at the end of the job."""
    for ping in (job.ping(), job.later_ping()):
        assert_that(ping, answered(200))
        assert_that(ping, has_header(name, version))


def reports_progress(image: Image) -> None:
    """AC-2: the pull is a stream of JSON messages without an error."""
    assert_that(pull_failures(image.pull()), no_problems("progress in JSON without an error"), exchange=image.pull())


def pulls(image: Image) -> None:
    """AC-2: the pull is answered by 200, its progress is good, and the image is there."""
    assert_that(image.pull(), answered(200))
    reports_progress(image)
    is_there(image)


def is_there(image: Image) -> None:
    """AC-2: the image is there, and still is before the clean-up."""
    for seen in (image.at(PULLED), image.at(BEFORE_CLEAN_UP)):
        assert_that(seen, answered(200))


def has_configuration(image: Image) -> None:
    """AC-3: of this image, the three keys, each null or of its type."""
    is_pulled_image(image)
    assert_that(image.metadata(), expected.image_configuration())


def is_pulled_image(image: Image) -> None:
    """AC-3: its ID and names are those of the image that was pulled, as the list has them, too."""
    assert_that(image.metadata(), expected.is_image(image))
    entry = image.entry_in(image.list_at(PULLED))
    if entry is not None:
        assert_that(image.metadata(), has_json("Id", entry.get("Id")))


def network_as_requested(job: Job) -> None:
    """AC-4: found by the ID that its creation gave, with name and labels, and in the list."""
    assert_that(job.network.as_created(), expected.is_network(job.network))
    assert_that(job.network.list_at(CREATED), common.lists(expected.entry_of_network(job.network)))


def creates_network(job: Job) -> None:
    """AC-4: 201 with an ID, the network as requested, and there until it is deleted."""
    assert_that(job.network.create(), answered(201))
    assert_that(job.network.create(), common.an_id())
    network_as_requested(job)
    stays(job.network)


def creates_volume(volume: Volume) -> None:
    """AC-5: 201 with the volume's metadata, and there until it is deleted."""
    assert_that(volume.create(), answered(201))
    assert_that(volume.create(), expected.is_volume(volume))
    stays(volume)


def stays(thing: Thing) -> None:
    """AC-4, AC-5, AC-6, AC-9, AC-14: it is there at once, and before the clean-up: nobody asked for anything else."""
    for seen in (thing.as_created(), thing.at(BEFORE_CLEAN_UP)):
        assert_that(seen, expected.shows(thing))


def container_as_requested(container: JobContainer) -> None:
    """AC-6, AC-9, AC-14: found by the given ID, by its beginning and in the list, as requested."""
    container.must_have_what_it_needs()
    assert_that(container.as_created(), expected.container_as_asked(container))
    assert_that(container.by_prefix(), common.is_container(container))
    for listed in (container.list_at(CREATED), container.listed_by_id(CREATED)):
        assert_that(listed, common.lists(common.entry_as_created(container)))


def creates_container(container: JobContainer) -> None:
    """AC-6, AC-9, AC-14: 201 with an ID, the container as requested, and there until it is deleted."""
    container.must_have_what_it_needs()
    assert_that(container.create(), answered(201))
    assert_that(container.create(), common.an_id())
    container_as_requested(container)
    stays(container)


def creates_build(job: Job) -> None:
    """AC-9: as every container, and its stdin is open."""
    creates_container(job.build)
    assert_that(job.build.as_created(), expected.has_open_stdin())


def leaves_created(container: JobContainer, status: str = NEVER_STARTED) -> None:
    """AC-7, N-5: it leaves this status within its deadline."""
    assert_that(container.when_left_created(), common.has_status(container, is_not(status)))


def starts_service(job: Job) -> None:
    """AC-7: 204, and it leaves ``created`` within its deadline."""
    assert_that(job.service.start(), answered(204))
    leaves_created(job.service)


def service_has_status(job: Job, status: str = RUNS) -> None:
    """AC-8: once it has left ``created`` it has this status, and keeps it until it is killed, in lists too."""
    for seen in (job.service.when_left_created(), job.service.at(BEFORE_CLEAN_UP)):
        assert_that(seen, common.has_status(job.service, status))
    list_agrees(job.build.list_at(BEFORE_CLEAN_UP), job.service, status)


def service_has_aliases(job: Job, aliases: Sequence[str] = ALIASES) -> None:
    """AC-8: it is on the job's network under these aliases, until it is killed."""
    job.network.must_be_there()
    for seen in (job.service.when_left_created(), job.service.at(BEFORE_CLEAN_UP)):
        assert_that(seen, expected.has_aliases(job.service, aliases))


def service_runs(job: Job) -> None:
    """AC-8."""
    service_has_status(job)
    service_has_aliases(job)


def attaches(job: Job) -> None:
    """AC-10: 101, and the container is still ``created``."""
    assert_that(job.build.attach().exchange, answered(101))
    assert_that(job.build.at(ATTACHED), common.has_status(job.build, NEVER_STARTED))


def stream_is_open(container: JobContainer) -> None:
    """AC-11: the attached stream was open right after the start."""
    if not container.was_open_when_started():
        raise AssertionError(f"the attached stream was closed by the start: {container.attach().describe()}")


def build_runs(job: Job, status: str = RUNS) -> None:
    """AC-11: it has this status. Raises ``NotJudged`` where it has not, and nothing was attached that kept it alive."""
    if not common.has_status(job.build, status).matches(job.build.at(STARTED)):
        job.build.must_be_attached()
    assert_that(job.build.at(STARTED), common.has_status(job.build, status))


def starts_build(job: Job) -> None:
    """AC-11: 204, the container runs, and its attached stream is open."""
    assert_that(job.build.start(), answered(204))
    build_runs(job)
    stream_is_open(job.build)


def writes(execution: AttachedRun, output: str) -> None:
    """AC-12, AC-15: stdin is taken, the whole of stdout is this line, and the stream ends."""
    assert_that(execution.refused_stdin(), equal_to(""))
    if not execution.output_ended():
        raise AssertionError(f"the stream did not end in its time: {execution.container.attach().describe()}")
    assert_that(execution.container.attach(), wrote(f"{output}\n".encode()))


def wait_blocks(execution: AttachedRun) -> None:
    """AC-13: the wait is not answered while the container cannot end.

    Raises ``NotJudged`` where it had ended already, for want of a start or of a stream: then the answer was due.
    """
    early = execution.early_answers()
    if early:
        execution.must_not_have_ended()
    assert_that(early, no_problems("a wait that is not answered while the script runs"))


def has_ended(job: Job, execution: AttachedRun, status: int) -> None:
    """AC-13, AC-15: the wait reports the exit status; the container has exited with it, and stays so, in lists too."""
    container = execution.container
    assert_that(execution.answer(), expected.reports_exit(status))
    for seen in (execution.ended(), container.at(BEFORE_CLEAN_UP)):
        assert_that(seen, common.has_exited(container, status))
    list_agrees(job.build.list_at(BEFORE_CLEAN_UP), container, EXITED)


def waits(job: Job) -> None:
    """AC-13."""
    wait_blocks(job.build_run)
    has_ended(job, job.build_run, 0)


def runs_helper(job: Job) -> None:
    """AC-15: attached before its start, started, its output read and its end waited for, as the build container."""
    assert_that(job.helper.attach().exchange, answered(101))
    assert_that(job.helper.at(ATTACHED), common.has_status(job.helper, NEVER_STARTED))
    assert_that(job.helper.start(), answered(204))
    writes(job.helper_run, "helper-output")
    has_ended(job, job.helper_run, 0)


# In the order in which a whole job comes to them.
CRITERIA: dict[str, Callable[[Job], None]] = {
    "TST-011-AC-01": announces_version,
    "TST-011-AC-02": lambda job: pulls(job.build_image),
    "TST-011-AC-03": lambda job: has_configuration(job.build_image),
    "TST-011-AC-04": creates_network,
    "TST-011-AC-05": lambda job: creates_volume(job.build_volume),
    "TST-011-AC-06": lambda job: creates_container(job.service),
    "TST-011-AC-07": starts_service,
    "TST-011-AC-08": service_runs,
    "TST-011-AC-09": creates_build,
    "TST-011-AC-10": attaches,
    "TST-011-AC-11": starts_build,
    "TST-011-AC-12": lambda job: writes(job.build_run, "build-output"),
    "TST-011-AC-13": waits,
    "TST-011-AC-14": lambda job: creates_container(job.helper),
    "TST-011-AC-15": runs_helper,
    "TST-011-AC-16": cleanup_checks.kills,
    "TST-011-AC-17": cleanup_checks.disconnects,
    "TST-011-AC-18": cleanup_checks.deletes_containers,
    "TST-011-AC-20": cleanup_checks.deletes_volumes,
    "TST-011-AC-19": cleanup_checks.deletes_network,
    "TST-011-AC-21": cleanup_checks.lists_nothing,
}
