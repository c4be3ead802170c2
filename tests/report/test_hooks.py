"""Errors of hooks and clean-up: never lost, wherever they happen, and never a traceback."""

from __future__ import annotations

import pytest

from tests.report.conftest import Project

AC_01, AC_02 = "TST-901-AC-01", "TST-901-AC-02"
UNEXPECTED = "unexpected ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("kind", "code", "line"),
    [
        ("usage", 2, "unknown setting 'sockett': did you mean socket?"),
        ("target", 3, "/run/x.sock does not answer"),
        ("exit", 3, "before_all: unexpected SystemExit: 0"),
    ],
)
def test_before_all(project: Project, kind: str, code: int, line: str) -> None:
    ran = project.run("--tags=@fine", FAIL=f"before_all:{kind}")

    assert ran.code == code
    assert ran.err.splitlines()[-1] == f"acceptance: {line} (2 not judged)"
    traces = [project.folder / said.partition("traceback: ")[2] for said in ran.err.splitlines()[:-1]]
    assert [trace.read_text().startswith("Traceback") for trace in traces] == [True] * ("unexpected" in line)
    assert [(o.id, str(o.verdict), o.cause) for o in ran.outcomes] == [
        (AC_01, "not judged", line),
        (AC_02, "not judged", line),
    ]
    assert [case.find("error") is not None for case in ran.cases()] == [True, True]
    assert ran.hooks() == ["before_all", "after_all", "cleanup_all"]


@pytest.mark.parametrize(
    ("hook", "kind"),
    [("before_tag", "bug"), ("before_feature", "target"), ("before_scenario", "bug"), ("before_step", "false")],
)
def test_what_sets_up_keeps_from_judging(project: Project, hook: str, kind: str) -> None:
    ran = project.run("--tags=@fine", FAIL=f"{hook}:{kind}")

    assert ran.code == 3
    assert ran.verdicts == {AC_01: "not judged", AC_02: "not judged"}
    wanted = {"target": "/run/x.sock does not answer", "bug": UNEXPECTED, "false": "not so"}[kind]
    assert all(outcome.cause.endswith(wanted) for outcome in ran.outcomes)
    assert ran.hooks()[-3:] == ["cleanup_feature", "after_all", "cleanup_all"]


def test_what_fails_at_the_very_end(project: Project) -> None:
    ran = project.run(f"--tags=@{AC_01}", FAIL="after_all:usage")

    assert ran.code == 2
    assert ran.verdicts == {AC_01: "passed", "after_all": "not judged"}


def test_a_hook_that_finds_the_settings_wrong(project: Project) -> None:
    assert project.run("--tags=@fine", FAIL="before_feature:usage").code == 2


@pytest.mark.parametrize(
    ("place", "case"),
    [
        ("after_step", "after_step of it passes"),
        ("cleanup_scenario", f"Clean-up after {AC_01} The first passes"),
        ("after_tag", f"after_tag of {AC_01} The first passes"),
        ("after_feature", "after_feature of Everything passes"),
        ("cleanup_feature", "Clean-up after Everything passes"),
        ("cleanup_all", "Clean-up after the run"),
    ],
)
def test_what_cleans_up_is_a_case_of_its_own(project: Project, place: str, case: str) -> None:
    ran = project.run(f"--tags=@{AC_01}", "-f", "progress", "-f", "acceptance", FAIL=f"{place}:bug")

    assert ran.code == 3
    if place == "after_step":
        assert ran.verdicts == {AC_01: "not judged"}
    else:
        assert ran.verdicts[AC_01] == "passed"
        assert ran.verdicts[case] == "not judged"
        assert any(each.get("name") == case and each.find("error") is not None for each in ran.cases())
        assert ran.out.count(f"? {case}") == 1
    assert UNEXPECTED in ran.out
    assert ran.hooks()[-3:] == ["cleanup_feature", "after_all", "cleanup_all"]


def test_a_failed_clean_up_does_not_hide_a_violation(project: Project) -> None:
    ran = project.run("--tags=@TST-900-AC-02", FAIL="cleanup_scenario:not-judged")

    assert ran.code == 1
    assert ran.verdicts == {
        "TST-900-AC-02": "violated",
        "Clean-up after TST-900-AC-02 It is violated": "not judged",
    }


def test_steps_that_cannot_be_loaded(project: Project) -> None:
    (project.folder / "steps" / "broken.py").write_text("import nothing_of_that_name\n")
    ran = project.run("--tags=@fine")

    assert ran.code == 3
    assert ran.verdicts[AC_01] == ran.verdicts[AC_02] == "not judged"
    assert "unexpected ModuleNotFoundError: No module named 'nothing_of_that_name' (2 not judged)" in ran.err


def test_what_ends_a_thread_is_a_case_of_its_own(project: Project) -> None:
    ran = project.run(f"--tags=@{AC_01}", FAIL="after_scenario:thread")

    assert ran.code == 3
    assert ran.verdicts == {AC_01: "passed", "Thread job": "not judged"}
    assert ran.outcomes[0].cause == "unexpected KeyError: 'nobody looked'"


def test_a_formatter_that_fails_ends_nothing(project: Project) -> None:
    (project.folder / "broken.py").write_text(
        "from behave.formatter.base import Formatter\n"
        "class Broken(Formatter):\n"
        "    def scenario(self, scenario):\n"
        "        raise OSError(28, 'No space left on device')\n"
    )
    ran = project.run("--tags=@fine", "-f", "broken:Broken", "-f", "acceptance")

    assert ran.code == 3
    assert ran.verdicts == {AC_01: "passed", AC_02: "passed", "Formatter Broken": "not judged"}
