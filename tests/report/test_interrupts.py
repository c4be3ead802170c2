"""Ctrl-C and SIGTERM: clean-up runs once and undisturbed, reports are complete; a second Ctrl-C ends at once."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.waiting import Seen, done, never, not_yet, until
from tests.report.conftest import Project, Ran

_PATIENCE = 60  # seconds, on a machine that has much else to do


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    def appeared() -> Seen[bool]:
        if process.poll() is not None:
            return never(f"it ended with {process.returncode}")
        return done(True) if path.exists() else not_yet("it runs")

    until(appeared, f"behave to touch {path.name}", _PATIENCE, every=0.01)


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_step_is_broken_off_and_clean_up_is_not(project: Project, number: signal.Signals, said: str) -> None:
    process = project.start("--tags=@slow or @fine")
    wait_for(project.folder / "waiting", process)
    process.send_signal(number)
    ran = project.end(process)

    assert ran.code == 128 + number
    assert ran.verdicts == {
        "TST-901-AC-01": "passed",
        "TST-901-AC-02": "passed",
        "TST-902-AC-01": "violated",
        "TST-902-AC-02": "not judged",
        "TST-902-AC-03": "not judged",
    }
    assert {outcome.cause for outcome in ran.outcomes[-2:]} == {f"interrupted by {said}"}
    assert len(ran.cases()) == 5
    assert ran.out.endswith("2 passed, 1 violated, 2 not judged, 0 skipped\n")
    hooks = ran.hooks()
    assert [hooks.count(place) for place in ("after_all", "cleanup_all", "cleanup_feature")] == [1, 1, 2]
    assert hooks[-5:] == ["after_feature", "after_tag", "cleanup_feature", "after_all", "cleanup_all"]


def test_a_signal_during_set_up(project: Project) -> None:
    process = project.start("--tags=@fine", FAIL="before_all:block")
    wait_for(project.folder / "blocking", process)
    process.terminate()
    ran = project.end(process)

    assert ran.code == 128 + signal.SIGTERM
    assert {outcome.cause for outcome in ran.outcomes} == {"interrupted by SIGTERM"}
    assert ran.hooks() == ["before_all", "after_all", "cleanup_all"]


# What a process does while signals come: a line is printed when it is about to import what takes long.
COMING_UP = """
import sys, time
class Slowly:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            print("coming up", file=sys.stderr, flush=True)
            time.sleep(0.5)
sys.meta_path.insert(0, Slowly())
"""


@pytest.fixture
def hangups_count() -> Iterator[None]:
    """Whoever started the tests may have had them ignored (nohup), which what they start inherits."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups_count")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "module",
    ["support.cli", "support.report.launching", "behave.configuration", "support.report.evidence", "environment"],
)
def test_a_signal_while_the_process_comes_up(project: Project, module: str, number: signal.Signals) -> None:
    (project.folder / "sitecustomize.py").write_text(COMING_UP.format(module=module))
    if module == "environment":  # which behave executes, and does not import
        with (project.folder / "environment.py").open("a") as hooks:
            hooks.write("\nimport sys, time\nprint('coming up', file=sys.stderr, flush=True)\ntime.sleep(0.5)\n")
    process = project.launch("--tags=@fine")
    assert process.stderr is not None
    assert process.stderr.readline() == "coming up\n"
    process.send_signal(number)
    ran = project.end(process)

    assert ran.code == 128 + number
    said = "Ctrl-C" if number == signal.SIGINT else number.name
    assert {(o.id, o.cause) for o in ran.outcomes} == {
        ("TST-901-AC-01", f"interrupted by {said}"),
        ("TST-901-AC-02", f"interrupted by {said}"),
    }
    assert len(ran.cases()) == 2


def test_a_signal_while_parts_are_started(project: Project) -> None:
    (project.folder / "sitecustomize.py").write_text(COMING_UP.format(module="support.report.launching"))
    process = project.launch("--tags=@fine or @gone")
    assert process.stderr is not None
    assert process.stderr.readline() == "coming up\n"
    process.terminate()
    ran = project.end(process)

    assert ran.code == 128 + signal.SIGTERM
    assert {o.cause for o in ran.outcomes} == {"interrupted by SIGTERM"}
    assert len(ran.cases()) == 4
    assert not (project.folder / "hooks.log").exists()


def test_a_signal_ends_a_command_as_always(project: Project) -> None:
    (project.folder / "sitecustomize.py").write_text(COMING_UP.format(module="support.cli"))
    process = project.command("sweep")
    assert process.stderr is not None
    assert process.stderr.readline() == "coming up\n"
    process.terminate()
    assert project.end(process).code == 128 + signal.SIGTERM


def interrupted_twice(project: Project, hook: str) -> Ran:
    """A run after Ctrl-C in a step, and again while this hook is at work."""
    process = project.start("--tags=@slow", FAIL=f"{hook}:block")
    wait_for(project.folder / "waiting", process)
    process.send_signal(signal.SIGINT)
    wait_for(project.folder / "blocking", process)
    process.send_signal(signal.SIGINT)
    return project.end(process)


def test_a_second_ctrl_c_ends_at_once(project: Project) -> None:
    ran = interrupted_twice(project, "after_feature")

    assert ran.code == 128 + signal.SIGINT
    said = "ended at once, without clean-up; what may be left: container job-1"
    assert said in ran.err
    assert ran.verdicts == {
        "TST-902-AC-01": "violated",
        "TST-902-AC-02": "not judged",
        "TST-902-AC-03": "not judged",
        "Clean-up": "not judged",
    }
    assert ran.outcomes[-1].cause == said
    assert len(ran.cases()) == 4


def test_a_second_ctrl_c_repeats_nothing_that_the_first_has_said(project: Project) -> None:
    ran = interrupted_twice(project, "after_all")

    assert ran.code == 128 + signal.SIGINT
    assert [o.id for o in ran.outcomes] == ["TST-902-AC-01", "TST-902-AC-02", "TST-902-AC-03", ""]
    assert ran.outcomes[1].cause == "interrupted by Ctrl-C"


def read_to(process: subprocess.Popen[str], text: str, times: int) -> None:
    """Read what it says on standard error until it has said this so often."""
    assert process.stderr is not None
    while times:
        line = process.stderr.readline()
        assert line, f"it ended without {text!r}"
        times -= text in line


# Slow between the signals' handling and the selection.
SLOWLY_SELECTED = """
import sys, time
if "--tags=@fine" in sys.orig_argv or "support.report.part" in sys.orig_argv:
    import behave.runner_util
    parse = behave.runner_util.parse_features
    def slowly(*arguments, **more):
        if not slowly.is_over:
            slowly.is_over = True
            print("coming up", file=sys.stderr, flush=True)
            time.sleep(1.0)
        return parse(*arguments, **more)
    slowly.is_over = False
    behave.runner_util.parse_features = slowly
"""


@pytest.mark.parametrize(("tags", "processes"), [("@fine", 1), ("@fine or @gone", 2)])
def test_a_second_ctrl_c_before_anything_is_selected(project: Project, tags: str, processes: int) -> None:
    (project.folder / "sitecustomize.py").write_text(SLOWLY_SELECTED)
    process = (project.start if processes == 1 else project.launch)(f"--tags={tags}")
    read_to(process, "coming up", processes)
    process.send_signal(signal.SIGINT)
    read_to(process, "interrupted", processes)
    process.send_signal(signal.SIGINT)
    ran = project.end(process)

    assert ran.code == 128 + signal.SIGINT
    assert {o.cause for o in ran.outcomes if o.id} == {"interrupted by Ctrl-C twice"}
    assert len([o.id for o in ran.outcomes if o.id]) == 2 * processes


def test_a_second_sigterm_does_not_disturb_clean_up(project: Project) -> None:
    process = project.start("--tags=@slow", FAIL="after_feature:block")
    wait_for(project.folder / "waiting", process)
    process.terminate()
    wait_for(project.folder / "blocking", process)
    process.terminate()
    (project.folder / "go-on").touch()
    ran = project.end(process)

    assert ran.code == 128 + signal.SIGTERM
    assert ran.hooks()[-4:] == ["after_tag", "cleanup_feature", "after_all", "cleanup_all"]
    assert ran.err.count("interrupted") == 1
