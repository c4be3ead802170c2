"""The multiplexed codec: cut anywhere it decodes to the same, and what is no frame is an error that says where."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.api.frames import (
    MAX_PAYLOAD,
    STDERR,
    STDOUT,
    Frame,
    FrameDecoder,
    MalformedStream,
    decode,
    encode,
    joined,
)

FRAMES = st.lists(st.builds(Frame, st.sampled_from([STDOUT, STDERR]), st.binary(max_size=40)), max_size=8)
HELLO = b"\x01\x00\x00\x00\x00\x00\x00\x05hello"


def test_a_frame_as_docker_sends_it() -> None:
    assert encode(Frame(STDOUT, b"hello")) == HELLO
    assert decode(HELLO) == [Frame(STDOUT, b"hello")]


def test_an_empty_stream_and_an_empty_payload_are_legal() -> None:
    assert decode(b"") == []
    assert decode(b"\x02" + bytes(7)) == [Frame(STDERR, b"")]


@given(FRAMES, st.lists(st.integers(min_value=0, max_value=400), max_size=12))
def test_frames_cut_anywhere_decode_to_the_same(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(map(encode, frames))
    places = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    decoder = FrameDecoder()
    seen = [frame for at, to in pairwise(places) for frame in decoder.feed(data[at:to])]
    decoder.finish()
    assert seen == frames


@given(FRAMES)
def test_single_bytes_decode_to_the_same(frames: list[Frame]) -> None:
    decoder = FrameDecoder()
    data = b"".join(map(encode, frames))
    assert [frame for at in range(len(data)) for frame in decoder.feed(data[at : at + 1])] == frames
    decoder.finish()


@given(FRAMES, st.data())
def test_an_end_inside_a_frame_names_the_byte_where_the_frame_began(frames: list[Frame], data: st.DataObject) -> None:
    *whole, last = [*map(encode, frames), HELLO]
    cut = data.draw(st.integers(min_value=1, max_value=len(last) - 1))
    with pytest.raises(MalformedStream, match=rf"ended inside a frame, at byte {len(b''.join(whole))}: "):
        decode(b"".join(whole) + last[:cut])


@given(FRAMES, st.integers(min_value=0, max_value=255).filter(lambda stream: stream not in (STDOUT, STDERR)))
def test_an_unknown_stream_is_no_frame(frames: list[Frame], stream: int) -> None:
    before = b"".join(map(encode, frames))
    with pytest.raises(MalformedStream, match=f"no frame header at byte {len(before)}: "):
        decode(before + bytes([stream]) + HELLO[1:])


@given(st.integers(min_value=1, max_value=3), st.integers(min_value=1, max_value=255))
def test_padding_other_than_zero_is_no_frame(place: int, value: int) -> None:
    header = bytearray(HELLO)
    header[place] = value
    with pytest.raises(MalformedStream, match="no frame header at byte 0: "):
        decode(bytes(header))


def test_a_text_is_no_stream_of_frames_and_is_shown() -> None:
    with pytest.raises(MalformedStream, match="no frame header at byte 13: b'\\+ echo build-output"):
        decode(HELLO + b"+ echo build-output\n")


def test_a_length_that_no_daemon_sends_is_an_error_before_its_payload_comes() -> None:
    decoder = FrameDecoder()
    assert list(decoder.feed(b"\x01\x00\x00\x00" + MAX_PAYLOAD.to_bytes(4, "big"))) == []
    with pytest.raises(MalformedStream, match="no frame header at byte 0"):
        list(FrameDecoder().feed(b"\x01\x00\x00\x00" + (MAX_PAYLOAD + 1).to_bytes(4, "big")))


def test_frames_before_what_is_none_are_handed_out() -> None:
    found = FrameDecoder().feed(HELLO + HELLO + b"plain text")
    assert [next(found), next(found)] == [Frame(STDOUT, b"hello")] * 2
    with pytest.raises(MalformedStream, match="no frame header at byte 26: b'plain text'"):
        next(found)


@st.composite
def interleaved(draw: st.DrawFn) -> tuple[bytes, bytes, list[Frame]]:
    """What each stream says, and frames of both: each cut anywhere, and theirs in any order among each other's."""
    said = draw(st.binary(max_size=60)), draw(st.binary(max_size=60))
    left = {STDOUT: said[0], STDERR: said[1]}
    frames = []
    while any(left.values()):
        stream = draw(st.sampled_from([stream for stream, rest in left.items() if rest]))
        size = draw(st.integers(0, len(left[stream])))
        frames.append(Frame(stream, left[stream][:size]))
        left[stream] = left[stream][size:]
    return *said, frames


@given(interleaved())
def test_streams_are_told_apart_however_they_are_interleaved(drawn: tuple[bytes, bytes, list[Frame]]) -> None:
    out, err, frames = drawn
    seen = decode(b"".join(map(encode, frames)))
    assert (joined(seen, STDOUT), joined(seen, STDERR)) == (out, err)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Frames of which bytes were lost, doubled, changed or put in between."""
    data = b"".join(map(encode, draw(FRAMES)))
    at, to = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    return data[:at] + draw(st.binary(max_size=10) | st.just(data[at:to] * 2)) + data[to:]


@given(damaged() | st.binary(max_size=60))
def test_no_byte_of_any_stream_is_dropped_without_an_error(data: bytes) -> None:
    decoder, seen = FrameDecoder(), []
    try:
        seen += decoder.feed(data)
    except MalformedStream:
        return
    whole = b"".join(map(encode, seen))
    assert data.startswith(whole)
    if whole == data:
        decoder.finish()
    else:
        with pytest.raises(MalformedStream, match=f"at byte {len(whole)}: "):
            decoder.finish()


@given(damaged(), st.lists(st.integers(min_value=0, max_value=400), max_size=12))
def test_what_is_wrong_is_found_at_the_same_byte_wherever_it_is_cut(data: bytes, cuts: list[int]) -> None:
    def verdict(pieces: Iterable[bytes]) -> tuple[list[Frame], str]:
        decoder, seen = FrameDecoder(), []
        try:
            for piece in pieces:
                for frame in decoder.feed(piece):
                    seen.append(frame)
            decoder.finish()
        except MalformedStream as error:
            return seen, str(error).partition(": ")[0]
        return seen, ""

    places = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    assert verdict(data[at:to] for at, to in pairwise(places)) == verdict([data])
