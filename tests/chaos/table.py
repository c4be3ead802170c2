"""The table of a whole invocation, and each case that was not survived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.chaos.findings import Findings

_COLUMNS = (
    ("tried", 5),
    ("survived", 8),
    ("left behind", 11),
    ("hangs", 5),
    ("overrun", 8),
    ("memory", 8),
    ("CPU", 5),
    ("secrets", 7),
    ("raw bytes", 9),
    ("tracebacks", 10),
)


@dataclass(frozen=True)
class Tried:
    """A case that was tried, or skipped."""

    kind: str
    name: str
    findings: Findings
    seconds: float


def table(tried: Sequence[Tried]) -> list[str]:
    """A row for each kind, the sum last; what each column counts is below it."""
    kinds = list(dict.fromkeys(each.kind for each in tried))
    width = max(map(len, [*kinds, "all"]))
    lines = ["  ".join([" " * width, *(f"{name:>{room}}" for name, room in _COLUMNS)])]
    for kind in kinds:
        lines.append(_row(f"{kind:<{width}}", [each for each in tried if each.kind == kind]))
    lines.append(_row(f"{'all':<{width}}", tried))
    return [
        *lines,
        "",
        "overrun: the longest time beyond a deadline; memory: the most that a process of the suite needed beyond its "
        "peak in a quiet run; CPU: the most processor time of a run, as a multiple of a quiet one's.",
    ]


def _row(kind: str, tried: Sequence[Tried]) -> str:
    done = [each.findings for each in tried if not each.findings.skipped]
    counts: Iterable[object] = (
        len(done),
        sum(each.is_survived for each in done),
        sum(len(each.left) for each in done),
        sum(len(each.hangs) for each in done),
        f"{max((each.overrun for each in done), default=0.0):.1f} s",
        f"{max((each.memory for each in done), default=0.0):.0f} MB",
        f"{max((each.cpu for each in done), default=0.0):.1f}",
        sum(len(each.secrets) for each in done),
        sum(len(each.raw) for each in done),
        sum(len(each.tracebacks) for each in done),
    )
    return "  ".join([kind, *(f"{value:>{room}}" for value, (_, room) in zip(counts, _COLUMNS, strict=True))])


def failed(tried: Iterable[Tried], alone: str) -> list[str]:
    """Each case that was not survived: why, and the command that runs it ``alone``."""
    lines = []
    for each in tried:
        if not each.findings.is_survived:
            reasons = each.findings.reasons()
            lines += ["", f"✗ {each.name} ({each.kind}, {each.seconds:.0f} s): {alone.format(name=each.name)}"]
            lines += [f"    {reason[:600]}" for reason in reasons[:_REASONS]]
            lines += [f"    … and {len(reasons) - _REASONS} more"] if len(reasons) > _REASONS else []
    return lines


_REASONS = 8  # shown of a case
