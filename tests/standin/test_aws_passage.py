"""The way by which the daemon's own calls of AWS leave its network: bytes in both directions, and their ends."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from standin.aws.passage import Passage

WITHIN = 10.0  # seconds


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_bytes_and_their_end_pass_in_both_directions(tmp_path: Path) -> None:
    async def run() -> bytes:
        async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"heard " + await reader.read())
            writer.close()

        server = await asyncio.start_unix_server(answers, tmp_path / "aws")
        passage = Passage(tmp_path / "aws")
        url = await passage.listen(socket.create_server(("127.0.0.1", 0)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(b"a call")
        writer.write_eof()
        heard = await reader.read()
        writer.close()
        await passage.close()
        server.close()
        return heard

    assert asyncio.run(asyncio.wait_for(run(), WITHIN)) == b"heard a call"


def test_where_nobody_listens_the_connection_ends(tmp_path: Path) -> None:
    async def run() -> bytes:
        passage = Passage(tmp_path / "nobody")
        url = await passage.listen(socket.create_server(("127.0.0.1", 0)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        heard = await reader.read()
        writer.close()
        await passage.close()
        return heard

    assert asyncio.run(asyncio.wait_for(run(), WITHIN)) == b""
