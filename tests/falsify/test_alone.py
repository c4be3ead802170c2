"""A criterion that is judged by itself behind a lie has the verdict that it has in company."""

from __future__ import annotations

from falsify.alone import ENOUGH_LIES, ENOUGH_RUNS, AloneRun, AloneRuns, affected
from falsify.judging import Ran, judge_lie
from falsify.lies import Layer, Lie, ac, notes
from support.verdicts import Verdict

SEVEN, EIGHT, NOTE = "TST-011-AC-07", "TST-011-AC-08", "TST-011-N-05"


def alone(verdict: Verdict, **more: object) -> AloneRun:
    ran = Ran({SEVEN: verdict}, **{"met": 1, "causes": {SEVEN: "it was 500"}, **more})  # type: ignore[arg-type]
    return AloneRun("lie", SEVEN, Verdict.VIOLATED, ran)


def test_what_a_lie_affects_is_what_it_violates_or_hides_and_not_what_may_be() -> None:
    lie = Lie("lie", "A lie.", Layer.EFFECTS, ac(7), may=notes(5), spares_whole_job="it is about another job")
    verdicts = {
        SEVEN: Verdict.VIOLATED,
        NOTE: Verdict.VIOLATED,
        EIGHT: Verdict.NOT_JUDGED,
        "TST-011-N-01": Verdict.PASSED,
    }
    assert affected(judge_lie(lie, Ran(verdicts))) == [SEVEN, EIGHT]


def test_another_verdict_alone_is_a_difference() -> None:
    assert not alone(Verdict.VIOLATED).differs
    assert alone(Verdict.PASSED).differs
    assert alone(Verdict.VIOLATED, fault="a rule failed").differs
    assert str(alone(Verdict.NOT_JUDGED)) == f"alone: lie: {SEVEN}: violated -> not judged: it was 500"


def test_a_lie_that_is_not_met_alone_shows_nothing() -> None:
    runs = AloneRuns([alone(Verdict.PASSED, met=0), alone(Verdict.PASSED)], {"lie"})
    assert runs.differences == [runs.runs[1]]
    assert str(runs) == "alone: 1 lies, 2 criterion runs, 1 verdicts differ, 1 did not meet their lie"


def test_runs_are_enough_when_lies_and_criteria_are() -> None:
    lies = {str(number) for number in range(ENOUGH_LIES)}
    runs = [alone(Verdict.VIOLATED)] * ENOUGH_RUNS
    assert AloneRuns(runs, lies).are_enough
    assert not AloneRuns(runs[1:], lies).are_enough
    assert not AloneRuns(runs, {"lie"}).are_enough
