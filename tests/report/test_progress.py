"""What waits tell of themselves: each that lasts is said, whatever it is that waits."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from support.progress import Progress, Wait
from support.waiting import done, not_yet, until

IDENTIFIER = "4f0c" * 16


class Saying:
    """Lines that are said, at seconds that the test names."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.progress = Progress(lambda line: None)
        self.open = ExitStack()
        monkeypatch.setattr(self.progress, "_look_beside", lambda: None)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def wait(self, what: str, within: float | None) -> Wait:
        return self.open.enter_context(self.progress.waiting(what, within))

    def passes(self, seconds: int) -> list[str]:
        said = []
        for _ in range(seconds):
            self.now += 1
            said += self.progress.due(self.now)
        return said


@pytest.fixture
def saying(monkeypatch: pytest.MonkeyPatch) -> Iterator[Saying]:
    saying = Saying(monkeypatch)
    with saying.open:
        yield saying


def test_lines_come_after_10_20_40_seconds(saying: Saying) -> None:
    saying.wait("the service container to run", 120).seen = "created (PENDING)"
    lines = saying.passes(90)
    assert lines[0] == "waiting 10 s of 120 s for the service container to run: created (PENDING)"
    assert [line.split()[1] for line in lines] == ["10", "20", "40", "80"]


def test_short_waits_say_nothing_and_the_next_one_starts_anew(saying: Saying) -> None:
    for _ in range(5):
        with saying.progress.waiting("it", 30):
            assert saying.passes(9) == []


def test_a_wait_in_a_wait_says_both_in_one_line(saying: Saying) -> None:
    saying.wait("the container to exit", 120).seen = "running"
    saying.passes(5)
    saying.wait(f"the answer to GET /containers/{IDENTIFIER}/json", None)
    assert saying.passes(5) == [
        "waiting 10 s of 120 s for the container to exit: running; "
        "now waiting 5 s for the answer to GET /containers/4f0c4f0c4f0c/json"
    ]


def test_a_step_of_short_waits_is_not_silent(saying: Saying) -> None:
    saying.open.enter_context(saying.progress.step("the step Then all are gone"))
    said = []
    for number in range(8):
        with saying.progress.waiting(f"container {number}", 30):
            said += saying.passes(5)
    assert said == [
        "the step Then all are gone has gone on for 10 s: waiting 5 s of 30 s for container 1",
        "the step Then all are gone has gone on for 20 s: waiting 5 s of 30 s for container 3",
        "the step Then all are gone has gone on for 40 s: waiting 5 s of 30 s for container 7",
    ]


def test_what_was_seen_cannot_steer_a_terminal(saying: Saying) -> None:
    saying.wait("it", 30).seen = "pulling\x1b[2J\nmore"
    assert saying.passes(10) == ["waiting 10 s of 30 s for it: pulling\\x1b[2J more"]


def test_the_longest_wait_is_what_is_shown(saying: Saying) -> None:
    saying.wait("the first", 30)
    saying.now += 0.5
    assert saying.progress.longest(saying.now) == ""
    other = threading.Thread(target=lambda: saying.wait("the second", 20))
    other.start()
    other.join()
    saying.now += 3
    assert saying.progress.longest(saying.now) == "waiting 4 s of 30 s for the first (and 1 more)"


def test_nothing_is_said_of_what_is_shown_elsewhere_and_all_afterwards() -> None:
    said: list[str] = []
    shown = Progress(said.append)
    with shown.waiting("it", 60) as wait:
        with shown.shown_elsewhere():
            wait.began -= 11
            _await(lambda: wait.next_line > 10)
        assert said == []
        wait.began -= 10
        _await(lambda: bool(said))
    assert re.fullmatch(r"waiting 2[1-9] s of 60 s for it", said[0])


def test_a_process_that_was_forked_says_its_own() -> None:
    program = """
import os, sys
from support import progress
with progress.waiting("the parent's", 60) as wait:
    wait.began -= 30
    if not (child := os.fork()):
        progress._the_progress._say = lambda line: (os.write(2, line.encode()), os._exit(0))
        with progress.waiting("the child's", 60) as wait:
            wait.began -= 15
            while True: pass
    os.waitpid(child, 0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=30, check=True
    )
    assert re.search(r"waiting 1[5-9] s of 60 s for the child's$", ended.stderr)


def _await(is_so: Callable[[], bool]) -> None:
    until(lambda: done(True) if is_so() else not_yet("not yet"), "it", 10)
