"""Tricks in an answer's head: its first line, its headers, its lengths, and answers before the answer."""

from __future__ import annotations

from itertools import repeat

from tests.chaos.hostile.tricks import CANARY, HEAD, Asked, Pieces, Trick

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_MB = 1024 * 1024
_ESCAPES = b"\x1b[31m\x1b]0;owned\x07\x9b2J\x08 "


def _then(*pieces: bytes) -> Pieces:
    return iter(pieces)


def _endless(first: bytes, piece: bytes, pause: float = 0.0) -> Pieces:
    yield first
    for each in repeat(piece):
        yield each
        if pause:
            yield pause


def _drip(text: bytes) -> Pieces:
    yield from _endless(text, b"a", 0.05)


def _silence(first: bytes) -> Pieces:
    yield first
    yield from repeat(0.2)


def _length(value: bytes, body: bytes = b"{}") -> bytes:
    return _OK + b"Content-Length: " + value + b"\r\n\r\n" + body


def _chunks(first: bytes) -> bytes:
    return _OK + b"Transfer-Encoding: chunked\r\n\r\n" + first


def _redirect(status: int, to: bytes) -> bytes:
    return b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, to)


def _to_itself(asked: Asked) -> Pieces:
    return _then(_redirect(307, asked.line.split(" ")[1].encode()))


_PLAIN: dict[str, Pieces | bytes] = {
    "no-http": bytes(range(256)) * 1000,
    "no-answer": b"",
    "half-a-head": _OK,
    "status-0": b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n",
    "status-negative": b"HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n",
    "status-gigantic": b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n",
    "status-999": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "http-9": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "escapes-in-reason": b"HTTP/1.1 500 " + _ESCAPES + b"\r\nContent-Length: 0\r\n\r\n",
    "escapes-in-headers": _OK + b"Server: " + _ESCAPES * 3 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "headers-5000": _OK + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"Content-Length: 2\r\n\r\n{}",
    "header-without-colon": _OK + b"nothing here\r\nContent-Length: 2\r\n\r\n{}",
    "header-of-32-mb": _OK + b"X: " + b"y" * 32 * _MB + b"\r\nContent-Length: 2\r\n\r\n{}",
    "length-negative": _length(b"-1"),
    "length-twice": _OK + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}",
    "length-and-chunks": _OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "length-gigantic": _length(b"9" * 30),
    "length-of-9000-digits": _length(b"9" * 9000),
    "length-a-word": _length(b"many"),
    "length-too-long": _length(b"2000"),
    "length-too-short": _length(b"1", b"{}" * 5000),
    "chunk-gigantic": _chunks(b"f" * 15 + b"\r\n{}"),
    "chunk-of-9000-digits": _chunks(b"f" * 9000 + b"\r\n{}"),
    "chunk-negative": _chunks(b"-1\r\n{}\r\n0\r\n\r\n"),
    "chunk-a-word": _chunks(b"many\r\n{}\r\n0\r\n\r\n"),
    "chunk-cut": _chunks(b"ff\r\n{}"),
    "redirect-elsewhere": _redirect(302, b"http://localhost/elsewhere/" + CANARY),
    "redirect-to-a-file": _redirect(301, b"file:///etc/passwd"),
    "redirect-malformed": _redirect(308, b"http://[::1"),
    "cookies": _OK + b"Set-Cookie: a=" + CANARY + b"; Path=/\r\nContent-Length: 2\r\n\r\n{}",
    "switches-unasked": b"HTTP/1.1 101 Go\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"
    + b"\x01\0\0\0\0\0\0\x01a" * 100,
    "none-with-a-body": b"HTTP/1.1 204 No\r\nContent-Length: 9999\r\n\r\n" + b"x" * 9999,
}


def _flood(_: Asked) -> Pieces:
    return _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def _hints(_: Asked) -> Pieces:
    return _endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 1000)


TRICKS = [
    *(Trick(name, HEAD, lambda _, data=data: _then(data)) for name, data in _PLAIN.items()),  # type: ignore[misc]
    Trick("1xx-flood", HEAD, _flood),
    Trick("hints-flood", HEAD, _hints),
    Trick("1xx-drip", HEAD, lambda _: _endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.05)),
    Trick("status-endless", HEAD, lambda _: _endless(b"HTTP/1.1 200 ", b"K" * _MB)),
    Trick("header-endless", HEAD, lambda _: _endless(_OK + b"X: ", b"y" * _MB)),
    Trick("headers-endless", HEAD, lambda _: _endless(_OK, b"X-More: and more\r\n" * 5000)),
    Trick("head-drip", HEAD, lambda _: _drip(_OK + b"X: ")),
    Trick("head-then-silence", HEAD, lambda _: _silence(_OK)),
    Trick("silence", HEAD, lambda _: _silence(b"")),
    Trick("chunk-name-endless", HEAD, lambda _: _endless(_chunks(b"2;"), b"x" * _MB)),
    Trick("trailers-endless", HEAD, lambda _: _endless(_chunks(b"2\r\n{}\r\n0\r\n"), b"X: y\r\n" * 9999)),
    Trick("redirect-to-itself", HEAD, _to_itself),
]
