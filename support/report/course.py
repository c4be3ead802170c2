"""How far a run is: of each feature what was judged, what is at work and what it waits for.

It is drawn by the process that has the terminal; a part of a run sends its own to that process, a line of JSON each
time that something has changed.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support import progress
from support.text import one_line
from support.verdicts import Verdict

_SENT_EVERY = 0.25  # seconds
_TEXT = 300  # characters of a text that is sent
_JOINED_WITHIN = 2.0  # seconds


@dataclass
class FeatureCourse:
    """``total`` scenarios were selected; ``began`` and ``ended`` are of the monotonic clock, 0 where not yet."""

    name: str
    total: int
    counts: dict[str, int] = field(default_factory=dict)
    doing: str = ""
    wait: str = ""
    began: float = 0.0
    ended: float = 0.0

    @property
    def judged(self) -> int:
        """How many scenarios have a verdict."""
        return sum(self.counts.values())


class Course:
    """The features of a run, which are told of by whoever runs them."""

    def __init__(self) -> None:
        self.features: dict[str, FeatureCourse] = {}  # by file
        self._current: FeatureCourse | None = None

    def select(self, selected: Iterable[tuple[str, int]]) -> None:
        """The features that run, by their files, and how many scenarios of each."""
        self.features = {file: FeatureCourse(Path(file).stem, total) for file, total in selected if total}

    def begin_feature(self, file: str) -> None:
        """A feature begins."""
        self._current = self.features.get(file)
        if self._current is not None:
            self._current.began = time.monotonic()
            self.doing("preparing")

    def doing(self, text: str) -> None:
        """What the feature is at."""
        if self._current is not None:
            self._current.doing = text

    def judged(self, verdict: Verdict) -> None:
        """A scenario of it has a verdict."""
        if self._current is not None:
            counts = self._current.counts
            counts[str(verdict)] = counts.get(str(verdict), 0) + 1
            if self._current.judged >= self._current.total:
                self.doing("cleaning up")

    def end_feature(self) -> None:
        """It is over, its clean-up included."""
        if self._current is not None:
            self._current.ended = time.monotonic()
            self._current.doing = self._current.wait = ""
        self._current = None

    def now(self) -> list[FeatureCourse]:
        """All features, with what the one under way waits for."""
        current = self._current
        if current is not None:
            current.wait = progress.longest(time.monotonic())
        return list(self.features.values())


@contextmanager
def again_and_again(work: Callable[[], object], every: float, name: str) -> Iterator[None]:
    """Do something in a thread beside for as long as the block lasts, and once more at its end; ``OSError`` ends it."""
    over = threading.Event()

    def run() -> None:
        with suppress(OSError):
            work()
            while not over.wait(every):
                work()
            work()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_JOINED_WITHIN)


@contextmanager
def sent(course: Course, to: Path) -> Iterator[None]:
    """Send the course of a part to the pipe ``to`` while the block lasts."""
    pipe = os.open(to, os.O_WRONLY | os.O_NONBLOCK)
    before = b""

    def send() -> None:
        nonlocal before
        line = b"".join(json.dumps(asdict(each)).encode() + b"\n" for each in course.now())
        if line != before:
            before = line
            with suppress(BlockingIOError):  # who draws it is slow, and gets the next one
                os.write(pipe, line)

    try:
        with again_and_again(send, _SENT_EVERY, "course"):
            yield
    finally:
        os.close(pipe)


def received(pipe: int, feature: FeatureCourse) -> None:
    """Take over what a part sends of its course, until it has ended."""
    with open(pipe, "rb") as lines:
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                _take(json.loads(line), feature)
    feature.ended = feature.ended or time.monotonic()
    feature.doing = feature.wait = ""


def _take(content: dict[str, object], feature: FeatureCourse) -> None:
    for name in ("doing", "wait"):
        setattr(feature, name, one_line(content[name], _TEXT))
    for name in ("began", "ended"):
        setattr(feature, name, float(str(content[name])))
    counts = content["counts"]
    assert isinstance(counts, dict)
    feature.counts = {str(Verdict(verdict)): int(count) for verdict, count in counts.items()}
