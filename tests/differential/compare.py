"""Two answers side by side: what a client can tell apart, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.api.frames import STDERR, STDOUT, MalformedStream, decode, joined
from tests.differential.calls.call import Call
from tests.differential.reads import Reads, reads_of
from tests.differential.wire import Answer

HEADERS = ("content-type", "api-version", "docker-experimental", "ostype", "connection", "upgrade")
# Where it matters to a client whether a body comes in chunks: it may be long in coming.
STREAMS = re.compile(r"POST /images/create|POST /containers/.+/wait|GET /containers/.+/logs|GET /events")
ABSENT = "(absent)"
# What differs from daemon to daemon and from moment to moment; what is told apart by its role is replaced before.
_SCRUBBED = (
    (re.compile(r"\b(?!0001)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b"), "<mac>"),
    (re.compile(r"\b(10|172|192)(\.\d{1,3}){3}(/\d+)?\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<id>"),
    (re.compile(r"\b(Less than a second|1 second|\d+ seconds)\b"), "<moments>"),
)


@dataclass(frozen=True)
class Difference:
    """``where``: ``status``, ``header content-type``, ``body.State.Status`` …"""

    where: str
    engine: Any
    standin: Any

    def line(self) -> str:
        """For a table."""
        return f"{self.where}: engine {self.engine!r}, stand-in {self.standin!r}"


def seen(call: Call, answer: Answer, roles: Mapping[str, str]) -> dict[str, Any]:
    """What a client sees of an answer; ``roles`` names the ids that it knows."""
    view: dict[str, Any] = {"status": answer.status, "ended": answer.ended, "head first": answer.head_first}
    if answer.fault:
        view["fault"] = answer.fault
    view |= {f"header {name}": answer.headers.get(name, ABSENT) for name in HEADERS}
    if STREAMS.match(call.request) and answer.status < 300:
        view["chunked"] = answer.headers.get("transfer-encoding") == "chunked"
    view["body"] = _scrub(_body(call, answer), roles)
    return view


def differences(call: Call, engine: Mapping[str, Any], standin: Mapping[str, Any]) -> list[Difference]:
    """What ``seen`` tells apart."""
    found = [
        Difference(where, engine.get(where), standin.get(where))
        for where in sorted(engine.keys() | standin.keys() - {"body"})
        if where != "body" and engine.get(where) != standin.get(where)
    ]
    _walk("body", engine["body"], standin["body"], reads_of(call.request, (engine["status"], standin["status"])), found)
    return found


def _walk(where: str, engine: Any, standin: Any, reads: Reads, found: list[Difference]) -> None:
    path = where.removeprefix("body")
    if isinstance(engine, dict) and isinstance(standin, dict):
        for key in sorted(engine.keys() | standin.keys()):
            if key not in standin:
                if reads.presence(f"{path}.{key}"):
                    found.append(Difference(f"{where}.{key}", engine[key], ABSENT))
            elif key not in engine:
                found.append(Difference(f"{where}.{key}", ABSENT, standin[key]))
            else:
                _walk(f"{where}.{key}", engine[key], standin[key], reads, found)
    elif isinstance(engine, list) and isinstance(standin, list):
        if len(engine) == len(standin):
            for index, pair in enumerate(zip(engine, standin, strict=True)):
                _walk(f"{where}[{index}]", *pair, reads, found)
        elif not path or reads.value(path):
            found.append(Difference(where, engine, standin))
    elif _kind(engine) != _kind(standin) or (engine != standin and (not path or reads.value(path))):
        found.append(Difference(where, engine, standin))


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _body(call: Call, answer: Answer) -> Any:
    media = answer.headers.get("content-type", "")
    if "multiplexed-stream" in media or (call.hijack and answer.status < 300):
        try:
            frames = decode(answer.body)
        except MalformedStream as error:
            return f"malformed: {error}"
        return {name: joined(frames, stream).decode("latin-1") for name, stream in (("1", STDOUT), ("2", STDERR))}
    text = answer.body.decode(errors="replace")
    if media != "application/json":
        return text
    documents = list(_documents(text))
    if call.route == "GET /events":
        # The engine tells a forced disconnect twice; a client has to take an event for what it says, not count it.
        return [one for one, before in zip(documents, [None, *documents], strict=False) if not _repeats(one, before)]
    return documents[0] if len(documents) == 1 else documents


def _documents(text: str) -> Any:
    decoder = json.JSONDecoder()
    rest = text.strip()
    while rest:
        try:
            document, end = decoder.raw_decode(rest)
        except ValueError:
            yield f"no JSON: {rest}"
            return
        yield document
        rest = rest[end:].lstrip()


def _repeats(event: Any, before: Any) -> bool:
    return before is not None and all(event.get(key) == before.get(key) for key in ("Type", "Action", "Actor"))


def _scrub(value: Any, roles: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {_scrub(key, roles): _scrub(each, roles) for key, each in value.items()}
    if isinstance(value, list):
        return [_scrub(each, roles) for each in value]
    if isinstance(value, str):
        for concrete in sorted(roles, key=len, reverse=True):
            value = value.replace(concrete, f"<{roles[concrete]}>")
        for pattern, stands_for in _SCRUBBED:
            value = pattern.sub(stands_for, value)
    return value
