"""What the scenarios beyond TST-011's criteria ask of a job (N-1 to N-27)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hamcrest import any_of, empty, equal_to, has_item, less_than_or_equal_to, none

from support import expectations as common
from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import EXITED
from support.gitlab import expectations as expected
from support.gitlab.build_shell import FAILING
from support.gitlab.container import BEFORE_CLEAN_UP, BEFORE_DELETES, CREATED, DELETED
from support.gitlab.handshake import ASKS_FOR_AUTHENTICATION
from support.gitlab.image import progress_of
from support.gitlab.job import Job
from support.gitlab.second_job import BEFORE_START, CACHED, ON_STDERR, RAW, SecondJob
from support.matchers import (
    answered,
    assert_that,
    assume_that,
    exact_bytes,
    has_bytes_once,
    has_header,
    has_json,
    no_problems,
    text_like,
)
from support.verdicts import NotJudged


def line_arrives_once(stream: Hijack) -> None:
    """N-1: what was written before the start comes first, and once."""
    assume_that(stream.malformed, equal_to(""))
    relayed = stream.output(STDOUT)
    assert_that(relayed[: len(BEFORE_START)], equal_to(BEFORE_START), exchange=stream.exchange)
    assert_that(relayed.count(BEFORE_START), equal_to(1), exchange=stream.exchange)


def bytes_come_back(stream: Hijack) -> None:
    """N-2."""
    assume_that(stream.malformed, equal_to(""))
    assert_that(stream.output(STDOUT), has_bytes_once(RAW), exchange=stream.exchange)


def streams_are_labelled(stream: Hijack) -> None:
    """N-3: what was written to stderr, and nothing else, is labelled as stderr."""
    assert_that(stream.output(STDERR), equal_to(ON_STDERR), exchange=stream.exchange)
    assert_that(stream.output(STDOUT), exact_bytes(BEFORE_START + RAW), exchange=stream.exchange)


def files_are_read(job: SecondJob) -> None:
    """N-4: each file has the checksum of what the helper wrote, whatever comes around it."""
    read = [line.split(b" ")[0].decode(errors="replace") for line in job.files_read().splitlines()]
    for written in (BEFORE_START + RAW, CACHED):
        assert_that(read, has_item(hashlib.sha256(written).hexdigest()), exchange=job.build.attach().exchange)


def authentication_problem(answer: bytes) -> str:
    """What speaks against an answer being PostgreSQL's AuthenticationRequest: ``R``, length, kind; ``""`` if none."""
    length = int.from_bytes(answer[1:5])
    if answer[:1] != ASKS_FOR_AUTHENTICATION or len(answer) < 9 or not 8 <= length <= 512:
        return f"PostgreSQL asks for authentication with R and a length; this answered {answer!r}"
    return ""


def aliases_answer(job: SecondJob, aliases: Sequence[str]) -> None:
    """N-6: PostgreSQL asks for authentication under each alias.

    Raises ``NotJudged`` where the build container, which is asked, was not created on the network.
    """
    if not expected.has_network(job.build).matches(job.build.as_created()):
        raise NotJudged(f"the build container is not on the network: {job.build.as_created().line()} (TST-011-AC-09)")
    for alias in aliases:
        assert_that(authentication_problem(job.handshakes()[alias]), empty(), alias)


def must_answer_as(job: SecondJob, alias: str) -> None:
    """Raises ``NotJudged`` where PostgreSQL does not answer under this alias."""
    assume_that(authentication_problem(job.handshakes()[alias]), empty())


def took_no_longer_than_its_deadline(job: SecondJob) -> None:
    """N-10."""
    assert_that(job.took, less_than_or_equal_to(job.driver.limit().seconds))


def headers_came_first(wait: Exchange) -> None:
    """N-11."""
    assert_that(wait, answered(200))
    assert_that(wait.done_after, none(), "the wait's body had come already", exchange=wait)


def reports_failure(job: SecondJob, status: int = FAILING) -> None:
    """N-12: the wait's answer and the container's own word."""
    assert_that(job.build_shell.failing_end(), expected.reports_exit(status))
    assert_that(job.build_shell.after_failing_end(), common.has_exited(job.build, status))


def pull_failed(pull: Exchange) -> None:
    """N-13: an error with a message, or progress that ends with one."""
    if pull.status is None or pull.status >= 400:
        has_message = isinstance(pull.body, dict) and bool(pull.body.get("message"))
        problems = [] if has_message else [f"it is no error with a message: {pull.line()}"]
    else:
        errors = [message for message in progress_of(pull) if message.get("error")]
        problems = [] if errors else [f"its progress ends without an error: {pull.line()}"]
    assert_that(problems, no_problems("an error with a message, or progress that ends with one"), exchange=pull)


def output_flows(job: SecondJob) -> None:
    """N-15."""
    delayed = job.build_shell.delayed_output()
    assert_that(delayed, no_problems("output that comes while the container runs"))


def announces_the_same(job: Job, answer: Exchange) -> None:
    """N-16: the version that ``GET /_ping`` announces."""
    assume_that(job.ping(), answered(200))
    assert_that(answer, has_header("Api-Version", job.ping().header("Api-Version") or "some version"))


def ends_by_stop(job: SecondJob) -> None:
    """N-18: it exits, and the wait that was open reports this end, not the first one, as the container does."""
    assert_that(job.restart.early_answers(), no_problems("a wait that is open while the container runs"))
    assert_that(job.restart.after_stop(), common.has_status(job.build, EXITED))
    answer = job.restart.answer()
    assert_that(answer, expected.reports_another_exit(FAILING))
    assert_that(job.restart.after_answer(), common.has_exited(job.build, answer.body["StatusCode"]))


def answers_again(job: SecondJob) -> None:
    """N-17: the shell does, on stdout and on nothing else."""
    assert_that(job.restart.said().splitlines(), expected.said_again())
    stream = job.restart.attach()
    assert_that(stream.output(STDERR), equal_to(b""), exchange=stream.exchange)


def is_gone_by_force(job: SecondJob) -> None:
    """N-19: unknown, and no task of it runs on."""
    for seen in job.service.gone_at(DELETED):
        assert_that(seen, answered(404))
    assert_that(job.tasks_running_on(), no_problems("no task of it that still runs"))


def reports_its_id(image: Exchange) -> None:
    """N-21."""
    assert_that(image, has_json("Id", text_like(r"[0-9a-f]{64}$")))


def are_of_the_build_image(job: SecondJob) -> None:
    """N-21: each container is there, and of the image that was named, by its ID or as it was named."""
    names = job.other_names()
    for kind, seen in job.seen_by_other_names().items():
        assert_that(seen, answered(200))
        assert_that(seen, any_of(has_json("Image", names["id"]), has_json("Config.Image", names[kind])))


def volumes_as_requested(job: Job) -> None:
    """N-24: each volume at once, later, and in the list."""
    for volume in job.volumes:
        volume.must_be_there()
        for seen in (volume.as_created(), volume.at(BEFORE_CLEAN_UP)):
            assert_that(seen, expected.volume_as_asked(volume))
        assert_that(volume.list_at(CREATED), expected.lists_volume(volume))


def network_lists_none(job: Job, network: Exchange) -> None:
    """N-25. Raises ``NotJudged`` where containers that it lists are still there, and to be."""
    for container in job.containers:
        assert_that(network, expected.without_container(container))


def anonymous_volumes_are_gone(job: Job) -> None:
    """N-26."""
    for seen in job.anonymous_volumes_after():
        assert_that(seen, answered(404))


def own_volumes_are_there(job: Job) -> None:
    """N-26: those that were there before the first container was deleted."""
    for volume in job.volumes:
        volume.must_be_there()
        if volume.is_shown_by(volume.at(BEFORE_DELETES)):
            assert_that(volume.at(DELETED), expected.shows(volume))
