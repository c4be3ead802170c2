"""A way out of the daemon's network for its calls of AWS: by a unix socket, where somebody may stand in between."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

_CHUNK = 64 * 1024  # bytes of one read


class Passage:
    """Carries bytes between a port of the daemon's network and the unix socket at ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.Task[None]] = set()

    async def listen(self, door: socket.socket) -> str:
        """Serve on a bound socket; its URL."""
        self._servers.append(await asyncio.start_server(self._connected, sock=door))
        return f"http://127.0.0.1:{door.getsockname()[1]}"

    async def close(self) -> None:
        """Carry no more."""
        for server in self._servers:
            server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        writers = [writer]
        try:
            with suppress(OSError, asyncio.CancelledError):  # either side sees it as a connection that ends
                beyond, out = await asyncio.open_unix_connection(self._path)
                writers.append(out)
                await asyncio.gather(_pump(reader, out), _pump(beyond, writer))
        finally:
            self._clients.discard(task)
            for each in writers:
                each.close()


async def _pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        to.write(data)
        await to.drain()
    to.write_eof()
