"""The recording format: what is written is read again, and what is none is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.recordings.format import (
    Call,
    End,
    GiveUp,
    HalfClose,
    Head,
    Output,
    Pause,
    Recording,
    Write,
    padding,
    read,
    write,
)
from support.verdicts import UsageError

HEADER = {"recording": 1}
WAIT = {"call": 1, "connection": 1, "method": "POST", "path": "/containers/x/wait", "open": True, "status": 200}
ATTACH = {"call": 1, "connection": 1, "method": "POST", "path": "/containers/x/attach", "status": 101}


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "some.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    attach = Call(1, 1, "POST", "/containers/{container x}/attach", (101,), stdout="out\n", stderr="")
    wait = Call(2, 2, "POST", "/containers/{container x}/wait", (200, 404), {"condition": "removed"}, is_open=True)
    ping = Call(3, 1, "HEAD", "/_ping", (200,), unversioned=True, headers={"api-version": "{any version}"})
    create = Call(4, 1, "POST", "/containers/create", (201,), body={"Cmd": None}, answer={"Id": "{container y}"})
    events = (
        attach,
        Write(1, b"text\n"),
        Write(1, b"\xff\x00"),
        Pause(1.5),
        Output(1, 3, 0),
        HalfClose(1),
        wait,
        Head(2),
        End(1, 61.5),
        ping,
        create,
        GiveUp(2),
    )
    made = Recording("some", "a client", "a daemon", events)
    write(tmp_path / "some.jsonl", made)
    assert read(tmp_path / "some.jsonl") == made


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "is no recording"),
        ([{"recording": 2}], "is no recording"),
        ([HEADER, "{"], ":2 is not JSON"),
        ([HEADER, "[]"], ":2 is no JSON object"),
        ([HEADER, {"wait": 1}], ":2 is no event"),
        ([HEADER, {"method": "GET", "path": "/info"}], ":2 is no event of a recording: KeyError"),
        ([HEADER, WAIT], "call 1 is left open"),
        ([HEADER, WAIT, {"end": 1}, {"head": 1}], "Head of call 1, which is not open then"),
        ([HEADER, {"write": 7, "text": ""}], "Write of call 7, which is not open then"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, lines: list[object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(_file(tmp_path, *lines))


def test_shared_values_stand_where_they_are_named_and_may_be_changed(tmp_path: Path) -> None:
    header = {**HEADER, "values": {"labels": {"a": "1", "b": "2"}, "text": "long"}}
    body = {"Labels": {"$": "labels", "b": "3"}, "Cmd": ["sh", {"$": "text"}], "Same": {"$": "labels"}}
    call = {"call": 1, "connection": 1, "method": "POST", "path": "/x", "body": body, "status": 201}
    (event,) = read(_file(tmp_path, header, call)).events
    assert isinstance(event, Call)
    assert event.body == {"Labels": {"a": "1", "b": "3"}, "Cmd": ["sh", "long"], "Same": {"a": "1", "b": "2"}}


def test_a_write_is_filled_up_with_comments(tmp_path: Path) -> None:
    lines = [HEADER, ATTACH, {"write": 1, "text": "echo x\n", "size": 500}, {"end": 1}]
    event = read(_file(tmp_path, *lines)).events[1]
    assert isinstance(event, Write)
    assert len(event.data) == 500
    assert event.data.startswith(b"echo x\n#")


@pytest.mark.parametrize("size", [-1, 0, 1, 2, 119, 120, 121, 122, 240, 241, 5000])
def test_padding_is_comment_lines_of_just_this_size(size: int) -> None:
    padded = padding(size)
    assert len(padded) == max(size, 0)
    assert all(line.startswith(b"#") for line in padded.splitlines() if line)
    assert not padded or padded.endswith(b"\n")
