"""docs/adding-a-criterion.md, followed: its blocks put where it says, its scenario and its lies run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.settings import ROOT

PAGE = (ROOT / "docs" / "adding-a-criterion.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"^At the (end|head) of (?:the `(\w+)` in )?`([\w/.]+)`:\n\n```\w+\n(.+?)```$", PAGE, re.M | re.S)
_PARTS = ("behave.ini", "environment.py", "pyproject.toml", "features", "steps", "support", "standin", "falsify")
_WITHIN = 300.0  # seconds


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which the page has been applied."""
    copy = tmp_path_factory.mktemp("followed")
    for name in _PARTS:
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__")
        _ = shutil.copytree(source, copy / name, ignore=ignored) if source.is_dir() else shutil.copy(source, copy)
    assert len(_BLOCKS) == 4
    for place, within, name, block in _BLOCKS:
        text = (copy / name).read_text(encoding="utf-8")
        if place == "end":
            text += f"{'' if name.endswith('feature') else chr(10)}\n{block}"
        else:
            head = f"\n{within} = (\n"
            assert text.count(head) == 1
            text = text.replace(head, f"\n{block.partition('    # …')[0]}")
        (copy / name).write_text(text, encoding="utf-8")
    return copy


def ended(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SOCKERLESS", "AWS"))}
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=copy,
        env=inherited | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN,
    )


def commands() -> list[list[str]]:
    """The arguments of those below "Try it" that need no daemon."""
    shown = PAGE.partition("## 5. Try it")[2].partition("```\n")[2].partition("```")[0]
    return [line.split()[1:] for line in shown.splitlines() if line.startswith("./acceptance")]


def test_the_scenario_passes_on_the_stand_in(followed: Path) -> None:
    run = ended(followed, "-m", "support", *commands()[0], "-D", "target=standin")
    assert (run.returncode, "1 passed, 0 violated" in run.stdout) == (0, True), run.stdout + run.stderr


def test_each_of_its_lies_is_caught(followed: Path) -> None:
    """Of the feature only this scenario is left, which takes seconds instead of minutes."""
    feature = followed / "features" / "gitlab_runner.feature"
    whole = feature.read_text(encoding="utf-8")
    feature.write_text(whole[: whole.index("  @")] + whole[whole.index("  @TST-011-N-28") :], encoding="utf-8")
    run = ended(followed, "-m", "support", *commands()[1])
    assert "3 caught, 0 missed, 0 mistaken" in run.stdout, run.stdout + run.stderr
    assert "3 caught, 0 missed, 0 mistaken" in PAGE


def test_what_it_adds_is_as_the_house_has_it(followed: Path) -> None:
    files = [name for _, _, name, _ in _BLOCKS if name.endswith(".py")]
    for check in (["ruff", "check"], ["ruff", "format", "--check"]):
        run = ended(followed, "-m", *check, *files)
        assert run.returncode == 0, run.stdout
