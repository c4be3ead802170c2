"""When each job did what, and how long each Fargate task was in which state: drawn on the acceptance page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from support.api.recording import Exchange
from support.report.details import Bar, Lane, Timeline

_VERSION, _ID = re.compile(r"^/v\d[\d.]*(?=/)"), re.compile(r"\b[0-9a-f]{64}\b")
_MOST_BARS = 400  # of a timeline
_MOST_LANES = 40
_STREAMING = 101
_REFUSED = 400  # statuses from here on
_ENDED = "STOPPED"


class HasStatuses(Protocol):
    """A task: its ID, its definition and the statuses it had, each with when it was first seen (monotonic clock)."""

    definition: dict[str, object]
    statuses: list[tuple[str, float]]

    @property
    def id(self) -> str:
        """The last part of its ARN."""


def of_jobs(exchanges: Iterable[Exchange], now: float) -> list[Timeline]:
    """A timeline for each job that made calls, its lanes what the calls were about; ``now`` ends what still goes on."""
    jobs: dict[str, list[Exchange]] = defaultdict(list)
    for each in exchanges:
        if each.label.job and not each.label.observes:
            jobs[each.label.job].append(each)
    return [_of_job(name, calls[:_MOST_BARS], now) for name, calls in jobs.items()]


def of_tasks(tasks: Sequence[HasStatuses], began: float) -> list[Timeline]:
    """One timeline of all tasks, from the first that was seen on; ``began`` is zero on the monotonic clock."""
    seen = [task for task in tasks if task.statuses][:_MOST_LANES]
    if not seen:
        return []
    first = min(task.statuses[0][1] for task in seen)
    last = max(task.statuses[-1][1] for task in seen)
    lanes = [Lane(_name(task), (tuple(_phases(task, first, last)),)) for task in seen]
    return [Timeline(f"Fargate tasks, from {first - began:.1f} s on", round(last - first, 3), tuple(lanes))]


def _of_job(name: str, calls: list[Exchange], now: float) -> Timeline:
    first = calls[0].at
    lanes: dict[str, list[Bar]] = defaultdict(list)
    for each in calls:
        lanes[each.label.subject or "job"].append(_bar(each, first, now))
    seconds = max(bar.end for bars in lanes.values() for bar in bars)
    made = tuple(Lane(subject, _rows(bars)) for subject, bars in lanes.items())
    return Timeline(f"Job “{name}”, from {first:.1f} s on", round(seconds, 3), made)


def _bar(exchange: Exchange, first: float, now: float) -> Bar:
    begin = exchange.at - first
    took = exchange.done_after if exchange.done_after is not None else max(now - exchange.at, 0.0)
    is_refused = exchange.status is None or exchange.status >= _REFUSED
    kind = "failed" if is_refused else "stream" if exchange.status == _STREAMING else "call"
    if exchange.path.endswith("/wait") and not is_refused:
        kind = "stream"  # its answer is awaited while other calls go on
    answer = exchange.status or "no answer"
    what = f"{exchange.label.criterion} {exchange.method} {_short(exchange.path)} → {answer}, {took:.2f} s"
    return Bar(round(begin, 3), round(begin + took, 3), what.strip(), kind)


def _short(path: str) -> str:
    """The path without its version, with IDs as people write them."""
    return _ID.sub(lambda found: found[0][:12], _VERSION.sub("", path))


def _rows(bars: Iterable[Bar]) -> tuple[tuple[Bar, ...], ...]:
    """The bars in as few rows as keep them apart; what goes on for long comes first, below what is done meanwhile."""
    rows: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: (bar.kind != "stream", bar.begin)):
        row = next((row for row in rows if all(bar.begin >= each.end or bar.end <= each.begin for each in row)), None)
        if row is None:
            rows.append([bar])
        else:
            row.append(bar)
    return tuple(map(tuple, rows))


def _phases(task: HasStatuses, first: float, last: float) -> Iterable[Bar]:
    status, since = task.statuses[0]
    for other, at in [*task.statuses[1:], ("", last)]:
        if other != status:
            if status != _ENDED:
                kind = {"RUNNING": "call"}.get(status, "stream")
                yield Bar(round(since - first, 3), round(at - first, 3), f"{status}, {at - since:.1f} s", kind)
            status, since = other, at


def _name(task: HasStatuses) -> str:
    return str(task.definition.get("family") or task.id)
