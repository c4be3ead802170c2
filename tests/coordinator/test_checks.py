"""Each check holds for what it should hold for, and says what was seen where it does not."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from support.coordinator import checks
from support.coordinator.outcome import Outcome
from support.coordinator.server import JobRecord, Piece
from support.verdicts import NotJudged

LOG = b"$ echo one\none\ntwo\n"


def outcome(final: dict[str, Any] | None = None, log: bytes = LOG, problem: str = "", **more: Any) -> Outcome:
    said = {"state": "success", "output": {"checksum": f"crc32:{zlib.crc32(log):08x}"}} if final is None else final
    left = more.pop("left", ())
    record = JobRecord({"id": 1}, log=bytearray(log), final=said, **({"is_handed_out": True} | more))
    return Outcome("job", record, left, problem)


FAILED = {"state": "failed", "failure_reason": "script_failure", "exit_code": 3}


def test_what_holds() -> None:
    checks.must_have_run(outcome())
    checks.has_state(outcome(), "success")
    checks.has_failed(outcome(FAILED), "script_failure", 3)
    checks.has_failed(outcome({"state": "failed", "failure_reason": "job_timeout"}), "job_timeout")
    checks.image_was_not_pulled(outcome({"state": "failed", "failure_reason": "image_pull_failure"}))
    checks.is_cancelled(outcome({}, is_cancelled=True))
    checks.has_lines(outcome(), ["one", "two"])
    checks.mentions(outcome(), "wo")
    checks.lacks(outcome(), "echo one")
    checks.nothing_is_left(outcome())
    checks.comes_while_it_runs(outcome(pieces=[Piece(1.0, 15), Piece(2.0, len(LOG))]), ["one", "two"])


@pytest.mark.parametrize(
    ("check", "seen"),
    [
        (lambda: checks.has_state(outcome(FAILED), "success"), "failed (script_failure, exit code 3)"),
        (lambda: checks.has_state(outcome({}), "success"), "running"),
        (lambda: checks.has_state(outcome(problem="it ended with 2"), "success"), "success, it ended with 2"),
        (lambda: checks.has_failed(outcome(), "script_failure", 3), "success"),
        (lambda: checks.has_failed(outcome(FAILED), "script_failure", 4), "failed (script_failure, exit code 3)"),
        (lambda: checks.has_failed(outcome(FAILED), "script_failure"), "failed (script_failure, exit code 3)"),
        (lambda: checks.image_was_not_pulled(outcome(FAILED)), "failed (script_failure, exit code 3)"),
        (lambda: checks.is_cancelled(outcome()), "success"),
        (lambda: checks.is_cancelled(outcome({}, problem="it hung", is_cancelled=True)), "it hung"),
        (lambda: checks.has_lines(outcome(), ["two", "one"]), "of these lines, the log has ['one', 'two']"),
        (lambda: checks.has_lines(outcome(), ["one", "three"]), "of these lines, the log has ['one']"),
        (lambda: checks.has_lines(outcome(log=b"one\none\n"), ["one"]), "of these lines, the log has ['one', 'one']"),
        (lambda: checks.mentions(outcome(), "three"), "no line with 'three'"),
        (lambda: checks.mentions_nowhere(outcome(log=b"it is two\n"), "two"), "the line 'it is two'"),
        (lambda: checks.lacks(outcome(), "two"), "the line 'two'"),
        (lambda: checks.nothing_is_left(outcome(left=("network n",))), "left behind: network n"),
        (
            lambda: checks.comes_while_it_runs(outcome(pieces=[Piece(2.0, len(LOG))]), ["one", "two"]),
            "2 of them after 2.0 s",
        ),
    ],
)
def test_what_does_not_hold_is_said_first(check: Any, seen: str) -> None:
    with pytest.raises(AssertionError) as raised:
        check()
    assert str(raised.value).splitlines()[0] == f"Seen: {seen}"
    assert "log: " in str(raised.value)


def test_a_log_that_did_not_come_whole_is_not_held_against_the_daemon() -> None:
    said = {"state": "success", "output": {"checksum": "crc32:00000000"}}
    with pytest.raises(NotJudged, match="did not come whole"):
        checks.has_lines(outcome(said), ["one", "two"])


def test_a_runner_that_asked_for_no_job_judges_nothing() -> None:
    with pytest.raises(NotJudged, match=r"asked for no job: it ended with 1"):
        checks.must_have_run(outcome({}, problem="it ended with 1", is_handed_out=False))


def test_the_line_of_an_outcome_says_all() -> None:
    line = outcome(FAILED, left=("network n", "volume v"), ended_at=1.26).line()
    assert line == "job: failed (script_failure, exit code 3), 3 lines of log, left behind: network n, volume v, 1.3 s"
