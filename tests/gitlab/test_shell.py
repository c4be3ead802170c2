"""What a shell is asked, and what counts as its answer."""

from __future__ import annotations

import subprocess

import pytest

from support.gitlab.shell import Command


def written_by_a_shell(asked: Command) -> bytes:
    return subprocess.run(["/bin/sh"], input=asked.text.encode(), capture_output=True, check=True, timeout=10).stdout


def test_the_answer_is_what_the_command_wrote() -> None:
    asked = Command("echo one; echo two")
    assert asked.answer_in(b"said before\n" + written_by_a_shell(asked) + b"said after\n") == b"one\ntwo"


def test_a_command_that_writes_nothing_has_answered() -> None:
    asked = Command("true")
    assert asked.answer_in(written_by_a_shell(asked)) == b""


@pytest.mark.parametrize(
    "changed",
    [
        lambda output: output.replace(b"\n", b"\r\n"),
        lambda output: b"".join(line.removesuffix(b"\n") for line in output.splitlines(keepends=True)),
        lambda output: b"".join(2 * line for line in output.splitlines(keepends=True)),
    ],
    ids=["as on a terminal", "without the last byte of each write", "each write twice"],
)
def test_how_lines_come_is_not_asked(changed: object) -> None:
    asked = Command("echo one")
    said = asked.answer_in(changed(written_by_a_shell(asked)))  # type: ignore[operator]
    assert said is not None and set(said.split()) == {b"one"}


def test_the_command_itself_coming_back_is_no_answer() -> None:
    asked = Command("echo one")
    assert asked.answer_in(asked.text.encode()) is None
    assert asked.answer_in(asked.text.encode() + written_by_a_shell(asked)) == b"one"


def test_a_command_that_has_not_ended_has_no_answer_yet() -> None:
    asked = Command("echo one")
    assert asked.answer_in(written_by_a_shell(asked)[:-10]) is None
