"""HTTP/1.1 on a unix socket: requests in; answers, streamed answers and hijacked connections out."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

CHUNK = 64 * 1024
Headers = tuple[tuple[str, str], ...]
# The engine's own name in Server would be a lie; its form is kept.
VERSION_HEADERS: Headers = (("Api-Version", "1.44"), ("Ostype", "linux"), ("Server", "standin/1.44 (linux)"))
HEADERS: Headers = (*VERSION_HEADERS, ("Docker-Experimental", "false"))


class ApiError(Exception):
    """An answer in Docker's error form: a status and ``{"message": …}``."""

    def __init__(self, status: int, message: str, headers: Headers = HEADERS) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers


@dataclass(frozen=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def flag(self, name: str) -> bool:
        """A boolean of the query, as the engine reads it: everything but nothing, 0, no, false and none is true."""
        return self.query.get(name, "").strip().lower() not in ("", "0", "no", "false", "none")

    def json(self) -> dict[str, Any]:
        """The body as an object, an absent one as an empty object; 400 for anything that is not JSON."""
        media = self.headers.get("content-type", "")
        if not self.body:
            return {}
        if not media:
            raise ApiError(400, "malformed Content-Type header (): mime: no media type")
        if media.split(";")[0].strip().lower() != "application/json":
            raise ApiError(400, f"unsupported Content-Type header ({media}): must be 'application/json'")
        try:
            decoded = json.loads(text := self.body.decode(errors="replace"))
        except json.JSONDecodeError as error:
            reason = "unexpected EOF" if error.pos >= len(text) else f"invalid character {text[error.pos]!r}"
            raise ApiError(400, f"invalid JSON: {reason}") from error
        if not isinstance(decoded, dict):
            raise ApiError(400, f"invalid JSON: an object is needed, not a {type(decoded).__name__}")
        return decoded


@dataclass
class Response:
    """An answer; a body that is an iterator is sent chunked, its headers at once."""

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "application/json"
    headers: Headers = HEADERS


class Wire:
    """A hijacked connection: raw bytes both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, early: bytes) -> None:
        self._reader, self._writer, self._early = reader, writer, early

    async def read(self) -> bytes:
        """What the client sent, or ``b""`` once it has closed its side; bytes that came with the request come first."""
        early, self._early = self._early, b""
        return early or await self._reader.read(CHUNK)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


@dataclass
class Hijack:
    """The connection is handed over (101 when the client asks to upgrade, else 200) and closed after ``talk``."""

    talk: Callable[[Wire], Awaitable[None]]
    content_type: str
    headers: Headers = ()

    def head(self, *, upgrade: bool) -> bytes:
        status = "101 UPGRADED" if upgrade else "200 OK"
        asked = (("Connection", "Upgrade"), ("Upgrade", "tcp")) if upgrade else ()
        lines = (f"{name}: {value}\r\n" for name, value in (("Content-Type", self.content_type), *asked, *self.headers))
        return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode()


Handler = Callable[[Request], Awaitable[Response | Hijack]]


def encode(value: object) -> bytes:
    """JSON ended by a line feed, as the engine writes it."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def answer(value: object, status: int = 200) -> Response:
    return Response(status, encode(value))


class Connection:
    """One client's connection, request after request."""

    def __init__(self, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._handler, self._reader, self._writer = handler, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        """Answer until the client leaves; never raises for what a client does."""
        try:
            await self._serve()
        except (ConnectionError, h11.LocalProtocolError):
            return  # the client left in mid-answer
        finally:
            self._writer.close()

    async def _serve(self) -> None:
        try:
            while (request := await self._next_request()) is not None:
                reply = await self._reply(request)
                if isinstance(reply, Hijack):
                    self._writer.write(reply.head(upgrade="upgrade" in request.headers))
                    await reply.talk(Wire(self._reader, self._writer, self._http.trailing_data[0]))
                    return
                await self._send(reply, head_only=request.method == "HEAD")
                if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                    return
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await self._send(
                    Response(error.error_status_hint, f"400 Bad Request: {error}".encode(), "text/plain", ())
                )

    async def _next_request(self) -> Request | None:
        head, body = h11.Request(method="GET", target="/", headers=[("Host", "")]), bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._write(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await self._reader.read(CHUNK))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                target = urlsplit(head.target.decode("latin-1"))
                headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
                query = dict(parse_qsl(target.query, keep_blank_values=True))
                return Request(head.method.decode(), unquote(target.path), query, headers, bytes(body))
            else:
                return None

    async def _reply(self, request: Request) -> Response | Hijack:
        try:
            return await self._handler(request)
        except ApiError as error:
            return Response(error.status, encode({"message": str(error)}), headers=error.headers)
        except Exception as error:  # noqa: BLE001 - one broken call must not end the daemon; it is printed and answered
            traceback.print_exc(file=sys.stderr)
            return answer({"message": f"{type(error).__name__}: {error}"}, 500)

    async def _send(self, response: Response, *, head_only: bool = False) -> None:
        body = response.body
        headers = [*response.headers, ("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))]
        if response.status not in (204, 304):
            headers += [("Content-Type", response.content_type)] if body else []
            length = ("Content-Length", str(len(body))) if isinstance(body, bytes) else ("Transfer-Encoding", "chunked")
            headers.append(length)
        await self._write(
            h11.Response(status_code=response.status, headers=headers, reason=HTTPStatus(response.status).phrase)
        )
        if not isinstance(body, bytes):
            await self._stream(body)
        else:
            await self._write(*([h11.Data(data=body)] if body and not head_only else ()), h11.EndOfMessage())

    async def _write(self, *events: h11.Event) -> None:
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
        await self._writer.drain()

    async def _stream(self, body: AsyncIterator[bytes]) -> None:
        """Send until the body ends or the client leaves: an idle stream would not notice the latter by writing."""
        sending = asyncio.ensure_future(self._send_all(body))
        leaving = asyncio.ensure_future(self._reader.read(CHUNK))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and (early := leaving.result()):
                self._http.receive_data(early)
                await sending
            elif sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_all(self, body: AsyncIterator[bytes]) -> None:
        async for chunk in body:
            await self._write(h11.Data(data=chunk))
        await self._write(h11.EndOfMessage())
