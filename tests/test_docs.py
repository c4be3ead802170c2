"""The pages in docs/ are true: commands that they name exist, links lead somewhere, messages are those of the code."""

import re

import pytest

from support import cli, helping
from support.settings import ROOT

PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for folder in ("support", "steps") for path in (ROOT / folder).rglob("*.py")
)


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
    for message in messages:
        assert message in SOURCES, message
