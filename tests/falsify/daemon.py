"""A daemon of a few lines for the proxy to stand in front of: it answers as a test wants, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from falsify.docker_calls import recognise
from falsify.proxy import Proxy
from falsify.proxy_session import ProxySession, Rule
from support.api.endpoint import Endpoint

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WITHIN = 10.0  # seconds, for anything in these tests to happen


class Client:
    """A raw connection through the proxy; every wait of it has a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read(self, count: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), WITHIN)

    async def read_all(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), WITHIN)


@asynccontextmanager
async def behind_proxy(
    folder: Path, serve: Serve, *rules: Rule
) -> AsyncIterator[tuple[ProxySession, Callable[[], Awaitable[Client]]]]:
    """A daemon that serves so, the proxy's session, and a way to connect."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(connected, folder / "daemon")
    session = ProxySession(rules)
    proxy = Proxy(Endpoint(path=str(folder / "daemon")), recognise, session)
    await proxy.listen(folder / "proxy")
    clients: list[Client] = []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_unix_connection(folder / "proxy")))
        return clients[-1]

    try:
        yield session, connect
    finally:
        for client in clients:
            client.writer.close()
        await proxy.close()
        await session.end()
        server.close()
        await server.wait_closed()


def says(*answers: bytes, then: str = "keep") -> Serve:
    """One answer to each request, the head of which is read; then the connection stays open, or is closed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        if then == "keep":
            await reader.read()

    return serve
