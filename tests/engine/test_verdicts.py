"""What CI asserts of a run's JUnit files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.settings import ROOT
from tests.engine.verdicts import TABLE, scenarios, table

VIOLATED = "<failure message='{}'/>"
BY_STEP_ONE = VIOLATED.format("step TST-011-AC-01: no such header")
ONE, TWO = "TST-011-AC-01", "RUN-02"
ENTRY = '[[expected]]\nengines = ["old", "new"]\nids = ["{}"]\nverdict = "{}"\nreason = "it is so"\nsteps = [{}]\n'


def _held(folder: Path, cases: dict[str, str], entry: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Hold cases to a table of one entry, where the features have two scenarios."""
    text = "".join(f"<testcase name='{name} A title'>{inner}</testcase>" for name, inner in cases.items())
    (folder / "feature.xml").write_text(f"<testsuite>{text}</testsuite>")
    (folder / "one.feature").write_text(f"  @{ONE} @needs-isolation\n  @{TWO}\n  @JOB-03\n")
    (folder / "table.toml").write_text(entry)
    given = ["--features", str(folder), "--table", str(folder / "table.toml"), "--documents", "TST-011", "RUN"]
    argv = [sys.executable, "-m", "tests.engine.verdicts", str(folder), *given, "--engine", "old", *arguments]
    return subprocess.run(argv, cwd=ROOT, text=True, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("cases", "entry", "says"),
    [
        ({ONE: "", TWO: ""}, ("JOB-04", "skipped", ""), "2 passed, 0 failed"),
        ({ONE: VIOLATED, TWO: ""}, ("JOB-04", "skipped", ""), "1 passed, 1 failed"),
        ({ONE: "", TWO: "<error message='x'/>"}, ("JOB-04", "skipped", ""), "1 passed, 1 failed"),
        ({ONE: "", TWO: "<skipped message='x'/>"}, ("JOB-04", "skipped", ""), "1 passed, 1 failed"),
        ({ONE: ""}, ("JOB-04", "skipped", ""), "RUN-02: not among the cases"),
        ({ONE: VIOLATED, TWO: ""}, (ONE, "violated", ""), "2 passed, 0 failed"),
        ({ONE: "", TWO: "<error message='x'/>"}, (TWO, "not judged", ""), "2 passed, 0 failed"),
        ({ONE: "", TWO: "<skipped message='x'/>"}, (TWO, "skipped", ""), "2 passed, 0 failed"),
        ({ONE: "", TWO: ""}, (ONE, "violated", ""), "since it is so, but it was passed"),
        ({ONE: "<error/>", TWO: ""}, (ONE, "violated", ""), "but it was not judged"),
        ({TWO: ""}, (ONE, "violated", ""), "TST-011-AC-01: not among the cases"),
        ({ONE: "", TWO: BY_STEP_ONE}, (TWO, "violated", f'"{ONE}"'), "2 passed, 0 failed"),
        ({ONE: "", TWO: BY_STEP_ONE}, (TWO, "violated", ""), "it names"),
        ({ONE: "", TWO: BY_STEP_ONE}, (TWO, "violated", '"TST-011-AC-02"'), "it names"),
        ({ONE: "", TWO: VIOLATED}, (TWO, "violated", f'"{ONE}"'), "it names none"),
    ],
)
def test_a_run_is_held_to_the_table(
    tmp_path: Path, cases: dict[str, str], entry: tuple[str, str, str], says: str
) -> None:
    done = _held(tmp_path, cases, ENTRY.format(*entry))
    assert says in done.stdout
    assert done.returncode == (0 if says.endswith(" 0 failed") else 1)


def test_the_entries_of_other_engines_do_not_count(tmp_path: Path) -> None:
    entry = ENTRY.format(ONE, "violated", "") + ENTRY.format(TWO, "violated", "").replace('"old", ', "")
    assert "1 passed, 1 failed" in _held(tmp_path, {ONE: VIOLATED, TWO: VIOLATED}, entry).stdout


@pytest.mark.parametrize(
    ("inner", "code"), [("<skipped message='no namespaces'/>", 0), ("<skipped/>", 1), ("<failure/>", 1)]
)
def test_what_may_be_skipped_says_why(tmp_path: Path, inner: str, code: int) -> None:
    entry = ENTRY.format("JOB-04", "skipped", "")
    assert _held(tmp_path, {ONE: inner, TWO: ""}, entry, "--may-skip", "needs-isolation").returncode == code
    assert _held(tmp_path, {ONE: "", TWO: inner}, entry, "--may-skip", "needs-isolation").returncode == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("violated", "passed"), ("it is so", ""), (ONE, "AC-01"), ('["old", "new"]', "[]"), ('"new"', '"old"')],
)
def test_an_entry_lacks_nothing_and_is_there_once(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(ENTRY.format(ONE, "violated", "").replace(old, new))
    with pytest.raises(ValueError, match=r"table\.toml"):
        table(path)


def test_the_table_knows_only_scenarios_that_there_are() -> None:
    assert {each.id for each in table(TABLE)} <= scenarios(ROOT / "features")
