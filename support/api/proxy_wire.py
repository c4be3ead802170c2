"""One side of a proxied connection: HTTP messages read off it, their ends found by h11, and bytes written to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import h11

from support.api.endpoint import Endpoint
from support.api.messages import Answer, Headers, Piece, Request

_CHUNK = 64 * 1024  # bytes of one read
_HEAD_LIMIT = 256 * 1024  # bytes of the head of a message
_SWITCHES = 101


class Side:
    """A connection to the client or to the daemon. Bytes read beyond a message wait for the next."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""

    @classmethod
    async def to(cls, endpoint: Endpoint) -> Side:
        """A new connection. Raises ``OSError``."""
        if endpoint.path:
            return cls(*await asyncio.open_unix_connection(endpoint.path))
        return cls(*await asyncio.open_connection(endpoint.host, endpoint.port))

    async def request(self) -> Request | None:
        """The next whole request, None where the client closed. Raises ``h11.RemoteProtocolError``."""
        parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
        taken, head, body = b"", None, b""
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif event is h11.NEED_DATA:
                if parser.they_are_waiting_for_100_continue:
                    await self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                data = await self._read()
                if not data and not taken:
                    return None
                taken += data
                parser.receive_data(data)
            else:
                return None
        assert head is not None
        self._rest = parser.trailing_data[0]
        wire = taken[: len(taken) - len(self._rest)]
        return Request(head.method.decode(), head.target.decode("latin-1"), _headers(head), body, wire)

    async def answer(self, request: Request, when_over: Callable[[], None]) -> Answer:
        """The answer to a request that was written; its body follows in pieces, and ``when_over`` is called after it.

        Raises ``h11.RemoteProtocolError`` or ``OSError``; so may the pieces.
        """
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        offer = [("Connection", "Upgrade"), ("Upgrade", "tcp")] if request.wants_upgrade else []
        parser.send(h11.Request(method=request.method, target="/", headers=[("Host", "daemon"), *offer]))
        parser.send(h11.EndOfMessage())
        taken = b""
        while not isinstance(event := parser.next_event(), h11.Response):
            if isinstance(event, h11.InformationalResponse) and event.status_code == _SWITCHES:
                break
            if event is h11.NEED_DATA:
                data = await self._read()
                taken += data
                parser.receive_data(data)
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the daemon closed the connection without an answer")
        if event.status_code == _SWITCHES:
            self._rest = parser.trailing_data[0]
            pieces = _one(Piece(taken[: len(taken) - len(self._rest)], b""))
        else:
            pieces = self._pieces(parser, taken, when_over)
        return Answer(event.status_code, event.reason.decode("latin-1"), _headers(event), pieces)

    async def _pieces(self, parser: h11.Connection, wire: bytes, when_over: Callable[[], None]) -> AsyncIterator[Piece]:
        while True:
            data, is_over = b"", False
            while (event := parser.next_event()) is not h11.NEED_DATA:
                if not isinstance(event, h11.Data):
                    is_over = True
                    break
                data += event.data
            if is_over:
                self._rest = parser.trailing_data[0]
                wire = wire[: len(wire) - len(self._rest)]
                when_over()  # before the last bytes leave: whoever gets them may ask again at once
            if wire or data:
                yield Piece(wire, data)
            if is_over:
                return
            wire = await self._read()
            parser.receive_data(wire)

    async def raw(self) -> AsyncIterator[bytes]:
        """What comes from now on, as it comes, until this side closes or half-closes."""
        while data := await self._read():
            yield data

    async def is_gone(self) -> bool:
        """Wait for the client to close or to say more than was asked; whether it closed."""
        data = await self._reader.read(_CHUNK)
        self._rest += data
        return not data

    async def write(self, data: bytes) -> None:
        """Raises ``OSError`` where the other end is gone."""
        self._writer.write(data)
        await self._writer.drain()

    async def half_close(self) -> None:
        """No more bytes from us. Raises ``OSError`` where the other end is gone."""
        self._writer.write_eof()
        await self._writer.drain()

    def close(self) -> None:
        """Give the connection up, whatever is under way."""
        self._writer.close()

    @property
    def has_ended(self) -> bool:
        """Whether the other end has closed and nothing of it is unread."""
        return self._reader.at_eof() and not self._rest

    async def _read(self) -> bytes:
        if self._rest:
            data, self._rest = self._rest, b""
            return data
        return await self._reader.read(_CHUNK)


def _headers(event: h11.Request | h11.Response | h11.InformationalResponse) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers.raw_items())


async def _one(piece: Piece) -> AsyncIterator[Piece]:
    yield piece


async def exchange(endpoint: Endpoint, request: Request) -> tuple[Answer, bytes]:
    """One exchange on a connection of its own: the answer, complete, and its body. Raises as ``Side`` does."""
    side = await Side.to(endpoint)
    try:
        await side.write(request.as_bytes())
        return await (await side.answer(request, lambda: None)).read()
    finally:
        side.close()
