"""The one table that says which criterion stands on which."""

from __future__ import annotations

import re

import pytest

from support.criteria import STANDS_ON, cause_not_to_judge, grounds
from support.settings import ROOT
from support.verdicts import Verdict

COUNT = {"TST-011": 22, "TST-010": 18}
ALL = [f"{document}-AC-{number:02}" for document, count in COUNT.items() for number in range(1, count + 1)]


def cause(criterion: str, **verdicts: Verdict) -> str:
    return cause_not_to_judge(criterion, {name.replace("_", "-"): value for name, value in verdicts.items()}.get)


def test_it_speaks_of_criteria_that_exist() -> None:
    features = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "features").glob("*.feature"))
    named = set(STANDS_ON) | {ground for each in STANDS_ON.values() for ground in each}
    assert named <= set(re.findall(r"@(TST-\d+-(?:AC|N)-\d+)", features))


@pytest.mark.parametrize("criterion", ALL)
def test_grounds_come_earlier_in_the_same_document(criterion: str) -> None:
    assert all(ground < criterion and ground[:7] == criterion[:7] for ground in grounds(criterion))


def test_nothing_stands_on_the_ping_or_on_the_whole_job() -> None:
    assert not {"TST-011-AC-01", "TST-011-AC-22"} & {ground for each in ALL for ground in grounds(each)}


def test_grounds_are_followed_to_the_last_each_once() -> None:
    assert list(grounds("TST-011-AC-12")) == [f"TST-011-AC-{number}" for number in ("10", "11", "09", "04", "05")]
    assert list(grounds("TST-011-AC-01")) == list(grounds("TST-011-N-01")) == []


def test_a_violated_ground_is_the_cause() -> None:
    said = "it stands on TST-011-AC-10, which was violated"
    assert cause("TST-011-AC-12", TST_011_AC_10=Verdict.VIOLATED) == said
    assert cause("TST-011-AC-13", TST_011_AC_10=Verdict.VIOLATED) == said
    assert cause("TST-011-AC-12", TST_011_AC_10=Verdict.VIOLATED, TST_011_AC_04=Verdict.VIOLATED) == said


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.NOT_JUDGED, Verdict.SKIPPED])
def test_any_other_verdict_of_a_ground_is_none(verdict: Verdict) -> None:
    assert cause("TST-011-AC-12", TST_011_AC_10=verdict) == ""


def test_a_violation_elsewhere_is_none() -> None:
    assert cause("TST-011-AC-12", TST_011_AC_01=Verdict.VIOLATED, TST_011_AC_13=Verdict.VIOLATED) == ""
