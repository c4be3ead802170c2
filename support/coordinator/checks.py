"""What is asked of a job that a real runner did; each raises ``AssertionError``, what was seen first."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from support.coordinator.log import lines_of
from support.coordinator.outcome import Outcome
from support.verdicts import NotJudged

_PULL_REASONS = ("image_pull_failure", "runner_external_dependency_failure", "runner_configuration_error")


def must_have_run(outcome: Outcome) -> None:
    """Raises ``NotJudged`` where the runner took no job: that says nothing about the daemon."""
    if not outcome.record.is_handed_out:
        raise NotJudged(f"GitLab Runner asked for no job: {outcome.problem}")


def has_state(outcome: Outcome, state: str) -> None:
    """It ended so, for no reason and with no exit code."""
    _same(outcome, outcome.ended(), state)


def has_failed(outcome: Outcome, reason: str, exit_code: int = 0) -> None:
    """It failed for this reason, with this exit code (0: none)."""
    code = f", exit code {exit_code}" if exit_code else ""
    _same(outcome, outcome.ended(), f"failed ({reason}{code})")


def image_was_not_pulled(outcome: Outcome) -> None:
    """It failed because of its image. Later versions choose one by the words of the daemon's error."""
    if outcome.reason not in _PULL_REASONS or outcome.problem:
        _fail(outcome, outcome.problem or outcome.ended(), f"failed ({' or '.join(_PULL_REASONS)})")


def is_cancelled(outcome: Outcome) -> None:
    """It was cancelled while it ran, and its runner let go of it."""
    if outcome.record.final.get("state") == "success" or not outcome.record.is_cancelled or outcome.problem:
        _fail(outcome, outcome.problem or outcome.ended(), "canceled, while its script ran")


def has_lines(outcome: Outcome, wanted: Sequence[str]) -> None:
    """Its log has these as whole lines, each once, in this order; other lines may be between them."""
    is_whole(outcome)
    shown = [line for line in outcome.lines if line in wanted]
    if shown != list(wanted):
        _fail(outcome, f"of these lines, the log has {shown}", f"{list(wanted)}, whole, once, in this order")


def mentions(outcome: Outcome, text: str) -> None:
    """A line of its log has this text."""
    is_whole(outcome)
    if not any(text in line for line in outcome.lines):
        _fail(outcome, f"no line with {text!r}", f"a line with {text!r}")


def mentions_nowhere(outcome: Outcome, text: str) -> None:
    """No line of its log has this text."""
    is_whole(outcome)
    if line := next((line for line in outcome.lines if text in line), ""):
        _fail(outcome, f"the line {line!r}", f"a log without {text!r}")


def lacks(outcome: Outcome, line: str) -> None:
    """Its log has no such line."""
    is_whole(outcome)
    if line in outcome.lines:
        _fail(outcome, f"the line {line!r}", f"a log without the line {line!r}")


def comes_while_it_runs(outcome: Outcome, wanted: Sequence[str]) -> None:
    """Each of these lines was in the log before the next one was written."""
    has_lines(outcome, wanted)
    log, record = bytes(outcome.record.log), outcome.record
    seen = [[line for line in lines_of(log[: piece.size]) if line in wanted] for piece in record.pieces]
    missing = [line for at, line in enumerate(wanted) if list(wanted[: at + 1]) not in seen]
    if missing:
        times = [
            f"{len(lines)} of them after {piece.at:.1f} s" for lines, piece in zip(seen, record.pieces, strict=True)
        ]
        _fail(outcome, "; ".join(times), f"each of {list(wanted)} by itself, while the next was not yet written")


def nothing_is_left(outcome: Outcome) -> None:
    """None of its containers, networks and volumes is there any more; what is kept is its cache volume."""
    if outcome.left:
        _fail(outcome, f"left behind: {', '.join(outcome.left)}", "nothing but the cache volume")


def is_whole(outcome: Outcome) -> None:
    """Raises ``NotJudged`` where the log that came is not the log that the runner says it sent."""
    said = (outcome.record.final.get("output") or {}).get("checksum")
    have = f"crc32:{zlib.crc32(outcome.record.log):08x}"
    if said and said != have:
        raise NotJudged(f"the log did not come whole: {have}, and GitLab Runner says {said}")


def _same(outcome: Outcome, seen: str, expected: str) -> None:
    if seen != expected or outcome.problem:
        _fail(outcome, ", ".join(filter(None, [seen, outcome.problem])), expected)


def _fail(outcome: Outcome, seen: str, expected: str) -> None:
    raise AssertionError("\n".join([f"Seen: {seen}", f"Expected: {expected}", *outcome.end_of_log()]))
