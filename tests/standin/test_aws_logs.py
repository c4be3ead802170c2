"""CloudWatch Logs in the simulator, seen through boto3."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError

from standin.aws.logs import LogDriver, now_ms
from tests.standin.aws_world import World, world

GROUP = "/sockerless"
WITHIN = 10.0  # seconds; nothing here takes one
ROUNDING = 3  # milliseconds that may be lost, where times are cut and two clocks meet


@pytest.fixture(scope="module")
def aws() -> Iterator[World]:
    with world() as made:
        yield made


def _error(call: object, **params: object) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)  # type: ignore[operator]
    return caught.value.response["Error"]["Code"]


def _within(seconds: float, predicate: Callable[[], object]) -> None:
    """Ask every 20 ms until it is so; the assertion that follows tells when it never was."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not predicate() and time.monotonic() < deadline:
        pause.wait(0.02)


def _filled(aws: World, group: str, **streams: int) -> None:
    """A group with so many lines, ``0`` … ``n-1``, in each stream, one per millisecond."""
    logs = aws.simulator.region("eu-central-1").logs

    def fill() -> None:
        base = now_ms() - 10_000
        for name, count in streams.items():
            logs.create_stream(group, name, create_group=True)
            logs.deliver(group, name, [(base + n, str(n)) for n in range(count)])

    aws.call(fill)


def _forward(aws: World, group: str, stream: str, **params: object) -> list[list[str]]:
    """Pages as the field reads them: until the forward token repeats."""
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        answer = aws.logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **token, **params
        )
        pages.append([event["message"] for event in answer["events"]])
        if token.get("nextToken") == answer["nextForwardToken"]:
            return pages
        token = {"nextToken": answer["nextForwardToken"]}


def test_output_reaches_the_stream_of_the_task_after_the_delay(aws: World) -> None:
    task = aws.run("writer", "sh", "-c", "echo one; echo two >&2; printf three; sleep 0.05")
    last = aws.history(task)[-1]
    stream = f"writer/main/{task['taskArn'][-32:]}"

    def read() -> list[dict]:
        return aws.logs.get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]

    _within(10, lambda: len(read()) == 3)
    events = read()
    assert sorted(event["message"] for event in events) == ["one", "three", "two"]
    for event in events:
        assert event["ingestionTime"] - event["timestamp"] >= 200 - ROUNDING
        assert last["startedAt"].timestamp() * 1000 - 100 <= event["timestamp"] <= last["stoppedAt"].timestamp() * 1000
    noted = [entry for entry in aws.simulator.journal.entries if entry["event"] == "delivered"]
    assert min(entry["t"] - entry["written"] for entry in noted) >= (200 - ROUNDING) / 1000
    assert {entry["stream"] for entry in noted} >= {f"{GROUP}:{stream}"}


def test_the_driver_keeps_order_joins_pieces_and_drops_empty_lines() -> None:
    got: list[str] = []

    async def write() -> None:
        delivered = asyncio.Event()

        def deliver(lines: list[tuple[int, str]]) -> None:
            got.extend(line for _, line in lines)
            if got[-1] == "last":
                delivered.set()

        driver = LogDriver(deliver, 0.01)
        for piece in (b"a", b"b\n\nc", b"\nd\ne", b"\n" * 3, b"last"):
            driver.write(1, piece)
        driver.close()
        await asyncio.wait_for(delivered.wait(), WITHIN)

    asyncio.run(write())
    assert got == ["ab", "c", "d", "e", "last"]


def test_get_log_events_pages_forward_until_the_token_repeats(aws: World) -> None:
    _filled(aws, "/forward", s=5)
    assert _forward(aws, "/forward", "s", limit=2) == [["0", "1"], ["2", "3"], ["4"], []]
    assert _forward(aws, "/forward", "s") == [["0", "1", "2", "3", "4"], []]


def test_get_log_events_begins_at_the_end_and_pages_backward(aws: World) -> None:
    _filled(aws, "/backward", s=5)
    ask = {"logGroupName": "/backward", "logStreamName": "s", "limit": 2}
    first = aws.logs.get_log_events(**ask)
    second = aws.logs.get_log_events(**ask, nextToken=first["nextBackwardToken"])
    assert [[e["message"] for e in answer["events"]] for answer in (first, second)] == [["3", "4"], ["1", "2"]]


def test_a_bad_token_is_refused(aws: World) -> None:
    _filled(aws, "/token", s=1)
    ask = {"logGroupName": "/token", "logStreamName": "s"}
    assert _error(aws.logs.get_log_events, **ask, nextToken="x/1") == "InvalidParameterException"
    assert _error(aws.logs.filter_log_events, logGroupName="/token", nextToken="!") == "InvalidParameterException"


def test_times_bound_what_is_read(aws: World) -> None:
    _filled(aws, "/times", s=4)
    ask = {"logGroupName": "/times", "logStreamName": "s", "startFromHead": True}
    at = [event["timestamp"] for event in aws.logs.get_log_events(**ask)["events"]]
    bounded = aws.logs.get_log_events(**ask, startTime=at[1], endTime=at[3])["events"]
    assert [event["message"] for event in bounded] == ["1", "2"]


def test_filter_pages_can_be_empty_in_mid_scan(aws: World) -> None:
    _filled(aws, "/filter", a=1, b=0, c=3)
    paginator = aws.logs.get_paginator("filter_log_events")
    pages = [page["events"] for page in paginator.paginate(logGroupName="/filter", filterPattern='"2"')]
    assert [[event["message"] for event in page] for page in pages] == [[], [], ["2"]]
    event = pages[-1][0]
    assert event["logStreamName"] == "c"
    assert event["eventId"]
    of_stream = aws.logs.filter_log_events(logGroupName="/filter", logStreamNames=["c"])["events"]
    assert [e["message"] for e in of_stream] == ["0", "1", "2"]
    by_prefix = aws.logs.filter_log_events(logGroupName="/filter", logStreamNamePrefix="a")["events"]
    assert [e["message"] for e in by_prefix] == ["0"]


def test_groups_are_made_listed_and_deleted(aws: World) -> None:
    for name in ("/mine/b", "/mine/a", "/mine/c"):
        aws.logs.create_log_group(logGroupName=name)
    assert _error(aws.logs.create_log_group, logGroupName="/mine/a") == "ResourceAlreadyExistsException"
    paginator = aws.logs.get_paginator("describe_log_groups")
    pages = list(paginator.paginate(logGroupNamePrefix="/mine", PaginationConfig={"PageSize": 2}))
    names = [[group["logGroupName"] for group in page["logGroups"]] for page in pages]
    assert names == [["/mine/a", "/mine/b"], ["/mine/c"]]
    assert abs(pages[0]["logGroups"][0]["creationTime"] - time.time() * 1000) < 60_000
    for name in ("/mine/a", "/mine/b", "/mine/c"):
        aws.logs.delete_log_group(logGroupName=name)
    assert _error(aws.logs.delete_log_group, logGroupName="/mine/a") == "ResourceNotFoundException"
    assert aws.logs.describe_log_groups(logGroupNamePrefix="/mine")["logGroups"] == []


def test_streams_are_listed_by_name_or_time_and_deleted(aws: World) -> None:
    _filled(aws, "/streams", old=1, empty=0, new=3)
    ask = {"logGroupName": "/streams"}
    by_name = list(aws.logs.get_paginator("describe_log_streams").paginate(**ask, PaginationConfig={"PageSize": 2}))
    names = [[stream["logStreamName"] for stream in page["logStreams"]] for page in by_name]
    assert names == [["empty", "new"], ["old"]]
    by_time = aws.logs.describe_log_streams(**ask, orderBy="LastEventTime", descending=True)["logStreams"]
    assert [stream["logStreamName"] for stream in by_time] == ["new", "old", "empty"]
    assert "lastEventTimestamp" not in by_time[2]
    assert by_time[0]["lastEventTimestamp"] - by_time[0]["firstEventTimestamp"] == 2
    prefixed = {**ask, "logStreamNamePrefix": "n"}
    assert [s["logStreamName"] for s in aws.logs.describe_log_streams(**prefixed)["logStreams"]] == ["new"]
    assert _error(aws.logs.describe_log_streams, **prefixed, orderBy="LastEventTime") == "InvalidParameterException"
    aws.logs.delete_log_stream(**ask, logStreamName="new")
    assert _error(aws.logs.delete_log_stream, **ask, logStreamName="new") == "ResourceNotFoundException"
    assert _error(aws.logs.get_log_events, **ask, logStreamName="new") == "ResourceNotFoundException"


@pytest.mark.parametrize("call", ["describe_log_streams", "filter_log_events", "delete_log_group"])
def test_a_missing_group_is_not_found(aws: World, call: str) -> None:
    assert _error(getattr(aws.logs, call), logGroupName="/nowhere") == "ResourceNotFoundException"


def test_lines_of_a_deleted_stream_are_lost(aws: World) -> None:
    task = aws.run("lost", "sh", "-c", "sleep 0.3; echo gone")
    aws.history(task, "RUNNING")
    aws.logs.delete_log_stream(logGroupName=GROUP, logStreamName=f"lost/main/{task['taskArn'][-32:]}")
    aws.history(task)

    def lost() -> list[dict]:
        return [entry for entry in aws.simulator.journal.entries if entry["event"] == "lost"]

    _within(10, lost)
    assert [entry["lines"] for entry in lost()] == [1]
