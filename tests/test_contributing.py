"""CONTRIBUTING is true: its walk names files and functions that exist, its table every criterion."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALK = TEXT.partition("### From a sentence to its verdict")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `([\w/.]+)` \| (.+) \|$", WALK, re.M)
MOST = 10


def test_the_walk_opens_at_most_ten_files() -> None:
    assert 5 <= len(ROWS) <= MOST
    assert len({file for file, _ in ROWS}) == len(ROWS)


def test_what_the_walk_names_exists() -> None:
    for file, happens in ROWS:
        source = (ROOT / file).read_text(encoding="utf-8")
        names = re.findall(r"`(\w+(?:\.\w+)?)`", happens) if file.endswith(".py") else []
        assert names or '"' in happens, file
        for name in names:
            owner, _, method = name.rpartition(".")
            assert re.search(rf"^ *def {method}\(", source, re.M), f"{name} in {file}"
            assert not owner or re.search(rf"^class {owner}\b", source, re.M), f"{owner} in {file}"
    assert ROWS[0][1].partition("`")[2].rpartition("`")[0] in (ROOT / ROWS[0][0]).read_text(encoding="utf-8")
    assert '"build output"' in (ROOT / "support/gitlab/script.py").read_text(encoding="utf-8")


def test_each_criterion_has_its_row() -> None:
    table = TEXT.partition("<!-- criteria -->")[2].partition("<!-- /criteria -->")[0]
    named: set[str] = set()
    for document, first in re.findall(r"^\| (TST-\d+)-(.+?) \|", table, re.M):
        numbers = [int(each) for each in re.findall(r"AC-(\d+)", first)]
        if " to " in first:
            numbers = list(range(numbers[0], numbers[-1] + 1))
        named |= {f"{document}-AC-{number:02}" for number in numbers}
    tags = {
        tag
        for path in (ROOT / "features").glob("*.feature")
        for tag in re.findall(r"@(TST-\d+-AC-\d+)", path.read_text(encoding="utf-8"))
    }
    assert named == tags
