"""TST-011 AC-22: one whole job in the document's order, every step judged, and the recorded calls compared with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest

from hamcrest import assert_that, equal_to

from support.gitlab import expectations as expected
from support.gitlab.container import JobContainer
from support.gitlab.job import Job
from support.matchers import answered, assume_that, has_json, is_open, no_problem, wrote
from support.verdicts import NotJudged, TargetGone

# Phases 1 to 8 of TST-011 as calls, each with the criterion that it serves; the clean-up in the order of the
# document's notes (kill, stop, disconnect, containers, volumes, network), which differs from that of its phase 8.
# Only what runs is killed: the service.
ORDER: tuple[tuple[str, str, str], ...] = (
    ("TST-011-AC-01", "GET /_ping", ""),
    ("TST-011-AC-02", "GET /images/{name}/json", "helper"),
    ("TST-011-AC-02", "POST /images/create", "helper"),
    ("TST-011-AC-02", "POST /images/create", "build"),
    ("TST-011-AC-02", "POST /images/create", "service"),
    ("TST-011-AC-03", "GET /images/{name}/json", "build"),
    ("TST-011-AC-04", "POST /networks/create", "network"),
    ("TST-011-AC-05", "POST /volumes/create", "cache"),
    ("TST-011-AC-05", "POST /volumes/create", "build"),
    ("TST-011-AC-06", "POST /containers/create", "service"),
    ("TST-011-AC-07", "POST /containers/{id}/start", "service"),
    ("TST-011-AC-08", "GET /containers/{id}/json", "service"),
    ("TST-011-AC-09", "POST /containers/create", "build"),
    ("TST-011-AC-10", "POST /containers/{id}/attach", "build"),
    ("TST-011-AC-11", "POST /containers/{id}/start", "build"),
    ("TST-011-AC-13", "POST /containers/{id}/wait", "build"),
    ("TST-011-AC-14", "POST /containers/create", "helper"),
    ("TST-011-AC-15", "POST /containers/{id}/attach", "helper"),
    ("TST-011-AC-15", "POST /containers/{id}/start", "helper"),
    ("TST-011-AC-15", "POST /containers/{id}/wait", "helper"),
    ("TST-011-AC-16", "POST /containers/{id}/kill", "service"),
    ("TST-011-AC-16", "POST /containers/{id}/stop", "service"),
    ("TST-011-AC-16", "POST /containers/{id}/stop", "build"),
    ("TST-011-AC-16", "POST /containers/{id}/stop", "helper"),
    ("TST-011-AC-17", "POST /networks/{id}/disconnect", "service"),
    ("TST-011-AC-17", "POST /networks/{id}/disconnect", "build"),
    ("TST-011-AC-17", "POST /networks/{id}/disconnect", "helper"),
    ("TST-011-AC-18", "DELETE /containers/{id}", "service"),
    ("TST-011-AC-18", "DELETE /containers/{id}", "build"),
    ("TST-011-AC-18", "DELETE /containers/{id}", "helper"),
    ("TST-011-AC-20", "DELETE /volumes/{name}", "cache"),
    ("TST-011-AC-20", "DELETE /volumes/{name}", "build"),
    ("TST-011-AC-19", "DELETE /networks/{id}", "network"),
)


@dataclass
class Failure:
    """A step of the job that did not succeed; ``violated`` is False where it could not be judged."""

    criterion: str
    text: str
    violated: bool


@dataclass
class Lifecycle:
    """A job driven from version negotiation to clean-up; it goes on after a failed step where it can."""

    job: Job
    failures: list[Failure] = field(default_factory=list)

    def run(self) -> Lifecycle:
        """Drive the job through all steps, then compare its calls with ``ORDER``."""
        for criterion, judge in _STEPS:
            self._judge(criterion, partial(judge, self.job))
        self._judge("TST-011-AC-22", self._compare_order)
        return self

    def _judge(self, criterion: str, judge: Callable[[], object]) -> None:
        try:
            judge()
        except AssertionError as error:
            self.failures.append(Failure(criterion, str(error).strip(), violated=True))
        except TargetGone:
            raise
        except NotJudged as error:
            self.failures.append(Failure(criterion, str(error), violated=False))

    def problems(self) -> list[str]:
        """The violated steps, a text each. Raises ``NotJudged`` where some could not be judged and none was."""
        violated = [f"step {failure.criterion}: {failure.text}" for failure in self.failures if failure.violated]
        if self.failures and not violated:
            raise NotJudged("; ".join(f"step {failure.criterion}: {failure.text}" for failure in self.failures))
        return violated

    def _compare_order(self) -> None:
        failed = {failure.criterion for failure in self.failures}
        wanted = [f"{call} {subject}".rstrip() for criterion, call, subject in ORDER if criterion not in failed]
        seen = list(self.calls(failed))
        for number, (should, was) in enumerate(zip_longest(wanted, seen, fillvalue="nothing"), start=1):
            if should != was:
                raise AssertionError(f"call {number} of the job should have been {should!r} and was {was!r}")

    def calls(self, failed: Collection[str] = ()) -> Iterator[str]:
        """The job's own calls as ``ORDER`` writes them, a look that was repeated until it was as wanted only once.

        A step that failed may have broken off in the middle: the calls of ``failed`` ones are left out.
        """
        previous = ""
        for exchange in self.job.api.recorder.of_job(self.job.name):
            if exchange.label.criterion in failed:
                continue
            call = f"{exchange.method} {_shape(exchange.path)} {exchange.label.subject}".rstrip()
            if call != previous or exchange.method != "GET":
                yield call
            previous = call


def _shape(path: str) -> str:
    """``/v1.44/containers/4f…/start`` as ``/containers/{id}/start``."""
    path = re.sub(r"^/v[\d.]+(?=/)", "", path)
    path = re.sub(r"^/(containers|networks)/(?!create$)[^/]+", r"/\1/{id}", path)
    return re.sub(r"^/(images|volumes)/(?!create$).+?(?=/json$|$)", r"/\1/{name}", path)


def _version(job: Job) -> None:
    assert_that(job.ping, expected.announces_version())


def _images(job: Job) -> None:
    job.helper_image.first_look  # noqa: B018 - made for the order's sake, the runner takes either answer
    for pull in [image.pull for image in job.images]:
        assert_that(pull, answered(200))
    for image in job.images:
        assert_that(image.pull_failures(), no_problem())
        assert_that(image.look(), answered(200))


def _metadata(job: Job) -> None:
    assert_that(job.build_image.metadata, answered(200))
    assert_that(job.build_image.metadata, expected.image_configuration())


def _network(job: Job) -> None:
    assert_that(job.network.creation, answered(201))
    assert_that(job.network.creation, expected.an_id())
    assert_that(job.network.as_created, expected.network_as_asked(job.network))


def _volumes(job: Job) -> None:
    volumes = (job.cache_volume, job.build_volume)
    for creation in [volume.creation for volume in volumes]:
        assert_that(creation, answered(201))
    for volume in volumes:
        assert_that(volume.creation, expected.volume_as_asked(volume))
        assert_that(volume.look(), expected.volume_as_asked(volume))


def _creation(container: JobContainer) -> None:
    assert_that(container.creation, answered(201))
    assert_that(container.creation, expected.an_id())
    assert_that(container.as_created, expected.container_as_asked(container))


def _build_creation(job: Job) -> None:
    _creation(job.build)
    assert_that(job.build.as_created, expected.streams_as_asked())


def _service_start(job: Job) -> None:
    assert_that(job.service.start, answered(204))
    assert_that(job.service.as_started, expected.left_created())


def _service_runs(job: Job) -> None:
    assert_that(job.service.when_left_created, has_json("State.Status", "running"))
    assert_that(job.service.when_left_created, expected.on_network(job.service))


def _attach(container: JobContainer) -> None:
    assert_that(container.attachment.exchange, answered(101))
    assert_that(container.attachment, is_open())
    assert_that(container.as_attached, has_json("State.Status", "created"))


def _build_start(job: Job) -> None:
    assert_that(job.build.start, answered(204))
    assert_that(job.build.as_started, has_json("State.Status", "running"))
    assert_that(job.build.attachment, is_open())


def _build_output(job: Job) -> None:
    assert_that(job.build_talk.refused, equal_to(""))
    assert_that(job.build_talk.stream, wrote(b"build-output\n"))


def _build_wait(job: Job) -> None:
    assert_that(job.build_talk.held_back, no_problem())
    assert_that(job.build_talk.need_ended(), expected.reports_exit(0))
    assert_that(job.build_talk.afterwards, expected.has_exited(0))


def _helper_flow(job: Job) -> None:
    _attach(job.helper)
    assert_that(job.helper.start, answered(204))
    assert_that(job.helper_talk.stream, wrote(b"helper-output\n"))
    assert_that(job.helper_talk.need_ended(), expected.reports_exit(0))
    assert_that(job.helper_talk.afterwards, expected.has_exited(0))


def _kill(job: Job) -> None:
    assume_that(job.service.before_kill, has_json("State.Status", "running"))
    assert_that(job.service.kill, answered(204))
    assert_that(job.service.after_kill, expected.has_ended(job.service))
    assert_that(job.service.outlived, no_problem())
    for stop in [container.stop for container in job.containers]:
        assert_that(stop, answered(204, 304))


def _disconnection(job: Job) -> None:
    for container in job.containers:
        assume_that(container.before_disconnection, expected.on_network(container))
    for disconnection in [container.disconnection for container in job.containers]:
        assert_that(disconnection, answered(200))
    for container in job.containers:
        assert_that(container.as_disconnected, expected.off_network(container))
        assert_that(job.network.look(), expected.without_container(container))


def _removal(job: Job) -> None:
    for removal in [container.removal for container in job.containers]:
        assert_that(removal, answered(204))
    for container in job.containers:
        assert_that(container.look(), answered(404))
        assert_that(job.network.look(), expected.without_container(container))
        for look in container.volumes_left():
            assert_that(look, answered(404))
    for volume in job.volumes_before:
        assert_that(volume.look(), answered(200))


def _volume_removal(job: Job) -> None:
    volumes = (job.cache_volume, job.build_volume)
    for removal in [volume.removal for volume in volumes]:
        assert_that(removal, answered(204))
    for volume in volumes:
        assert_that(volume.look(), answered(404))


def _network_removal(job: Job) -> None:
    assert_that(job.network.removal, answered(204))
    assert_that(job.network.look(), answered(404))


def _lists(job: Job) -> None:
    containers, networks = job.list_containers(), job.list_networks()
    for container in job.containers:
        assert_that(job.listed_before.containers, has_json("", expected.listing(container)))
        assert_that(containers, expected.not_listing(container))
    assert_that(job.listed_before.networks, has_json("", expected.listing_network(job.network)))
    assert_that(networks, expected.not_listing_network(job.network))


_STEPS: tuple[tuple[str, Callable[[Job], None]], ...] = (
    ("TST-011-AC-01", _version),
    ("TST-011-AC-02", _images),
    ("TST-011-AC-03", _metadata),
    ("TST-011-AC-04", _network),
    ("TST-011-AC-05", _volumes),
    ("TST-011-AC-06", lambda job: _creation(job.service)),
    ("TST-011-AC-07", _service_start),
    ("TST-011-AC-08", _service_runs),
    ("TST-011-AC-09", _build_creation),
    ("TST-011-AC-10", lambda job: _attach(job.build)),
    ("TST-011-AC-11", _build_start),
    ("TST-011-AC-12", _build_output),
    ("TST-011-AC-13", _build_wait),
    ("TST-011-AC-14", lambda job: _creation(job.helper)),
    ("TST-011-AC-15", _helper_flow),
    ("TST-011-AC-16", _kill),
    ("TST-011-AC-17", _disconnection),
    ("TST-011-AC-18", _removal),
    ("TST-011-AC-20", _volume_removal),
    ("TST-011-AC-19", _network_removal),
    ("TST-011-AC-21", _lists),
)
