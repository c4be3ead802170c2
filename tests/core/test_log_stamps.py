"""Log timestamps: any RFC 3339 stamps in order are fine, a line without one and one out of order are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.ecs.expectations import stamp_problems, without_stamps

SECOND = 10**9  # in nanoseconds, as all instants here
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND for year in (1970, 2100))


@dataclass(frozen=True)
class Stamp:
    """An instant, and how it is written: digits of the fraction, and the offset in minutes (None: ``Z``)."""

    instant: int
    digits: int
    offset: int | None

    def __str__(self) -> str:
        there = timezone(timedelta(minutes=self.offset or 0))
        seconds, fraction = divmod(self.instant, SECOND)
        moment = datetime.fromtimestamp(seconds, there).isoformat()
        zone = "Z" if self.offset is None else moment[19:]
        return f"{moment[:19]}{f'.{fraction:09}'[: self.digits + 1] if self.digits else ''}{zone}"


def _stamp(instant: int, digits: int, offset: int | None) -> Stamp:
    step = 10 ** (9 - digits)
    return Stamp(instant // step * step, digits, offset)  # what is written is all that is known


instants = st.integers(FIRST, LAST) | st.integers(LAST - 3, LAST) | st.integers(LAST - SECOND, LAST)
offsets = st.none() | st.integers(-1439, 1439)
stamps = st.builds(_stamp, instants, st.integers(0, 9), offsets)
orderly = st.lists(stamps, min_size=1, max_size=6).map(lambda found: sorted(found, key=lambda stamp: stamp.instant))
# What str.splitlines() and bytes.splitlines() take for an end of line, and no log does.
ODD = ["\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r\r", "50%\r100%", " ", "\0", "\x1b[2K"]
contents = (
    st.binary(max_size=12)
    | st.text(max_size=12).map(str.encode)
    | st.lists(st.sampled_from(ODD), max_size=3).map("x".join).map(str.encode)
).map(lambda content: content.replace(b"\n", b""))


def written(stamp: object, content: bytes = b"said") -> bytes:
    return str(stamp).encode() + b" " + content


@given(orderly, st.booleans())
def test_stamps_in_order_are_fine_however_they_are_written(found: list[Stamp], is_ended: bool) -> None:
    assert stamp_problems(b"\n".join(map(written, found)) + b"\n" * is_ended) == []


@given(st.lists(st.tuples(stamps, contents), min_size=1, max_size=6), st.booleans())
def test_lines_may_hold_whatever_they_like(found: list[tuple[Stamp, bytes]], is_ended: bool) -> None:
    pairs = sorted(found, key=lambda pair: pair[0].instant)
    end = b"\n" * is_ended
    text = b"\n".join(written(*pair) for pair in pairs) + end
    assert stamp_problems(text) == []
    assert without_stamps(text) == b"\n".join(content for _, content in pairs) + end


@given(orderly, st.data())
def test_one_stamp_out_of_order_is_told_to_the_nanosecond(found: list[Stamp], data: st.DataObject) -> None:
    late = Stamp(data.draw(instants), 9, data.draw(offsets))
    before = late.instant - data.draw(st.sampled_from([1, 999, 1000, SECOND, 3600 * SECOND]))
    early = Stamp(before, 9, data.draw(offsets))
    text = b"\n".join(map(written, [*(each for each in found if each.instant <= before), late, early]))
    (problem,) = stamp_problems(text)
    assert " comes after " in problem


NO_STAMPS = [
    "",
    "said",
    "{date}",
    "{date} {time}Z",
    "{date}T{time}",
    "{date}T{time}.Z",
    "{date}T{time}.1234567890Z",
    "{date}T{time}+0100",
    "{date}T{time}+01",
    " {date}T{time}Z",
    "[{date}T{time}Z]",
    "{date}T{time}Z\t",
    "2024-13-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-01-01T25:00:00Z",
    "2024-01-01T00:61:00Z",
    "2024-01-01T00:00:00+25:00",
    "24-01-01T00:00:00Z",
]


@pytest.mark.parametrize("form", NO_STAMPS)
@given(orderly, st.data())
def test_a_line_without_a_stamp_is_told_wherever_it_is(form: str, found: list[Stamp], data: st.DataObject) -> None:
    line = form.format(date="2024-01-01", time="00:00:00").encode() + data.draw(st.sampled_from([b"", b" said"]))
    lines = [*map(written, found)]
    lines.insert(data.draw(st.integers(0, len(found))), line)
    (problem,) = stamp_problems(b"\n".join(lines) + b"\n")
    assert problem.startswith(f"no RFC 3339 timestamp and space before {line.decode()!r}")


@given(orderly)
def test_a_stamp_that_nothing_follows_is_no_stamp_before_a_line(found: list[Stamp]) -> None:
    assert len(stamp_problems(b"".join(str(stamp).encode() + b"\n" for stamp in found))) == len(found)


def test_no_line_at_all_is_told() -> None:
    assert stamp_problems(b"") == ["there is no line at all"]
