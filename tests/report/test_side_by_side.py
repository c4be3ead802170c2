"""Features side by side: one process each, and yet one console, one set of reports and one exit code."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support.report import launching
from support.verdicts import Verdict
from support.waiting import Seen, done, not_yet, until
from tests.report.conftest import Project
from tests.report.test_interrupts import wait_for

VERDICTS = {"TST-901-AC-01": "passed", "TST-901-AC-02": "passed", "TST-900-AC-02": "violated"}


def wait_for_hook(project: Project, hook: str) -> None:
    def was_reached() -> Seen[bool]:
        hooks = (project.folder / "hooks.log").read_text().split()
        return done(True) if hooks.count(hook) == 2 else not_yet(" ".join(hooks[-3:]))

    until(was_reached, f"both parts to come to {hook}", 15)


def words_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it has just ended


def test_two_features_are_one_run(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02"))

    assert ran.code == 1
    assert ran.verdicts == VERDICTS
    assert ran.hooks().count("before_all") == 2
    assert [case.get("name", "").split()[0] for case in ran.cases()] == list(VERDICTS)


def test_a_misspelt_variable_is_told_once_and_harms_nothing(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02", SOCKERLESS_SOKET="/x", SOCKERLESS_LOG_LEVEL="x"))

    assert (ran.code, ran.verdicts) == (1, VERDICTS)
    assert ran.err == "acceptance: SOCKERLESS_SOKET is no setting of the suite; did you mean SOCKERLESS_SOCKET?\n"
    assert f"run {ran.report.run}<" in (project.reports / "acceptance.html").read_text()
    violated = next(outcome for outcome in ran.outcomes if outcome.verdict is Verdict.VIOLATED)
    assert violated.evidence == f"evidence/{ran.report.run}/TST-900-AC-02"
    assert (project.reports / "evidence" / "latest").resolve().name == ran.report.run
    assert not list(project.reports.glob(".parts*"))


def test_each_line_says_whose_it_is_and_the_table_is_one(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02"))

    lines = ran.out.splitlines()
    prefixed = [line for line in lines if " | " in line]
    assert all(line.startswith(("fine     | ", "verdicts | ")) for line in prefixed)
    assert "verdicts |   ✗ TST-900-AC-02 It is violated" in ran.out
    assert [line for line in prefixed if "TST-901" in line and not line.startswith("fine ")] == []
    table = lines[len(prefixed) :]
    assert table[1] == "One scenario per way to end"
    assert sum(" ✗ violated " in line for line in table) == 1
    assert table[-1] == "2 passed, 1 violated, 0 not judged, 0 skipped"
    assert ran.out.count(" passed, ") == 1


def test_what_goes_wrong_everywhere_is_said_at_once(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @gone", FAIL="before_all:usage"))

    assert ran.code == 2
    assert ran.err == "acceptance: unknown setting 'sockett': did you mean socket? (4 not judged)\n"


IN_TURN = [["--stop"], ["-f", "json", "-o", "behave.json"], ["-D", "max_tasks=3"], ["-D", "command=daemon"]]


@pytest.mark.parametrize("arguments", IN_TURN, ids=" ".join)
def test_what_only_one_process_can_do_is_done_in_turn(project: Project, arguments: list[str]) -> None:
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02", *arguments))

    assert ran.code == 1
    assert ran.verdicts == VERDICTS
    assert ran.hooks().count("before_all") == 1


def test_a_part_that_is_killed_leaves_all_its_scenarios_unjudged(project: Project) -> None:
    ran = project.end(project.launch("--tags=@fine or @killed"))

    assert ran.code == 3
    assert ran.verdicts == {
        "TST-901-AC-01": "passed",
        "TST-901-AC-02": "passed",
        "TST-904-AC-01": "not judged",
        "TST-904-AC-02": "not judged",
    }
    assert {o.cause for o in ran.outcomes[2:]} == {"its process was ended by SIGKILL before it could report"}
    assert len(ran.cases()) == 4


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_reaches_each_part_once(project: Project, number: signal.Signals, said: str) -> None:
    process = project.launch("--tags=@slow or @fine")
    wait_for(project.folder / "waiting", process)
    process.send_signal(number)
    ran = project.end(process)

    assert ran.code == 128 + number
    assert ran.verdicts["TST-902-AC-01"] == "violated"
    assert {o.cause for o in ran.outcomes if o.id in ("TST-902-AC-02", "TST-902-AC-03")} == {f"interrupted by {said}"}
    assert ran.hooks().count("cleanup_all") == ran.hooks().count("before_all")
    assert ran.err.count("interrupted | acceptance: interrupted") == 1
    assert len(ran.cases()) == 5


def test_a_second_ctrl_c_ends_each_part_at_once(project: Project) -> None:
    process = project.launch("--tags=@slow or @TST-901-AC-01", FAIL="after_feature:block")
    wait_for(project.folder / "waiting", process)
    wait_for_hook(project, "before_feature")  # a part that is still coming up has no feature to end
    process.send_signal(signal.SIGINT)
    wait_for_hook(project, "after_feature")
    process.send_signal(signal.SIGINT)
    ran = project.end(process)

    assert ran.code == 128 + signal.SIGINT
    assert "interrupted | acceptance: ended at once, without clean-up; what may be left: container job-1" in ran.err
    assert ran.verdicts["TST-902-AC-01"] == "violated", "what was judged before is not lost"
    assert ran.verdicts["TST-902-AC-03"] == ran.verdicts["Clean-up"] == "not judged"
    assert len(ran.cases()) == len(ran.outcomes)


def test_a_killed_launcher_leaves_nothing_running(project: Project) -> None:
    process = project.launch("--tags=@slow or @fine")
    wait_for(project.folder / "waiting", process)
    process.kill()
    process.communicate(timeout=60)

    def are_gone() -> Seen[bool]:
        running = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(project.folder) in words_of(path)]
        return not_yet(f"{len(running)} run") if running else done(True)

    until(are_gone, "the parts to end", 15)
    hooks = (project.folder / "hooks.log").read_text().split()
    assert hooks.count("cleanup_all") == hooks.count("before_all") > 0
    assert not list(project.reports.rglob("traceback.txt"))  # that nobody reads their reports is no error


def test_short_cycles_are_a_setting(tmp_path: Path) -> None:
    assert dict(launching._configuration(["--short"]).userdata) == {"short": "true"}
