"""A proxy in front of a daemon or of AWS: byte-transparent, unless whoever responds through it changes a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import h11

from support.api.endpoint import Endpoint
from support.api.messages import Answer, Dropped, Request, Stream
from support.api.proxy_wire import Side

Forward = Callable[[Request], Awaitable[Answer]]
Respond = Callable[[Request, Forward], Awaitable[Answer]]
_BROKEN = (OSError, h11.RemoteProtocolError, Dropped)


class Proxy:
    """Listens in front of ``upstream``, the daemon or AWS.

    ``opened`` is called for each connection, and gives what answers its requests; the daemon's own answer is had by
    ``Forward``. ``failed`` is called with what went wrong in there, which no client may be blamed for.
    """

    def __init__(self, upstream: Endpoint, opened: Callable[[], Respond], failed: Callable[[str], None]) -> None:
        self.upstream = upstream
        self.opened = opened
        self.failed = failed
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, path: Path) -> Endpoint:
        """Serve at a unix socket's path. Raises ``OSError``."""
        self._servers.append(await asyncio.start_unix_server(self._connected, path))
        return Endpoint(path=str(path))

    async def listen_on_loopback(self) -> Endpoint:
        """Serve at a free port of 127.0.0.1. Raises ``OSError``."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._servers.append(server)
        host, port = server.sockets[0].getsockname()
        return Endpoint(host=host, port=port)

    async def hang_up(self) -> None:
        """End every connection, whatever is under way on it."""
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def close(self) -> None:
        """Listen no more, and hang up."""
        for server in self._servers:
            server.close()
        await self.hang_up()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await _Connection(self, Side(reader, writer)).serve()
        except asyncio.CancelledError:
            pass  # by hang_up, the only one who does
        except Exception as error:  # noqa: BLE001 - a mistake of whoever responds, which is reported as such
            self.failed(f"{type(error).__name__}: {error}")
        finally:
            self._connections.discard(connection)


class _Connection:
    """One client, and the connection to the daemon that goes with it."""

    def __init__(self, proxy: Proxy, client: Side) -> None:
        self._upstream = proxy.upstream
        self._respond = proxy.opened()
        self._client = client
        self._opened: list[Side] = []
        self._idle: Side | None = None
        self._hijacked: Side | None = None

    async def serve(self) -> None:
        """Answer requests until either side closes."""
        try:
            with suppress(*_BROKEN):  # seen by the client as what it is: a connection that ends
                while (request := await self._client.request()) is not None:
                    if self._idle is not None and self._idle.has_ended:
                        return
                    if not await self._unless_gone(self._exchange(request), request):
                        return
        finally:
            for side in (self._client, *self._opened):
                side.close()

    async def _unless_gone(self, exchange: Awaitable[bool], request: Request) -> bool:
        """The exchange's outcome; False as soon as the client closes, as the daemon is then no more asked either.

        A client that will speak after its request, to a container, may half-close at any time and still listens.
        """
        if request.wants_upgrade:
            return await exchange
        answering = asyncio.ensure_future(exchange)
        leaving = asyncio.ensure_future(self._client.is_gone())
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and not answering.done() and (leaving.exception() or leaving.result()):
                return False
            return await answering
        finally:
            await _ended(answering, leaving)

    async def _exchange(self, request: Request) -> bool:
        """Answer one request; whether another may follow on this connection."""
        answer = await self._respond(request, self._forward)
        if answer.is_changed:
            await self._write_changed(request, answer)
        else:
            async for piece in answer.pieces:
                await self._client.write(piece.wire)
        if answer.stream is not None:
            await self._carry(answer.stream)
            return False
        return answer.keeps_alive and request.keeps_alive

    async def _write_changed(self, request: Request, answer: Answer) -> None:
        await self._client.write(answer.head())
        if request.method == "HEAD":
            return
        async for piece in answer.pieces:
            if piece.data and answer.is_chunked:
                await self._client.write(b"%x\r\n%b\r\n" % (len(piece.data), piece.data))
            elif piece.data:
                await self._client.write(piece.data)
        if answer.is_chunked:
            await self._client.write(b"0\r\n\r\n")

    async def _forward(self, request: Request) -> Answer:
        """What the daemon itself answers."""
        side, self._idle = self._idle, None
        if side is None:
            side = await Side.to(self._upstream)
            self._opened.append(side)
        await side.write(request.as_bytes())
        used = side

        def rest() -> None:
            self._idle = used

        answer = await side.answer(request, rest)
        if answer.status == 101:
            self._hijacked = side
            answer = replace(answer, stream=Stream(self._client.raw(), side.raw()))
        return answer

    async def _carry(self, stream: Stream) -> None:
        """Bytes in both directions until both have ended."""
        ways = [
            asyncio.ensure_future(_pump(stream.client, self._hijacked)),
            asyncio.ensure_future(_pump(stream.daemon, self._client)),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            await _ended(*ways)


async def _pump(source: AsyncIterator[bytes], to: Side | None) -> None:
    """All bytes, then the end; to nowhere, where the daemon handed no connection over."""
    async for data in source:
        if to is not None:
            await to.write(data)
    if to is not None:
        await to.half_close()


async def _ended(*tasks: asyncio.Future[Any]) -> None:
    """Nothing of the tasks goes on after this; what they failed with was the matter of whoever awaited them."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
