"""Lies about what the user of a CI job sees of it."""

from __future__ import annotations

import re

from falsify.lies import Layer, in_layer, jobs, on
from falsify.proxy_session import Call, Forward
from falsify.response_rules import asked, edited, in_passing, pretend, refuse
from falsify.runner_rules import without_binds
from falsify.streaming import Frames, daemon_frames
from support.api.frames import STDOUT, Frame
from support.api.messages import Answer, made

_ATTACH, _WAIT = "container.attach", "container.wait"
_PROGRESS = {"status": "Status: Downloaded newer image"}


async def _pulls_anything(call: Call, forward: Forward) -> Answer:
    return made(200, _PROGRESS) if "no-such-registry" in call.request.target else await forward(call)


async def _all_at_the_end(_: Call, frames: Frames) -> Frames:
    for frame in [frame async for frame in frames]:
        yield frame


async def _with_another_jobs_line(call: Call, frames: Frames) -> Frames:
    """The first line of the job that runs beside it."""
    name = next(each.name for each in call.session.created if each.job == "success" and each.role == "build")
    mark = name.removeprefix("runner-").removesuffix("-build")
    async for frame in frames:
        yield frame
    yield Frame(STDOUT, f"job={mark}\n".encode())


def _of_one_moment(content: bytes) -> bytes:
    stamps = re.findall(rb"\d{4}-\d\d-\d\dT\S+", content)
    for stamp in stamps[:-1]:
        content = content.replace(stamp, stamps[-1].rjust(len(stamp))[: len(stamp)])
    return content


def _an_hour_later(content: bytes) -> bytes:
    return re.sub(rb"(\d{4}-\d\d-\d\dT)(\d\d)", lambda found: found[1] + b"%02d" % ((int(found[2]) + 1) % 24), content)


status_lie, effect_lie, body_lie = in_layer(Layer.STATUS), in_layer(Layer.EFFECTS), in_layer(Layer.BODIES)
stream_lie, second_lie = in_layer(Layer.STREAMS), in_layer(Layer.ONLY_FIRST)
LIES = (
    body_lie(
        "success-reported-as-failure",
        "The wait for a script that succeeds reports 1.",
        jobs(1),
        on(_WAIT, edited(lambda _, content: content.update(StatusCode=1)), job="success", role="build"),
    ),
    body_lie(
        "failure-reported-as-success",
        "The wait for a script that fails reports 0.",
        jobs(2),
        on(_WAIT, edited(lambda _, content: content.update(StatusCode=0)), job="failing"),
    ),
    effect_lie(
        "cancelled-job-goes-on",
        "A job that is cancelled goes on.",
        jobs(3),
        on("container.exec", refuse(501, "not implemented"), job="cancelled"),
        on("container.stop", pretend(204), job="cancelled"),
    ),
    effect_lie(
        "timed-out-job-goes-on",
        "A job that has timed out goes on.",
        jobs(4),
        on("container.stop", pretend(204), job="timedout"),
    ),
    status_lie(
        "service-log-501", "A service's log cannot be read.", jobs(5), on("container.logs", refuse(501), job="unready")
    ),
    effect_lie(
        "any-image-is-pulled",
        "The pull of an image that is nowhere succeeds.",
        jobs(6),
        on("image.pull", _pulls_anything, of_strangers=True),
    ),
    second_lie(
        "after-script-not-started",
        "A container whose script failed cannot be started again.",
        jobs(7),
        on("container.start", refuse(409, "it has failed"), job="failing", since=2),
    ),
    effect_lie(
        "cache-not-mounted",
        "The next job has another cache.",
        jobs(8),
        on("container.create", asked(without_binds), role="next"),
    ),
    stream_lie(
        "output-at-the-end",
        "A job's output comes when it is over.",
        jobs(9),
        on(_ATTACH, daemon_frames(_all_at_the_end), job="live"),
    ),
    body_lie(
        "stamps-of-one-moment",
        "The lines of a log have the time when the log was read.",
        jobs(10),
        on("container.logs", in_passing(_of_one_moment), job="live"),
    ),
    body_lie(
        "log-of-another-zone",
        "The lines of a log have the time of another zone, and say that it is UTC.",
        jobs(10),
        on("container.logs", in_passing(_an_hour_later), job="live"),
    ),
    stream_lie(
        "line-of-another-job",
        "A job's log has a line of another job.",
        jobs(9, 11),
        on(_ATTACH, daemon_frames(_with_another_jobs_line), job="live"),
    ),
    effect_lie(
        "cancelled-container-stays",
        "The container of a cancelled job is not deleted.",
        jobs(12),
        on("container.remove", pretend(204), job="cancelled"),
    ),
)
