"""What falsify prints and writes: a line per trial, the matrix of criteria, the totals in one line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from falsify.judging import HARMLESS, Finding, Trial
from falsify.lies import Layer
from support.files import write_whole
from support.verdicts import Verdict

WAYS = 3  # in which each criterion is to be caught
_TO_COUNT = 1000  # cells; of those of a few lies a share says nothing
MOST_UNOBSERVABLE, MOST_HIDDEN = 0.04, 0.02  # of all cells
_SIGNS = {Verdict.PASSED: "·", Verdict.NOT_JUDGED: "?", Verdict.SKIPPED: "-"}
LEGEND = (
    "✗ violated as it must be, x violated as it may be, ! violated wrongly, M missed, ? hidden, ~ unobservable, "
    "· passed, - skipped, blank: not run"
)


def is_lie(trial: Trial) -> bool:
    """Whether it is neither the truth, nor a variation of it, nor a profile."""
    return bool(trial.must) and trial.group != Layer.PROFILES


def sign(trial: Trial, criterion: str) -> str:
    """One cell of the matrix."""
    if criterion in trial.missed:
        return "M"
    if criterion in trial.mistaken:
        return "!"
    if criterion in trial.unobservable:
        return "~"
    verdict = trial.ran.verdicts.get(criterion)
    if verdict is Verdict.VIOLATED:
        return "✗" if criterion in trial.must else "x"
    return _SIGNS.get(verdict, " ") if verdict is not None else " "


def row(trial: Trial, criteria: Sequence[str]) -> str:
    """A trial in one line, its cells in fives; what is wrong with it on further lines."""
    signs = [sign(trial, criterion) for criterion in criteria]
    fives = " ".join("".join(signs[at : at + 5]) for at in range(0, len(signs), 5))
    lines = [f"{trial.finding:<11} {fives}  {trial.ran.seconds:5.1f} s  {trial.id}"]
    lines += [f"              missed {name}: {_seen(trial, name)}" for name in trial.missed]
    lines += [f"              mistaken {name}: {_seen(trial, name)}" for name in trial.mistaken]
    if trial.finding in (Finding.OVERRAN, Finding.BROKE):
        lines.append(f"              {trial.ran.fault or f'it was over its {trial.ran.bound:.0f} s'}")
    if trial.missed and not trial.ran.met:
        lines.append("              no call met its rules")
    lines += [f"              left behind: {line}" for line in trial.ran.leftovers]
    return "\n".join(lines)


def _seen(trial: Trial, criterion: str) -> str:
    verdict = trial.ran.verdicts.get(criterion)
    cause = trial.ran.causes.get(criterion, "")
    return f"{verdict or 'not run'}{': ' if cause else ''}{cause}"


def caught_ways(trials: Sequence[Trial]) -> Counter[str]:
    """How many lies each criterion was caught by."""
    caught = [trial for trial in trials if trial.finding is Finding.CAUGHT]
    return Counter(name for trial in caught for name in trial.must)


def by_criterion(trials: Sequence[Trial], criteria: Sequence[str]) -> list[str]:
    """A line per criterion: the ways in which it was caught, by layer."""
    ways = caught_ways(trials)
    lines = []
    for criterion in criteria:
        layers = Counter(t.group for t in trials if t.finding is Finding.CAUGHT and criterion in t.must)
        ways_by_layer = ", ".join(f"{count} {layer}" for layer, count in sorted(layers.items()))
        lines.append(f"  {criterion:<15} caught in {ways[criterion]:3} ways: {ways_by_layer or 'none'}")
    return lines


def slowest(trials: Sequence[Trial], count: int) -> list[Trial]:
    """The trials that took longest, the longest first."""
    return sorted(trials, key=lambda trial: trial.ran.seconds, reverse=True)[:count]


def within_deadlines(trials: Sequence[Trial]) -> list[str]:
    """A line per trial, the longest first: how much of what its deadlines allow it took."""
    lines = []
    for trial in slowest(trials, len(trials)):
        ran = trial.ran
        word = "kept" if ran.seconds <= ran.bound else "EXCEEDED"
        lines.append(f"  {word} its deadlines: {ran.seconds:5.1f} s of {ran.bound:.0f} s  {trial.id}")
    return lines


def hidden_cells(trials: Sequence[Trial]) -> list[str]:
    """A line per criterion that a lie hides, with the cause that the run gave."""
    lines = []
    for trial in trials:
        word = "hidden, which it may not" if trial.is_open else "hidden"
        causes = trial.ran.causes
        lines += [f"{word}: {trial.id}: {name}: {causes.get(name, 'no cause given')}" for name in trial.hidden]
    return lines


@dataclass(frozen=True)
class Cells:
    """Lies by scenarios: all that were run and not skipped, and of them what could not be seen and what was hidden."""

    all: int
    unobservable: int
    hidden: int

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Cells:
        """Of the lies among the trials."""
        lies = [trial for trial in trials if is_lie(trial)]
        counted = sum(verdict is not Verdict.SKIPPED for trial in lies for verdict in trial.ran.verdicts.values())
        return cls(counted, sum(len(t.unobservable) for t in lies), sum(len(t.hidden) for t in lies))

    @property
    def are_few(self) -> bool:
        """Whether as few are unobservable and hidden as may be."""
        most = max(self.all, _TO_COUNT)
        return self.unobservable <= MOST_UNOBSERVABLE * most and self.hidden <= MOST_HIDDEN * most

    def __str__(self) -> str:
        counts = (self.unobservable, self.hidden)
        unobservable, hidden = (f"{count} ({count / max(self.all, 1):.1%})" for count in counts)
        return f"of {self.all} cells {unobservable} unobservable and {hidden} hidden"


def totals(trials: Sequence[Trial], criteria: Sequence[str], seconds: float, left_out: int = 0) -> str:
    """Everything in one line; ``left_out`` lies and variations did not apply to the target."""
    parts = []
    lies = [trial for trial in trials if is_lie(trial)]
    truths = [trial for trial in trials if trial.group == HARMLESS]
    profiles = [trial for trial in trials if trial.must and trial.group == Layer.PROFILES]
    if lies:
        found = Counter(trial.finding for trial in lies)
        caught, missed, mistaken = (found[each] for each in (Finding.CAUGHT, Finding.MISSED, Finding.MISTAKEN))
        ways = caught_ways(lies)
        enough = sum(ways[criterion] >= WAYS for criterion in criteria)
        parts.append(f"{len(lies)} lies: {caught} caught, {missed} missed, {mistaken} mistaken")
        if criteria:
            parts.append(f"{enough} of {len(criteria)} criteria caught in at least {WAYS} ways")
    if truths:
        parts.append(f"{len(truths)} truths and variations: {sum(trial.is_good for trial in truths)} green")
    if profiles:
        parts.append(f"{len(profiles)} profiles: {sum(trial.is_good for trial in profiles)} as measured")
    if lies:
        parts.append(str(Cells.of(lies)))
    if left_out:
        parts.append(f"{left_out} that do not apply")
    for finding in (Finding.OVERRAN, Finding.BROKE):
        if count := sum(trial.finding is finding for trial in trials):
            parts.append(f"{count} {finding}")
    if second := [trial.id for trial in trials if trial.is_second]:
        parts.append(f"{len(second)} counted by a second run: {', '.join(second)}")
    left = sum(bool(trial.ran.leftovers) for trial in trials)
    if left:
        parts.append(f"{left} left something behind")
    if trials:
        last = slowest(trials, 1)[0]
        took = f"{last.ran.seconds:.1f} s of {last.ran.bound:.0f} s"
        parts.append(f"{seconds:.0f} s in all, the slowest {last.id} with {took} that its deadlines allow")
    return "; ".join(parts)


def write(path: Path, trials: Sequence[Trial], about: dict[str, object]) -> None:
    """Everything as JSON, for other tools."""
    content = {
        **about,
        "cells": asdict(Cells.of(trials)),
        "trials": [asdict(trial) | {"is_good": trial.is_good} for trial in trials],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(content, indent=1, default=_plain, ensure_ascii=False) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is nothing for JSON")
