"""What each verb makes of a daemon's answer, as a client sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from falsify import response_rules as rules
from falsify.lies import on
from falsify.proxy_session import Handler
from falsify.stateful_rules import delayed, hidden_for, stale, undead
from falsify.streaming import client_bytes, daemon_bytes, daemon_frames
from support.api.frames import Frame, encode
from tests.falsify.daemon import WITHIN, behind_proxy, says
from tests.falsify.test_proxy import ATTACH, SWITCHED

GET = b"GET /v1.44/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def good(content: object) -> bytes:
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def seen_through(folder: Path, handler: Handler, answer: bytes) -> bytes:
    async with behind_proxy(folder, says(answer), on("info", handler)) as (_, connect):
        client = await connect()
        await client.send(GET)
        return await client.read_all()


@pytest.mark.parametrize(
    ("handler", "seen"),
    [
        (rules.status(204), b"HTTP/1.1 204 No Content\r\nApi-Version: 1.44\r\n\r\n"),
        (
            rules.header("api-version", "1.45"),
            b'HTTP/1.1 200 OK\r\napi-version: 1.45\r\nContent-Length: 8\r\n\r\n{"a": 1}',
        ),
        (rules.no_header("API-VERSION"), b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'),
        (rules.body(b"x"), b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 1\r\n\r\nx"),
        (
            rules.put("a", None),
            b'HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 12\r\n\r\n{"a": null}\n',
        ),
        (rules.cut("a"), b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 3\r\n\r\n{}\n"),
        (
            rules.put("a.b.c", 1),
            b'HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 9\r\n\r\n{"a": 1}\n',
        ),
        (rules.truncated(), b'HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 8\r\n\r\n{"a"'),
        (rules.drop(), b""),
        (rules.late(0.01), good({"a": 1})),
        (rules.asked_late(0.01), good({"a": 1})),
        (rules.withheld(), good({"a": 1})),
        (
            rules.in_passing(bytes.upper),
            b'HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"A": 1}\r\n0\r\n\r\n',
        ),
    ],
)
async def test_an_answer_is_changed_so_and_not_otherwise(tmp_path: Path, handler: Handler, seen: bytes) -> None:
    assert await seen_through(tmp_path, handler, good({"a": 1})) == seen


@pytest.mark.parametrize("handler", [rules.pretend(204), rules.refuse(409, "no"), rules.drop()])
async def test_the_daemon_may_be_left_unasked(tmp_path: Path, handler: Handler) -> None:
    async def never_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("the daemon was asked")

    async with behind_proxy(tmp_path, never_asked, on("info", handler)) as (session, connect):
        client = await connect()
        await client.send(GET)
        await client.read_all()
        assert session.met == 1


async def test_errors_stay_as_they_are(tmp_path: Path) -> None:
    error = b'HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{"message":"x"}'
    for number, handler in enumerate((rules.status(200), rules.body(b""), rules.put("a", 1), rules.truncated())):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert await seen_through(folder, handler, error) == error


async def test_a_request_is_changed_before_it_arrives(tmp_path: Path) -> None:
    seen = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
        seen.set_result(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    def edit(call: object, content: dict[str, object]) -> None:
        content.pop("Labels")

    body = b'{"Name": "n", "Labels": {"a": "b"}}'
    request = b"POST /networks/create HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with behind_proxy(tmp_path, serve, on("network.create", rules.asked(edit))) as (_, connect):
        await (await connect()).send(request)
        assert await asyncio.wait_for(seen, WITHIN) == {"Name": "n"}


async def test_stale_tells_the_first_answer_for_ever(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, says(good([1]), good([2])), on("info", stale())) as (_, connect):
        for _ in range(3):
            client = await connect()
            await client.send(GET)
            assert (await client.read_all()).endswith((b"[1]", b"[1]\n"))


async def test_undead_tells_what_was_known_before(tmp_path: Path) -> None:
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    answers = iter((good({"State": "running"}), gone))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(next(answers))

    def dead(content: dict[str, str]) -> None:
        content["State"] = "dead"

    async with behind_proxy(tmp_path, serve, on("info", undead(dead))) as (_, connect):
        seen = []
        for _ in range(2):
            client = await connect()
            await client.send(GET)
            seen.append(await client.read_all())
    assert seen[0].startswith(b"HTTP/1.1 200 ") and b"running" in seen[0]
    assert seen[1].startswith(b"HTTP/1.1 200 ") and b"dead" in seen[1]


async def test_hidden_is_unknown_for_a_while(tmp_path: Path) -> None:
    async with behind_proxy(tmp_path, says(good({})), on("info", hidden_for(0.02))) as (_, connect):
        seen = []
        async with asyncio.timeout(WITHIN):
            while b"200" not in seen:
                client = await connect()
                await client.send(GET)
                seen.append((await client.read_all()).split()[1])
    assert set(seen[:-1]) == {b"404"}


async def test_delayed_happens_although_the_client_has_left(tmp_path: Path) -> None:
    happened = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        happened.set()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with behind_proxy(tmp_path, serve, on("info", delayed(204, 0.1))) as (_, connect):
        client = await connect()
        await client.send(GET)
        assert await client.read_all() == b"HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n"
        assert not happened.is_set()
        await asyncio.wait_for(happened.wait(), WITHIN)


async def test_frames_are_changed_whole_wherever_the_bytes_are_cut(tmp_path: Path) -> None:
    wire = encode(Frame(1, b"out")) + encode(Frame(2, b"err"))
    is_cut = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCHED + wire[:3])
        await asyncio.wait_for(is_cut.wait(), WITHIN)
        writer.write(wire[3:])

    async def merged(call, frames):  # type: ignore[no-untyped-def]
        async for frame in frames:
            yield Frame(1, frame.payload)

    async with behind_proxy(tmp_path, serve, on("container.attach", daemon_frames(merged), of_strangers=True)) as (
        _,
        connect,
    ):
        client = await connect()
        await client.send(ATTACH)
        assert await client.read(len(SWITCHED)) == SWITCHED
        is_cut.set()
        assert await client.read_all() == encode(Frame(1, b"out")) + encode(Frame(1, b"err"))


async def test_stdin_and_output_are_changed_apart(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCHED)
        writer.write(b"got " + await reader.read())

    async def louder(call, source):  # type: ignore[no-untyped-def]
        async for data in source:
            yield data.upper()

    async def with_end(call, source):  # type: ignore[no-untyped-def]
        async for data in source:
            yield data
        yield b" END"

    rules = (
        on("container.attach", client_bytes(louder), of_strangers=True),
        on("container.attach", daemon_bytes(with_end), of_strangers=True),
    )
    async with behind_proxy(tmp_path, serve, *rules) as (_, connect):
        client = await connect()
        await client.send(ATTACH)
        await client.send(b"script")
        client.writer.write_eof()
        assert (await client.read_all()).endswith(b"got SCRIPT END")
