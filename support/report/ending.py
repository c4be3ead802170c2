"""How a run ended, for the console: what did not pass, the verdict, where the page is, and how to try again."""

from __future__ import annotations

import re
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.program import PROGRAM
from support.report.agreed import verdict_on, worst
from support.report.console import Printer, shown_path
from support.report.keeping import PAGE
from support.report.model import seconds_between
from support.report.outcomes import ORDER, THE_RUN, Feature, Outcome, Report
from support.report.page import took
from support.terminal import say
from support.text import shorten
from support.verdicts import ExitCode, Verdict

BAD = (Verdict.VIOLATED, Verdict.NOT_JUDGED)
_WIDTH = 200  # characters of a cause in the table
_MOST = 25  # criteria that are named one by one in a command
_COLOURS = {"accepted": Verdict.PASSED, "not accepted": Verdict.VIOLATED}
_SELECTS = re.compile(r"--tags=|-t.")  # with its value in the same word
_LINE = re.compile(r"(:\d+)+$")


def summary(report: Report, reports: Path, config: Any, out: Printer) -> None:
    """Print how the run ended; of a run that could not begin, one line."""
    outcomes = report.outcomes()
    causes = {outcome.cause for outcome in outcomes}
    if len(causes) == 1 and all(o.verdict is Verdict.NOT_JUDGED and not o.duration for o in outcomes):
        say(f"{causes.pop()} ({len(outcomes)} not judged)")
        return
    lines = table(report, out, is_whole=getattr(config, "whole_table", False))
    agreed = verdict_on(worst(outcomes))
    took_in_all = took(seconds_between(report.began, report.ended))
    page = f"; the page: {shown_path(reports / PAGE)}" if report.exit_code != ExitCode.USAGE else ""
    lines += ["", out.coloured(agreed.text, _COLOURS.get(agreed.state, Verdict.NOT_JUDGED))]
    cautions = dict.fromkeys(feature.properties.get("caution", "") for feature in report.features)
    lines += [out.coloured(caution, Verdict.NOT_JUDGED) for caution in cautions if caution]
    lines.append(f"It took {took_in_all}{page}")
    if command := again(report, typed(config)):
        lines.append(f"What did not pass, again: {command}")
    counts = report.counts()
    lines.append(", ".join(f"{counts[verdict]} {verdict}" for verdict in ORDER))
    out.lines(lines + [out.coloured(f"ATTENTION: {line}", Verdict.NOT_JUDGED) for line in report.skipped_whole()])


def table(report: Report, out: Printer, *, is_whole: bool) -> list[str]:
    """The criteria and their verdicts, and cases that stand beside them: all, or what did not pass and was not skipped.

    What was skipped in a feature that was not skipped as a whole is one line for each reason.
    """
    lines = []
    for feature in report.features:
        all_ = [o for o in feature.outcomes if o.id or o.verdict is not Verdict.PASSED or feature.name != THE_RUN]
        outcomes = all_ if is_whole else [outcome for outcome in all_ if outcome.verdict in BAD]
        skipped = [] if is_whole else _skipped(feature)
        if outcomes or skipped:
            lines += ["", feature.name, *_rows(outcomes, out), *skipped]
    return lines


def _rows(outcomes: Sequence[Outcome], out: Printer) -> list[str]:
    widest = max((len(outcome.id) for outcome in outcomes), default=0)
    lines, cause = [], ""
    for outcome in outcomes:
        verdict = out.coloured(f"{outcome.verdict:<10}", outcome.verdict)
        lines.append(f"  {outcome.id:<{widest}}  {out.sign(outcome.verdict)} {verdict}  {outcome.title}")
        if outcome.verdict is not Verdict.PASSED and outcome.cause != cause:
            lines.append(f"  {'':<{widest}}      {shorten(outcome.cause, _WIDTH)}")
        cause = outcome.cause
    return lines


def _skipped(feature: Feature) -> list[str]:
    reasons = Counter(outcome.cause for outcome in feature.outcomes if outcome.verdict is Verdict.SKIPPED)
    if sum(reasons.values()) == len(feature.outcomes):
        return []
    return [f"  {count} skipped: {shorten(cause, _WIDTH)}" for cause, count in reasons.items()]


def typed(config: Any) -> list[str]:
    """The command that started the run, word by word."""
    words = getattr(config, "typed", None)
    return ["behave", *sys.argv[1:]] if words is None else [PROGRAM, *words]


def again(report: Report, words: Sequence[str]) -> str:
    """The command that runs what did not pass, and needs only that; ``""`` where there is nothing to name.

    The ids of many criteria would be no command that anybody copies: their features are run instead.
    """
    bad = [(feature, outcome) for feature in report.features for outcome in feature.outcomes if outcome.verdict in BAD]
    criteria = list(dict.fromkeys(outcome.id for _, outcome in bad if outcome.id))
    if not criteria:
        return ""
    kept = _without_selection(words)
    if len(criteria) <= _MOST:
        return shlex.join([*kept, f"--tags={' or '.join(f'@{each}' for each in criteria)}"])
    files = list(dict.fromkeys(feature.file for feature, outcome in bad if outcome.id))
    named = [word for word in kept if _LINE.sub("", word).endswith(".feature")]
    return shlex.join([*(word for word in kept if word not in named), *files])


def _without_selection(words: Sequence[str]) -> list[str]:
    """The words without the tags that were selected by: what did not pass is named by its own."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in ("--tags", "-t"):
            next(rest, "")
        elif not _SELECTS.match(word):
            kept.append(word)
    return kept
