"""What a report shows of a scenario beside its verdict: its steps, its exchanges, and when a job did what.

Plain data, bounded and printable, made once; ``exchanges.py`` and ``timeline.py`` make it of what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.text import one_line, printable, shorten

_LINE = 400  # characters


@dataclass(frozen=True)
class Step:
    """A step as it is written, with its table or text; ``status`` is behave's, ``seconds`` how long it took."""

    text: str
    status: str = ""
    seconds: float = 0.0
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", one_line(self.text))
        object.__setattr__(self, "lines", tuple(shorten(printable(line), _LINE) for line in self.lines))


@dataclass(frozen=True)
class ShownExchange:
    """A request and its answer, redacted and cut. ``at`` is in seconds since the target was opened.

    ``shows`` is true where the verdict's error was raised over it. ``frames`` are the stream's, decoded, a line each.
    """

    number: int
    at: float
    line: str
    shows: bool = False
    request: str = ""
    headers: str = ""
    answer: str = ""
    frames: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "line", one_line(self.line, _LINE))
        for name in ("request", "headers", "answer"):
            object.__setattr__(self, name, printable(getattr(self, name)))
        object.__setattr__(self, "frames", tuple(shorten(printable(frame), _LINE) for frame in self.frames))


@dataclass(frozen=True)
class Bar:
    """Something that took from ``begin`` to ``end``, in seconds on the timeline; ``kind`` is how it is painted."""

    begin: float
    end: float
    what: str
    kind: str = "call"

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", one_line(self.what))


@dataclass(frozen=True)
class Lane:
    """What one container, network or task did; ``rows`` hold bars that do not overlap."""

    name: str
    rows: tuple[tuple[Bar, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name, 60))


@dataclass(frozen=True)
class Timeline:
    """One job, or the tasks of a run; ``seconds`` is its length."""

    name: str
    seconds: float
    lanes: tuple[Lane, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name, 80))


def step_of(content: Mapping[str, Any]) -> Step:
    """A step read from JSON."""
    return Step(**{**content, "lines": tuple(content["lines"])})


def exchange_of(content: Mapping[str, Any]) -> ShownExchange:
    """An exchange read from JSON."""
    return ShownExchange(**{**content, "frames": tuple(content["frames"])})


def timeline_of(content: Mapping[str, Any]) -> Timeline:
    """A timeline read from JSON."""
    lanes = tuple(Lane(each["name"], tuple(map(_row_of, each["rows"]))) for each in content["lanes"])
    return Timeline(content["name"], content["seconds"], lanes)


def _row_of(content: list[dict[str, Any]]) -> tuple[Bar, ...]:
    return tuple(Bar(**bar) for bar in content)
