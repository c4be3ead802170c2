"""Tricks in multiplexed streams: an attached container's, or its logs'."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

from tests.chaos.hostile.tricks import FRAMES, Asked, Pieces, Trick
from tests.chaos.hostile.tricks_json import ESCAPES

_MB = 1024 * 1024


def _frame(payload: bytes, kind: int = 1) -> bytes:
    return bytes((kind, 0, 0, 0)) + len(payload).to_bytes(4, "big") + payload


def _endless(piece: bytes, first: bytes = b"", pause: float = 0.0) -> Callable[[Asked], Pieces]:
    def play(asked: Asked) -> Pieces:
        yield asked.status + b"Content-Type: application/vnd.docker.multiplexed-stream\r\n\r\n" + first
        for each in repeat(piece):
            yield each
            if pause:
                yield pause

    return play


def _then(data: bytes) -> Callable[[Asked], Pieces]:
    return lambda asked: iter((asked.status + b"\r\n" + data,))


def _byte_by_byte(asked: Asked) -> Pieces:
    yield asked.status + b"\r\n"
    for byte in _frame(b"build-output\n" * 1000):
        yield bytes((byte,))
        yield 0.02


_HUGE = b"\x01\0\0\0\xff\xff\xff\xff"
_JUST_TAKEN = b"\x01\0\0\0\x00\xff\xff\xff"  # 16 MB
_PLAYS: dict[str, Callable[[Asked], Pieces]] = {
    "frames-gigantic": _endless(b"x" * _MB, _HUGE),
    "frames-gigantic-cut": _then(_HUGE + b"x" * 9999),
    "frames-of-16-mb": _endless(b"x" * 0xFFFFFF, _JUST_TAKEN),
    "frames-of-16-mb-each": _endless(_JUST_TAKEN + b"x" * 0xFFFFFF),
    "frames-of-1-mb": _endless(_frame(b"x" * _MB) + _frame(b"y" * _MB, 2)),
    "frames-of-1-byte": _endless(_frame(b"x") * 10_000),
    "frames-of-1-byte-by-turns": _endless((_frame(b"x") + _frame(b"y", 2)) * 10_000),
    "frames-empty": _endless(_frame(b"") * 10_000),
    "frames-of-one-long-line": _endless(_frame(b"x" * 32768)),
    "frames-of-lines": _endless(_frame(b"a line of output\n") * 5000),
    "frames-of-escapes": _endless(_frame(ESCAPES.encode() + b"\n") * 20, pause=0.2),
    "frames-not-utf-8": _endless(_frame(b"\xff\xfe\xc0\xaf\n"), pause=0.2),
    "frames-of-stdin": _endless(_frame(b"x", 0) * 100),
    "frames-of-kind-3": _endless(_frame(b"x", 3) * 100),
    "frames-of-kind-255": _endless(_frame(b"x" * 9999, 255)),
    "frames-padded-wrong": _endless(b"\x01abc\0\0\0\x01x" * 1000),
    "frames-none-but-text": _endless(b"build-output\n" * 10_000),
    "frames-cut-in-the-header": _then(_frame(b"build-output\n") + b"\x01\0\0"),
    "frames-cut": _then(_frame(b"build-output\n") + _frame(b"x" * 1000)[:500]),
    "frames-drip": _endless(b"\x01", pause=0.05),
    "frames-byte-by-byte": _byte_by_byte,
    "frames-none": _then(b""),
}


TRICKS = [Trick(name, FRAMES, play) for name, play in _PLAYS.items()]
