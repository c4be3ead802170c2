"""What a run found out: plain data that every report is made from, and that several processes' runs are merged by.

``outcomes.json`` is a ``Report`` as JSON; it reads back without loss.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from support.report.details import ShownExchange, Step, Timeline, exchange_of, step_of, timeline_of
from support.text import excerpt, one_line, printable
from support.verdicts import ExitCode, Verdict

THE_RUN = "The run"  # the feature that cases outside of any feature are listed under
ORDER = (Verdict.PASSED, Verdict.VIOLATED, Verdict.NOT_JUDGED, Verdict.SKIPPED)  # as reports count them
SIGNS = {Verdict.PASSED: "✓", Verdict.VIOLATED: "✗", Verdict.NOT_JUDGED: "?", Verdict.SKIPPED: "-"}


@dataclass(frozen=True)
class Outcome:
    """The verdict of one scenario, or of a case that stands beside the scenarios (a failed clean-up, say).

    ``id`` is the criterion's (``TST-011-AC-12``), empty where there is none. ``cause`` is one line. ``details`` are the
    lines that show it, as far as reports have room for them. ``duration`` is in seconds, ``evidence`` a folder relative
    to the reports folder, or empty; it holds a traceback if nobody expected the error. ``log`` are the last lines that
    a daemon of ours had printed, where the scenario did not pass.
    """

    id: str
    title: str
    verdict: Verdict
    cause: str = ""
    step: str = ""
    details: tuple[str, ...] = ()
    duration: float = 0.0
    evidence: str = ""
    notes: tuple[str, ...] = ()
    location: str = ""
    has_traceback: bool = False
    steps: tuple[Step, ...] = ()
    exchanges: tuple[ShownExchange, ...] = ()
    log: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Once, here: no report can then be broken by what a daemon sent.
        for name, value in (
            ("verdict", Verdict(self.verdict)),
            ("title", one_line(self.title)),
            ("cause", one_line(self.cause)),
            ("step", one_line(self.step)),
            ("details", excerpt([printable(line) for line in self.details])),
            ("notes", tuple(one_line(note) for note in self.notes)),
            ("log", tuple(one_line(line) for line in self.log)),
        ):
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """The criterion's id, where there is one, and the title."""
        return f"{self.id} {self.title}".strip()


@dataclass(frozen=True)
class Subject:
    """What is judged: the criterion's id (or ``""``), the title without it, ``file:line``, and its steps."""

    criterion: str
    title: str
    location: str
    steps: tuple[Step, ...] = ()


@dataclass
class Feature:
    """The outcomes of one feature, in the order of its scenarios, and what is to be known about their target."""

    name: str
    file: str = ""
    began: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    timelines: list[Timeline] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass
class Report:
    """One run. Times are ISO 8601 in UTC; ``usage`` says why the exit code is 2, ``signal`` is what ended it, or 0."""

    run: str
    began: str = ""
    ended: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    usage: str = ""
    signal: int = 0

    def outcomes(self) -> list[Outcome]:
        """The outcomes of all features."""
        return [outcome for feature in self.features for outcome in feature.outcomes]

    def counts(self) -> Counter[Verdict]:
        """How many outcomes have each verdict."""
        return Counter(outcome.verdict for outcome in self.outcomes())

    def add_case(self, name: str, cause: str) -> None:
        """Add a case beside the scenarios, which is not judged."""
        case = Outcome("", name, Verdict.NOT_JUDGED, cause)
        known = next((each for each in self.features if each.name == THE_RUN), None)
        if known is not None:
            known.outcomes.append(case)
        else:
            self.features.append(Feature(THE_RUN, began=self.began, outcomes=[case]))

    def lose(self, feature: str, file: str, subjects: Iterable[Subject], cause: str) -> None:
        """Add scenarios of a feature that are not judged, all for one cause."""
        lost = [
            Outcome(each.criterion, each.title, Verdict.NOT_JUDGED, cause, location=each.location, steps=each.steps)
            for each in subjects
        ]
        known = next((each for each in self.features if each.file == file), None)
        if known is not None:
            known.outcomes += lost
        elif lost:
            self.features.append(Feature(feature, file, outcomes=lost))

    def skipped_whole(self) -> list[str]:
        """A line for each reason why nothing of a feature was judged: the exit code does not say it."""
        reasons = Counter(
            outcome.cause
            for feature in self.features
            if {outcome.verdict for outcome in feature.outcomes} == {Verdict.SKIPPED}
            for outcome in feature.outcomes
        )
        total = sum(len(feature.outcomes) for feature in self.features if feature.name != THE_RUN)
        return [f"{count} of {total} criteria were skipped: {cause}" for cause, count in reasons.items()]

    @property
    def exit_code(self) -> int:
        """Violated outranks usage, which outranks not judged; an interrupted run ends as the shell expects."""
        counts = self.counts()
        if self.signal:
            return 128 + self.signal
        if counts[Verdict.VIOLATED]:
            return ExitCode.VIOLATED
        if self.usage:
            return ExitCode.USAGE
        return ExitCode.NOT_JUDGED if counts[Verdict.NOT_JUDGED] else ExitCode.OK

    def as_json(self) -> str:
        """The report as JSON; the counts and the exit code are there to be read by other tools."""
        content = asdict(self) | {"counts": self.counts(), "exit_code": int(self.exit_code)}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The inverse of ``as_json``; ValueError, KeyError or TypeError if it is something else."""
        content: dict[str, Any] = json.loads(text)
        features = [_feature(feature) for feature in content["features"]]
        known = {name: content[name] for name in ("run", "began", "ended", "properties", "usage", "signal")}
        return cls(**known, features=features)


def _feature(content: dict[str, Any]) -> Feature:
    timelines = [timeline_of(each) for each in content["timelines"]]
    outcomes = [_outcome(each) for each in content["outcomes"]]
    return Feature(**(content | {"timelines": timelines, "outcomes": outcomes}))


def _outcome(content: dict[str, Any]) -> Outcome:
    texts = {name: tuple(content[name]) for name in ("details", "notes", "log")}
    steps, exchanges = map(step_of, content["steps"]), map(exchange_of, content["exchanges"])
    return Outcome(**(content | texts | {"steps": tuple(steps), "exchanges": tuple(exchanges)}))


def read(path: Path) -> Report:
    """The report in an ``outcomes.json``; a file that is missing or broken is itself an outcome: nothing gets lost."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.stem)
    except (OSError, ValueError) as error:
        return _unreadable(path.stem, error)


def parse(text: str, name: str) -> Report:
    """As ``read``; ``name`` is what was run."""
    try:
        return Report.from_json(text)
    except (ValueError, KeyError, TypeError) as error:
        return _unreadable(name, error)


def _unreadable(name: str, error: Exception) -> Report:
    cause = f"it left no readable report ({one_line(error, 120)})"
    broken = Outcome("", f"The process that ran {name}", Verdict.NOT_JUDGED, cause)
    return Report(name, features=[Feature(THE_RUN, outcomes=[broken])])


def merge(run: str, reports: Iterable[Report]) -> Report:
    """One report of several processes' reports, features in the given order.

    Each process may have had a target of its own, so the properties of its run become those of its features.
    """
    merged = Report(run)
    for report in reports:
        merged.features += [replace(f, properties=report.properties | f.properties) for f in report.features]
        merged.began = min(filter(None, (merged.began, report.began)), default="")
        merged.ended = max(merged.ended, report.ended)
        merged.usage = merged.usage or report.usage
        merged.signal = merged.signal or report.signal
    return merged
