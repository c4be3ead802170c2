"""README and docs/ say what is the case: features, settings, steps, IAM actions and totals are those of the code."""

import re
from pathlib import Path

import pytest
from behave.parser import parse_file

from falsify.catalogue import LIES
from falsify.documents import AGREED
from falsify.variations import VARIATIONS
from support.aws.permissions import policy
from support.settings import ROOT, load
from tests import pages
from tests.pages import between

README = (ROOT / "README.md").read_text(encoding="utf-8")
ECS = (ROOT / "docs" / "ecs.md").read_text(encoding="utf-8")
SETTINGS = pages.SETTINGS.read_text(encoding="utf-8")
TRUST = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")


def test_a_newcomer_can_read_all_of_the_readme():
    assert README.count("\n") <= 120


FEATURES = {row[0]: row for row in re.findall(r"^\| `(\w+)` \| (`@.+?) \| ([A-Z].+?) \|", README, re.M)}


@pytest.mark.parametrize("path", sorted((ROOT / "features").glob("*.feature")), ids=lambda path: path.stem)
def test_each_feature_is_in_the_table_with_its_tags_and_scenarios(path):
    feature = parse_file(str(path))
    _, tags, ranges = FEATURES[path.stem]
    assert set(re.findall(r"@([\w-]+)", tags)) <= set(feature.tags)
    said = set()
    for each in ranges.split(", "):
        prefix, first, _, last = re.fullmatch(r"(.+-)(\d+)( to (\d+))?", each).groups()
        said |= {f"{prefix}{number:02}" for number in range(int(first), int(last or first) + 1)}
    assert {scenario.name.partition(" ")[0] for scenario in feature.walk_scenarios()} == said


def test_every_setting_is_in_the_table():
    assert between("settings", SETTINGS) == pages.settings_table(), "python -m tests.pages writes it anew"


def test_the_settings_file_that_is_shown_is_one(tmp_path):
    shown = re.search(r"```toml\n#:schema (\S+)\n(.+?)```", SETTINGS, re.S)
    assert (ROOT / shown[1]).exists()
    (tmp_path / "acceptance.toml").write_text(shown[2])
    assert load({"settings": str(tmp_path / "acceptance.toml")}, {}).judged_at_least == "90%"


def test_the_page_of_steps_is_current_and_each_step_is_used():
    page = pages.steps_page()
    assert pages.STEPS.read_text(encoding="utf-8") == page, "python -m tests.pages writes it anew"
    assert re.findall(r"^\| (?:Given|When|Then) .+\|  \|$", page, re.M) == []


def test_iam_actions_are_those_that_the_suite_can_make():
    sources = [path.read_text(encoding="utf-8") for path in Path(ROOT / "support" / "aws").glob("*.py")]
    made = {
        f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
        for text in sources
        for service, operation in re.findall(r'"(ecs|logs|ec2|sts)",\s*"([a-z_]+)"', text)
    }
    assert set(re.findall(r"`(\w+:\w+)`", between("actions", ECS))) == made
    assert made == {action for statement in policy()["Statement"] for action in statement["Action"]}


def test_the_totals_of_falsify_are_those_of_its_catalogue():
    lies = sum(document.part_of(lie) is not None for document in AGREED for lie in LIES)
    green = sum(1 + sum(each.document in ("", document.id) for each in VARIATIONS) for document in AGREED)
    assert between("totals", TRUST).startswith(
        f"```\n{lies} lies: {lies} caught, 0 missed, 0 mistaken; 40 of 40 criteria caught in at least 3 ways; "
        f"{green} truths and variations: {green} green; "
    )
