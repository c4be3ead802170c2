"""What a daemon sends cannot steer a terminal: control characters are shown, whoever prints them."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from support import terminal
from support.report import console, junit
from support.report.outcomes import Feature, Report
from support.text import visible
from tests.report.conftest import Project

HOSTILE = "a\x1b[2J\x1b]0;title\x07\r\x9b1m\u202e\u2066\u061c\u200e\u200b\ufeff\U000e0041\ud800\x00\x7fz"
SHOWN = r"a\x1b[2J\x1b]0;title\x07\x0d\x9b1m\u202e\u2066\u061c\u200e\u200b\ufeff\U000e0041\ud800\x00\x7fz"


def test_control_characters_are_shown_and_words_are_left_alone() -> None:
    assert visible(HOSTILE) == SHOWN
    assert visible("é ✓ 😀 \u05d0\u05d1 a\u200db\n\tc\r\n") == "é ✓ 😀 \u05d0\u05d1 a\u200db\n\tc\n"


@pytest.mark.parametrize("is_coloured", [False, True])
def test_only_our_own_colours_reach_a_terminal(is_coloured: bool) -> None:
    stream = io.StringIO()
    out = console.Printer(stream, is_coloured=is_coloured)
    out.lines([out.coloured(HOSTILE, console.Verdict.PASSED), f"{HOSTILE}\x1b[1;1H"])
    first, second = stream.getvalue().splitlines()
    assert first == (f"\x1b[32m{SHOWN}\x1b[0m" if is_coloured else SHOWN)
    assert second == SHOWN + r"\x1b[1;1H"


def test_lines_for_people_are_shown_so(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    terminal.say(HOSTILE)
    assert err.getvalue() == f"acceptance: {SHOWN}\n"


@pytest.mark.parametrize("colour", ["--color=never", "--color=always"])
@pytest.mark.parametrize("formatter", ["plain", "pretty", "progress", "progress3", "captured", "json"])
def test_formatters_that_are_behaves_own(project: Project, formatter: str, colour: str) -> None:
    ran = project.run("--tags=@TST-900-AC-02", "-f", "acceptance", "-f", formatter, colour)

    assert ran.code == 1
    assert "\x1b[2J" not in ran.out + ran.err
    assert "\x00" not in ran.out + ran.err
    assert ran.out.count(r"\x1b[2J") >= 2


def test_junit_is_xml_whatever_is_in_it() -> None:
    feature = Feature(HOSTILE, HOSTILE, properties={HOSTILE: HOSTILE}, notes=[HOSTILE])
    suite = ET.fromstring(ET.tostring(junit._suite(Report(HOSTILE, features=[feature]), feature, Path())))
    assert suite.get("name") == SHOWN
    assert suite.findtext("system-out") == SHOWN
