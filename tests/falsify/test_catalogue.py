"""The catalogue as data: enough of every kind, nothing about criteria that do not exist, every known failure."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from support.falsify.catalogue import LIES
from support.falsify.lies import Layer, Lie
from support.falsify.variations import VARIATIONS
from support.settings import ROOT

TAG = re.compile(r"@(TST-01[01]-(?:AC|N)-\d\d)\b")
EXISTING = frozenset(TAG.findall("".join(path.read_text() for path in (ROOT / "features").glob("*.feature"))))

# What real builds were seen to do, each by the lie that does it.
KNOWN = {
    "script-awaits-half-close",  # stdin's script never runs
    "half-close-ignored",
    "stdin-lost-around-start",
    "build-ended-after-2-s",
    "wait-answers-at-once",
    "wait-always-0",
    "wait-headers-withheld",
    "extra-line-first",
    "frames-merged",
    "stream-never-closed",
    "helper-stream-never-closed",
    "service-without-aliases",
    "disconnect-unheard",
    "network-lists-who-left",
    "build-stuck-running",
    "helper-stuck-running",
    "pull-nothing",
    "pull-of-anything-succeeds",
    "create-needs-no-image",
    "unknown-route-200",
    "logs-begin-with-command",
    "logs-are-the-command",
    "exec-echoes-command",
    "exec-always-0",
    "exec-on-exited",
    "address-empty",
    "address-missing",
    "echo-stuck-running",
    "tail-start-does-not-block",
    "mistaken-runs-for-ever",
    "log-group-stays",
    "task-never-stops",
}


def everything() -> list[str]:
    return [*(lie.id for lie in LIES), *(variation.id for variation in VARIATIONS)]


def test_each_has_an_id_of_its_own() -> None:
    assert [name for name, count in Counter(everything()).items() if count > 1] == []
    assert [name for name in everything() if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("sentence", [*(lie.sentence for lie in LIES), *(each.sentence for each in VARIATIONS)])
def test_each_says_in_one_sentence_what_it_is(sentence: str) -> None:
    assert re.fullmatch(r"[A-Z0-9].*\.", sentence)
    assert len(sentence) <= 120


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_each_is_about_criteria_that_exist(lie: Lie) -> None:
    assert lie.must, "a lie that nothing must catch is a variation"
    assert lie.must | lie.may <= EXISTING
    assert not lie.all_must & lie.may
    assert set(lie.unjudged) <= lie.all_must


def test_there_are_enough() -> None:
    assert len(LIES) >= 130
    assert len(VARIATIONS) >= 25


@pytest.mark.parametrize("layer", Layer)
def test_each_layer_has_ten(layer: Layer) -> None:
    assert sum(lie.layer is layer for lie in LIES) >= 10


@pytest.mark.parametrize("criterion", sorted(name for name in EXISTING if "-AC-" in name))
def test_each_criterion_has_three(criterion: str) -> None:
    """AC-22 as well: three that no other criterion sees."""
    assert sum(criterion in lie.must for lie in LIES) >= 3


def test_what_real_builds_did_is_there_and_marked() -> None:
    assert {lie.id for lie in LIES if lie.is_known} == KNOWN
