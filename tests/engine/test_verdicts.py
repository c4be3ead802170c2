"""What CI asserts of a run's JUnit files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
VIOLATED = "<failure message='{}'/>"
BY_STEP_ONE = VIOLATED.format("step TST-011-AC-01: no such header")


def _held(folder: Path, cases: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    text = "".join(f"<testcase name='{name} A title'>{inner}</testcase>" for name, inner in cases.items())
    (folder / "feature.xml").write_text(f"<testsuite>{text}</testsuite>")
    argv = [sys.executable, "-m", "tests.engine.verdicts", str(folder), "--criteria", "2", *arguments]
    return subprocess.run(argv, cwd=REPOSITORY, text=True, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("cases", "arguments", "says"),
    [
        ({"TST-011-AC-01": "", "TST-011-AC-02": ""}, [], "2 passed, 0 failed"),
        ({"TST-011-AC-01": VIOLATED, "TST-011-AC-02": ""}, [], "1 passed, 1 failed"),
        ({"TST-011-AC-01": "<error message='x'/>", "TST-011-AC-02": ""}, [], "1 passed, 1 failed"),
        ({"TST-011-AC-01": "<skipped message='x'/>", "TST-011-AC-02": ""}, [], "1 passed, 1 failed"),
        ({"TST-011-AC-01": ""}, [], "1 criteria were judged, 2 expected"),
        ({"TST-011-AC-01": VIOLATED, "TST-011-AC-02": ""}, ["--violated", "TST-011-AC-01="], "2 passed, 0 failed"),
        ({"TST-011-AC-01": "", "TST-011-AC-02": ""}, ["--violated", "TST-011-AC-01="], "it was passed"),
        ({"TST-011-AC-01": "<error/>", "TST-011-AC-02": ""}, ["--violated", "TST-011-AC-01="], "it was error"),
        ({"TST-011-AC-02": "", "TST-011-AC-03": ""}, ["--violated", "TST-011-AC-01="], "not among the cases"),
        (
            {"TST-011-AC-01": "", "TST-011-AC-22": BY_STEP_ONE},
            ["--violated", "TST-011-AC-22=TST-011-AC-01"],
            "2 passed, 0 failed",
        ),
        (
            {"TST-011-AC-01": "", "TST-011-AC-22": BY_STEP_ONE},
            ["--violated", "TST-011-AC-22=TST-011-AC-02"],
            "it names",
        ),
        ({"TST-011-AC-01": "", "TST-011-AC-22": VIOLATED}, ["--violated", "TST-011-AC-22=TST-011-AC-01"], "it names"),
    ],
)
def test_a_run_is_held_to_its_table(tmp_path: Path, cases: dict[str, str], arguments: list[str], says: str) -> None:
    done = _held(tmp_path, cases, *arguments)
    assert says in done.stdout
    assert done.returncode == (0 if says.endswith(" 0 failed") else 1)


@pytest.mark.parametrize(
    ("inner", "code"), [("<skipped message='no namespaces'/>", 0), ("<skipped/>", 1), ("<failure/>", 1)]
)
def test_what_may_be_skipped_says_why(tmp_path: Path, inner: str, code: int) -> None:
    cases = {"TST-011-AC-01": "", "TST-011-AC-02": "", "TST-011-N-06": inner}
    assert _held(tmp_path, cases, "--may-skip", "TST-011-N-").returncode == code
