"""The exchanges of a scenario as reports show them inline: redacted, decoded, and cut before anything is made whole."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from support.api.frames import FrameDecoder, MalformedStream
from support.api.recording import Exchange, beginning
from support.redaction import redact_text
from support.report.details import ShownExchange
from support.verdicts import Verdict

_MOST = 12  # exchanges of a scenario; the evidence has all of them
_MOST_FRAMES = 40  # of an exchange
_FRAMED = 16 * 1024  # bytes of an answer in frames that are decoded
_BODY = {True: 4000, False: 1000}  # characters of a body, of exchanges that show a violation and of others
_BODY_OF_PASSED = 400
_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")  # of a container, network or image; people know the beginning
_STREAMS = ("stdin", "stdout", "stderr")


def shown(
    exchanges: Sequence[Exchange],
    criterion: str,
    showing: Collection[Exchange],
    judged_by: Collection[Exchange],
    verdict: Verdict,
) -> tuple[ShownExchange, ...]:
    """The exchanges that tell most of a scenario: those that its error was raised over, then those that it was judged
    by, then those that were made for it. Where there are none, what was made meanwhile; twelve at most, in their order.
    """
    shows, judged = {each.number for each in showing}, {each.number for each in judged_by}

    def place(each: Exchange) -> int:
        own = bool(criterion) and each.label.criterion == criterion
        return 0 if each.number in shows else 1 if each.number in judged else 2 if own else 3

    placed = sorted(exchanges, key=place)
    telling = [each for each in placed if place(each) < 3] or placed
    chosen = sorted(telling[:_MOST], key=lambda each: each.number)
    return tuple(_shown(each, each.number in shows, verdict) for each in chosen)


def _shown(exchange: Exchange, shows: bool, verdict: Verdict) -> ShownExchange:
    limit = _BODY_OF_PASSED if verdict is Verdict.PASSED else _BODY[shows]
    frames = _frames_of_stream(exchange) or _frames_of_answer(exchange)
    has_headers = verdict is not Verdict.PASSED
    return ShownExchange(
        exchange.number,
        round(exchange.at, 3),
        _ID.sub(r"\1…", exchange.line()),
        shows,
        request=_body(exchange.request_body, limit),
        headers=_cut("\n".join(f"{name}: {value}" for name, value in exchange.headers.items()), _BODY[False])
        if has_headers
        else "",
        answer="" if frames else _body(exchange.body, limit),
        frames=frames,
    )


def _body(body: Any, limit: int) -> str:
    """A body as text, of which no more than is shown is ever made."""
    if body in (None, "", b""):
        return ""
    if isinstance(body, str | bytes):
        return _cut(body[: limit + 1] if isinstance(body, str) else repr(body[: limit + 1]), limit)
    parts, size = [], 0
    try:
        for part in json.JSONEncoder(indent=2, ensure_ascii=False, default=str).iterencode(body):
            parts.append(part[: limit + 1])
            size += len(part)
            if size > limit:
                break
    except (RecursionError, ValueError, TypeError) as error:
        parts.append(f" … ({type(error).__name__})")
    return _cut("".join(parts), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}\n… cut; the evidence has more"


def _frames_of_stream(exchange: Exchange) -> tuple[str, ...]:
    """What an attached connection carried, in both directions, as far as it was noted."""
    lines = []
    for frame in list(exchange.frames[: _MOST_FRAMES + 1]):
        sender = _STREAMS[0] if frame["from"] == "client" else _stream(frame.get("stream"))
        what = redact_text(str(frame["event"])) if "event" in frame else f"{frame.get('bytes', 0)} bytes"
        count = f" in {frame['frames']} frames" if frame.get("frames", 1) > 1 else ""
        text = f": {_quoted(frame['text'])}" if frame.get("text") else ""
        who = ("client" if sender == "stdin" else "daemon") if "event" in frame else sender
        lines.append(f"{frame['at']:9.3f} s  {who:<6}  {what}{count}{text}")
    return _first(lines)


def _frames_of_answer(exchange: Exchange) -> tuple[str, ...]:
    """The frames of an answer that is made of them, such as a container's logs."""
    raw = exchange.raw[:_FRAMED]
    if raw[:1] not in (b"\0", b"\1", b"\2") or raw[1:4] != b"\0\0\0":
        return ()
    lines = []
    try:
        for frame in FrameDecoder().feed(raw):
            lines.append(f"{_stream(frame.stream):<6}  {len(frame.payload)} bytes: {_quoted(beginning(frame.payload))}")
            if len(lines) > _MOST_FRAMES:
                break
    except MalformedStream as error:
        lines.append(redact_text(str(error)))
    return _first(lines)


def _first(lines: list[str]) -> tuple[str, ...]:
    more = ["… more frames in the evidence"] if len(lines) > _MOST_FRAMES else []
    return tuple(lines[:_MOST_FRAMES] + more)


def _stream(number: object) -> str:
    return _STREAMS[number] if isinstance(number, int) and 0 <= number < len(_STREAMS) else f"stream {number}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
