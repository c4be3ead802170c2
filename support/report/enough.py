"""``judged_at_least``: a run in which too little could be judged is not green, whatever skipped the rest."""

from __future__ import annotations

from collections import Counter

from support.report.outcomes import Outcome, Report
from support.settings import Settings
from support.text import shorten
from support.verdicts import Verdict

_CAUSES = 3  # named; further ones are only counted
_CAUSE = 120  # characters of each
_JUDGED = (Verdict.PASSED, Verdict.VIOLATED)


def demand(report: Report, settings: Settings) -> None:
    """Add a case that is not judged to a report of too few judged criteria.

    Criteria are the selected scenarios' ids; one is judged if all of its scenarios are, or one of them is violated.
    A run that judged nothing for one cause is red already, and says why.
    """
    if report.signal or report.usage:
        return
    causes = _causes(report)
    wanted = settings.judged_wanted(len(causes))
    judged = sum(not cause for cause in causes.values())
    is_red_anyway = len({outcome.cause for outcome in report.outcomes()}) == 1 and not report.counts()[Verdict.SKIPPED]
    if judged >= wanted or (not judged and is_red_anyway):
        return
    said = f"{judged} of {len(causes)} criteria were judged, and judged_at_least={settings.judged_at_least} asks for "
    cause = f"{said}{wanted}; {_grouped([cause for cause in causes.values() if cause])}"
    report.add_case("Enough is judged", cause)


def _causes(report: Report) -> dict[str, str]:
    """Of each criterion, why it was not judged; ``""`` where it was."""
    scenarios: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes():
        if outcome.id:
            scenarios.setdefault(outcome.id, []).append(outcome)
    return {criterion: _cause(outcomes) for criterion, outcomes in scenarios.items()}


def _cause(outcomes: list[Outcome]) -> str:
    if any(outcome.verdict is Verdict.VIOLATED for outcome in outcomes):
        return ""
    lacking = next((outcome for outcome in outcomes if outcome.verdict not in _JUDGED), None)
    return f"{lacking.verdict}: {lacking.cause}" if lacking else ""


def _grouped(causes: list[str]) -> str:
    if not causes:
        return "no more were selected"
    counts = Counter(causes).most_common()
    lines = [f"{count} {shorten(cause, _CAUSE)}" for cause, count in counts[:_CAUSES]]
    rest = sum(count for _, count in counts[_CAUSES:])
    return "; ".join(lines + [f"{rest} for {len(counts) - _CAUSES} other reasons"] * bool(rest))
