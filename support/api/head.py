"""``HEAD`` requests, whose connections are looked at after the answer: nothing may follow it (TST-011 N-16)."""

from __future__ import annotations

from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse
from typing import Any

from support.api.client import Call, DockerApi

_SILENT_FOR = 2.0  # seconds without a byte after which a connection that is not closed counts as one without a body
_ENOUGH = 1024  # bytes of a body that must not be there


def head(api: DockerApi, path: str) -> Call:
    """``HEAD`` of an unversioned path; the exchange's ``raw`` is what followed the answer's head, or its beginning.

    HTTP clients do not read that: on a connection that is kept they take it for the next answer.
    """

    def put(client: Any) -> None:
        headers = {"Host": api.endpoint.host_header, "Connection": "close"}
        client.exchange = exchange = api.recorder.begin("HEAD", path, headers, None)
        lines = [f"HEAD {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        with closing(api.endpoint.connect(api.timeout)) as connection:
            connection.sendall("\r\n".join(lines).encode())
            with closing(HTTPResponse(connection, method="HEAD")) as answer:
                try:
                    answer.begin()
                except HTTPException as error:
                    raise ConnectionError(f"the answer is no HTTP: {type(error).__name__}: {error}") from None
                exchange.answered(answer.status, answer.reason, dict(answer.getheaders()))
                connection.settimeout(_SILENT_FOR)
                body = b""
                with suppress(TimeoutError):
                    body = answer.fp.read1(_ENOUGH)
                exchange.keep(body)

    return put
