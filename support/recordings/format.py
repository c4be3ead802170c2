"""The recording format: JSON lines, described for people in ``recordings/README.md``.

The first line is the header, every other one an event. Events are in the order in which they happened, and each is
over before the next begins; so a request that was sent while another was under way stands between that one's line and
its end.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.verdicts import UsageError

VERSION = 1
SWITCHES = 101  # the status from which on a connection carries a stream
CREATES = {"/containers/create": "container", "/networks/create": "network", "/volumes/create": "volume"}
_SHARED = "$"
_PADDING = 120  # characters of a line


@dataclass(frozen=True)
class Call:
    """A request, and how it was answered; ``is_open`` where the client went on before the answer was complete.

    ``statuses`` are those that are right. ``answer`` is the JSON that came with the first of them, as a template; None
    where none is compared.
    ``stdout`` and ``stderr`` are what the answer's or stream's frames carried, None where they are not compared.
    """

    number: int
    connection: int
    method: str
    path: str
    statuses: tuple[int, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None
    stdout: str | None = None
    stderr: str | None = None
    is_open: bool = False
    unversioned: bool = False

    def __str__(self) -> str:
        return f"call {self.number}, {self.method} {self.path}"


@dataclass(frozen=True)
class Write:
    """Bytes that the client wrote on the stream of a call."""

    call: int
    data: bytes


@dataclass(frozen=True)
class HalfClose:
    """The client wrote no more on the stream of a call."""

    call: int


@dataclass(frozen=True)
class Output:
    """So many bytes had come on a call's stream, in all, when the client went on."""

    call: int
    stdout: int
    stderr: int


@dataclass(frozen=True)
class Head:
    """The headers of the answer to a call that was left open had come."""

    call: int


@dataclass(frozen=True)
class End:
    """The answer of a call that was left open was complete, or the daemon closed its stream.

    ``after`` so many seconds since the request, 0.0 where that was soon.
    """

    call: int
    after: float = 0.0


@dataclass(frozen=True)
class GiveUp:
    """The client closed the connection of a call that was not over."""

    call: int


@dataclass(frozen=True)
class Pause:
    """The client did nothing for so many seconds, while what it had begun went on."""

    seconds: float


Event = Call | Write | HalfClose | Output | Head | End | GiveUp | Pause


@dataclass(frozen=True)
class Recording:
    """``client`` and ``daemon`` are who was recorded; ``name`` is the file's, without its ending."""

    name: str
    client: str
    daemon: str
    events: tuple[Event, ...]

    def call(self, number: int) -> Call:
        """The call of this number."""
        return next(each for each in self.events if isinstance(each, Call) and each.number == number)


def read(path: Path) -> Recording:
    """The recording in a file. Raises ``UsageError``, with the line, where it is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the recording {path}: {error}") from None
    entries = [_entry(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    header = entries[0][1] if entries else {}
    if header.get("recording") != VERSION:
        raise UsageError(f'{path} is no recording: its first line is to have "recording": {VERSION}')
    values = header.get("values", {})
    events = tuple(_event(path, number, _whole(entry, values)) for number, entry in entries[1:])
    _check_order(path, events)
    return Recording(path.stem, str(header.get("client", "")), str(header.get("daemon", "")), events)


def _entry(path: Path, number: int, line: str) -> tuple[int, dict[str, Any]]:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{path}:{number} is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise UsageError(f"{path}:{number} is no JSON object")
    return number, entry


def _whole(value: Any, values: Mapping[str, Any]) -> Any:
    """With the header's values in place: ``{"$": "labels", "type": "build"}`` is that value, with another type."""
    if isinstance(value, dict) and _SHARED in value:
        shared = values[value[_SHARED]]
        over = {key: _whole(each, values) for key, each in value.items() if key != _SHARED}
        return {**shared, **over} if over else shared
    if isinstance(value, dict):
        return {key: _whole(each, values) for key, each in value.items()}
    return [_whole(each, values) for each in value] if isinstance(value, list) else value


def _event(path: Path, number: int, entry: dict[str, Any]) -> Event:
    try:
        kind = next(name for name in _READERS if name in entry)
        return _READERS[kind](entry)
    except StopIteration:
        raise UsageError(f"{path}:{number} is no event of a recording: {', '.join(entry)}") from None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}:{number} is no event of a recording: {type(error).__name__} {error}") from None


def _call(entry: dict[str, Any]) -> Call:
    status = entry["status"]
    return Call(
        number=entry["call"],
        connection=entry["connection"],
        method=entry["method"],
        path=entry["path"],
        statuses=tuple(status) if isinstance(status, list) else (status,),
        query=entry.get("query", {}),
        body=entry.get("body"),
        headers=entry.get("headers", {}),
        answer=entry.get("answer"),
        stdout=entry.get("stdout"),
        stderr=entry.get("stderr"),
        is_open=entry.get("open", False),
        unversioned=entry.get("unversioned", False),
    )


def _written(entry: dict[str, Any]) -> bytes:
    """What was written: text, or base64; with ``size``, filled up by a comment of the shell."""
    data = entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])
    return data + padding(entry.get("size", len(data)) - len(data))


# An event by the key that only its line has. A call's output has keys of the same names, so calls come first.
_READERS: dict[str, Callable[[dict[str, Any]], Event]] = {
    "method": _call,
    "write": lambda entry: Write(entry["write"], _written(entry)),
    "half-close": lambda entry: HalfClose(entry["half-close"]),
    "output": lambda entry: Output(entry["output"], entry.get("stdout", 0), entry.get("stderr", 0)),
    "head": lambda entry: Head(entry["head"]),
    "end": lambda entry: End(entry["end"], float(entry.get("after", 0.0))),
    "give-up": lambda entry: GiveUp(entry["give-up"]),
    "pause": lambda entry: Pause(float(entry["pause"])),
}


def padding(size: int) -> bytes:
    """So many bytes of a shell's comment lines."""
    lines = []
    while size > 0:
        length = min(size, _PADDING) if size - _PADDING != 1 else size  # a line of one byte would be no comment
        lines.append(b"\n" if length == 1 else b"#" * (length - 1) + b"\n")
        size -= length
    return b"".join(lines)


def _check_order(path: Path, events: tuple[Event, ...]) -> None:
    """Raises ``UsageError`` where an event is about a call that is not open then."""
    open_calls: set[int] = set()
    for event in events:
        if isinstance(event, Call):
            if event.is_open or SWITCHES in event.statuses:
                open_calls.add(event.number)
            continue
        if isinstance(event, Pause):
            continue
        if event.call not in open_calls:
            raise UsageError(f"{path}: {type(event).__name__} of call {event.call}, which is not open then")
        if isinstance(event, End | GiveUp):
            open_calls.discard(event.call)
    if open_calls:
        raise UsageError(f"{path}: call {min(open_calls)} is left open: its end is missing")


def shown(event: Event) -> dict[str, Any]:
    """An event as its line; what is as usual is left out."""
    if isinstance(event, Call):
        usual = Call(event.number, event.connection, event.method, event.path, event.statuses)
        status = event.statuses[0] if len(event.statuses) == 1 else list(event.statuses)
        line = {"call": event.number, "connection": event.connection, "method": event.method, "path": event.path}
        names = ("query", "body", "unversioned", "headers", "answer", "stdout", "stderr")
        more = {name: getattr(event, name) for name in names if getattr(event, name) != getattr(usual, name)}
        return {**line, **({"open": True} if event.is_open else {}), "status": status, **more}
    if isinstance(event, Write):
        return {"write": event.call, **_as_text(event.data)}
    if isinstance(event, Output):
        sizes = {"stdout": event.stdout, "stderr": event.stderr}
        return {"output": event.call, **{name: size for name, size in sizes.items() if size}}
    if isinstance(event, Pause):
        return {"pause": event.seconds}
    if isinstance(event, End):
        return {"end": event.call, **({"after": event.after} if event.after else {})}
    names_of_others = {HalfClose: "half-close", Head: "head", GiveUp: "give-up"}
    return {names_of_others[type(event)]: event.call}


def _as_text(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def write(path: Path, recording: Recording) -> None:
    """The recording as a file. Raises ``OSError``."""
    header = {"recording": VERSION, "client": recording.client, "daemon": recording.daemon}
    lines = [header, *map(shown, recording.events)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")
