"""``python -m tests.pages`` writes what in docs/ is made of the code: the table of settings, the page of all steps."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

from behave.parser import parse_file
from behave.step_registry import registry

from support.settings import ROOT, Settings, variable_of

SETTINGS, STEPS = ROOT / "docs" / "settings.md", ROOT / "docs" / "steps.md"
_MARKED = "<!-- {mark} -->\n{text}\n<!-- /{mark} -->"
_ABOUT_STEPS = """\
# All steps

Each sentence that scenarios are made of, by the file of `steps/` that has it, with the scenarios that use it. What is
in braces is filled in by the scenario. Before you write a new step, look here for one that says the same.

`python -m tests.pages` writes this page.
"""


def between(mark: str, text: str) -> str:
    """What a page has between two marks."""
    return text.partition(f"<!-- {mark} -->\n")[2].partition(f"\n<!-- /{mark} -->")[0]


def settings_table() -> str:
    rows = ["| setting | environment | default | meaning |", "| --- | --- | --- | --- |"]
    for each in fields(Settings):
        default = {True: "yes", False: "no"}.get(each.default, each.default) if each.type == "bool" else each.default
        shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if default != "" else "\u2013"
        rows.append(f"| `{each.name}` | `{variable_of(each.name)}` | {shown} | {each.metadata['means']} |")
    return "\n".join(rows)


def steps_page() -> str:
    """A table for each file of steps, in the order of the files and of what is in them."""
    modules = [import_module(f"steps.{path.stem}") for path in sorted((ROOT / "steps").glob("*.py"))]
    sections, users = [_ABOUT_STEPS], _users()
    for module in modules:
        about = (module.__doc__ or "").splitlines()[0]
        rows = [_row(keyword, step, users[keyword, step.pattern]) for keyword, step in _defined_in(module)]
        table = "\n".join(["| step | scenarios |", "| --- | --- |", *rows])
        sections.append(f"## {module.__name__.replace('.', '/')}.py\n\n{about}\n\n{table}\n")
    return "\n".join(sections)


def _defined_in(module: Any) -> list[tuple[str, Any]]:
    """The steps of a module, each with its keyword, in the order of its source."""
    path = Path(module.__file__).resolve()
    source = path.read_text(encoding="utf-8").replace("\\", "")
    ours = [
        (keyword, step)
        for keyword, steps in registry.steps.items()
        for step in steps
        if (ROOT / step.location.filename).resolve() == path
    ]
    # With the quotation mark behind it: a sentence may be the beginning of another.
    return sorted(ours, key=lambda each: max(source.find(f"{each[1].pattern}{mark}") for mark in "\"'"))


def _users() -> defaultdict[tuple[str, str], list[str]]:
    """The ids of the scenarios by the step that they use. Raises ``LookupError`` where a sentence has no step."""
    users: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted((ROOT / "features").glob("*.feature")):
        for scenario in parse_file(str(path)).walk_scenarios():
            for step in scenario.all_steps:
                found = registry.find_step_definition(step)
                if found is None:
                    raise LookupError(f"{path.name}: there is no step for {step.name!r}")
                users[step.step_type, found.pattern].append(scenario.name.partition(" ")[0])
    return users


def _row(keyword: str, step: Any, users: list[str]) -> str:
    sentence = re.sub(r"\{(\w+):\w+\}", r"{\1}", step.pattern).replace("{{", "{").replace("}}", "}")
    sentence = re.sub(r"([|<*])", r"\\\1", sentence)  # which Markdown would take for its own
    said = (step.func.__doc__ or "").partition("\n")[0]
    return f"| {keyword.capitalize()} {sentence}{f'<br>{said}' if said else ''} | {_short(users)} |"


def _short(ids: list[str]) -> str:
    """Ids of one document behind one another: TST-011-AC-06, 09."""
    numbers = sorted({tuple(each.rpartition("-")[::2]) for each in ids})
    return "; ".join(
        f"{document}-{', '.join(number for _, number in group)}"
        for document, group in groupby(numbers, key=lambda each: each[0])
    )


def main() -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    old, new = (_MARKED.format(mark="settings", text=each) for each in (between("settings", text), settings_table()))
    SETTINGS.write_text(text.replace(old, new), encoding="utf-8")
    STEPS.write_text(steps_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
