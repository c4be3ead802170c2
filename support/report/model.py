"""The plain data that page, summary and ``acceptance.json`` are rendered from: a run as people and tools want it.

Made once, of a ``Report``, of what the environment says of the daemon's commit, and of the runs before. Its fields
are described in ``report.schema.json``; ``SCHEMA_VERSION`` rises with any change that a reader could stumble over.
"""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from support.report.agreed import AgreedVerdict, Tally, beyond, is_agreed, tally, verdict_on, worst
from support.report.details import ShownExchange, Step, Timeline
from support.report.facts import Fact, Origin, Target, cost_of, facts_of, origin_of, suite_version, targets_of
from support.report.outcomes import Outcome, Report
from support.text import one_line, slug
from support.verdicts import Verdict

SCHEMA_VERSION = 1
_STEP, _EXCHANGE = re.compile(r"^step [A-Z0-9-]+: "), re.compile(r":? #\d+ [A-Z]+ /")
_INLINE = 3_000_000  # characters of exchanges and logs in all reports of a run; beyond them the evidence has them


@dataclass(frozen=True)
class Criterion:
    """A scenario, or a case beside the scenarios, whose ``id`` is then empty; ``anchor`` is its place on the page.

    ``seen`` and ``expected`` are what a violation says of both, ``lines`` what else it says.
    """

    anchor: str
    id: str
    title: str
    is_agreed: bool
    verdict: str
    cause: str
    step: str
    seen: str
    expected: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float
    location: str
    evidence: str
    steps: tuple[Step, ...]
    exchanges: tuple[ShownExchange, ...]
    log: tuple[str, ...]


@dataclass(frozen=True)
class FeatureReport:
    """A feature with its criteria in their order; ``counts`` are theirs."""

    name: str
    file: str
    target: str
    counts: Tally
    notes: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    timelines: tuple[Timeline, ...]


@dataclass(frozen=True)
class Group:
    """Criteria that share a cause, which names no exchange; ``detail`` is what the first one's adds to it."""

    cause: str
    detail: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class PastRun:
    """A run on the same target, this one included, in short; ``verdicts`` are by criterion."""

    run: str
    began: str
    seconds: float
    state: str
    text: str
    counts: Tally
    commit: str = ""
    verdicts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A criterion whose verdict is another than in the last run that had it."""

    id: str
    title: str
    anchor: str
    before: str
    now: str
    run: str


@dataclass(frozen=True)
class RunReport:
    """One run. Times are ISO 8601 in UTC. ``history`` begins with this run and goes back, on the same target."""

    schema_version: int
    run: str
    suite_version: str
    agreed: AgreedVerdict
    beyond: tuple[Tally, ...]
    exit_code: int
    ended_by: str
    began: str
    ended: str
    seconds: float
    origin: Origin
    targets: tuple[Target, ...]
    cost: tuple[str, ...]
    facts: tuple[Fact, ...]
    skipped_whole: tuple[str, ...]
    features: tuple[FeatureReport, ...]
    changes: tuple[Change, ...]
    history: tuple[PastRun, ...]

    def criteria(self, *verdicts: Verdict) -> list[Criterion]:
        """All criteria, or those with one of these verdicts; the agreed ones first."""
        wanted = verdicts or tuple(Verdict)
        chosen = [each for feature in self.features for each in feature.criteria if each.verdict in wanted]
        return sorted(chosen, key=lambda each: not each.is_agreed)

    def grouped(self, verdict: Verdict) -> list[Group]:
        """The criteria with this verdict under what they share, the largest group first."""
        groups: dict[str, list[Criterion]] = {}
        for each in self.criteria(verdict):
            groups.setdefault(_shared(each.cause), []).append(each)
        made = [Group(cause, _rest(all_[0].cause, cause), tuple(all_)) for cause, all_ in groups.items()]
        return sorted(made, key=lambda group: -len(group.criteria))

    @property
    def cautions(self) -> list[str]:
        """What one must not take the run for, each once."""
        return list(dict.fromkeys(target.caution for target in self.targets if target.caution))

    @property
    def all_counts(self) -> Counter[str]:
        """How many criteria have each verdict."""
        return Counter(each.verdict for each in self.criteria())

    def as_plain(self) -> dict[str, Any]:
        """The run as JSON has it."""
        return asdict(self)


def run_report(report: Report, past: Sequence[PastRun], environ: Mapping[str, str]) -> RunReport:
    """What there is to say of a run. ``past`` are earlier runs on the same target, the newest first."""
    verdicts = worst(report.outcomes())
    agreed = verdict_on(verdicts)
    origin = origin_of(report, environ)
    seconds = seconds_between(report.began, report.ended)
    features = _features(report)
    this = PastRun(
        report.run, report.began, seconds, agreed.state, agreed.text, agreed.counts, origin.commit,
        {each: str(verdict) for each, verdict in verdicts.items()},
    )  # fmt: skip
    return RunReport(
        SCHEMA_VERSION,
        report.run,
        suite_version(),
        agreed,
        tuple(beyond((one_line(f.name), outcome) for f in report.features for outcome in f.outcomes)),
        int(report.exit_code),
        signal.Signals(report.signal).name if report.signal else "",
        report.began,
        report.ended,
        seconds,
        origin,
        tuple(targets_of(report)),
        tuple(cost_of(report)),
        tuple(facts_of(report)),
        tuple(report.skipped_whole()),
        features,
        tuple(_changes(features, past)),
        (this, *past),
    )


def _shared(cause: str) -> str:
    """What criteria share of a cause: neither the step of a job nor the exchange that is each one's own."""
    return _STEP.sub("", _EXCHANGE.split(cause, 1)[0]) or cause


def _rest(cause: str, shared: str) -> str:
    return _STEP.sub("", cause).removeprefix(shared).lstrip(": ")


def _features(report: Report) -> tuple[FeatureReport, ...]:
    anchors: Counter[str] = Counter()
    room = _Room(_INLINE)
    # What did not pass gets the room first.
    ordered = sorted(report.outcomes(), key=lambda outcome: outcome.verdict is Verdict.PASSED)
    inlined = {id(outcome): room.take(outcome) for outcome in ordered}
    return tuple(
        FeatureReport(
            one_line(feature.name),
            feature.file,
            one_line(feature.properties.get("target", "")),
            tally(one_line(feature.name), (outcome.verdict for outcome in feature.outcomes)),
            tuple(feature.notes),
            tuple(_criterion(outcome, *inlined[id(outcome)], anchors) for outcome in feature.outcomes),
            tuple(feature.timelines),
        )
        for feature in report.features
    )


class _Room:
    """Hands out so many characters."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, outcome: Outcome) -> tuple[tuple[ShownExchange, ...], tuple[str, ...]]:
        """The outcome's exchanges and log; where there is no room any more, the lines of its exchanges."""
        size = sum(len(e.line + e.request + e.headers + e.answer) + sum(map(len, e.frames)) for e in outcome.exchanges)
        size += sum(map(len, outcome.log))
        if size <= self._left:
            self._left -= size
            return outcome.exchanges, outcome.log
        return tuple(ShownExchange(e.number, e.at, e.line, e.shows) for e in outcome.exchanges), ()


def _criterion(
    outcome: Outcome, exchanges: tuple[ShownExchange, ...], log: tuple[str, ...], anchors: Counter[str]
) -> Criterion:
    anchor = slug(outcome.id or outcome.title)
    anchors[anchor] += 1
    if anchors[anchor] > 1:
        anchor = f"{anchor}-{anchors[anchor]}"
    seen, expected, lines = _taken_apart(outcome)
    return Criterion(
        anchor,
        outcome.id,
        outcome.title,
        is_agreed(outcome.id),
        str(outcome.verdict),
        outcome.cause,
        outcome.step,
        seen,
        expected,
        lines,
        outcome.notes,
        round(outcome.duration, 3),
        outcome.location,
        outcome.evidence,
        outcome.steps,
        exchanges,
        log,
    )


def _taken_apart(outcome: Outcome) -> tuple[str, str, tuple[str, ...]]:
    """What a violation's lines say was seen and expected, and the other lines; its cause is seen where they do not."""
    parts: dict[str, list[str]] = {"Seen": [], "Expected": [], "": []}
    part = ""
    for line in outcome.details:
        head, colon, rest = line.partition(": ")
        if colon and head in ("Seen", "Expected") and not parts[head]:
            part, line = head, rest  # noqa: PLW2901
        elif line.startswith(("shown by: ", "last exchange: ")):
            part = ""
        parts[part].append(line)
    seen = "\n".join(parts["Seen"])
    if outcome.verdict is Verdict.VIOLATED and not seen:
        seen = "\n".join(parts[""]) or outcome.cause
        return seen, "", ()
    return seen, "\n".join(parts["Expected"]), tuple(parts[""])


def _changes(features: Iterable[FeatureReport], past: Sequence[PastRun]) -> list[Change]:
    """Each criterion against the newest earlier run that had it; what was skipped in either says nothing."""
    changes = []
    for each in (criterion for feature in features for criterion in feature.criteria if criterion.id):
        earlier = next((run for run in past if run.verdicts.get(each.id, Verdict.SKIPPED) != Verdict.SKIPPED), None)
        before = earlier.verdicts[each.id] if earlier else each.verdict
        if earlier and each.verdict not in (before, Verdict.SKIPPED):
            changes.append(Change(each.id, each.title, each.anchor, before, each.verdict, earlier.run))
    return changes


def seconds_between(began: str, ended: str) -> float:
    """From one moment to another, ISO 8601; 0 where one is missing."""
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
