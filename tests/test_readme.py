"""The README says what is the case: settings, IAM actions and totals are those of the code."""

import re
from dataclasses import fields
from pathlib import Path

from falsify.catalogue import LIES
from falsify.documents import AGREED
from falsify.variations import VARIATIONS
from support.aws.permissions import policy
from support.settings import ROOT, Settings, variable_of

README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    rows = ["| setting | environment | default | meaning |", "| --- | --- | --- | --- |"]
    for each in fields(Settings):
        default = {True: "yes", False: "no"}.get(each.default, each.default) if each.type == "bool" else each.default
        shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if default != "" else "\u2013"
        rows.append(f"| `{each.name}` | `{variable_of(each.name)}` | {shown} | {each.metadata['means']} |")
    return "\n".join(rows)


def between(mark: str) -> str:
    return README.partition(f"<!-- {mark} -->\n")[2].partition(f"\n<!-- /{mark} -->")[0]


def test_every_setting_is_in_the_table():
    assert between("settings") == settings_table()


def test_iam_actions_are_those_that_the_suite_can_make():
    sources = [path.read_text(encoding="utf-8") for path in Path(ROOT / "support" / "aws").glob("*.py")]
    made = {
        f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
        for text in sources
        for service, operation in re.findall(r'"(ecs|logs|ec2|sts)",\s*"([a-z_]+)"', text)
    }
    assert set(re.findall(r"`(\w+:\w+)`", between("actions"))) == made
    assert made == {action for statement in policy()["Statement"] for action in statement["Action"]}


def test_the_commands_of_the_readme_exist():
    launcher = (ROOT / "support" / "cli.py").read_text(encoding="utf-8")
    for command in re.findall(r"\./acceptance ([a-z]+)", README):
        assert f'"{command}"' in launcher, command


def test_the_totals_of_falsify_are_those_of_its_catalogue():
    lies = sum(document.part_of(lie) is not None for document in AGREED for lie in LIES)
    green = sum(1 + sum(each.document in ("", document.id) for each in VARIATIONS) for document in AGREED)
    assert between("totals").startswith(
        f"```\n{lies} lies: {lies} caught, 0 missed, 0 mistaken; 40 of 40 criteria caught in at least 3 ways; "
        f"{green} truths and variations: {green} green; "
    )
