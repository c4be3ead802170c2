"""The scripts of TST-011's jobs: complete, in order, and no more than a scenario alone needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from support.gitlab.checks import CRITERIA
from support.gitlab.script import SCRIPT
from support.gitlab.second_script import SECOND_SCRIPT, without_isolation
from support.script import Act, reduced

FEATURE = Path(__file__).resolve().parents[2] / "features" / "gitlab_runner.feature"
TAGS = re.findall(r"@(TST-011-(?:AC|N)-\d+)", FEATURE.read_text(encoding="utf-8"))
# What a scenario does by itself, in its own steps.
BY_THEMSELVES = {"TST-011-AC-22", "TST-011-N-08", "TST-011-N-09", "TST-011-N-16", "TST-011-N-22"}
SCRIPTS: list[Any] = [SCRIPT, SECOND_SCRIPT, without_isolation()]


def made_for(*criteria: str) -> list[str]:
    return [act.makes for act in reduced(SCRIPT, criteria)]


def test_each_criterion_has_its_acts_and_each_act_a_criterion_that_exists() -> None:
    served = {criterion for script in (SCRIPT, SECOND_SCRIPT) for act in script for criterion in act.serves}
    assert served | BY_THEMSELVES == set(TAGS)
    assert set(CRITERIA) == {tag for tag in TAGS if "-AC-" in tag} - {"TST-011-AC-22"}


@pytest.mark.parametrize("script", SCRIPTS, ids=["job", "second job", "without isolation"])
def test_an_act_needs_only_what_an_earlier_one_makes(script: tuple[Act[Any], ...]) -> None:
    made: set[str] = set()
    for act in script:
        assert made.issuperset(act.needs), act.makes
        assert act.makes not in made
        made.add(act.makes)


def test_a_helper_alone_needs_no_service() -> None:
    assert not [each for each in made_for("TST-011-AC-14") if "service" in each]


def test_a_network_alone_needs_nothing_else() -> None:
    assert made_for("TST-011-AC-04") == ["network", "a second later", "network stays"]


def test_clean_up_alone_is_the_end_of_the_same_list() -> None:
    made = made_for("TST-011-AC-19")
    assert made.index("build ended") < made.index("containers stopped") < made.index("network deleted")
    assert "lists before" not in made
