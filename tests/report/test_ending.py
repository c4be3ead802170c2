"""How a run ends on the console: the page's own words, what did not pass, and the command that runs only that again."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.report import ending
from support.report.console import Printer
from support.report.ending import again, table
from support.report.model import run_report
from support.report.outcomes import Feature, Report
from support.verdicts import Verdict
from tests.report.conftest import Project
from tests.report.runs import all_agreed, outcome, report, violated

TYPED = ["./acceptance", "--tags=@gitlab and not @slow", "-D", "socket=/run/a b.sock", "-t", "@x", "--short"]


def shown(found: Report, *, is_whole: bool = False) -> str:
    return "\n".join(table(found, Printer(io.StringIO(), is_coloured=False), is_whole=is_whole))


def test_the_table_has_what_did_not_pass() -> None:
    found = report(
        outcome("TST-011-AC-01"),
        violated("TST-011-AC-02"),
        outcome("TST-011-AC-03", Verdict.SKIPPED, cause="it does not apply"),
    )
    assert shown(found).splitlines() == [
        "",
        "A feature",
        "  TST-011-AC-02  ✗ violated    A rule that holds",
        "                     it did otherwise",
        "  1 skipped: it does not apply",
    ]
    assert "TST-011-AC-01  ✓ passed" in shown(found, is_whole=True)
    assert "TST-011-AC-03  - skipped" in shown(found, is_whole=True)
    assert shown(report(*all_agreed())) == ""


def test_the_command_is_the_one_that_was_typed_with_other_tags() -> None:
    found = report(outcome("TST-011-AC-01"), violated("TST-011-AC-02"), outcome("TST-011-AC-03", Verdict.NOT_JUDGED))
    assert again(found, TYPED) == (
        "./acceptance -D 'socket=/run/a b.sock' --short '--tags=@TST-011-AC-02 or @TST-011-AC-03'"
    )
    assert again(report(*all_agreed()), TYPED) == ""
    assert again(report(outcome("", Verdict.NOT_JUDGED, "Clean-up: container x")), TYPED) == ""


def test_many_criteria_are_run_again_by_their_features() -> None:
    bad = [
        Feature(file, f"features/{file}.feature", outcomes=[violated(f"{file}-{n}") for n in range(20)])
        for file in "ab"
    ]
    assert again(Report("r", features=bad), [*TYPED, "features/a.feature:12"]) == (
        "./acceptance -D 'socket=/run/a b.sock' --short features/a.feature features/b.feature"
    )


@pytest.mark.parametrize("broken", [{}, {"TST_011_AC_12": Verdict.VIOLATED}, {"TST_010_AC_01": Verdict.NOT_JUDGED}])
def test_it_says_what_the_page_says(broken: dict[str, Verdict], capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    found = report(*all_agreed(**broken), caution="This is the stand-in")
    ending.summary(found, Path("/reports"), SimpleNamespace(typed=["--short"]), Printer(out, is_coloured=False))
    lines = out.getvalue().splitlines()
    assert lines[lines.index(run_report(found, [], {}).agreed.text) + 1] == "This is the stand-in"
    assert "It took 2 min 5 s; the page: /reports/acceptance.html" in lines
    assert lines[-1].startswith(f"{40 - len(broken)} passed, ")


def test_what_did_not_pass_is_run_again_by_the_command(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02 or @TST-900-AC-06"))
    (line,) = [line for line in ran.out.splitlines() if line.startswith("What did not pass, again: ")]
    words = shlex.split(line.removeprefix("What did not pass, again: "))
    assert words[0] == "./acceptance"
    repeated = project.end(project.command(*words[1:]))
    assert repeated.verdicts == {"TST-900-AC-02": "violated", "TST-900-AC-06": "not judged"}
    assert repeated.code == ran.code


def test_quiet_is_what_did_not_pass_and_the_end(project: Project) -> None:
    ran = project.end(project.launch("-q", "--tags=@fine or @TST-900-AC-02"))
    assert "TST-901" not in ran.out
    assert "Everything passes" not in ran.out
    assert "✗ TST-900-AC-02" in ran.out
    assert ran.out.endswith("2 passed, 1 violated, 0 not judged, 0 skipped\n")


def test_the_whole_table_is_there_for_who_asks(project: Project) -> None:
    ran = project.end(project.launch("-q", "--table", "--tags=@fine or @TST-900-AC-02"))
    assert "  TST-901-AC-01  ✓ passed      The first passes" in ran.out
