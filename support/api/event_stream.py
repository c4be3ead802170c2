"""``GET /events`` on a connection of its own: what a daemon reports, as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from support.api.answer import AnswerReader, Head
from support.api.bounds import BadAnswer, TooMuch
from support.api.client import DockerApi
from support.api.wire import Wire, request_head

_EVENT_LIMIT = 128 * 1024  # bytes of one event
_IN_VAIN = 16 * 1024 * 1024  # bytes that are looked at again since an event had not come whole
_SHOWN = 120  # characters of what is none


class EventStream:
    """One thread reads, and gets ``OSError``, of which ``TooMuch`` is one; any other may call ``give_up``."""

    def __init__(self, api: DockerApi, **query: str) -> None:
        self.target = f"/v{api.version}/events{f'?{urlencode(query)}' if query else ''}"
        self._wire = Wire(api.endpoint)
        self._reader = AnswerReader(self._wire.receive, api.recorder.limits)

    def ask(self, within: float) -> None:
        """Connect, in so many seconds, and send the request."""
        self._wire.open(within)
        headers = {"Host": self._wire.endpoint.host_header, "Accept": "application/json"}
        self._wire.send(request_head("GET", self.target, headers))

    def head(self) -> Head:
        """The answer's head, however long it takes: there are daemons that send it with the first event only."""
        return self._reader.head()

    def body(self, head: Head) -> bytes:
        """The whole answer, where it is a refusal."""
        return self._reader.body("GET", head)

    def events(self, head: Head) -> Iterator[list[Any]]:
        """The JSON values that have come whole, until the daemon ends the answer."""
        return _values(self._reader.pieces(head))

    def give_up(self) -> None:
        """End it; who reads is woken, and closes it."""
        self._wire.give_up()

    def close(self) -> None:
        """For who reads."""
        self._wire.close()


def _values(pieces: Iterable[bytes]) -> Iterator[list[Any]]:
    """JSON values that follow one another, with line feeds between them or not."""
    buffer, in_vain = b"", 0
    for piece in pieces:
        buffer += piece
        if piece.rstrip(b" \r\t")[-1:] in (b"\n", b"}"):
            found, buffer = _decoded(buffer)
            yield found
            in_vain += len(buffer)
            if in_vain > _IN_VAIN:
                raise TooMuch("one event in too many pieces")
        if len(buffer) > _EVENT_LIMIT:
            raise TooMuch(f"more than {_EVENT_LIMIT} bytes in one event")
    found, buffer = _decoded(buffer)
    yield found
    if buffer.strip():
        raise BadAnswer(f"it ended with what is no event: {buffer[:_SHOWN]!r}")


def _decoded(buffer: bytes) -> tuple[list[Any], bytes]:
    """The JSON values at the beginning, and what is left behind them."""
    text, decoder, at = buffer.decode("utf-8", "surrogateescape"), json.JSONDecoder(), 0
    found: list[Any] = []
    while True:
        while text[at : at + 1].isspace():
            at += 1
        try:
            said, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return found, text[at:].encode("utf-8", "surrogateescape")
        found.append(said)
