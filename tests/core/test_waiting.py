"""A wait ends with what was waited for, with the reason why it never comes, or with the history of what was seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import progress
from support.waiting import Deadline, History, NeverHappens, Seen, TimedOut, done, never, not_yet, until


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds + 1e-9  # a sleep is always a little late

    @property
    def elapsed(self) -> float:
        return self.now - 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(progress._the_progress, "_look_beside", lambda: None)
    return clock


def at(clock: Clock, *changes: tuple[float, Seen[str]]) -> Callable[[], Seen[str]]:
    """A predicate whose answer changes at these seconds."""
    return lambda: next(seen for since, seen in reversed(changes) if clock.elapsed >= since)


def test_what_is_the_case_at_once_costs_no_time(clock: Clock) -> None:
    assert until(at(clock, (0, done("running"))), "it to run", 10) == "running"
    assert clock.naps == []


def test_done_with_nothing_is_done(clock: Clock) -> None:
    assert until(lambda: done(None), "it", 10) is None


def test_it_looks_again_until_it_is_the_case(clock: Clock) -> None:
    assert until(at(clock, (0, not_yet("created")), (3, done("running"))), "it to run", 10) == "running"
    assert 3 <= clock.elapsed <= 4


def test_pauses_grow_from_short_to_long(clock: Clock) -> None:
    with pytest.raises(TimedOut):
        until(at(clock, (0, not_yet("created"))), "it to run", 30, every=0.1, up_to=0.5)
    assert clock.naps[0] == 0.1
    assert clock.naps[:-1] == sorted(clock.naps[:-1])
    assert max(clock.naps) == 0.5


def test_what_cannot_happen_any_more_is_not_waited_for(clock: Clock) -> None:
    predicate = at(clock, (0, not_yet("created")), (2, never("it exited with 1: no such file")))
    with pytest.raises(NeverHappens) as caught:
        until(predicate, "the service to run", 120)
    assert re.fullmatch(
        r"seen: it exited with 1: no such file after [23]\.\d s; "
        r"waited for the service to run, which cannot happen any more",
        str(caught.value),
    )
    assert clock.elapsed < 4


def test_a_passed_deadline_says_what_was_seen_and_for_how_long(clock: Clock) -> None:
    changes = ((0, not_yet("created (PROVISIONING)")), (31, not_yet("created (PENDING)")), (118, not_yet("running")))
    with pytest.raises(TimedOut) as caught:
        until(at(clock, *changes), "its log", 120)
    assert re.fullmatch(
        r"seen: created \(PROVISIONING\) for 30\.\d s, then created \(PENDING\) for 8[67]\.\d s, "
        r"then running for 1\.\d s; waited 120 s for its log",
        str(caught.value),
    )


@pytest.mark.parametrize("within", [0.03, 1, 7.7, 30])
def test_the_last_look_is_at_the_deadline_and_none_is_later(clock: Clock, within: float) -> None:
    looks: list[float] = []

    def look() -> Seen[str]:
        looks.append(clock.elapsed)
        return not_yet("running")

    with pytest.raises(TimedOut, match=rf"^seen: running.*; waited {within:g} s for it to exit$"):
        until(look, "it to exit", within)
    assert looks[0] == 0
    assert looks[-1] == pytest.approx(within)


def test_what_happens_in_the_last_moment_is_in_time(clock: Clock) -> None:
    assert until(at(clock, (0, not_yet("running")), (29.9, done("exited"))), "it to exit", 30) == "exited"


def test_without_any_time_it_is_looked_at_once(clock: Clock) -> None:
    with pytest.raises(TimedOut, match=r"^seen: created; waited 0 s for it$"):
        until(at(clock, (0, not_yet("created"))), "it", 0)
    assert until(at(clock, (0, done("running"))), "it", 0) == "running"


def test_a_slow_look_counts(clock: Clock) -> None:
    def look() -> Seen[str]:
        clock.now += 40
        return not_yet("no answer")

    with pytest.raises(TimedOut):
        until(look, "it", 30)
    assert clock.elapsed == 40


def test_an_error_of_the_look_is_raised_as_it_is(clock: Clock) -> None:
    error = ValueError("no frame header at byte 0")

    def look() -> Seen[str]:
        raise error

    with pytest.raises(ValueError, match="no frame header") as caught:
        until(look, "it", 30)
    assert caught.value is error


def test_both_ends_are_violations() -> None:
    assert issubclass(TimedOut, AssertionError) and issubclass(NeverHappens, AssertionError)


def test_what_was_seen_last_is_shown_to_whoever_watches(clock: Clock) -> None:
    shown: list[str] = []

    def look() -> Seen[str]:
        shown.append(progress.longest(clock.now))
        return not_yet(f"state {len(shown)}")

    with pytest.raises(TimedOut):
        until(look, "it to run", 3, every=1.5)
    assert shown == ["", "waiting 2 s of 3 s for it to run: state 1", "waiting 3 s of 3 s for it to run: state 2"]


def test_a_history_keeps_the_last_eight_states() -> None:
    history = History()
    assert str(history) == "nothing"
    for number in range(10):
        history.add(f"state {number}", number)
    assert str(history) == ", then ".join(f"state {number}" for number in range(2, 10))


def test_a_state_that_comes_back_is_told_twice() -> None:
    history = History()
    for seconds, text in ((0, "running"), (1, "running"), (2, "exited"), (3, "running")):
        history.add(text, seconds)
    assert str(history) == "running for 1.0 s, then exited, then running"


def test_a_deadline_runs_down_to_zero_and_no_further(clock: Clock) -> None:
    deadline = Deadline(10)
    assert (deadline.elapsed, deadline.remaining, deadline.at_most(3), deadline.at_most(30)) == (0, 10, 3, 10)
    clock.sleep(8)
    assert (deadline.elapsed, deadline.remaining, deadline.at_most(3), deadline.at_most(1)) == pytest.approx(
        (8, 2, 2, 1)
    )
    clock.sleep(8)
    assert (deadline.elapsed, deadline.remaining, deadline.at_most(3)) == pytest.approx((16, 0, 0))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(min_value=0.1, max_value=50)), min_size=1, max_size=20))
def test_a_history_loses_no_change(looks: list[tuple[str, float]]) -> None:
    history, now = History(), 0.0
    for text, pause in looks:
        history.add(text, now)
        now += pause
    texts = [text for text, _ in looks]
    changes = [text for at, text in enumerate(texts) if at == 0 or texts[at - 1] != text]
    assert [text for text, _, _ in history.spans] == changes
    assert all(since <= to for _, since, to in history.spans)
