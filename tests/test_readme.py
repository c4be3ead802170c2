"""The README says what is the case: settings and IAM actions are those of the code."""

import re
from dataclasses import fields
from pathlib import Path

from support.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    rows = ["| setting | environment | default | meaning |", "| --- | --- | --- | --- |"]
    for each in fields(Settings):
        default = {True: "yes", False: "no"}.get(each.default, each.default) if each.type == "bool" else each.default
        shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if default != "" else "\u2013"
        rows.append(f"| `{each.name}` | `{each.metadata['env']}` | {shown} | {each.metadata['means']} |")
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


def test_the_commands_of_the_readme_exist():
    launcher = (ROOT / "support" / "cli.py").read_text(encoding="utf-8")
    for command in re.findall(r"\./acceptance ([a-z]+)", README):
        assert f'"{command}"' in launcher, command
