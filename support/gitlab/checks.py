"""What each criterion of TST-011 asks of a job: one function per criterion, over the exchanges that were made.

Used by the steps and by the whole job of AC-22 alike. Each raises ``AssertionError`` where the daemon did otherwise,
and ``NotJudged`` where what it needs is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hamcrest import assert_that, equal_to, is_not

from support.api.recording import Exchange
from support.container import EXITED, NEVER_STARTED, RUNS
from support.gitlab import expectations as expected
from support.gitlab.attached_run import AttachedRun
from support.gitlab.container import JobContainer
from support.gitlab.image import Image, pull_failures
from support.gitlab.job import ALIASES, Job
from support.matchers import answered, no_problems, is_open, wrote
from support.thing import Thing, succeeded
from support.verdicts import NotJudged

VERSION = "1.44"


def announces_version(job: Job, version: str = VERSION) -> None:
    """AC-1, at the beginning and at the end of the job."""
    for ping in (job.ping(), job.later_ping()):
        assert_that(ping, expected.announces_version(version))


def pulls(image: Image) -> None:
    """AC-2: the pull is answered by 200, its progress is JSON without an error, and the image is there."""
    assert_that(image.pull(), answered(200))
    assert_that(pull_failures(image.pull()), no_problems("progress in JSON without an error"))
    assert_that(image.after_pull(), expected.is_image(image))


def has_configuration(image: Image) -> None:
    """AC-3."""
    assert_that(image.metadata(), expected.is_image(image))
    assert_that(image.metadata(), expected.image_configuration())


def creates_network(job: Job) -> None:
    """AC-4: 201 with an ID, by which the network is found, in the list as well, and still at the end of the job."""
    network = job.network
    assert_that(network.create(), answered(201))
    assert_that(network.create(), expected.an_id())
    assert_that(network.as_created(), expected.is_network(network))
    assert_that(network.listed(), expected.lists(expected.entry_of_network(network)))
    assert_that(network.later(), expected.is_network(network))


def creates_volume(job: Job) -> None:
    """AC-5: 201 with the volume's metadata; a volume of that name exists, and still does at the end of the job."""
    volume = job.build_volume
    assert_that(volume.create(), answered(201))
    for answer in (volume.create(), volume.as_created(), volume.later()):
        assert_that(answer, expected.is_volume(volume))


def creates_container(container: JobContainer) -> None:
    """AC-6, AC-9, AC-14: 201 with an ID, by which the container is found, with all that was asked for."""
    assert_that(container.create(), answered(201))
    assert_that(container.create(), expected.an_id())
    assert_that(container.as_created(), expected.container_as_asked(container))
    is_found(container)


def is_found(container: JobContainer) -> None:
    """A created container is found by its ID's beginning and in the list, and is still there before the clean-up."""
    assert_that(container.by_prefix(), expected.is_container(container))
    assert_that(container.listed(), expected.lists(expected.full_entry_of(container)))
    assert_that(container.later(), expected.is_container(container))


def creates_build(job: Job) -> None:
    """AC-9: as every container, and its stdin is open."""
    creates_container(job.build)
    assert_that(job.build.as_created(), expected.has_open_stdin())


def starts_service(job: Job) -> None:
    """AC-7: 204, and it leaves ``created`` within its deadline."""
    assert_that(job.service.start(), answered(204))
    assert_that(job.service.when_left_created(), expected.has_status(job.service, is_not(NEVER_STARTED)))


def service_runs(job: Job, status: str = RUNS, aliases: Iterable[str] = ALIASES) -> None:
    """AC-8: polled until it leaves ``created`` it runs, on the job's network under its aliases, until it is killed."""
    service = job.service
    for seen in (service.when_left_created(), service.before_kill()):
        assert_that(seen, expected.has_status(service, status))
        assert_that(seen, expected.has_aliases(service, list(aliases)))
    assert_that(job.listed(), expected.lists(expected.full_entry_of(service, status)))


def attaches(job: Job) -> None:
    """AC-10: 101, the connection is handed over, and the container is still ``created``."""
    assert_that(job.build.attach().exchange, answered(101))
    assert_that(job.build.as_attached(), expected.has_status(job.build, NEVER_STARTED))


def starts_build(job: Job) -> None:
    """AC-11: 204, the container runs, and its attached stream is open."""
    assert_that(job.build.start(), answered(204))
    assert_that(job.build.as_started(), expected.has_status(job.build, RUNS))
    job.build.must_be_attached()
    if not job.build.was_open_when_started():
        assert_that(job.build.attach(), is_open())


def writes(execution: AttachedRun, output: str) -> None:
    """AC-12, AC-15: stdin is taken, the whole of stdout is this line, and the stream ends."""
    assert_that(execution.refused_stdin(), equal_to(""))
    execution.output_ended()
    assert_that(execution.container.attach(), wrote(f"{output}\n".encode()))


def waits(job: Job, status: int = 0) -> None:
    """AC-13: the wait blocks while the script runs, then reports the exit status, which the container has for good."""
    early = job.build_run.early_answers()
    assert_that(early, no_problems("a wait that is not answered while the script runs"))
    has_ended(job, job.build_run, status)


def has_ended(job: Job, execution: AttachedRun, status: int) -> None:
    """The wait reports the exit status, and the container has exited with it: at once, later, and in the list."""
    container = execution.container
    assert_that(execution.answer(), expected.reports_exit(status))
    for seen in (execution.afterwards(), execution.long_afterwards()):
        assert_that(seen, expected.has_exited(container, status))
    assert_that(job.listed(), expected.lists(expected.full_entry_of(container, EXITED)))


def runs_helper(job: Job, output: str = "helper-output", status: int = 0) -> None:
    """AC-15: attached before its start, started, its output read and its end waited for, as the build container."""
    helper = job.helper
    assert_that(helper.attach().exchange, answered(101))
    assert_that(helper.as_attached(), expected.has_status(helper, NEVER_STARTED))
    assert_that(helper.start(), answered(204))
    writes(job.helper_run, output)
    has_ended(job, job.helper_run, status)


def kills(job: Job) -> None:
    """AC-16: 204; it exits, in AWS as well, and stays so."""
    service = job.service
    assert_that(service.kill(), answered(204))
    assert_that(service.after_kill(), expected.has_ended(service))
    assert_that(service.tasks_running_on(), no_problems("no task of it that still runs"))
    assert_that(service.before_delete(), expected.has_ended(service))
    assert_that(job.listed_at_end(), expected.lists(expected.full_entry_of(service, EXITED)))


def disconnects(job: Job) -> None:
    """AC-17: 200 each; the container's own networks no longer have the job's, which itself stays."""
    for container in job.containers:
        must_have_been_on_network(container)
    for container in job.containers:
        assert_that(container.disconnect(), answered(200))
    for container in job.containers:
        for seen in (container.after_disconnect(), container.before_delete()):
            assert_that(seen, expected.off_network(container))
    assert_that(job.network_after_disconnects(), expected.is_network(job.network))


def must_have_been_on_network(container: JobContainer) -> None:
    """Raises ``NotJudged`` where no inspection before the disconnect shows the container on the job's network."""
    on_network = expected.has_network(container)
    seen = [container.as_created(), container.before_disconnect()]
    if not any(on_network.matches(each) for each in seen):
        raise NotJudged(f"{container} was not on the job's network: {seen[-1].line()} ({container.criterion})")


def deletes_containers(job: Job) -> None:
    """AC-18: 204 each; unknown from then on, by ID, by its beginning, by name and in the list."""
    for container in job.containers:
        assert_that(container.delete(), answered(204))
    for container in job.containers:
        for seen in (*container.after_delete(), *container.long_after_delete()):
            assert_that(seen, answered(404))
        assert_that(job.listed_after_deletes(), expected.lists_none(expected.entry_of(container)))


def deletes_network(job: Job) -> None:
    """AC-19: 204; unknown from then on, by ID and by name."""
    _unless_in_use(job, job.network.delete())
    assert_that(job.network.delete(), answered(204))
    for seen in (*job.network.after_delete(), *job.network.long_after_delete()):
        assert_that(seen, answered(404))
    assert_that(job.network.listed_after_delete(), expected.lists_none(expected.entry_of_network(job.network)))


def deletes_volumes(job: Job) -> None:
    """AC-20: 204 each; unknown from then on."""
    for volume in job.volumes:
        _unless_in_use(job, volume.delete())
        assert_that(volume.delete(), answered(204))
    for volume in job.volumes:
        for seen in (volume.after_delete(), volume.long_after_delete()):
            assert_that(seen, answered(404))


def _unless_in_use(job: Job, answer: Exchange) -> None:
    """Raises ``NotJudged`` where a delete is refused, and a container of the job that may use the thing is there."""
    for container in job.containers:
        if not succeeded(answer) and job.is_still_there(container):
            raise NotJudged(f"{container} is still there, and may use it: {container.delete().line()}; {answer.line()}")


def lists_nothing(job: Job) -> None:
    """AC-21: what the lists showed while the job existed they show no more once it is deleted."""
    containers_are_unlisted(job)
    network_is_unlisted(job)


def containers_are_unlisted(job: Job) -> None:
    """AC-21, of ``GET /containers/json?all=true``."""
    for container in job.containers:
        entry = expected.entry_of(container)
        assert_that(job.lists_before()[0], expected.lists(entry))
        for listed, _ in (job.lists_after(), job.lists_long_after()):
            _unless_still_there(container, listed)
            assert_that(listed, expected.lists_none(entry))


def network_is_unlisted(job: Job) -> None:
    """AC-21, of ``GET /networks``."""
    entry = expected.entry_of_network(job.network)
    assert_that(job.lists_before()[1], expected.lists(entry))
    for _, listed in (job.lists_after(), job.lists_long_after()):
        _unless_still_there(job.network, listed)
        assert_that(listed, expected.lists_none(entry))


def _unless_still_there(thing: Thing, listed: Exchange) -> None:
    """Raises ``NotJudged`` where a list has a thing, and rightly so: an inspection shows that it was not deleted."""
    if thing.entry_in(listed) is not None:
        seen = thing.inspect()
        if thing.is_shown_by(seen):
            raise NotJudged(f"{thing} is still there, so it is rightly listed: {seen.line()}")


# In the order in which a whole job comes to them.
CRITERIA: dict[str, Callable[[Job], None]] = {
    "TST-011-AC-01": announces_version,
    "TST-011-AC-02": lambda job: pulls(job.build_image),
    "TST-011-AC-03": lambda job: has_configuration(job.build_image),
    "TST-011-AC-04": creates_network,
    "TST-011-AC-05": creates_volume,
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
    "TST-011-AC-16": kills,
    "TST-011-AC-17": disconnects,
    "TST-011-AC-18": deletes_containers,
    "TST-011-AC-20": deletes_volumes,
    "TST-011-AC-19": deletes_network,
    "TST-011-AC-21": lists_nothing,
}
