"""What is kept of a stream's output, however much comes: its beginning, its last bytes, and how much it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from support.api.bounds import Budget, TooMuch

FIRST = 1024 * 1024  # bytes that are kept from the beginning on
LAST = 1024  # bytes that are kept of the end of what is longer
_SHOWN = 16 * 1024  # bytes of the beginning in messages
_SMALL = 64 * 1024  # bytes that are kept in any case


class KeptOutput:
    """``size`` is in bytes. What is no longer than ``FIRST`` is kept whole, or less where the run has no ``room`` left.

    No digest is made of it: that would take longer than reading it. Who has to see every byte of a long output (to
    count its lines, or for a digest) sets ``follow`` before the output begins.
    """

    def __init__(self, room: Budget | None = None) -> None:
        self._room = room
        self._most = FIRST if room is None else _SMALL
        self.size = 0
        self.frames = 0
        self.follow: Callable[[bytes], object] = len
        self._first = bytearray()
        self._last = bytearray()

    def take(self, payload: bytes) -> None:
        """The next frame's payload."""
        self.frames += 1
        self.size += len(payload)
        if self.size > self._most:
            self._make_room()
        room = self._most - len(self._first)
        if room > 0:
            self._first += payload[:room]
        if room < len(payload):
            self._last += payload[max(room, 0) :][-LAST:]
            if len(self._last) > 2 * LAST:  # not each time: a daemon may send a frame for every byte
                del self._last[:-LAST]
        self.follow(payload)

    @property
    def is_whole(self) -> bool:
        """Whether ``first`` is all that came."""
        return self.size == len(self._first)

    @property
    def first(self) -> bytes:
        """The first mebibyte of it, or less."""
        return bytes(self._first)

    def _make_room(self) -> None:
        """Once ``_SMALL`` is used up: for the rest, if the run has that."""
        if self._room is not None:
            room, self._room = self._room, None
            with suppress(TooMuch):
                room.take(FIRST - _SMALL)
                self._most = FIRST

    def __str__(self) -> str:
        shown = bytes(self._first[:_SHOWN])
        if self.size <= _SHOWN:
            return repr(shown)
        last = bytes((self._first if self.is_whole else self._last)[-LAST:])
        return f"{shown!r} and more, {self.size} bytes in {self.frames} frames, the last of them {last!r}"
