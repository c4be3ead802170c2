"""What the scenarios of job outcomes ask (JOB-01 to JOB-12)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

from hamcrest import equal_to, instance_of, is_not
from hamcrest.core.matcher import Matcher

from support import expectations as expected
from support.api.frames import STDERR, STDOUT, MalformedStream, decode, joined
from support.api.recording import Exchange
from support.container import EXITED
from support.gitlab import extra_checks
from support.gitlab.contract.checks import ends_with
from support.gitlab.expectations import reports_exit
from support.gitlab.image import progress_of
from support.gitlab.outcomes import jobs
from support.gitlab.outcomes.user_job import UserJob
from support.gitlab.stage import Stage
from support.matchers import answered, assert_that, has_json, is_refusal, no_problems, wrote

_SPREAD = 0.5  # of a second; lines are written a second apart, and a clock of the past is no clock of their writing
_CLOCK = 5.0  # seconds that two clocks of a daemon may differ


def log_until_its_end(job: jobs.Endless) -> None:
    """JOB-03, JOB-04: on stdout; a shell may say on stderr what ended its command."""
    whatever: Matcher[Any] = instance_of(bytes)
    _wrote(job.stage, [job.mark, jobs.BEGUN], whatever)


def log_is(job: UserJob, *lines: str, stderr: bytes = b"") -> None:
    """Its log has these lines behind its mark, and no others."""
    _wrote(job.stage, [job.mark, *lines], stderr)


def _wrote(stage: Stage, lines: Sequence[str], stderr: bytes | Matcher[Any] = b"") -> None:
    stage.output_ended()
    assert_that(stage.stream(), wrote("".join(f"{line}\n" for line in lines).encode(), stderr))


def after_script_ran(job: jobs.Failing) -> None:
    """JOB-07: in the same container, with output and an end of its own."""
    assert_that(job.after_script.start(), answered(204))
    _wrote(job.after_script, [job.mark, jobs.AFTERWARDS])
    ends_with(job.after_script, 0)


def was_ended(job: jobs.Endless) -> None:
    """JOB-03, JOB-04: the stop is accepted, the job has exited, and not as if it had succeeded."""
    assert_that(job.ended(), answered(204, 304))
    assert_that(job.stage.afterwards(), expected.has_status(job.build, EXITED))
    number: Matcher[Any] = instance_of(int)
    assert_that(job.stage.answer(), answered(200))
    assert_that(job.stage.answer(), has_json("StatusCode", number))
    assert_that(job.stage.answer(), has_json("StatusCode", is_not(0)))


def health_check_failed(job: jobs.Unready) -> None:
    """JOB-05."""
    assert_that(job.health_checked(), reports_exit(1))


def service_log_is_shown(job: jobs.Unready) -> None:
    """JOB-05: each stream's line in frames of that stream; CloudWatch, where ECS logs are from, knows no streams."""
    assert_that(job.service_logs(), answered(200))
    out, err = jobs.SERVICE_LINES
    seen = {stream: _frames(job.service_logs(), stream).decode("utf-8", "replace") for stream in (STDOUT, STDERR)}
    if job.driver.aws is None:
        assert_that(seen, equal_to({STDOUT: f"{out}\n", STDERR: f"{err}\n"}), exchange=job.service_logs())
    else:
        lines = sorted("".join(seen.values()).splitlines())
        assert_that(lines, equal_to(sorted(jobs.SERVICE_LINES)), exchange=job.service_logs())


def _frames(logs: Exchange, stream: int) -> bytes:
    try:
        return joined(decode(logs.raw), stream)
    except MalformedStream as error:
        raise AssertionError(f"the log is not in frames: {error}: {logs.line()}") from None


def pull_error(pull: Exchange) -> str:
    """What a pull says went wrong, without what differs from attempt to attempt: numbers of ports, and times."""
    said = pull.message() if pull.status is None or pull.status >= 400 else _last_error(pull)
    return re.sub(r"\d+", "0", said)


def _last_error(pull: Exchange) -> str:
    errors = [str(message["error"]) for message in progress_of(pull) if message.get("error")]
    return errors[-1] if errors else ""


def pulls_fail_alike(job: jobs.Unpullable) -> None:
    """JOB-06: a message, and the same status and message at each attempt."""
    for pull in job.pulls():
        extra_checks.pull_failed(pull)
    first, second = job.pulls()
    seen, wanted = (second.status, pull_error(second)), (first.status, pull_error(first))
    assert_that(seen, equal_to(wanted), exchange=second)


def image_is_not_there(job: jobs.Unpullable) -> None:
    """JOB-06: neither the image, nor a container of it that runs."""
    assert_that(job.found(), answered(404))
    assert_that(job.run_refused(), is_refusal())


def next_job_finds_cache(job: jobs.Success) -> None:
    """JOB-08."""
    assert_that(job.cached(), equal_to(jobs.CACHED), exchange=job.next_stage.attach().exchange)


def lines_come_while_it_runs(job: jobs.Live) -> None:
    """JOB-09: each before the next second's, and all in order."""
    exchange = job.stage.attach().exchange
    assert_that(job.late_lines(), no_problems("lines that come while the job runs"), exchange=exchange)
    log_is(job, *(f"line {number}" for number in range(1, jobs.LIVE_LINES + 1)))


def log_is_stamped(job: jobs.Live) -> None:
    """JOB-10: each line with the time when it was written, in order."""
    assert_that(job.stamped(), answered(200))
    lines = _frames(job.stamped(), STDOUT).decode("utf-8", "replace").splitlines()
    pairs = [line.partition(" ")[::2] for line in lines]
    wanted = [job.mark, *(f"line {number}" for number in range(1, jobs.LIVE_LINES + 1))]
    assert_that([text for _, text in pairs], equal_to(wanted), exchange=job.stamped())
    stamps = [_moment(stamp, job.stamped()) for stamp, _ in pairs[1:]]
    gaps = [later - earlier for earlier, later in pairwise(stamps)]
    problems = [
        f"between lines written a second apart the timestamps have {gap:.3f} s" for gap in gaps if gap < _SPREAD
    ]
    problems += _is_of_another_time(stamps[-1], job)
    assert_that(problems, no_problems("the times when the lines were written"), exchange=job.stamped())


def _is_of_another_time(last: float, job: jobs.Live) -> list[str]:
    """Held against the daemon's own clock, where it tells it: the log was read when the job was over."""
    date = job.stamped().header("Date")
    if not date:
        job.driver.note("that the times are the daemon's could not be seen: it sends no Date")
        return []
    before = parsedate_to_datetime(date).timestamp() - last
    if -_CLOCK <= before <= job.driver.seconds("job_timeout"):
        return []
    return [f"the last line's time is {before:.0f} s before that of the answer"]


def _moment(stamp: str, logs: Exchange) -> float:
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", stamp)).timestamp()
    except ValueError:
        raise AssertionError(f"{stamp!r} is no timestamp: {logs.line()}") from None


def logs_do_not_mix(all_jobs: Sequence[UserJob]) -> None:
    """JOB-11: each log begins with its own job's mark, and has no other's."""
    marks = {job.mark for job in all_jobs}
    for job in all_jobs:
        for log in job.logs():
            lines = log.decode("utf-8", "replace").splitlines()
            seen = [line for line in lines if line in marks]
            assert_that(seen, equal_to([job.mark]), exchange=job.stage.attach().exchange)


def nothing_is_left(all_jobs: Sequence[UserJob]) -> None:
    """JOB-12: of none of them."""
    for job in all_jobs:
        job.must_have_existed()
        assert_that(job.left(), no_problems(f"nothing that is left of the job {job.driver.name}"))
