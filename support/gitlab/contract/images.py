"""An image by all its names (RUN-55 to RUN-57)."""

from __future__ import annotations

from hamcrest import equal_to

from support.api.client import raw_call
from support.api.recording import Exchange
from support.gitlab.small_job import SmallJob
from support.matchers import assert_that, has_json, is_docker_error, no_problems
from support.thing import text_at
from support.verdicts import NotJudged, chosen


def digest(job: SmallJob) -> str:
    """The image's name with its digest. Raises ``NotJudged`` where it has none."""
    if not job.image.digest():
        raise NotJudged(f"{job.image.name} has no digest: {job.image.metadata().line()}")
    return job.image.digest()


def inspected_by(job: SmallJob, kind: str) -> Exchange:
    """The image inspected by its ``ID`` or its ``digest``."""
    criterion = chosen(kind, {"ID": "RUN-55", "digest": "RUN-56"}, "a name of an image")
    name = digest(job) if kind == "digest" else text_at(job.image.metadata(), "Id")
    if not name:
        raise NotJudged(f"{job.image.name} has no ID: {job.image.metadata().line()}")
    return job.driver.ask(raw_call("GET", f"/images/{name}/json"), criterion, "build")


def is_the_same(job: SmallJob, seen: Exchange) -> None:
    """RUN-55, RUN-56."""
    assert_that(seen, has_json("Id", equal_to(text_at(job.image.metadata(), "Id"))))


def missing(job: SmallJob) -> Exchange:
    """An inspection of an image of a registry that is not there (RUN-57)."""
    return job.driver.ask(raw_call("GET", f"/images/{_missing(job)}/json"), "RUN-57", "missing")


def _missing(job: SmallJob) -> str:
    return f"no-such-registry.invalid/group/project/{job.guid}:1.0"


def names_it(seen: Exchange, status: int) -> None:
    """RUN-57: an error about the image, not about the route."""
    assert_that(seen, is_docker_error(status))
    name = seen.path.partition("/images/")[2].removesuffix("/json").rpartition(":")[0]
    problems = [] if name in seen.message() else [seen.message()]
    assert_that(problems, no_problems(f"a message that names {name}"), exchange=seen)
