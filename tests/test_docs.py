"""The pages in docs/ are true: commands that they name exist, links lead somewhere, messages are those of the code."""

import ast
import re

import pytest

from support import cli, helping
from support.settings import ROOT

PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
FILES = [path for folder in ("support", "steps") for path in (ROOT / folder).rglob("*.py")]


def said_by(source: str) -> str:
    """The texts of a file, without comments and docstrings: what it can print."""
    nodes = list(ast.walk(ast.parse(source)))
    described = [node.value for node in nodes if isinstance(node, ast.Expr)]
    texts = [node for node in nodes if isinstance(node, ast.Constant) and node not in described]
    return "\n".join(node.value for node in texts if isinstance(node.value, str))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_links_exist(page):
    text = page.read_text(encoding="utf-8")
    for command in re.findall(r"\./acceptance ([a-z]+)", text):
        assert command in cli.COMMANDS, f"{page.name}: ./acceptance {command}"
    for link in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), f"{page.name}: {link}"
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]*)\)", text):
        there = (page.parent / target if target else page).read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
            for title in re.findall(r"^#+ (.+)$", there, re.M)
        }
        assert anchor in anchors, f"{page.name}: {target}#{anchor}"


def test_exit_codes_are_those_of_the_help():
    text = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8").partition("## Exit codes")[2]
    rows = [
        [cell.strip(" `\u2013") for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]
    assert [tuple(row) for row in rows[2:]] == helping.exit_codes()


def test_the_messages_of_troubleshooting_are_those_of_the_code():
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^\| `([^`]+)` \|", text, re.M)
    assert len(messages) > 20
    printed = "\n".join(said_by(path.read_text(encoding="utf-8")) for path in FILES)
    assert [message for message in messages if message not in printed] == []


def test_what_a_comment_says_is_not_printed():
    assert said_by('"""a"""\nraise E(f"b {x} c" "d")  # e\n').split() == ["b", "cd"]
