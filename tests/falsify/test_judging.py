"""Caught, missed, mistaken: what a run says about the suite."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from falsify.comparing import cells_of, changed_cells
from falsify.judging import Finding, Ran, judge_lie, judge_truth
from falsify.lies import Layer, Lie, ac, notes
from falsify.matrix import Cells, by_criterion, hidden_cells, row, sign, totals, write
from support.verdicts import UsageError, Verdict

CRITERIA = ["TST-011-AC-07", "TST-011-AC-08", "TST-011-AC-22", "TST-011-N-05"]
LIE = Lie("lie", "A lie.", Layer.STATUS, ac(7))
SIGNS = {"·": Verdict.PASSED, "x": Verdict.VIOLATED, "?": Verdict.NOT_JUDGED, "-": Verdict.SKIPPED}


def ran(signs: str, **more: object) -> Ran:
    verdicts = {name: SIGNS[each] for name, each in zip(CRITERIA, signs, strict=True)}
    return Ran(verdicts, **{"seconds": 2.0, "bound": 100.0, "met": 1, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signs", "finding", "missed", "mistaken"),
    [
        ("x?x·", Finding.CAUGHT, (), ()),
        ("·?x·", Finding.MISSED, ("TST-011-AC-07",), ()),
        ("??x·", Finding.MISSED, ("TST-011-AC-07",), ()),
        ("x?·?", Finding.MISSED, ("TST-011-AC-22",), ()),
        ("xxx·", Finding.MISTAKEN, (), ("TST-011-AC-08",)),
        ("x?xx", Finding.MISTAKEN, (), ("TST-011-N-05",)),
        ("·xx·", Finding.MISSED, ("TST-011-AC-07",), ("TST-011-AC-08",)),
    ],
)
def test_a_lie_is_caught_by_all_that_must_and_nothing_else(
    signs: str, finding: Finding, missed: tuple[str, ...], mistaken: tuple[str, ...]
) -> None:
    trial = judge_lie(LIE, ran(signs))
    assert (trial.finding, trial.missed, trial.mistaken) == (finding, missed, mistaken)


def test_what_may_be_violated_is_no_mistake() -> None:
    assert judge_lie(replace(LIE, may=notes(5)), ran("x?xx")).finding is Finding.CAUGHT
    assert judge_lie(replace(LIE, may=notes(5)), ran("x?x·")).finding is Finding.CAUGHT


def test_not_judged_counts_only_with_the_cause_that_the_catalogue_names() -> None:
    lie = replace(LIE, unjudged={"TST-011-AC-07": "no keys"})

    def finding(signs: str, cause: str) -> Finding:
        return judge_lie(lie, ran(signs, causes={"TST-011-AC-07": cause})).finding

    assert finding("??x·", "there are no keys at all") is Finding.CAUGHT
    assert finding("x?x·", "it was 500") is Finding.CAUGHT
    assert finding("??x·", "the target is gone") is Finding.MISSED
    assert finding("·?x·", "no keys") is Finding.MISSED


def test_the_whole_job_must_see_what_a_criterion_sees_unless_it_is_spared() -> None:
    assert LIE.all_must == ac(7, 22)
    assert replace(LIE, spares_whole_job="it is about another job").all_must == ac(7)
    assert replace(LIE, must=notes(5)).all_must == notes(5)


def test_a_run_that_overran_or_broke_is_no_catch() -> None:
    assert judge_lie(LIE, ran("x?x·", seconds=101.0)).finding is Finding.OVERRAN
    assert judge_lie(LIE, ran("x?x·", fault="a rule failed")).finding is Finding.BROKE
    assert judge_lie(LIE, Ran({}, fault="exit code 2")).finding is Finding.BROKE


def test_left_behind_is_not_good() -> None:
    assert judge_lie(LIE, ran("x·x·")).is_good
    assert not judge_lie(LIE, ran("x·x·", leftovers=("container c: still there (200)",))).is_good


def test_the_truth_is_green_only_if_all_that_was_not_skipped_passed() -> None:
    def finding(signs: str) -> Finding:
        return judge_truth("truth", "Nothing.", "harmless", ran(signs)).finding

    assert finding("····") is Finding.GREEN
    assert finding("···-") is Finding.GREEN
    assert finding("···?") is Finding.FALSE_ALARM
    assert finding("···x") is Finding.FALSE_ALARM
    assert finding("----") is Finding.FALSE_ALARM


def test_what_is_not_judged_is_hidden_unless_the_catalogue_says_why() -> None:
    effect = replace(LIE, layer=Layer.EFFECTS, unobservable={"TST-011-AC-08": "Nothing runs."})
    trial = judge_lie(effect, ran("x?x?"))
    assert (trial.unobservable, trial.hidden) == ({"TST-011-AC-08": "Nothing runs."}, ("TST-011-N-05",))
    assert [sign(trial, name) for name in CRITERIA] == ["✗", "~", "✗", "?"]
    assert hidden_cells([trial]) == ["hidden: lie: TST-011-N-05: no cause given"]
    assert judge_lie(replace(effect, unobservable={"TST-011-*": "It is gone."}), ran("x?x?")).hidden == ()


def test_a_lie_about_an_answer_may_hide_only_what_it_keeps_from_coming_about() -> None:
    assert not judge_lie(LIE, ran("x?x·")).is_good
    assert judge_lie(LIE, ran("x·x·")).is_good
    assert judge_lie(replace(LIE, prevents="the service"), ran("x?x·")).is_good
    assert judge_lie(replace(LIE, layer=Layer.EFFECTS), ran("x?x·")).is_good


def test_words_that_a_cause_must_say_are_no_hiding() -> None:
    lie = replace(LIE, unjudged={"TST-011-AC-07": "no keys"})
    assert judge_lie(lie, ran("?·x·", causes={"TST-011-AC-07": "no keys"})).hidden == ()


def test_cells_are_counted_of_lies_that_ran_and_were_not_skipped() -> None:
    lie = replace(LIE, unobservable={"TST-011-AC-08": "Nothing runs."})
    cells = Cells.of(
        [judge_lie(lie, ran("x?x-")), judge_lie(lie, ran("x·x?")), judge_truth("t", "T.", "h", ran("····"))]
    )
    assert (cells.all, cells.unobservable, cells.hidden, cells.are_few) == (7, 1, 1, True)
    assert str(cells) == "of 7 cells 1 (14.3%) unobservable and 1 (14.3%) hidden"
    assert Cells(10_000, 400, 200).are_few
    assert not Cells(10_000, 401, 0).are_few
    assert not Cells(10_000, 0, 201).are_few


def test_cells_that_changed_since_an_earlier_run_are_named(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, [judge_lie(LIE, ran("x?·-"))], {})
    new = judge_lie(replace(LIE, id="new"), ran("x·x·"))
    assert changed_cells(cells_of(path), [judge_lie(LIE, ran("x·?-", causes={CRITERIA[2]: "gone"})), new]) == [
        "changed: lie: TST-011-AC-08: not judged -> passed",
        "changed: lie: TST-011-AC-22: passed -> not judged (hidden): gone",
        "2 cells have changed; 4 are of lies or criteria that the earlier run did not have",
    ]
    with pytest.raises(UsageError, match="no results in"):
        cells_of(tmp_path / "none.json")


def test_a_row_shows_each_criterion_and_says_what_is_wrong() -> None:
    trial = judge_lie(LIE, ran("·xx-", causes={"TST-011-AC-08": "it was 500"}))
    assert [sign(trial, name) for name in CRITERIA] == ["M", "!", "✗", "-"]
    assert row(trial, CRITERIA).splitlines() == [
        "missed      M!✗-    2.0 s  lie",
        "              missed TST-011-AC-07: passed",
        "              mistaken TST-011-AC-08: violated: it was 500",
    ]


def test_a_lie_that_no_call_met_is_said_to_be_so() -> None:
    assert "no call met its rules" in row(judge_lie(LIE, ran("····", met=0)), CRITERIA)


def test_totals_are_one_line() -> None:
    lies = [judge_lie(LIE, ran("x?x·")), judge_lie(replace(LIE, id="other"), ran("·?x·", seconds=9.0))]
    truths = [judge_truth("truth", "Nothing.", "harmless", ran("····"))]
    assert totals([*lies, *truths], CRITERIA[:3], 12.3) == (
        "2 lies: 1 caught, 1 missed, 0 mistaken; 0 of 3 criteria caught in at least 3 ways; "
        "1 truths and variations: 1 green; of 8 cells 0 (0.0%) unobservable and 2 (25.0%) hidden; "
        "12 s in all, the slowest other with 9.0 s of 100 s that its deadlines allow"
    )
    assert by_criterion(lies, CRITERIA[:1]) == ["  TST-011-AC-07   caught in   1 ways: 1 status codes"]


def test_results_are_json(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "results.json", [judge_lie(LIE, ran("x·x·"))], {"scale": 0.1})
    results = json.loads((tmp_path / "deep" / "results.json").read_text())
    assert results["scale"] == 0.1
    assert results["trials"][0]["finding"] == "caught"
    assert results["trials"][0]["must"] == ["TST-011-AC-07", "TST-011-AC-22"]
    assert results["trials"][0]["is_good"] is True
