"""What the daemon is put together from: output files, times, references, filters."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standin.clock import SECOND, moment, since, stamp
from standin.filters import Filters
from standin.http import ApiError, Request
from standin.lifecycle import signal_number
from standin.output import END, LINE_LIMIT, STDERR, STDOUT, Chunk, Output
from standin.state import split_reference


def lines_of(folder: Path, chunks: list[tuple[int, bytes]]) -> list[Chunk]:
    async def read() -> list[Chunk]:
        output = Output(folder)
        for stream, data in chunks:
            output.write(stream, data)
        return [line async for line in output.lines(follow=False)]

    return asyncio.run(read())


CHUNKS = st.lists(st.tuples(st.sampled_from((STDOUT, STDERR)), st.binary(min_size=1, max_size=40)), max_size=30)


@given(CHUNKS)
def test_lines_are_the_output_cut_at_line_feeds(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[tuple[int, bytes]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    lines = lines_of(folder, [*chunks, (END, b"")])
    for stream in (STDOUT, STDERR):
        own = [line.data for line in lines if line.stream == stream]
        assert b"".join(own) == b"".join(data for number, data in chunks if number == stream)
        assert all(b"\n" not in line[:-1] for line in own)
        assert all(line.endswith(b"\n") for line in own[:-1])
    assert lines[-1].stream == END


def test_a_line_that_has_not_ended_is_told_at_the_end_of_the_run(tmp_path: Path) -> None:
    assert lines_of(tmp_path, [(STDOUT, b"half")]) == []
    assert [line.data for line in lines_of(tmp_path, [(STDOUT, b"half"), (END, b"")])] == [b"half", b""]


def test_long_lines_are_cut_as_the_engine_cuts_them(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, [(STDOUT, b"x" * LINE_LIMIT + b"y\nz\n")])
    assert [line.data for line in lines] == [b"x" * LINE_LIMIT, b"y\n", b"z\n"]


def test_readers_get_what_is_left_after_the_close(tmp_path: Path) -> None:
    async def read() -> list[bytes]:
        output = Output(tmp_path)
        output.write(STDOUT, b"said")
        output.close()
        return [chunk.data async for chunk in output.chunks(0, follow=True)]

    assert asyncio.run(read()) == [b"said"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("time_ns", "inspect", "log"),
    [
        (1 * SECOND, "1970-01-01T00:00:01Z", "1970-01-01T00:00:01.000000000Z"),
        (1 * SECOND + 120_000_000, "1970-01-01T00:00:01.12Z", "1970-01-01T00:00:01.120000000Z"),
        (1 * SECOND + 7, "1970-01-01T00:00:01.000000007Z", "1970-01-01T00:00:01.000000007Z"),
        (0, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_written_as_go_writes_them(time_ns: int, inspect: str, log: str) -> None:
    assert stamp(time_ns) == inspect
    assert stamp(time_ns, trimmed=False) == log


def test_times_are_read_to_the_nanosecond() -> None:
    assert moment("1700000000.000000001") == 1700000000 * SECOND + 1
    assert moment("1700000000.5") == 1700000000 * SECOND + SECOND // 2
    with pytest.raises(ValueError, match='parsing "soon": invalid syntax'):
        moment("soon")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (120, "2 minutes"),
        (3600, "About an hour"),
        (7300, "2 hours"),
        (48 * 3600, "2 days"),
    ],
)
def test_durations_are_docker_s(seconds: int, words: str) -> None:
    # The clock moves on between the two looks at it: a whole second is left for that.
    assert since(time.time_ns() - seconds * SECOND) == words


@pytest.mark.parametrize(
    ("reference", "name", "tag"),
    [
        ("alpine", "alpine", "latest"),
        ("docker.io/library/alpine:3", "alpine", "3"),
        ("registry.test:5000/team/app", "registry.test:5000/team/app", "latest"),
        ("alpine:3@sha256:00", "alpine", "sha256:00"),
    ],
)
def test_references_are_shortened(reference: str, name: str, tag: str) -> None:
    assert split_reference(reference) == (name, tag)


def filters(text: str) -> Filters:
    return Filters(Request("GET", "/", {"filters": text}, {}, b""), "label", "name")


@pytest.mark.parametrize("text", ["x", "[]", '{"label": "x"}', '{"colour": ["red"]}'])
def test_filters_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ApiError, match="invalid filter"):
        filters(text)


@pytest.mark.parametrize("values", [["a=1", "b"], {"a=1": True, "b": True}])
def test_filters_come_in_two_forms(values: object) -> None:
    wanted = filters(json.dumps({"label": values}))
    assert wanted.labels({"a": "1", "b": "2"})
    assert not wanted.labels({"a": "1"})
    assert wanted.exact("name", "anything")


@pytest.mark.parametrize("name", ["FOO", "999", "0", "SIG", ""])
def test_what_is_no_signal_is_refused(name: str) -> None:
    with pytest.raises(ApiError) as refused:
        signal_number(name)
    assert refused.value.status == 400
