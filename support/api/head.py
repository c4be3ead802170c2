"""``HEAD`` requests, whose connections are looked at after the answer: nothing may follow it (TST-011 N-16)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from support.api.client import Call, DockerApi
from support.waiting import Deadline

_SILENT_FOR = 2.0  # seconds without a byte after which a connection that is not closed counts as one without a body
_ENOUGH = 1024  # bytes of a body that must not be there


def head(api: DockerApi, path: str) -> Call:
    """``HEAD`` of an unversioned path; the exchange's ``raw`` is what followed the answer's head, or its beginning.

    HTTP clients do not read that: on a connection that is kept they take it for the next answer.
    """

    def put(client: Any) -> None:
        headers = {"Host": api.endpoint.host_header, "Connection": "close"}
        with client.exchanging("HEAD", path, headers, None) as (exchange, wire, reader):
            head = reader.head()
            exchange.answered(head.status, head.reason, head.headers)
            body = reader.rest()
            with suppress(TimeoutError):
                body = body or wire.receive(Deadline(_SILENT_FOR))
            exchange.keep(body[:_ENOUGH])

    return put
