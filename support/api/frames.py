"""Docker's multiplexed stream: 8 bytes of header (stream, three zeros, big-endian length), then the payload.

Strict: what a lenient client forgives (an unknown stream, non-zero padding, an end inside a frame) is an error here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

STDOUT, STDERR = 1, 2
_HEADER = struct.Struct(">II")
_STREAM = {STDOUT << 24: STDOUT, STDERR << 24: STDERR}  # by the first half of a header, whose padding is zero
HEADER_SIZE = _HEADER.size
MAX_PAYLOAD = 2 * 1024 * 1024  # bytes; engines send at most 64 KiB, so more is a text misread as a length
_MOST = 100_000  # frames of a finished stream; what has more is followed as it comes


class MalformedStream(ValueError):
    """The bytes are not multiplexed frames; the text says where and shows the bytes."""


class Frame(NamedTuple):  # a daemon may send one for every byte: a data class takes three times as long to make
    """``stream`` is 1 for stdout and 2 for stderr; an empty payload is a legal frame."""

    stream: int
    payload: bytes


class FrameDecoder:
    """Takes bytes cut anywhere and hands out whole frames."""

    def __init__(self) -> None:
        self._rest = b""
        self._offset = 0
        self._pieces: list[bytes] = []  # of a frame that is longer than what came so far
        self._missing = 0  # bytes of it

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames completed by ``data``, as they are found.

        Raises ``MalformedStream`` at the first header that is none; the frames before it were handed out by then.
        """
        if self._missing > len(data):
            self._pieces.append(data)
            self._missing -= len(data)
            return
        data = b"".join((self._rest, *self._pieces, data))
        self._pieces, self._missing = [], 0
        at, size = 0, len(data)
        try:
            while (begin := at + HEADER_SIZE) <= size:
                kind, length = _HEADER.unpack_from(data, at)
                if kind not in _STREAM or length > MAX_PAYLOAD:
                    raise MalformedStream(f"no frame header at byte {self._offset + at}: {data[at : at + 40]!r}")
                end = begin + length
                if size < end:
                    self._missing = end - size
                    break
                at = end
                yield Frame(_STREAM[kind], data[begin:end])
        finally:
            # Once for all of them: a daemon may send a frame for every byte.
            self._rest = data[at:]
            self._offset += at

    def finish(self) -> None:
        """The stream ended. Raises ``MalformedStream`` if that was inside a frame."""
        if self._rest:
            raise MalformedStream(f"the stream ended inside a frame, at byte {self._offset}: {self._rest[:40]!r}")


def decode(data: bytes) -> list[Frame]:
    """All frames of a finished stream. Raises ``MalformedStream``."""
    decoder = FrameDecoder()
    frames = list(islice(decoder.feed(data), _MOST + 1))
    if len(frames) > _MOST:
        raise MalformedStream(f"there are more than {_MOST} frames in {len(data)} bytes")
    decoder.finish()
    return frames


def encode(frame: Frame) -> bytes:
    """A frame as it travels."""
    return _HEADER.pack(frame.stream << 24, len(frame.payload)) + frame.payload


def joined(frames: Iterable[Frame], stream: int) -> bytes:
    """Everything that one stream carried."""
    return b"".join(frame.payload for frame in frames if frame.stream == stream)
