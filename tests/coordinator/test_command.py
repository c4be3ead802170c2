"""./acceptance runner from end to end, with a fake runner that needs no Docker, on the stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from support.coordinator.jobs import JOBS
from tests.core.suite import ACCEPTANCE, ROOT, Ran, Suite, suite

FEATURE = (ROOT / "features" / "real_runner.feature").read_text(encoding="utf-8")


@pytest.fixture
def started() -> Iterator[Suite]:
    with suite() as made:
        yield made


def run(started: Suite, *arguments: str) -> Ran:
    return started.end(started.start("-D", "target=standin", *arguments, program=(*ACCEPTANCE, "runner")))


def test_every_job_has_its_scenario() -> None:
    for job in JOBS:
        assert (
            f'GitLab Runner runs the job "{job.name}"' in FEATURE.partition(f"@{job.serves} ")[2].partition("@REAL")[0]
        )


def test_all_is_green_where_a_runner_does_its_jobs(started: Suite, fake: Callable[[str], str]) -> None:
    ran = run(started, "--runner", fake(""))
    assert (set(ran.verdicts.values()), ran.code) == ({"passed"}, 0), ran.out
    assert set(ran.verdicts) == {job.serves for job in JOBS}
    lines = re.findall(r"^passed +(.+?): (.+), \d+ lines of log, nothing left behind", ran.out, re.MULTILINE)
    assert dict(lines)["failing script"] == "failed (script_failure, exit code 3)"
    assert set(dict(lines)) == {job.name for job in JOBS}


@pytest.mark.parametrize(
    ("fault", "only", "verdicts", "code"),
    [
        ("always-succeeds", "@REAL-01 or @REAL-02", {"REAL-01": "passed", "REAL-02": "violated"}, 1),
        ("loses-stderr", "@REAL-02 or @REAL-10", {"REAL-02": "violated", "REAL-10": "passed"}, 1),
        ("at-the-end", "@REAL-01 or @REAL-10", {"REAL-01": "passed", "REAL-10": "violated"}, 1),
        ("no-cache", "@REAL-09", {"REAL-09": "violated"}, 1),
        ("garbled-log", "@REAL-01", {"REAL-01": "not judged"}, 3),
        ("never-asks", "@REAL-01", {"REAL-01": "not judged"}, 3),
    ],
)
def test_what_a_runner_reports_otherwise_is_seen(  # noqa: PLR0917
    started: Suite, fake: Callable[[str], str], fault: str, only: str, verdicts: dict[str, str], code: int
) -> None:
    ran = run(started, "--runner", fake(fault), "--only", only)
    assert (ran.verdicts, ran.code) == (verdicts, code), ran.out


def test_without_a_runner_the_command_is_a_usage_error_and_the_scenarios_are_skipped(started: Suite) -> None:
    ran = started.end(started.start("--runner", "/none", program=(*ACCEPTANCE, "runner")))
    assert (ran.code, ran.err) == (2, "acceptance: /none is no program: give one with --runner PATH\n")
    ran = started.run("--tags=@real-runner", "-D", "target=standin", program=ACCEPTANCE, PATH="/nowhere")
    assert (set(ran.verdicts.values()), ran.code) == ({"skipped"}, 0)
