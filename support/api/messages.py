"""Requests and answers as lies handle them: what is left alone travels byte for byte, what is changed is written anew.

Both are values: ``but`` gives a changed copy. A changed message may be as wrong as its lie wants; nothing corrects it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

Headers = tuple[tuple[str, str], ...]
_REASONS = {101: "UPGRADED", 200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 404: "Not Found"}
_BODILESS = (204, 304)


class Dropped(Exception):
    """The connection ends here, without (the rest of) an answer."""


@dataclass(frozen=True)
class Piece:
    """Bytes as they came off the wire, and what of them is body."""

    wire: bytes
    data: bytes


@dataclass(frozen=True)
class Stream:
    """A hijacked connection: bytes towards the container, and bytes from it. The end of one is its half-close."""

    client: AsyncIterator[bytes]
    daemon: AsyncIterator[bytes]


@dataclass(frozen=True)
class Request:
    """``target`` is path and query as sent; ``wire`` the whole request as received, None once it was changed."""

    method: str
    target: str
    headers: Headers
    body: bytes
    wire: bytes | None = None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def wants_upgrade(self) -> bool:
        """Whether the client offers to go on with something else than HTTP."""
        return header_of(self.headers, "Upgrade") is not None

    @property
    def keeps_alive(self) -> bool:
        """Whether the client will put another request on the same connection."""
        return (header_of(self.headers, "Connection") or "").lower() != "close"

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        return _json(self.body)

    def but(self, *, method: str = "", target: str = "", headers: Headers = (), json_body: Any = None) -> Request:
        """A changed copy; a new body gets its length."""
        body, new = self.body, headers or self.headers
        if json_body is not None:
            body = json.dumps(json_body).encode()
            new = with_length(new, len(body))
        method, target = method or self.method, target or self.target
        return replace(self, method=method, target=target, headers=new, body=body, wire=None)

    def as_bytes(self) -> bytes:
        """The request as it goes to the daemon."""
        if self.wire is not None:
            return self.wire
        return head_bytes(f"{self.method} {self.target} HTTP/1.1", self.headers) + self.body


@dataclass(frozen=True)
class Answer:
    """``pieces`` can be taken once, unless the answer was read; ``is_changed`` decides whether wire or data travels."""

    status: int
    reason: str
    headers: Headers
    pieces: AsyncIterator[Piece]
    stream: Stream | None = None
    is_changed: bool = False

    def header(self, name: str) -> str | None:
        """A header, its name in any case."""
        return header_of(self.headers, name)

    async def read(self) -> tuple[Answer, bytes]:
        """The same answer, withheld until it is complete, and its body."""
        pieces = [piece async for piece in self.pieces]
        return replace(self, pieces=listed(pieces)), b"".join(piece.data for piece in pieces)

    async def read_json(self) -> tuple[Answer, Any]:
        """As ``read``; the body as JSON, None where it is none."""
        answer, body = await self.read()
        return answer, _json(body)

    def but(
        self,
        *,
        status: int | None = None,
        reason: str | None = None,
        headers: Headers | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        stream: Stream | None = None,
    ) -> Answer:
        """A changed copy. A body of bytes gets its length; an iterator keeps the framing of the headers."""
        new_headers = headers if headers is not None else self.headers
        pieces = self.pieces
        if isinstance(body, bytes):
            new_headers, pieces = with_length(new_headers, len(body)), listed([Piece(b"", body)])
        elif body is not None:
            pieces = _as_pieces(body)
        new = status if status is not None else self.status
        if new in _BODILESS and status is not None:
            new_headers = without(without(new_headers, "Content-Length"), "Transfer-Encoding")
            pieces = listed([])
        elif self.status in _BODILESS and new != self.status and body is None:
            new_headers = with_length(new_headers, 0)
        if reason is None:
            reason = self.reason if status is None else _REASONS.get(new, "Other")
        return replace(
            self,
            status=new,
            reason=reason,
            headers=new_headers,
            pieces=pieces,
            stream=stream or self.stream,
            is_changed=True,
        )

    def but_json(self, content: Any) -> Answer:
        """A copy with this JSON as its body."""
        return self.but(body=json.dumps(content).encode() + b"\n")

    @property
    def is_chunked(self) -> bool:
        """Whether the headers announce chunks."""
        return (self.header("Transfer-Encoding") or "").lower() == "chunked"

    @property
    def keeps_alive(self) -> bool:
        """Whether the body's end can be seen without closing the connection, which is not announced either."""
        is_delimited = self.is_chunked or self.header("Content-Length") is not None or self.status in _BODILESS
        return is_delimited and (self.header("Connection") or "").lower() != "close"

    def head(self) -> bytes:
        """Status line and headers of a changed answer."""
        return head_bytes(f"HTTP/1.1 {self.status} {self.reason}", self.headers)


def made(status: int, content: Any = None) -> Answer:
    """An answer that no daemon gave: JSON (bytes go as they are), or no body at all for None."""
    body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode() + b"\n"
    answer = Answer(status, _REASONS.get(status, "Other"), (("Content-Type", "application/json"),), listed([]))
    return replace(answer, is_changed=True) if status in _BODILESS else answer.but(body=body)


def refusal(status: int, message: str) -> Answer:
    """An error as Docker words it."""
    return made(status, {"message": message})


def header_of(headers: Headers, name: str) -> str | None:
    """The first header of this name, in any case."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def without(headers: Headers, name: str) -> Headers:
    """Without any header of this name."""
    return tuple((key, value) for key, value in headers if key.lower() != name.lower())


def with_header(headers: Headers, name: str, value: str) -> Headers:
    """With this header instead of any of its name, which stays where it was."""
    found = next((at for at, (key, _) in enumerate(headers) if key.lower() == name.lower()), len(headers))
    return (*without(headers[:found], name), (name, value), *without(headers[found:], name))


def with_length(headers: Headers, length: int) -> Headers:
    """Framed by a length."""
    return with_header(without(headers, "Transfer-Encoding"), "Content-Length", str(length))


def head_bytes(first_line: str, headers: Headers) -> bytes:
    """A first line and headers as they travel."""
    return "\r\n".join([first_line, *(f"{name}: {value}" for name, value in headers), "", ""]).encode("latin-1")


async def listed(pieces: list[Piece]) -> AsyncIterator[Piece]:
    """Pieces that are there already."""
    for piece in pieces:
        yield piece


async def _as_pieces(body: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    async for data in body:
        yield Piece(b"", data)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
