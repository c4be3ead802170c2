"""``python -m falsify.relay SOCKET UPSTREAM``: a process that can be restarted, in front of a proxy that cannot.

To the suite it is the daemon that SOCKERLESS_COMMAND starts: what is restarted is the relay, and what a restart makes
of the daemon is for the proxy's rules to say.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

_CHUNK = 64 * 1024  # bytes


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def serve(socket: str, upstream: str) -> None:
    """Pass everything on, until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            above, below = await asyncio.open_unix_connection(upstream)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pipe(reader, below), _pipe(above, writer))
        below.close()
        writer.close()

    server = await asyncio.start_unix_server(connected, socket)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
