"""One HTTP exchange over a unix socket, as raw as it takes to see what clients see: head, framing, end of stream."""

from __future__ import annotations

import http.client
import json
import select
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HEAD_SECONDS = 5.0  # a head that is not withheld comes within this
SECONDS = 30.0  # the whole exchange
_CHUNK = 64 * 1024  # bytes of one read


@dataclass
class Answer:
    """What a daemon answered. ``ended``: it finished body or stream, else ``fault`` says what happened instead."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    ended: bool = False
    fault: str = ""
    head_first: bool = True  # the head came before anything was done meanwhile

    def json(self) -> Any:
        return json.loads(self.body)


Meanwhile = Callable[[socket.socket], None]


def ask(
    path: str,
    method: str,
    target: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    raw: bool = False,
    meanwhile: Meanwhile | None = None,
) -> Answer:
    """Put one request to the daemon at the unix socket ``path``; headers without a value are left out.

    ``meanwhile`` runs once the head has come, or is overdue. ``raw``: a good answer's head is followed by bytes until
    the daemon closes, whatever the head says (attach, exec).
    """
    deadline = time.monotonic() + SECONDS
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SECONDS)
        connection.connect(path)
        connection.sendall(_request(method, target, body, headers or {}))
        answer = Answer()
        if meanwhile is not None:
            answer.head_first = bool(select.select([connection], [], [], HEAD_SECONDS)[0])
            if not answer.head_first:
                meanwhile(connection)
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            answer.status = response.status
            answer.headers = {name.lower(): value for name, value in response.getheaders()}
            if meanwhile is not None and answer.head_first:
                meanwhile(connection)
            read = response.fp.read1 if raw and response.status < 300 else response.read1
            while data := read(_CHUNK):
                answer.body += data
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
            answer.ended = True
        except (TimeoutError, http.client.HTTPException, ConnectionError) as error:
            answer.fault = f"{type(error).__name__}: {error}"
        finally:
            response.close()
    return answer


def read_until(path: str, target: str, awaited: bytes) -> None:
    """GET a stream until it has carried these bytes. Raises ``TimeoutError`` saying what came instead."""
    deadline = time.monotonic() + SECONDS
    seen = b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(_request("GET", target, b"", {}))
        while awaited not in seen:
            if not select.select([connection], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise TimeoutError(f"GET {target} did not carry {awaited!r} within {SECONDS:g} s, but {seen[-200:]!r}")
            if not (data := connection.recv(_CHUNK)):
                raise TimeoutError(f"GET {target} ended without {awaited!r}: {seen[-200:]!r}")
            seen += data


def _request(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": "docker", **{name: value for name, value in headers.items() if value}}
    if body or method == "POST":
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body
