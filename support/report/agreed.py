"""The verdict on the agreed criteria, those of TST-011 and TST-010, in words; whatever else was judged counts apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from support.report.outcomes import ORDER, Outcome
from support.verdicts import Verdict

AGREED = {"TST-011": 22, "TST-010": 18}  # how many criteria each document has
TOTAL = sum(AGREED.values())
_CRITERION = re.compile(r"(TST-01[01])-AC-\d+")
_NOTE = re.compile(r"(TST-01[01])-N-\d+")


@dataclass(frozen=True)
class Tally:
    """How many of something have each verdict; ``name`` says of what."""

    name: str
    total: int = 0
    passed: int = 0
    violated: int = 0
    not_judged: int = 0
    skipped: int = 0

    @property
    def judged(self) -> int:
        """Those that the daemon passed or violated."""
        return self.passed + self.violated


@dataclass(frozen=True)
class AgreedVerdict:
    """``state`` is ``accepted``, ``not accepted``, ``incomplete`` or ``no verdict``; ``text`` says it to people.

    ``counts.total`` is the number of all agreed criteria; ``not_selected`` of them had no part in the run.
    """

    state: str
    text: str
    counts: Tally
    not_selected: int


def is_agreed(criterion: str) -> bool:
    """Whether an id is that of an agreed criterion."""
    return bool(_CRITERION.fullmatch(criterion))


def worst(outcomes: Iterable[Outcome]) -> dict[str, Verdict]:
    """Each criterion's verdict; of one that was judged several times, the one that weighs most."""
    weight = {verdict: place for place, verdict in enumerate((Verdict.PASSED, *reversed(ORDER[1:])))}
    verdicts: dict[str, Verdict] = {}
    for outcome in outcomes:
        if outcome.id:
            before = verdicts.get(outcome.id, outcome.verdict)
            verdicts[outcome.id] = max(before, outcome.verdict, key=lambda verdict: weight[verdict])
    return verdicts


def tally(name: str, verdicts: Iterable[Verdict], total: int | None = None) -> Tally:
    """The verdicts, counted."""
    counts = Counter(verdicts)
    numbers = [counts[verdict] for verdict in ORDER]
    return Tally(name, sum(numbers) if total is None else total, *numbers)


def verdict_on(verdicts: Mapping[str, Verdict]) -> AgreedVerdict:
    """What the verdicts of a run, by id, say of the agreed criteria."""
    of_agreed = {each: verdict for each, verdict in verdicts.items() if is_agreed(each)}
    counts = tally("agreed criteria", of_agreed.values(), TOTAL)
    state, text = _said(counts, len(of_agreed))
    return AgreedVerdict(state, text, counts, max(TOTAL - len(of_agreed), 0))


def _said(counts: Tally, selected: int) -> tuple[str, str]:
    if not selected:
        return "no verdict", f"NO VERDICT: none of the {TOTAL} agreed criteria was selected"
    if counts.violated:
        of = f"{TOTAL}" if counts.judged >= TOTAL else f"{counts.judged} judged"
        return "not accepted", f"NOT ACCEPTED: {counts.violated} of {of} criteria violated"
    if counts.passed >= TOTAL:
        return "accepted", f"ACCEPTED: {counts.passed} of {TOTAL} criteria hold"
    hold = ", all hold" if counts.passed > 1 else ", it holds" if counts.passed else ""
    return "incomplete", f"INCOMPLETE: {counts.passed or 'none'} of {TOTAL} judged{hold}"


def beyond(named: Iterable[tuple[str, Outcome]]) -> list[Tally]:
    """What was judged beside the agreed criteria, counted by notes and features; each has its feature's name."""
    groups: dict[str, list[Verdict]] = {}
    for feature, outcome in named:
        if not is_agreed(outcome.id):
            note = _NOTE.fullmatch(outcome.id)
            groups.setdefault(f"Notes of {note[1]}" if note else feature, []).append(outcome.verdict)
    return [tally(name, verdicts) for name, verdicts in groups.items()]
