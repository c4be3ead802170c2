"""``judged_at_least``: what is skipped on a wrong word of a daemon is not green."""

from __future__ import annotations

import pytest

from support.report.enough import demand
from support.report.outcomes import Feature, Outcome, Report
from support.settings import Settings
from support.verdicts import UsageError, Verdict
from tests.report.conftest import Project

SKIPPED = "the target is no ECS backend (driver docker); -D backend=ecs overrides"


def report(*verdicts: Verdict, signal: int = 0) -> Report:
    outcomes = [
        Outcome(f"X-1-AC-{number:02}", "x", verdict, SKIPPED if verdict is Verdict.SKIPPED else "")
        for number, verdict in enumerate(verdicts)
    ]
    return Report("r1", features=[Feature("A", outcomes=outcomes)], signal=signal)


@pytest.mark.parametrize(
    ("wanted", "code"), [("", 0), ("0", 0), ("2", 0), ("3", 3), ("50%", 0), ("0.5", 0), ("50.1%", 3), ("1.0", 3)]
)
def test_too_few_judged_criteria_are_not_green(wanted: str, code: int) -> None:
    run = report(Verdict.PASSED, Verdict.SKIPPED, Verdict.PASSED, Verdict.SKIPPED)
    demand(run, Settings(judged_at_least=wanted))
    assert run.exit_code == code
    assert len(run.outcomes()) == (5 if code else 4)


def test_the_reason_names_what_kept_the_others_from_being_judged() -> None:
    run = report(Verdict.PASSED, *[Verdict.SKIPPED] * 44)
    demand(run, Settings(judged_at_least="90%"))
    assert run.outcomes()[-1].cause == (
        f"1 of 45 criteria were judged, and judged_at_least=90% asks for 41; 44 skipped: {SKIPPED}"
    )


def test_a_violation_outranks_it_and_an_interrupt_says_enough() -> None:
    violated = report(Verdict.VIOLATED, Verdict.SKIPPED)
    demand(violated, Settings(judged_at_least="2"))
    assert (violated.exit_code, len(violated.outcomes())) == (1, 3)
    broken_off = report(Verdict.SKIPPED, signal=2)
    demand(broken_off, Settings(judged_at_least="1"))
    assert (broken_off.exit_code, len(broken_off.outcomes())) == (130, 1)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "101%", "%", "0.9%%", "1e3", "\u0663"])
def test_what_is_no_share_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"is neither a number of criteria nor a share such as 90% or 0\.9"):
        Settings(judged_at_least=value)


@pytest.mark.parametrize("start", ["start", "launch"])
def test_a_run_that_skips_too_much(project: Project, start: str) -> None:
    ran = project.end(
        getattr(project, start)("--tags=@fine or @TST-900-AC-01", "-D", "judged_at_least=1", FAIL="skip:")
    )
    assert ran.code == 3
    line = "0 of 3 criteria were judged, and judged_at_least=1 asks for 1; 3 skipped: there is no cloud"
    assert line in ran.out
    assert [case.get("name") for case in ran.cases() if case.find("error") is not None] == ["Enough is judged"]
