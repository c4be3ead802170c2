"""The proxy is byte-transparent where no rule applies: answers, streams, and how connections end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from falsify.lies import on
from falsify.proxy_session import Call, Forward
from support.api.messages import Answer
from tests.falsify.daemon import WITHIN, behind_proxy, says

GET = b"GET /v1.44/info HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
ATTACH = (
    b"POST /containers/c/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 UPGRADED\r\ncontent-TYPE: application/vnd.docker.raw-stream\r\nUpgrade: tcp\r\n\r\n"

ANSWERS = {
    "a length": b"HTTP/1.1 200 Fine By Me\r\nContent-LENGTH: 4\r\nX-Odd:   spaced\r\n\r\n{ }\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT:\r\n\r\n",
    "no body": b"HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n",
    "an error": b'HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{"message":"x"}',
    "an unknown status": b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_an_answer_passes_byte_for_byte_and_the_connection_stays(tmp_path: Path, answer: bytes) -> None:
    async with behind_proxy(tmp_path, says(answer, answer)) as (_, connect):
        client = await connect()
        for _ in range(2):
            await client.send(GET)
            assert await client.read(len(answer)) == answer


async def test_an_answer_that_only_the_close_ends_passes_with_its_close(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\nas long as it lasts"
    async with behind_proxy(tmp_path, says(answer, then="close")) as (_, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read_all() == answer


async def test_a_head_without_body_passes(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    async with behind_proxy(tmp_path, says(answer, answer)) as (_, connect):
        client = await connect()
        await client.send(HEAD)
        assert await client.read(len(answer)) == answer
        await client.send(HEAD)
        assert await client.read(len(answer)) == answer


async def test_the_request_passes_byte_for_byte(tmp_path: Path) -> None:
    request = (
        b"POST /x?a=%2f HTTP/1.1\r\nhost:  x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1;y\r\n \r\n0\r\n\r\n"
    )
    seen = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.set_result(await reader.readexactly(len(request)))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with behind_proxy(tmp_path, serve) as (_, connect):
        client = await connect()
        await client.send(request)
        assert await asyncio.wait_for(seen, WITHIN) == request


async def test_a_head_passes_before_its_body(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    goes_on = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        await goes_on.wait()
        writer.write(b"2\r\n{}\r\n0\r\n\r\n")
        await reader.read()

    async with behind_proxy(tmp_path, serve) as (_, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read(len(head)) == head
        goes_on.set()
        assert await client.read(12) == b"2\r\n{}\r\n0\r\n\r\n"


async def test_an_answer_that_breaks_off_breaks_off(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    async with behind_proxy(tmp_path, says(answer, then="close")) as (_, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read_all() == answer


async def test_no_answer_is_no_answer(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, says(b"", then="close")) as (_, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read_all() == b""


async def test_a_client_that_leaves_takes_the_daemons_connection_along(tmp_path: Path) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        assert await reader.read() == b""
        left.set()

    async with behind_proxy(tmp_path, serve) as (_, connect):
        client = await connect()
        await client.send(GET)
        await asyncio.wait_for(asked.wait(), WITHIN)
        client.writer.close()
        await asyncio.wait_for(left.wait(), WITHIN)


async def test_a_stream_passes_both_ways_with_either_half_close(tmp_path: Path) -> None:
    """Stdin that comes with the request, output that comes with the 101, and output after stdin's end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCHED + b"early ")
        writer.write(b"then: " + await reader.read())

    async with behind_proxy(tmp_path, serve) as (_, connect):
        client = await connect()
        await client.send(ATTACH + b"first ")
        assert await client.read(len(SWITCHED) + 6) == SWITCHED + b"early "
        await client.send(b"second")
        client.writer.write_eof()
        assert await client.read_all() == b"then: first second"


async def test_a_refused_upgrade_is_an_ordinary_answer(tmp_path: Path) -> None:
    answer = ANSWERS["an error"]
    async with behind_proxy(tmp_path, says(answer, answer)) as (_, connect):
        client = await connect()
        await client.send(ATTACH)
        assert await client.read(len(answer)) == answer
        await client.send(GET)
        assert await client.read(len(answer)) == answer


async def test_what_is_no_http_ends_the_connection(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, says()) as (_, connect):
        client = await connect()
        await client.send(b"no http at all\r\n\r\n")
        assert await client.read_all() == b""


async def test_a_rule_that_fails_is_a_fault_of_the_session(tmp_path: Path) -> None:
    async def fails(call: Call, forward: Forward) -> Answer:
        raise KeyError("Id")

    async with behind_proxy(tmp_path, says(), on("info", fails)) as (session, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read_all() == b""
        assert session.faults == ["a rule failed: KeyError: 'Id'"]
