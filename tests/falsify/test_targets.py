"""What a run created is removed past every lie, also where a removal whose caller has gone is still at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from falsify import targets
from falsify.call_target import CallTarget
from support.api.endpoint import Endpoint

SUBJECT = CallTarget("container", "somebody", id="c" * 64)


@asynccontextmanager
async def daemon_that_removes_at(attempt: int, folder: Path) -> AsyncIterator[tuple[Endpoint, list[str]]]:
    """A daemon with one container, whose deletes are in conflict before this one; and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[0].decode()
        asked.append(method)
        is_gone = asked.count("DELETE") >= attempt
        status = {("GET", True): 404, ("GET", False): 200, ("DELETE", True): 204, ("DELETE", False): 409}
        writer.write(b"HTTP/1.1 %d Fine\r\nContent-Length: 0\r\n\r\n" % status[method, is_gone])
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "daemon")
    try:
        yield Endpoint(path=str(folder / "daemon")), asked
    finally:
        server.close()
        await server.wait_closed()


async def test_a_removal_in_progress_is_waited_for(tmp_path: Path) -> None:
    async with daemon_that_removes_at(3, tmp_path) as (endpoint, asked):
        assert await targets.tidy_up(endpoint, [SUBJECT]) == ()
    assert asked == ["GET", *["DELETE", "GET"] * 3]


async def test_what_stays_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "_GONE_WITHIN", 0.0)
    async with daemon_that_removes_at(100, tmp_path) as (endpoint, _):
        (line,) = await targets.tidy_up(endpoint, [SUBJECT])
    assert line.startswith("container somebody: still there 0 s later, its delete was answered by (409")
