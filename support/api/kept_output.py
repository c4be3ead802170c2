"""What is kept of a stream's output, however much comes: its beginning, its last bytes, and how much it was."""

from __future__ import annotations

from collections.abc import Callable

FIRST = 1024 * 1024  # bytes that are kept from the beginning on
LAST = 4096  # bytes that are kept of the end of what is longer


class KeptOutput:
    """``size`` is in bytes. What is no longer than ``FIRST`` is kept whole.

    No digest is made of it: that would take longer than reading it. Who has to see every byte of a long output (to
    count its lines, or for a digest) sets ``follow`` before the output begins.
    """

    def __init__(self) -> None:
        self.size = 0
        self.frames = 0
        self.follow: Callable[[bytes], object] = len
        self._first = bytearray()
        self._last = b""

    def take(self, payload: bytes) -> None:
        """The next frame's payload."""
        self.frames += 1
        self.size += len(payload)
        room = FIRST - len(self._first)
        if room > 0:
            self._first += payload[:room]
        if room < len(payload):
            self._last = (self._last + payload[max(room, 0) :][-LAST:])[-LAST:]
        self.follow(payload)

    @property
    def is_whole(self) -> bool:
        """Whether ``first`` is all that came."""
        return self.size <= FIRST

    @property
    def first(self) -> bytes:
        """The first mebibyte of it."""
        return bytes(self._first)

    def __str__(self) -> str:
        if self.is_whole:
            return repr(self.first)
        return f"{self.first!r} and more, {self.size} bytes in {self.frames} frames, the last of them {self._last!r}"
