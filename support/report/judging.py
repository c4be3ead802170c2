"""From what behave knows of a scenario to one of the four verdicts."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from support.api.recording import Exchange, exchanges_of
from support.report.details import Step
from support.report.outcomes import Subject
from support.text import one_line, printable, shorten
from support.verdicts import NotJudged, UsageError, Verdict

_CAUSE, _SHORTEST = 290, 100  # characters of a cause beside what explains it, which is one line with it
_CRITERION = re.compile(r"[A-Z]+-\d+-[A-Z]+-\d+")


@dataclass(frozen=True)
class Judgement:
    """A verdict with its cause in one line; ``error`` is what was raised, if anything was."""

    verdict: Verdict
    cause: str = ""
    step: str = ""
    details: tuple[str, ...] = ()
    error: BaseException | None = None

    @property
    def unexpected(self) -> BaseException | None:
        """The error, where its traceback says more than its text does."""
        expected = isinstance(self.error, AssertionError | NotJudged | UsageError | KeyboardInterrupt)
        return None if expected and not (self.error and self.error.__cause__) else self.error

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What the error carries as that which shows it."""
        return exchanges_of(self.error)

    def explained_by(self, sentences: Sequence[str]) -> Judgement:
        """The same, its cause followed by the first of these, its details by all of them."""
        if not sentences:
            return self
        cause = f"{shorten(self.cause, max(_CAUSE - len(sentences[0]), _SHORTEST))}; {sentences[0]}"
        return replace(self, cause=cause, details=(*(self.details or (self.cause,)), *sentences))

    def details_with(self, exchanges: Sequence[Exchange]) -> tuple[str, ...]:
        """The lines that show it; a violation whose error carries no exchange gets the last one that a job made."""
        of_jobs = [exchange for exchange in exchanges if not exchange.label.observes]
        if self.verdict is not Verdict.VIOLATED or self.exchanges or not of_jobs:
            return self.details
        return (*(self.details or (self.cause,)), f"last exchange: {of_jobs[-1].line()}")


def subject(scenario: Any) -> Subject:
    """A scenario's criterion is the tag that its name begins with."""
    first, _, rest = scenario.name.partition(" ")
    steps = tuple(_step(each) for each in scenario.all_steps)
    if first in scenario.tags:
        return Subject(first, rest.strip(), str(scenario.location), steps)
    tagged = next((str(tag) for tag in scenario.tags if _CRITERION.fullmatch(tag)), "")
    return Subject(tagged, scenario.name, str(scenario.location), steps)


def _step(step: Any) -> Step:
    rows = [step.table.headings, *(row.cells for row in step.table.rows)] if step.table else []
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows] + (step.text.splitlines() if step.text else [])
    return Step(
        f"{step.keyword} {step.name}", step.status.name.replace("_", " "), round(step.duration, 3), tuple(lines)
    )


def not_judged(error: BaseException, step: str = "", where: str = "") -> Judgement:
    """The judgement where this error kept the suite from judging; ``where`` names a hook, clean-up or the like."""
    cause = f"{where}: {cause_of(error)}" if where else cause_of(error)
    return Judgement(Verdict.NOT_JUDGED, cause, step, details_of(error), error)


def interrupted(number: int) -> str:
    """The cause that is given for what a signal kept from being judged."""
    return "interrupted by " + ("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)


def judge(scenario: Any, hook_error: Judgement | None) -> Judgement:
    """The verdict of a scenario that behave is done with; ``hook_error`` is what failed before its first step."""
    if hook_error is not None:
        return hook_error
    steps = list(scenario.all_steps)
    for step in steps:
        if step.status.has_failed():
            return _failed(step)
    if scenario.should_skip:
        return Judgement(Verdict.SKIPPED, scenario.skip_reason or "skipped without a reason")
    if not steps:
        return Judgement(Verdict.NOT_JUDGED, f"the scenario has no steps: write them in {scenario.location}")
    if not all(step.status.is_passed() for step in steps):
        return Judgement(Verdict.NOT_JUDGED, "not all of its steps were run")
    return Judgement(Verdict.PASSED)


def _failed(step: Any) -> Judgement:
    text = f"{step.keyword} {step.name}"
    if step.exception is None or step.status.is_pending():
        return Judgement(Verdict.NOT_JUDGED, f"the step is {step.status.normalized_name}: {text}", text)
    if isinstance(step.exception, AssertionError) and not step.hook_failed:
        details = details_of(step.exception)
        return Judgement(Verdict.VIOLATED, cause_of(step.exception), text, details, step.exception)
    return not_judged(step.exception, text)


def cause_of(error: BaseException) -> str:
    """What an error says, in one line; the kind of an error is named only where nobody expected it."""
    if isinstance(error, BaseExceptionGroup):
        return one_line("; ".join(cause_of(each) for each in error.exceptions))
    if isinstance(error, AssertionError):
        return one_line("; ".join(filter(None, map(str.strip, str(error).splitlines())))) or "an assertion failed"
    if isinstance(error, NotJudged | UsageError):
        return one_line(error) or type(error).__name__
    if isinstance(error, KeyboardInterrupt):
        return interrupted(signal.SIGINT)
    return one_line(f"unexpected {type(error).__name__}: {error}".rstrip(": "))


def details_of(error: BaseException) -> tuple[str, ...]:
    """The lines of an error's text and of the notes that were added to it, where they say more than the cause."""
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    lines = tuple(line.rstrip() for line in printable(text).splitlines() if line.strip())
    return lines if len(lines) > 1 or one_line("".join(lines)) != "".join(lines) else ()
