"""However much a container writes, the suite's memory stays the same."""

from __future__ import annotations

from benchmarks.streams import reading
from support.api.kept_output import FIRST, LAST, KeptOutput

FLAT = 10.0  # megabytes


def test_half_a_gigabyte_of_output_takes_no_more_memory_than_a_megabyte() -> None:
    assert reading(500).peak - reading(1).peak <= FLAT


def test_what_is_short_is_kept_whole() -> None:
    kept = KeptOutput()
    for piece in (b"one\n", b"", b"two\n"):
        kept.take(piece)
    assert (kept.first, kept.size, kept.frames, kept.is_whole) == (b"one\ntwo\n", 8, 3, True)
    assert str(kept) == repr(b"one\ntwo\n")


def test_of_what_is_long_the_beginning_and_the_end_are_kept_and_all_of_it_can_be_followed() -> None:
    kept, followed = KeptOutput(), bytearray()
    kept.follow = followed.extend
    data = bytes(range(251)) * (3 * FIRST // 251)
    for at in range(0, len(data), 1000):
        kept.take(data[at : at + 1000])
    assert (kept.first, kept.size, kept.is_whole) == (data[:FIRST], len(data), False)
    assert bytes(followed) == data
    end = f" and more, {len(data)} bytes in {kept.frames} frames, the last of them {data[-LAST:]!r}"
    assert str(kept).endswith(end)
