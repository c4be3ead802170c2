"""Reads HTTP answers, for every exchange of the suite alike: strict about lengths, bounded whatever comes.

What bounds them are the settings ``max_head`` and ``max_body``, and for chunks the run's budget of frames.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from support.api.bounds import BadAnswer, Limits, decoded, over

SWITCHES = 101
_MOST_HEADERS = 100
FEW = 1000  # chunks (and frames) that are counted at a time; fewer than these in an answer are not counted
_STEP = 512 * 1024  # bytes
_SHOWN = 60  # bytes of what is wrong
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[01] +([1-9]\d\d)(?: (.*))?", re.S)
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~\w-]+)[ \t]*:(.*)", re.S)
_FOLD = re.compile(r"\r?\n[ \t]+")
_LENGTH = re.compile(r"\d{1,18}", re.A)
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})\r?\n")  # one without extensions, and whole
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_BODILESS = (SWITCHES, 204, 304)


@dataclass(frozen=True)
class Head:
    """An answer's first line and headers; a header that came more than once has its values joined by commas."""

    status: int
    reason: str
    headers: dict[str, str]

    def header(self, name: str) -> str:
        """A header, its name in any case; empty where it is missing."""
        return ", ".join(value for key, value in self.headers.items() if key.lower() == name.lower())


class AnswerReader:
    """Reads one answer after the other of what ``receive`` gives: bytes as they come, none at the end.

    All methods raise what ``receive`` does, ``TooMuch`` and ``BadAnswer``.
    """

    def __init__(self, receive: Callable[[], bytes], limits: Limits) -> None:
        self._receive = receive
        self._max_head, self._max_body = limits.max_head, limits.max_body
        self._chunks, self._kept = limits.frames, limits.kept
        self._data = b""
        self._at = 0  # how much of the data has been used
        self._size = 0  # of the body so far
        self._held = 0  # how much of it counts as kept while it is read: many may be read side by side

    def rest(self) -> bytes:
        """What was read beyond the answer; from here on it is the caller's."""
        rest, self._data, self._at = self._data[self._at :], b"", 0
        return rest

    def head(self) -> Head:
        """The head of the next answer; what comes before it (100 Continue and its kind) counts as part of it."""
        size = 0
        while True:
            text = self._up_to_blank_line(size)
            size += len(text)
            head = _parsed(text)
            if head.status >= 200 or head.status == SWITCHES:
                return head

    def body(self, method: str, head: Head) -> bytes:
        """The answer's body, whole, and without its Content-Encoding."""
        if method == "HEAD" or head.status in _BODILESS:
            return b""
        pieces = []
        for piece in self.pieces(head):
            pieces.append(piece)
            self._count(len(piece))
        return decoded(b"".join(pieces), head.header("Content-Encoding"), self._max_body)

    def pieces(self, head: Head) -> Iterator[bytes]:
        """The answer's body as it comes, with its Content-Encoding: for what goes on for as long as there is news."""
        try:
            coding, length = head.header("Transfer-Encoding").lower(), head.header("Content-Length")
            if coding not in ("", "identity", "chunked"):
                raise BadAnswer(f"its Transfer-Encoding {coding[:_SHOWN]!r} is none that was asked for")
            if coding == "chunked":
                yield from self._chunked()
            elif length:
                yield from self._exactly(self._announced(length))
            else:
                yield from self._to_the_end()
        finally:
            self._kept.give_back(self._held)
            self._size = self._held = 0

    def _up_to_blank_line(self, before: int) -> bytes:
        searched = self._at
        while True:
            found = _BLANK_LINE.search(self._data, searched)
            size = (found.start() if found else len(self._data)) - self._at
            if before + size > self._max_head:
                raise over("bytes of head", self._max_head, "max_head")
            if found:
                text, self._at = self._data[self._at : found.start()], found.end()
                return text
            known = len(self._data) - self._at
            if not b"HTTP/".startswith(self._data[self._at : self._at + 5]):
                raise _no_http(self._data[self._at :])  # who speaks otherwise may wait for us, as SSH does
            self._more("inside the answer's head" if known or before else "without an answer")
            searched = max(0, known - 3)

    def _announced(self, text: str) -> int:
        lengths = {each.strip() for each in text.split(",")}
        if len(lengths) != 1 or not _LENGTH.fullmatch(length := lengths.pop()):
            raise BadAnswer(f"its Content-Length {text[:_SHOWN]!r} is no length")
        if int(length) > self._max_body:
            raise self._over_body()
        self._hold(int(length))  # what there is no room for is not read
        return int(length)

    def _exactly(self, missing: int) -> Iterator[bytes]:
        while missing > 0:
            if self._at == len(self._data):
                self._more(f"{missing} bytes before the end of its body")
            piece = self._data[self._at : self._at + missing]
            self._at += len(piece)
            missing -= len(piece)
            yield piece

    def _to_the_end(self) -> Iterator[bytes]:
        size, piece = 0, self.rest() or self._receive()
        while piece:
            size += len(piece)
            if size > self._max_body:
                raise self._over_body()
            yield piece
            piece = self._receive()

    def _chunked(self) -> Iterator[bytes]:
        size = count = 0
        while length := self._chunk_size():
            size, count = size + length, count + 1
            if size > self._max_body:
                raise self._over_body()
            if count % FEW == 0:
                self._chunks.take(FEW)
            end = self._at + length
            if end + 2 <= len(self._data):  # as most have come whole: there may be one for every byte
                piece, ended, self._at = self._data[self._at : end], self._data[end : end + 2], end + 2
                yield piece
            else:
                yield from self._exactly(length)
                ended = b"".join(self._exactly(2))
            if ended != b"\r\n":
                raise BadAnswer(f"a chunk of its body does not end as it should: {ended!r}")
        left = self._max_head
        while trailer := self._line(left):
            left -= len(trailer) + 1

    def _chunk_size(self) -> int:
        found = _CHUNK_HEAD.match(self._data, self._at)
        if found:
            self._at = found.end()
            return int(found[1], 16)
        line = self._line(self._max_head).partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(line):
            raise BadAnswer(f"a chunk of its body has no size: {line[:_SHOWN]!r}")
        return int(line, 16)

    def _line(self, limit: int) -> bytes:
        while (end := self._data.find(b"\n", self._at)) < 0 and len(self._data) - self._at <= limit:
            self._more("inside its body")
        if not 0 <= end - self._at <= limit:
            raise over("bytes of head or trailers", self._max_head, "max_head")
        line, self._at = self._data[self._at : end], end + 1
        return line.rstrip(b"\r")

    def _more(self, where: str) -> None:
        data = self._receive()
        if not data:
            raise BadAnswer(f"it was closed {where}")
        self._data, self._at = self._data[self._at :] + data, 0

    def _count(self, more: int) -> None:
        self._size += more
        self._hold(self._size)

    def _hold(self, size: int) -> None:
        steps = (size - self._held - 1) // _STEP
        if steps > 0:
            self._kept.take(steps * _STEP)
            self._held += steps * _STEP

    def _over_body(self) -> BadAnswer:
        return over("bytes of body", self._max_body, "max_body")


def _no_http(text: bytes) -> BadAnswer:
    return BadAnswer(f"it is no HTTP/1.1: {text[:_SHOWN]!r}")


def _parsed(text: bytes) -> Head:
    first, *lines = re.split(rb"\r?\n(?![ \t])", text)  # a line that begins with a blank continues the one before
    status = _STATUS.fullmatch(first)
    if status is None:
        raise _no_http(first)
    if len(lines) > _MOST_HEADERS:
        raise BadAnswer(f"it has more than {_MOST_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise BadAnswer(f"it has a header that is none: {line[:_SHOWN]!r}")
        name, value = found[1].decode("latin-1"), _FOLD.sub(" ", found[2].decode("latin-1")).strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Head(int(status[1]), (status[2] or b"").decode("latin-1").strip(), headers)
