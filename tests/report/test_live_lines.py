"""What is drawn while a run goes on: on terminals only, as wide as they are, and gone without a trace at the end."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from support import progress
from support.report import live_lines
from support.report.course import Course, FeatureCourse, received, sent
from support.verdicts import Verdict
from support.waiting import Seen, done, not_yet, until
from tests.report.conftest import ROOT, Project

HOSTILE = "[bold red]x[/] \x1b[2J :smile: 漢字漢字 [link=http://x]y[/link]"


def feature(**more: object) -> FeatureCourse:
    given = {"began": 100.0, "doing": "TST-011-AC-07 A started service runs", "counts": {"passed": 3, "violated": 1}}
    return FeatureCourse("gitlab_runner", 8, **(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [20, 40, 59, 99, 200])
@pytest.mark.parametrize("text", ["TST-011-AC-07 A started service runs", HOSTILE, "漢" * 200])
def test_a_line_is_never_wider_than_the_terminal(width: int, text: str) -> None:
    drawn = live_lines.line(feature(doing=text, wait=text), 13, width, 165.0)
    assert cell_len(drawn.plain) <= width
    assert "\x1b" not in drawn.plain


def test_a_line_says_how_far_it_is_and_what_it_waits_for() -> None:
    wait = "waiting 12 s of 660 s for the job to reach TST-011-AC-07: at #7 GET /x"
    narrow = live_lines.line(feature(wait=wait), 13, 79, 165.0).plain
    assert narrow[1:] == " gitlab_runner   4/8 1✗  1:05  TST-011-AC-07: 12 s of 660 s for the job: at #…"
    wide = live_lines.line(feature(), 13, 130, 165.0).plain
    assert wide[1:] == f" gitlab_runner {'━' * 10}{'─' * 10}   4/8 1✗  1:05  TST-011-AC-07 A started service runs"
    over = live_lines.line(feature(ended=131.0, doing="", counts={"passed": 8}), 13, 79, 165.0).plain
    assert over.rstrip() == "✓ gitlab_runner   8/8  0:31"


def test_nothing_of_a_daemon_is_markup() -> None:
    drawn = live_lines.line(feature(doing=HOSTILE), 13, 200, 165.0)
    assert r"[bold red]x[/] \x1b[2J :smile: 漢字漢字 [link=http://x]y[/link]" in drawn.plain
    assert {str(span.style) for span in drawn.spans} <= {"", "dim", "bold red", "yellow"}


class Stream(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


PLAIN: list[tuple[dict[str, str], dict[str, object]]] = [
    ({"TERM": "dumb"}, {}),
    ({"TERM": ""}, {}),
    ({"CI": "true"}, {}),
    ({}, {"dry_run": True}),
    ({}, {"format": ["pretty"]}),
    ({}, {"format": ["acceptance", "json"]}),
    ({}, {"capture": False}),
]


def possible(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], given: dict[str, object]) -> bool:
    monkeypatch.setattr(sys, "stdout", Stream())
    monkeypatch.delenv("CI", raising=False)
    for name, value in ({"TERM": "xterm"} | environ).items():
        monkeypatch.setenv(name, value)
    config = {"dry_run": False, "format": None, "default_format": "acceptance", "outputs": [], "capture": None}
    return live_lines.is_possible(SimpleNamespace(**(config | {"capture_stdout": True} | given)))


@pytest.mark.parametrize(("environ", "given"), PLAIN)
def test_where_nothing_is_drawn(
    environ: dict[str, str], given: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert possible(monkeypatch, {}, {})
    assert possible(monkeypatch, {"NO_COLOR": "1"}, {}), "it is about colours only"
    assert not possible(monkeypatch, environ, given)


def test_what_a_part_sends_arrives() -> None:
    course = Course()
    course.select([("features/a.feature", 3), ("features/none.feature", 0)])
    reading, writing = os.pipe()
    shown = FeatureCourse("a", 3)
    reader = threading.Thread(target=received, args=(reading, shown))
    reader.start()

    def arrives(text: str, what: str) -> None:
        def has_come() -> Seen[bool]:
            seen = f"{shown.doing} {shown.wait} {dict(shown.counts)}"
            return done(True) if text in seen else not_yet(seen)

        until(has_come, what, 10)

    os.write(writing, b"garbage\n{}\n[]\n")
    with sent(course, Path(f"/dev/fd/{writing}")):
        course.begin_feature("features/a.feature")
        arrives("preparing", "the feature")
        course.doing(f"X-1 {HOSTILE}")
        arrives(r"\x1b[2J", "the scenario")
        with progress.waiting("an answer", 30) as wait:
            wait.began -= 12
            arrives("waiting 12 s of 30 s for an answer", "the wait")
        course.judged(Verdict.VIOLATED)
        course.end_feature()
    os.close(writing)
    reader.join(10)
    assert (shown.counts, shown.doing, shown.wait) == ({"violated": 1}, "", "")
    assert shown.began < shown.ended


def test_a_run_without_a_terminal_does_not_import_rich() -> None:
    modules = "support.report.launching, support.report.runner, support.report.side_by_side, support.report.part"
    program = f"import sys, {modules}; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode == 0


class Terminal:
    """./acceptance with the project's features in a terminal of 80 columns; ``shown`` is what it printed so far."""

    def __init__(self, project: Project, *arguments: str, **environment: str) -> None:
        self.shown = ""
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "support",
                str(project.folder / "features"),
                "-D",
                f"reports={project.reports}",
                *arguments,
            ],
            cwd=project.folder,
            env=inherited | {"PYTHONPATH": f"{project.folder}{os.pathsep}{ROOT}", "TERM": "xterm"} | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.shown += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:
                return

    def wait_for(self, text: str) -> None:
        until(lambda: done(True) if text in self.shown else not_yet(self.shown[-200:]), f"{text!r}", 60)

    def end(self) -> int:
        code = self.process.wait(60)
        self._reader.join(10)
        os.close(self._ours)
        hidden, visible = (self.shown.rfind(f"\x1b[?25{end}") for end in "lh")
        assert visible > hidden, "the cursor is visible"
        return code


@pytest.mark.parametrize("tags", ["@TST-900-AC-02", "@fine or @TST-900-AC-02"], ids=["alone", "side by side"])
def test_lines_come_and_go(project: Project, tags: str) -> None:
    terminal = Terminal(project, f"--tags={tags}")
    assert terminal.end() == 1
    assert re.search(r" verdicts .{0,60}0/1", terminal.shown), "drawn"
    for first, second in zip(terminal.shown.split("/"), terminal.shown.split("/")[1:], strict=False):
        assert not (re.search(r" fine .*\d$", first) and re.match(r"\d[^\n]* verdicts ", second)), "a line each"
    end = terminal.shown[terminal.shown.rindex("What did not pass, again") :]
    assert "0/1" not in end
    assert "\x1b[2J" not in terminal.shown, "a scenario prints it"
    assert "\x1b[31" in terminal.shown


def test_no_color_and_a_dumb_terminal_are_heeded(project: Project) -> None:
    without_colours = Terminal(project, "--tags=@TST-900-AC-02", NO_COLOR="1")
    assert without_colours.end() == 1
    assert not re.search(r"\x1b\[[0-9;]*m", without_colours.shown)
    assert " verdicts " in without_colours.shown
    dumb = Terminal(project, "--tags=@TST-900-AC-02", TERM="dumb")
    dumb.process.wait(60)
    dumb._reader.join(10)
    assert "\x1b" not in dumb.shown


def test_ctrl_c_leaves_the_terminal_as_it_was(project: Project) -> None:
    for tags in ("@slow", "@slow or @fine"):
        (project.folder / "waiting").unlink(missing_ok=True)
        terminal = Terminal(project, f"--tags={tags}")
        until(lambda: done(True) if (project.folder / "waiting").exists() else not_yet("not yet"), "it to wait", 60)
        terminal.wait_for("/3")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
        assert "interrupted: cleaning up" in terminal.shown
