"""What passed through a proxy, event by event, as it happened: the raw material of a recording."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from urllib.parse import parse_qsl, unquote, urlsplit

from support.api.endpoint import Endpoint
from support.api.messages import Answer, Piece, Request, Stream
from support.api.proxy import Forward, Proxy, Respond

_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")


class Kind(StrEnum):
    """What happened. The first four are of the client, the others of the daemon."""

    REQUEST = "request"
    WRITE = "write"
    HALF_CLOSE = "half-close"
    GONE = "gone"
    HEAD = "head"
    OUTPUT = "output"
    END = "end"


OF_CLIENT = (Kind.REQUEST, Kind.WRITE, Kind.HALF_CLOSE, Kind.GONE)


@dataclass(frozen=True)
class Happening:
    """One event of an exchange, ``at`` so many seconds on the monotonic clock; ``data`` is what was written or came."""

    kind: Kind
    number: int
    at: float
    data: bytes = b""


@dataclass
class Exchanged:
    """A request and what is known of its answer; ``content`` is the answer's body, or what its stream carried."""

    number: int
    connection: int
    request: Request
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def path(self) -> str:
        """Without API version."""
        return unquote(_VERSION.sub("", urlsplit(self.request.target).path))

    @property
    def has_version(self) -> bool:
        """Whether the client named an API version."""
        return _VERSION.match(self.request.target) is not None

    @property
    def query(self) -> dict[str, str]:
        """The query, each key once."""
        return dict(parse_qsl(urlsplit(self.request.target).query, keep_blank_values=True))


class Traffic:
    """All that passed, in its order."""

    def __init__(self) -> None:
        self.exchanges: list[Exchanged] = []
        self.happenings: list[Happening] = []
        self.faults: list[str] = []
        self._connections = count(1)

    def proxy(self, upstream: Endpoint) -> Proxy:
        """A proxy in front of ``upstream`` that changes nothing and puts down here what passes."""
        return Proxy(upstream, self._opened, self.faults.append)

    def _opened(self) -> Respond:
        connection = next(self._connections)

        async def respond(request: Request, forward: Forward) -> Answer:
            exchanged = Exchanged(len(self.exchanges) + 1, connection, request)
            self.exchanges.append(exchanged)
            self._note(Kind.REQUEST, exchanged)
            try:
                answer = await forward(request)
            except BaseException:
                self._note(Kind.GONE, exchanged)  # also where the daemon went: no client waits for it any more
                raise
            exchanged.status = answer.status
            exchanged.headers = {name.lower(): value for name, value in answer.headers}
            self._note(Kind.HEAD, exchanged)
            if answer.stream is None:
                return replace(answer, pieces=self._passing(exchanged, answer.pieces))
            client = self._from_client(exchanged, answer.stream.client)
            return replace(answer, stream=Stream(client, self._from_daemon(exchanged, answer.stream.daemon)))

        return respond

    def _note(self, kind: Kind, exchanged: Exchanged, data: bytes = b"") -> None:
        self.happenings.append(Happening(kind, exchanged.number, time.monotonic(), data))

    async def _passing(self, exchanged: Exchanged, pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
        kind = Kind.GONE
        try:
            async for piece in pieces:
                exchanged.content += piece.data
                yield piece
            kind = Kind.END
        finally:
            self._note(kind, exchanged)

    async def _from_client(self, exchanged: Exchanged, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for data in source:
            self._note(Kind.WRITE, exchanged, data)
            yield data
        self._note(Kind.HALF_CLOSE, exchanged)

    async def _from_daemon(self, exchanged: Exchanged, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for data in source:
            exchanged.content += data
            self._note(Kind.OUTPUT, exchanged, data)
            yield data
        self._note(Kind.END, exchanged)
