"""Lies about logs and exec streams of Fargate tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from falsify.lies import Layer, ecs, in_layer, on, unseen
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import edited
from falsify.streaming import Frames, daemon_frames, silence
from support.api.frames import STDERR, STDOUT, Frame, decode, encode
from support.api.messages import Answer

lie = in_layer(Layer.STREAMS)

_OUT = AsyncIterator[Frame | bytes]


def _logs(role: str, change: Callable[[list[Frame]], list[Frame]], *, stamped: bool | None = None) -> Rule:
    """Logs with other frames; of those asked for with timestamps only, or without, where ``stamped`` says so."""
    return _log_bytes(role, lambda content: b"".join(map(encode, change(decode(content)))), stamped=stamped)


def _log_bytes(role: str, change: Callable[[bytes], bytes], *, stamped: bool | None = None) -> Rule:
    async def handler(call: Call, forward: Forward) -> Answer:
        answer, content = await (await forward(call)).read()
        is_stamped = "timestamps=true" in call.request.target
        if answer.status != 200 or stamped not in (None, is_stamped):
            return answer
        return answer.but(body=change(content))

    return on("container.logs", handler, role=role)


def _each_line(change: Callable[[bytes], bytes]) -> Callable[[list[Frame]], list[Frame]]:
    """Lines of each frame changed."""

    def changed(frames: list[Frame]) -> list[Frame]:
        return [Frame(f.stream, b"".join(map(change, f.payload.splitlines(keepends=True)))) for f in frames]

    return changed


def _command_first(line: bytes) -> Callable[[list[Frame]], list[Frame]]:
    return lambda frames: [Frame(STDOUT, line), *frames] if frames else []


def _labelled(stream: int) -> Callable[[list[Frame]], list[Frame]]:
    return lambda frames: [Frame(stream, frame.payload) for frame in frames]


def _doubled(frames: list[Frame]) -> list[Frame]:
    return [each for frame in frames for each in (frame, frame)]


def _in_reverse(frames: list[Frame]) -> list[Frame]:
    lines = [Frame(f.stream, line) for f in frames for line in f.payload.splitlines(keepends=True)]
    return lines[::-1]


def _unframed(content: bytes) -> bytes:
    return b"".join(frame.payload for frame in decode(content))


def _stamped(stamp: Callable[[bytes], bytes]) -> Callable[[list[Frame]], list[Frame]]:
    """Each line's timestamp changed."""

    def change(line: bytes) -> bytes:
        first, _, rest = line.partition(b" ")
        return stamp(first) + b" " + rest

    return _each_line(change)


def _in_1970(stamp: bytes) -> bytes:
    return b"1970-01-01T00:00:00.000000000Z"


def _of_the_request(stamp: bytes) -> bytes:
    return datetime.now(UTC).isoformat().encode()


def _of_the_minute(stamp: bytes) -> bytes:
    return datetime.fromisoformat(stamp.decode()).replace(second=0, microsecond=0).isoformat().encode()


def _two_hours_on(stamp: bytes) -> bytes:
    """Local time that claims to be UTC."""
    return (datetime.fromisoformat(stamp.decode()) + timedelta(hours=2)).isoformat().encode()


def _without_stamp(line: bytes) -> bytes:
    return line.partition(b" ")[2]


def _by_day(stamp: bytes) -> bytes:
    return stamp[:10]


def _stamped_behind(line: bytes) -> bytes:
    stamp, _, rest = line.rstrip(b"\n").partition(b" ")
    return rest + b" " + stamp + b"\n"


def _no_events(call: Call, content: Any) -> None:
    content["events"] = []


def _other_events(call: Call, content: Any) -> None:
    for event in content["events"]:
        event["message"] = f"agent: {event['message']}"


def _no_streams(call: Call, content: Any) -> None:
    content["logStreams"] = []


async def _command_line(call: Call, frames: Frames) -> _OUT:
    """The exec's own command line instead of what it does."""
    async for _frame in frames:
        continue
    yield Frame(STDOUT, b"echo exec-works\n")


async def _extra_line(call: Call, frames: Frames) -> _OUT:
    yield Frame(STDOUT, b"agent: connected\n")
    async for frame in frames:
        yield frame


async def _swapped(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(STDERR if frame.stream == STDOUT else STDOUT, frame.payload)


async def _never_closed(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield frame
    await silence()


async def _without_output(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield Frame(frame.stream, b"")


async def _raw(call: Call, frames: Frames) -> _OUT:
    async for frame in frames:
        yield frame.payload


def _exec(handler: Handler) -> Rule:
    return on("exec.start", handler, role="echo")


async def _session_told(call: Call, frames: Frames) -> _OUT:
    yield Frame(STDERR, b"Starting session with SessionId: ecs-execute-command-0f\n")
    async for frame in frames:
        yield frame


LIES = (
    lie(
        "exec-tells-of-its-session",
        "An exec says on stderr what nobody wrote.",
        ecs(15),
        _exec(daemon_frames(_session_told)),
    ),
    lie(
        "logs-begin-with-command",
        "Logs begin with the command line.",
        ecs(11),
        _logs("echo", _command_first(b"echo hello from fargate\n")),
        is_known=True,
    ),
    lie(
        "logs-are-the-command",
        "Logs are the command line, and nothing ran.",
        ecs(11),
        _logs("echo", lambda frames: [Frame(STDOUT, b"echo hello from fargate\n")]),
        is_known=True,
    ),
    lie("logs-empty", "Logs are never delivered.", ecs(11), _log_bytes("echo", lambda content: b"")),
    lie("logs-doubled", "Every line is delivered twice.", ecs(11), _logs("echo", _doubled)),
    lie("echo-logs-on-stderr", "Its line is labelled as stderr.", ecs(11), _logs("echo", _labelled(STDERR))),
    lie(
        "cloudwatch-empty",
        "Logs are delivered, and CloudWatch holds nothing of them.",
        ecs(11),
        on("logs:GetLogEvents", edited(_no_events), role="suite"),
        unobservable=unseen("CloudWatch has no times of the lines.", ecs(13)),
    ),
    lie(
        "cloudwatch-with-other-lines",
        "CloudWatch holds other lines than the container's.",
        ecs(11),
        on("logs:GetLogEvents", edited(_other_events), role="suite"),
        unobservable=unseen("CloudWatch has no times of the lines.", ecs(13)),
    ),
    lie(
        "cloudwatch-without-stream",
        "Logs are delivered, and the task has no log stream.",
        ecs(11),
        on("logs:DescribeLogStreams", edited(_no_streams), role="suite"),
        unobservable=unseen("CloudWatch has no times of the lines.", ecs(13)),
    ),
    lie("logs-unframed", "Logs are not framed.", ecs(12, 13), _log_bytes("writer", _unframed)),
    lie("logs-on-stderr", "All logs are labelled as stderr.", ecs(12), _logs("writer", _labelled(STDERR))),
    lie("logs-cut-off", "Logs end inside a frame.", ecs(12, 13), _log_bytes("writer", lambda content: content[:-3])),
    lie(
        "logs-lose-a-line",
        "The last line is missing.",
        ecs(12, 13),
        _logs("writer", lambda f: f[:-1], stamped=False),
    ),
    lie(
        "stamps-missing", "Timestamps are missing.", ecs(13), _logs("writer", _each_line(_without_stamp), stamped=True)
    ),
    lie("stamps-by-day", "Timestamps are days.", ecs(13), _logs("writer", _stamped(_by_day), stamped=True)),
    lie(
        "stamps-behind",
        "Timestamps follow their line.",
        ecs(13),
        _logs("writer", _each_line(_stamped_behind), stamped=True),
    ),
    lie("stamps-of-1970", "Timestamps are of 1970.", ecs(13), _logs("writer", _stamped(_in_1970), stamped=True)),
    lie(
        "stamps-of-the-request",
        "Timestamps are of when the logs are asked for.",
        ecs(13),
        _logs("writer", _stamped(_of_the_request), stamped=True),
    ),
    lie(
        "stamps-of-the-minute",
        "Timestamps are of whole minutes.",
        ecs(13),
        _logs("writer", _stamped(_of_the_minute), stamped=True),
    ),
    lie(
        "stamps-of-another-zone",
        "Timestamps are of another time zone, and claim to be UTC.",
        ecs(13),
        _logs("writer", _stamped(_two_hours_on), stamped=True),
    ),
    lie("stamps-in-reverse", "The last line comes first.", ecs(13), _logs("writer", _in_reverse, stamped=True)),
    lie("stamps-lose-a-line", "A line is missing.", ecs(13), _logs("writer", lambda f: f[1:], stamped=True)),
    lie(
        "exec-echoes-command",
        "An exec writes its own command line.",
        ecs(15),
        _exec(daemon_frames(_command_line)),
        is_known=True,
    ),
    lie("exec-extra-line", "An exec's output begins with another line.", ecs(15), _exec(daemon_frames(_extra_line))),
    lie("exec-on-stderr", "An exec's stdout is labelled as stderr.", ecs(15), _exec(daemon_frames(_swapped))),
    lie("exec-never-closed", "An exec's stream is never closed.", ecs(15), _exec(daemon_frames(_never_closed))),
    lie("exec-output-lost", "An exec's output is lost.", ecs(15), _exec(daemon_frames(_without_output))),
    lie("exec-unframed", "An exec's output is not framed.", ecs(15), _exec(daemon_frames(_raw))),
)
