"""CloudWatch Logs: groups, streams, events; and the awslogs driver that fills them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from standin.aws.control import ACCOUNT, Control
from standin.aws.wire import AwsError, Json, page


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Stream:
    """A log stream; its events in AWS's shape, in the order of their timestamps."""

    name: str
    created: int = field(default_factory=now_ms)
    events: list[Json] = field(default_factory=list)

    def between(self, params: Json) -> list[Json]:
        """From ``startTime`` (included) to ``endTime`` (excluded), as AWS counts them."""
        start, end = params.get("startTime", 0), params.get("endTime", now_ms() + 1)
        return [event for event in self.events if start <= event["timestamp"] < end]


@dataclass
class Group:
    """A log group."""

    name: str
    arn: str
    created: int = field(default_factory=now_ms)
    streams: dict[str, Stream] = field(default_factory=dict)


class Logs:
    """The groups of a region. The calls take decoded parameters and answer decoded results."""

    actions = (
        "CreateLogGroup",
        "DeleteLogGroup",
        "DescribeLogGroups",
        "DeleteLogStream",
        "DescribeLogStreams",
        "GetLogEvents",
        "FilterLogEvents",
    )

    def __init__(self, region: str, control: Control) -> None:
        self._arn, self._control = f"arn:aws:logs:{region}:{ACCOUNT}:log-group", control
        self._groups: dict[str, Group] = {}

    def create_log_group(self, params: Json) -> Json:
        name = params["logGroupName"]
        if name in self._groups:
            raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
        self._groups[name] = Group(name, f"{self._arn}:{name}")
        return {}

    def delete_log_group(self, params: Json) -> Json:
        del self._groups[self._group(params).name]
        return {}

    def describe_log_groups(self, params: Json) -> Json:
        prefix, part = params.get("logGroupNamePrefix", ""), params.get("logGroupNamePattern", "")
        if prefix and part:
            text = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
            raise AwsError("InvalidParameterException", text)
        found = [group for name, group in sorted(self._groups.items()) if name.startswith(prefix) and part in name]
        groups, token = page(found, params, "nextToken", self._size(params, 50))
        shown = [
            {"logGroupName": g.name, "arn": f"{g.arn}:*", "logGroupArn": g.arn, "creationTime": g.created}
            for g in groups
        ]
        return {"logGroups": shown, **token}

    def delete_log_stream(self, params: Json) -> Json:
        group = self._group(params)
        del group.streams[self._stream(group, params["logStreamName"]).name]
        return {}

    def describe_log_streams(self, params: Json) -> Json:
        group, prefix = self._group(params), params.get("logStreamNamePrefix", "")
        by_time = params.get("orderBy") == "LastEventTime"
        if by_time and prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")

        def order(stream: Stream) -> tuple[int, str]:
            return (stream.events[-1]["timestamp"] if by_time and stream.events else 0, stream.name)

        found = [stream for stream in group.streams.values() if stream.name.startswith(prefix)]
        found.sort(key=order, reverse=params.get("descending", False))
        streams, token = page(found, params, "nextToken", self._size(params, 50))
        shown = []
        for stream in streams:
            arn = f"{group.arn}:log-stream:{stream.name}"
            shown.append({"logStreamName": stream.name, "arn": arn, "creationTime": stream.created})
            if stream.events:
                first, last = stream.events[0], stream.events[-1]
                times = {"firstEventTimestamp": first["timestamp"], "lastEventTimestamp": last["timestamp"]}
                shown[-1] |= {**times, "lastIngestionTime": last["ingestionTime"]}
        return {"logStreams": shown, **token}

    def get_log_events(self, params: Json) -> Json:
        """Both tokens name a place between two events; the forward one repeats at the end, as AWS's does."""
        events = self._stream(self._group(params), params["logStreamName"]).between(params)
        direction, _, place = params.get("nextToken", "").partition("/")
        if direction and (direction not in ("f", "b") or not place.isdigit()):
            raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
        if direction == "f" or (not direction and params.get("startFromHead")):
            start = int(place or 0)
            end = min(len(events), start + self._size(params, 10_000))
        else:
            end = int(place) if direction else len(events)
            start = max(0, end - self._size(params, 10_000))
        shown = [{key: e[key] for key in ("timestamp", "message", "ingestionTime")} for e in events[start:end]]
        return {"events": shown, "nextForwardToken": f"f/{end:056d}", "nextBackwardToken": f"b/{start:056d}"}

    def filter_log_events(self, params: Json) -> Json:
        """A page scans one stream at most, so that it is empty in mid-scan where that stream has no match."""
        group, names = self._group(params), params.get("logStreamNames")
        streams = [self._stream(group, name) for name in names] if names else list(group.streams.values())
        streams = [stream for stream in streams if stream.name.startswith(params.get("logStreamNamePrefix", ""))]
        term, size = params.get("filterPattern", "").strip('"'), self._size(params, 10_000)
        events = ((stream, stream.between(params)) for stream in streams)
        parts = [found[i : i + size] for _, found in events for i in range(0, len(found) or 1, size)]
        scanned, token = page(parts, params, "nextToken", 1)
        return {"events": [event for part in scanned for event in part if term in event["message"]], **token}

    def create_stream(self, group: str, name: str, *, create_group: bool) -> None:
        """The log driver's part: a stream for a task that starts."""
        if create_group and group not in self._groups:
            self.create_log_group({"logGroupName": group})
        self._group({"logGroupName": group}).streams[name] = Stream(name)

    def deliver(self, group: str, name: str, lines: list[tuple[int, str]]) -> bool:
        """The log driver's part: lines with the times (ms) of their writing; False where the stream was deleted."""
        if group not in self._groups or name not in self._groups[group].streams:
            return False
        for at, line in lines:
            event: Json = {"logStreamName": name, "message": line, "eventId": uuid.uuid4().hex}
            event |= {"timestamp": at, "ingestionTime": now_ms()}
            self._groups[group].streams[name].events.append(event)
        return True

    def _size(self, params: Json, most: int) -> int:
        return min(int(params.get("limit", most)), self._control.page)

    def _group(self, params: Json) -> Group:
        name = params.get("logGroupName") or params.get("logGroupIdentifier", "").split(":log-group:")[-1]
        if name not in self._groups:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
        return self._groups[name]

    @staticmethod
    def _stream(group: Group, name: str) -> Stream:
        if name not in group.streams:
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        return group.streams[name]


class LogDriver:
    """The awslogs driver of one container: whole lines become events, readable ``delay`` seconds later.

    As the real one it merges stdout and stderr and drops empty lines.
    """

    def __init__(self, deliver: Callable[[list[tuple[int, str]]], None], delay: float) -> None:
        self._deliver, self._delay = deliver, delay
        self._partial: dict[int, bytes] = {}
        self._pending: deque[list[tuple[int, str]]] = deque()

    def write(self, stream: int, data: bytes) -> None:
        """Take what the container wrote to its standard output (1) or error (2)."""
        *lines, self._partial[stream] = (self._partial.get(stream, b"") + data).split(b"\n")
        self._schedule(lines)

    def close(self) -> None:
        """The container has ended: an unfinished line counts as one."""
        self._schedule(list(self._partial.values()))
        self._partial.clear()

    def _schedule(self, lines: list[bytes]) -> None:
        if kept := [(now_ms(), line.decode("utf-8", "replace")) for line in lines if line]:
            self._pending.append(kept)
            # Timers that are due at one moment fire in any order; the queue keeps the lines in theirs.
            asyncio.get_running_loop().call_later(self._delay, lambda: self._deliver(self._pending.popleft()))
