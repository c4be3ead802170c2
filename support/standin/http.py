"""HTTP/1.1 on a unix socket: requests in; answers, streamed answers and hijacked connections out."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

CHUNK = 64 * 1024
# The engine's own name in this header would be a lie; its form is kept.
COMMON_HEADERS = (
    ("Api-Version", "1.44"),
    ("Docker-Experimental", "false"),
    ("Ostype", "linux"),
    ("Server", "standin/1.44 (linux)"),
)


class ApiError(Exception):
    """An answer in Docker's error form: a status and ``{"message": …}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """One request, its path without the version prefix; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def flag(self, name: str) -> bool:
        """A boolean of the query, as the engine reads it: everything but nothing, 0, no, false and none is true."""
        return self.query.get(name, "").strip().lower() not in ("", "0", "no", "false", "none")

    def json(self) -> dict[str, Any]:
        """The body as an object; an absent one is empty. 400 for anything that is not JSON."""
        content_type = self.headers.get("content-type", "")
        if not self.body:
            return {}
        if content_type.split(";")[0].strip().lower() != "application/json":
            reason = "unsupported" if content_type else "malformed"
            detail = "must be 'application/json'" if content_type else "mime: no media type"
            raise ApiError(400, f"{reason} Content-Type header ({content_type}): {detail}")
        try:
            decoded = json.loads(self.body)
        except ValueError as error:
            raise ApiError(400, f"invalid JSON: {error}") from error
        if not isinstance(decoded, dict):
            raise ApiError(400, f"invalid JSON: cannot read a {type(decoded).__name__} as an object")
        return decoded


@dataclass
class Response:
    """An answer; a body that is an iterator is sent chunked, its headers at once."""

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


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
    headers: tuple[tuple[str, str], ...] = ()

    def head(self, *, upgrade: bool) -> bytes:
        status = "101 UPGRADED" if upgrade else "200 OK"
        asked = (("Connection", "Upgrade"), ("Upgrade", "tcp")) if upgrade else ()
        fields = (("Content-Type", self.content_type), *asked, *self.headers)
        return f"HTTP/1.1 {status}\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in fields) + b"\r\n"


Handler = Callable[[Request], Awaitable[Response | Hijack]]


def answer(value: object, status: int = 200) -> Response:
    """``value`` as JSON, ended by a line feed as the engine does."""
    return Response(status, encode(value))


def encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class Connection:
    """One client's connection, request after request."""

    def __init__(self, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._handler, self._reader, self._writer = handler, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        """Answer until the client leaves; never raises for what a client does."""
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
                await self._send(Response(error.error_status_hint, f"400 Bad Request: {error}".encode(), "text/plain"))
        except (ConnectionError, h11.LocalProtocolError):
            return  # the client left in mid-answer
        finally:
            self._writer.close()

    async def _next_request(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    self._writer.write(self._http.send(go_on) or b"")
                self._http.receive_data(await self._reader.read(CHUNK))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
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
            return answer({"message": str(error)}, error.status)
        except Exception as error:  # noqa: BLE001 - one broken call must not end the daemon; it is printed and answered
            traceback.print_exc(file=sys.stderr)
            return answer({"message": f"{type(error).__name__}: {error}"}, 500)

    async def _send(self, response: Response, *, head_only: bool = False) -> None:
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        headers = [*COMMON_HEADERS, *response.headers, ("Date", date)]
        if response.status not in (204, 304):
            if response.body:
                headers.append(("Content-Type", response.content_type))
            if isinstance(response.body, bytes):
                headers.append(("Content-Length", str(len(response.body))))
            else:
                headers.append(("Transfer-Encoding", "chunked"))
        head = h11.Response(status_code=response.status, headers=headers, reason=HTTPStatus(response.status).phrase)
        await self._write(head)
        if not isinstance(response.body, bytes):
            await self._stream(response.body)
        elif head_only or not response.body:
            await self._write(h11.EndOfMessage())
        else:
            await self._write(h11.Data(data=response.body), h11.EndOfMessage())

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
