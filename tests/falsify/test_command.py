"""``./acceptance falsify``'s own arguments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from falsify.command import main, parsed
from support.settings import ROOT
from tests.falsify.daemon import WITHIN

RESULTS = {
    "trials": [
        {"id": "ping-500", "ran": {"seconds": 3.0, "verdicts": {}}},
        {"id": "kill-unheard", "ran": {"seconds": 30.0, "verdicts": {}}},
        {"id": "answers-200-ms", "ran": {"seconds": 99.0, "verdicts": {}}},
        {"id": "pull-500", "ran": {"seconds": 4.0, "verdicts": {}}},
    ]
}


def test_deadlines_are_scaled_unless_the_slowest_are_run_again(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    assert parsed([]).scale == 0.2
    assert parsed(["--slowest", "1", "--reports", str(tmp_path)]).scale == 1.0
    assert parsed(["--slowest", "1", "--reports", str(tmp_path), "--scale", "0.5"]).scale == 0.5


def test_the_slowest_lies_of_the_last_run_are_taken_and_no_variation(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    options = parsed(["--slowest", "2", "--reports", str(tmp_path)])
    assert (options.only, options.lies) == (["kill-unheard", "pull-500"], True)
    assert options.reports == tmp_path / "slowest"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--slowest", "3"], "run ./acceptance falsify first"),
        (["--slowest", "0"], "--slowest takes a number above 0"),
        (["--slowest", "1", "--only", "ping-500"], "goes with neither --only"),
        (["--only", "no-such-lie"], "there is no lie, variation or profile 'no-such-lie'"),
        (["--share", "2"], "--share must be above 0 and at most 1"),
        (["--share", "a third"], "see ./acceptance falsify --help"),
        (["--compare", "no-results.json"], "there are no results in no-results.json"),
        (["--jobs", "0"], "--jobs and --scale must be above 0"),
        (["--slow"], "see ./acceptance falsify --help"),
    ],
)
def test_a_mistake_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert main([*arguments, "--reports", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert problem in printed
    assert printed.count("\n") == 1


def test_a_target_that_is_not_there_is_reported_once_however_many_documents_there_are(tmp_path: Path) -> None:
    arguments = ["--target", str(tmp_path / "no.sock"), "--reports", str(tmp_path)]
    command = [sys.executable, "-m", "support", "falsify", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN, check=False)
    assert ended.returncode == 2
    assert "no.sock" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        (["--lies"], {"ping-500"}),
        (["--variations"], {"labels-more", "aws-throttles"}),
        (["--variations", "--document", "TST-011"], {"labels-more"}),
        ([], {"ping-500", "labels-more", "aws-throttles"}),
    ],
)
def test_what_is_listed_is_what_would_be_run(
    capsys: pytest.CaptureFixture[str], arguments: list[str], listed: set[str]
) -> None:
    only = ["--only", "ping-500", "--only", "labels-more", "--only", "aws-throttles"]
    assert main(["--list", *only, *arguments]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == listed


def chosen(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["--list", *arguments]) == 0
    return [line.split()[0] for line in capsys.readouterr().out.splitlines()]


def test_a_share_is_the_same_for_the_same_seed_and_leaves_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    lies, others = chosen(capsys, "--lies"), set(chosen(capsys, "--variations", "--profiles"))
    third = chosen(capsys, "--share", "1/3", "--seed", "7")
    assert third == chosen(capsys, "--share", "1/3", "--seed", "7")
    assert third != chosen(capsys, "--share", "1/3", "--seed", "8")
    assert others < set(third)
    assert len(set(third) - others) == -(-len(lies) // 3)
