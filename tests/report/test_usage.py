"""What is asked for wrongly is said in one line, with the remedy, and exit code 2."""

from __future__ import annotations

import pytest

from support.report.selection import near
from tests.report.conftest import Project


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--tags=@fien or @tst-900-ac-1"], "no scenario has the tag @fien; did you mean @fine"),
        (
            ["--tags=@xyzzy"],
            "no scenario has the tag @xyzzy; the features' tags are "
            "@TST-900, @alpha, @fine, @gone, @killed, @long, @slow",
        ),
        (
            ["--tags=@fine and @gone"],
            "no scenario matches --tags=@fine and @gone: each of the tags exists, the combination does not",
        ),
        (["--name", "nobody"], "no scenario matches --name nobody; `behave --dry-run` lists their names"),
        (["features/none.feature"], "features/none.feature (FileNotFoundError)"),
    ],
)
def test_a_selection_of_nothing(project: Project, arguments: list[str], line: str) -> None:
    ran = project.run(*arguments)

    assert (ran.code, ran.err) == (2, f"acceptance: {line}\n")
    assert not (project.folder / "hooks.log").exists()


def test_a_feature_that_cannot_be_parsed(project: Project) -> None:
    (project.folder / "features" / "broken.feature").write_text(
        "Feature: Broken\n\n  Scenario: One\n    Given it passes\n    Perhaps not\n"
    )
    ran = project.run()

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "broken.feature" in ran.err
    assert "Perhaps not" in ran.err


def test_reports_that_cannot_be_written(project: Project) -> None:
    project.reports.write_text("a file")
    ran = project.run("--tags=@fine")

    assert ran.code == 2
    assert (
        ran.err
        == f"acceptance: cannot write to the reports folder {project.reports}: File exists; set -D reports=DIR\n"
    )


def test_a_dry_run_lists_and_judges_nothing(project: Project) -> None:
    ran = project.run("--tags=@fine or @TST-900-AC-06", "--dry-run")

    assert ran.code == 3
    assert "    TST-901-AC-01 The first passes\n" in ran.out
    assert ran.err.startswith("acceptance: the step is undefined: Given nobody wrote this")
    assert not (project.reports / "outcomes.json").exists()


def test_a_criterion_is_meant_however_its_numbers_are_written() -> None:
    assert near("tst-900-ac-1", {"TST-900-AC-01", "TST-900-AC-10", "TST-900-AC-11"}) == ["TST-900-AC-01"]
    assert near("gitlabb", {"gitlab", "ecs"}) == ["gitlab"]
    assert near("xyzzy", {"gitlab", "ecs"}) == []
