"""Tricks in JSON: nesting, numbers, names, texts that terminals obey, and answers that are true but for their texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from support.settings import Settings
from tests.chaos.hostile.tricks import JSON, Asked, Pieces, Trick

_MB = 1024 * 1024
_ALLOWED = Settings().max_body - 1024  # bytes: as large as can be without being refused
ESCAPES = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202e\x08\u2028\x00"  # what no report may contain raw
_ID = re.compile(r"(sha256:)?[0-9a-f]{12,64}")


def _answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _body(make: Callable[[], bytes], status: bytes = b"200 OK") -> Callable[[Asked], Pieces]:
    return lambda _: iter((_answer(make(), status),))


def _true(change: Callable[[Any], Any]) -> Callable[[Asked], Pieces]:
    """The daemon's own answer with its JSON changed."""

    def play(asked: Asked) -> Pieces:
        head, _, body = asked.truth.partition(b"\r\n\r\n")
        status = head.partition(b"\r\n")[0].split(b" ", 1)[-1]
        if b"chunked" in head.lower():
            body = b"".join(re.findall(rb"[0-9a-fA-F]+\r\n(.*?)\r\n", body, re.S))
        try:
            said = json.loads(body)
        except ValueError:
            said = {"message": body.decode("latin-1")}
        yield _answer(json.dumps(change(said)).encode("utf-8", "surrogatepass"), status)

    return play


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy with its texts changed, but for IDs and keys."""
    if isinstance(value, dict):
        return {key: _texts(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each, change) for each in value]
    return change(value) if isinstance(value, str) and not _ID.fullmatch(value) else value


def _deep(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def _kinds(value: Any) -> Any:
    """Numbers for texts, texts for numbers, objects for lists and lists for objects."""
    if isinstance(value, dict):
        return [_kinds(each) for each in value.values()]
    if isinstance(value, list):
        return {str(at): _kinds(each) for at, each in enumerate(value)}
    return 1 if isinstance(value, str) else str(value)


_PLAYS: dict[str, tuple[Callable[[Asked], Pieces], bool]] = {
    "deep-lists": (_body(lambda: b"[" * 400_000), False),
    "deep-lists-closed": (_body(lambda: b"[" * 200_000 + b"]" * 200_000), False),
    "deep-objects": (_body(lambda: b'{"Id":' * 100_000 + b"1" + b"}" * 100_000), False),
    "deep-900": (_body(lambda: b'{"Id": ' + b"[" * 900 + b"]" * 900 + b"}"), False),
    "deep-in-a-text": (_body(lambda: json.dumps({"Id": "[" * 100_000, "message": '{"a":' * 50_000}).encode()), False),
    "deep-in-the-truth": (
        _true(lambda said: {**said, "More": _deep(1, 500)} if isinstance(said, dict) else said),
        True,
    ),
    "error-deep": (_body(lambda: b'{"message": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"500 Broken"), False),
    "many-empty-lists": (_body(lambda: b"[" + b"[]," * (_ALLOWED // 3) + b"[]]"), False),
    "many-objects": (_body(lambda: b"[" + b'{"a":1},' * (_ALLOWED // 8) + b"{}]"), False),
    "many-keys": (_body(lambda: json.dumps({f"key{n}": n for n in range(400_000)}).encode()), False),
    "many-of-the-truth": (_true(lambda said: [said] * (_ALLOWED // (len(json.dumps(said)) + 1))), True),
    "one-long-text": (_body(lambda: b'{"Id": "' + b"a" * _ALLOWED + b'"}'), False),
    "one-long-key": (_body(lambda: b'{"' + b"a" * _ALLOWED + b'": 1}'), False),
    "long-wide-text": (_body(lambda: b'{"Id": "' + b"\\ud83d\\ude00" * 500_000 + b'"}'), False),
    "text-of-brackets": (_body(lambda: json.dumps({"message": "[1 " * 300_000}).encode(), b"500 Broken"), False),
    "text-in-text": (_body(lambda: _in_text(14), b"500 Broken"), False),
    "number-of-a-million-digits": (_body(lambda: b'{"StatusCode": ' + b"9" * 1_000_000 + b"}"), False),
    "number-beyond-float": (_body(lambda: b'{"StatusCode": 1e999999, "Size": NaN}'), False),
    "lone-surrogates": (_body(lambda: b'{"Id": "\\ud800", "message": "\\udfff"}'), False),
    "null": (_body(lambda: b"null"), False),
    "a-list-of-null": (_body(lambda: b"[null, 1, [], {}]"), False),
    "values-of-another-kind": (_true(_kinds), True),
    "escapes": (_true(lambda said: _texts(said, lambda text: text + ESCAPES)), True),
    "escapes-in-an-error": (_body(lambda: json.dumps({"message": ESCAPES * 20}).encode(), b"500 Broken"), False),
    "escapes-as-they-are": (_body(lambda: b'{"message": "\x1b[2J\x1b]0;owned\x07\r\x9b"}', b"409 No"), False),
    "long-texts": (_true(lambda said: _texts(said, lambda text: text * 5000)), True),
}


def _in_text(levels: int) -> bytes:
    """JSON in a text in JSON in a text, and so on."""
    value: Any = {"password": "hunter2"}
    for _ in range(levels):
        value = {"message": json.dumps(value)}
    return json.dumps(value).encode()


TRICKS = [Trick(name, JSON, play, needs_truth) for name, (play, needs_truth) in _PLAYS.items()]
