"""Tricks in a body, whatever it is of: endless, huge, slow, cut, compressed, not text."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from itertools import repeat

from tests.chaos.hostile.tricks import BODY, Asked, Pieces, Trick

_MB = 1024 * 1024
_PIECE = 256 * 1024  # bytes


def _head(asked: Asked, *headers: bytes) -> bytes:
    return asked.status + b"".join(header + b"\r\n" for header in headers) + b"\r\n"


def _endless(piece: bytes, *headers: bytes, status: bytes = b"") -> Callable[[Asked], Pieces]:
    def play(asked: Asked) -> Pieces:
        yield status + b"".join(header + b"\r\n" for header in headers) + b"\r\n" if status else _head(asked, *headers)
        yield from repeat(piece)

    return play


def _slow(piece: bytes, *headers: bytes, pause: float = 0.05) -> Callable[[Asked], Pieces]:
    def play(asked: Asked) -> Pieces:
        yield _head(asked, *headers)
        while True:
            yield piece
            yield pause

    return play


def _whole(body: bytes, *headers: bytes, status: bytes = b"") -> Callable[[Asked], Pieces]:
    def play(asked: Asked) -> Pieces:
        first = status or asked.status
        yield first + b"".join(header + b"\r\n" for header in headers)
        yield b"Content-Length: %d\r\n\r\n" % len(body)
        yield body

    return play


def _bomb(bits: int, rounds: int = 1) -> bytes:
    """1 GB of blanks; ``rounds`` times compressed, and so small."""
    coder = zlib.compressobj(9, zlib.DEFLATED, bits)
    data = b"".join(coder.compress(b" " * _MB) for _ in range(1024)) + coder.flush()
    for _ in range(rounds - 1):
        coder = zlib.compressobj(9, zlib.DEFLATED, bits)
        data = coder.compress(data) + coder.flush()
    return data


def _lazily(make: Callable[[], bytes], *headers: bytes, status: bytes = b"") -> Callable[[Asked], Pieces]:
    """As ``_whole``, made when it is played."""

    def play(asked: Asked) -> Pieces:
        return _whole(make(), *headers, status=status)(asked)

    return play


_ERROR = b"HTTP/1.1 500 Broken\r\nContent-Type: text/plain\r\n"
_JSON = b"Content-Type: application/json"
_CHUNKED = b"Transfer-Encoding: chunked"
_LOG = b'2026-11-30T12:00:00Z level=error msg="it failed" password=hunter2 id=[1 {"a": [2 \n'


def tricks(seed: int) -> list[Trick]:
    """All of them."""
    chance = random.Random(seed)
    noise = chance.randbytes(4 * _MB)
    plays: dict[str, Callable[[Asked], Pieces]] = {
        "body-endless": _endless(b"x" * _PIECE),
        "body-endless-blanks": _endless(b" " * _PIECE, _JSON),
        "body-endless-length": _endless(b"x" * _PIECE, b"Content-Length: 999999999999"),
        "body-endless-chunks": _endless(b"40000\r\n" + b"x" * _PIECE + b"\r\n", _CHUNKED),
        "body-endless-tiny-chunks": _endless(b"1\r\nx\r\n" * 10000, _CHUNKED),
        "body-endless-lines": _endless(b'{"status": "Downloading"}\r\n' * 5000, _JSON),
        "body-endless-error": _endless(_LOG * 3000, status=_ERROR),
        "body-drip": _slow(b"x"),
        "body-drip-chunks": _slow(b"1\r\nx\r\n", _CHUNKED),
        "body-drip-blanks": _slow(b" ", _JSON),
        "body-then-silence": _slow(b'{"Id": "', b"Content-Length: 99999", pause=3600.0),
        "body-cut": lambda asked: iter((_head(asked, b"Content-Length: 999"), b'{"Id": ')),
        "body-of-64-mb": _lazily(lambda: b"y" * 64 * _MB),
        "error-of-1-mb-of-log-lines": _whole(_LOG * 13000, status=_ERROR),
        "error-of-brackets": _whole(b"[1 " * 140_000, status=_ERROR),
        "error-of-quotes": _whole(b'"a": "\\' * 140_000, status=_ERROR),
        "error-of-equals": _whole(b"token=" * 170_000, status=_ERROR),
        "error-of-slashes": _whole(b"://" * 340_000, status=_ERROR),
        "error-of-one-word": _whole(b"a" * _MB, status=_ERROR),
        "noise": _whole(noise),
        "noise-as-json": _whole(b'{"Id": "' + noise + b'"}', _JSON),
        "invalid-utf-8": _whole(b'{"Id": "\xff\xfe\xed\xa0\x80", "message": "\xc0\xaf"}', _JSON),
        "utf-16": _whole('{"Id": "x"}'.encode("utf-16"), _JSON),
        "nul-bytes": _whole(b'{"Id": "\0\0", "message": "\\u0000"}', _JSON),
        "gzip-bomb": _lazily(lambda: _bomb(31), b"Content-Encoding: gzip"),
        "deflate-bomb": _lazily(lambda: _bomb(15), b"Content-Encoding: deflate"),
        "gzip-twice": _lazily(lambda: _bomb(31, 2), b"Content-Encoding: gzip, gzip"),
        "gzip-of-noise": _whole(noise[:_MB], b"Content-Encoding: gzip"),
        "gzip-cut": _lazily(lambda: _bomb(31)[:1000], b"Content-Encoding: gzip"),
        "gzip-5000-times": _whole(b"{}", b"Content-Encoding: " + b"gzip, " * 5000 + b"gzip"),
        "zstd-unasked": _whole(noise[:9999], b"Content-Encoding: zstd"),
        "encoding-unknown": _whole(b"{}", b"Content-Encoding: moon"),
    }
    return [Trick(name, BODY, play) for name, play in plays.items()]
