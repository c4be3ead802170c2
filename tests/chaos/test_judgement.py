"""The chaos suite can fail: what was left, leaked, raw, late, large and hanging is seen, and what was not is not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos import __main__ as command
from tests.chaos.case import Case, moments
from tests.chaos.findings import Findings
from tests.chaos.looking import (
    MARK,
    READ,
    exchange_times,
    files_left,
    marked,
    raw_bytes,
    report_problems,
    secrets_in,
    tracebacks,
)
from tests.chaos.meddling import Where, _cut, unchunked
from tests.chaos.stage import PROFILES, Plan, Quiet, Stage
from tests.chaos.table import Tried, failed, table
from tests.chaos.watched import Watched

QUIET = Quiet(seconds=1.0, cpu=1.0, peaks={"run": 40.0}, ids=frozenset({"A-1", "A-2"}))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "s", Plan(0.01, 0, {"gitlab": QUIET}))
    yield made
    made.close()


def started(stage: Stage, script: str) -> Watched:
    environment = {**os.environ, MARK: str(stage.folder)}
    run = Watched([sys.executable, "-c", script], environment, stage.folder, stage.folder / f"run{len(stage.runs)}")
    stage.runs.append(run)
    return run


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"plain\tand \xc3\xbcmlaut\n", 0),
        (b"\x1b[31mred", 1),
        (b"\x1b]0;title\x07", 2),
        (b"over\rwritten", 1),
        ("c1 \x9b".encode(), 1),
        (b"no UTF-8 \x9b", 1),
        ("\u202eesrever".encode(), 1),
        (b"\x7f", 1),
    ],
)
def test_bytes_that_a_terminal_obeys_are_seen(content: bytes, count: int) -> None:
    assert len(raw_bytes("out", content)) == count


def test_colours_are_allowed_only_where_they_are_meant() -> None:
    assert raw_bytes("out", b"\x1b[31mred\x1b[0m", may_colour=True) == []
    assert raw_bytes("out", b"\x1b[2J", may_colour=True)


def test_a_secret_is_seen_and_where_it_was_put() -> None:
    found = secrets_in("junit/x.xml", b'token "c4nary1"', {"the banner": "c4nary1", "elsewhere": "c4nary2"})
    assert [line.partition(":")[0] for line in found] == ["that of the banner is in junit/x.xml"]
    assert "c4nary1" not in found[0], "the harness's own output is no place for it either"


def test_tracebacks_are_seen() -> None:
    said = b'Traceback (most recent call last):\n  File "x", line 1\nValueError: no\n'
    assert tracebacks("err", b"fine\n" + said) == ["err: ValueError: no"]
    assert tracebacks("err", b"the traceback is in the evidence\n") == []


@pytest.mark.parametrize("name", ["tmp/acceptance-x", "reports/ledger/1.jsonl", "reports/.parts-1", "reports/x.tmp"])
def test_files_that_are_left_are_seen(tmp_path: Path, name: str) -> None:
    temporary, reports = tmp_path / "tmp", tmp_path / "reports"
    (reports / "ledger").mkdir(parents=True)
    temporary.mkdir()
    assert files_left(temporary, reports) == []
    (tmp_path / name).touch()
    assert len(files_left(temporary, reports)) == 1


def test_a_process_that_is_left_is_seen_and_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.chaos.stage._ENDS_WITHIN", 0.5)
    run = started(stage, "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)")
    assert run.ends_within(20)
    stage.processes_end()
    assert [line for line in stage.findings.left if "sleep 60" in line]
    assert not {pid: name for pid, name in marked(str(stage.folder)).items() if "sleep" in name}


def test_what_is_left_in_the_daemon_and_what_is_missing_there_is_seen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chaos.daemons._SETTLED_WITHIN", 0.2)
    standin = stage.standin()
    stage.reports.mkdir()
    stage.nothing_left()
    assert stage.findings.is_survived
    standin.api().ask(lambda client: client.create_network("left"))
    standin.api().ask(lambda client: client.remove_volume("somebody-elses"))
    stage.nothing_left()
    assert stage.findings.left == ["network left"]
    assert stage.findings.problems == ["what was not ours is gone: volume somebody-elses"]


def test_a_hang_is_seen_and_ended(stage: Stage) -> None:
    run = started(stage, "import time; time.sleep(60)")
    began = time.monotonic() - 5.5  # as if it had been going on for so long
    stage.end(run, "gitlab", within=0.2, since=began)
    assert len(stage.findings.hangs) == 1
    assert run.is_over


def test_an_overrun_is_seen() -> None:
    findings = Findings()
    findings.took("the run", 15.9, 10.0)
    assert findings.is_survived
    assert findings.overrun == pytest.approx(5.9)
    findings.took("the run", 16.1, 10.0)
    assert not findings.is_survived


def test_memory_and_processor_time_are_measured_and_judged(stage: Stage) -> None:
    script = "import sys; sys.argv; held = b'x' * 150_000_000; t = __import__('time')\n"
    script += "end = t.process_time() + 2.1\nwhile t.process_time() < end: pass"
    # Known as a run of the suite by its command.
    argv = [sys.executable, "-c", script, "-m", "support", "--tags=@x"]
    run = Watched(argv, os.environ, stage.folder, stage.folder / "run0")
    stage.runs.append(run)
    stage.end(run, "gitlab", within=60)
    assert run.peaks["run"] > 150
    assert stage.findings.memory > 60
    assert stage.findings.cpu > 2
    assert ["of memory" in stage.findings.problems[0], "of processor time" in stage.findings.problems[1]] == [True] * 2


def test_each_exchange_is_held_to_its_deadline() -> None:
    lines = [
        {"method": "GET", "path": "/info", "query": {}, "done_after": 3.0},
        {"method": "POST", "path": "/v1.44/containers/x/stop", "query": {"t": "10"}, "done_after": 4.0},
        {"method": "POST", "path": "/v1.44/images/create", "query": {}, "done_after": 5.0},
        {"method": "POST", "path": "/v1.44/containers/x/wait", "query": {}, "done_after": None},
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode() + b'\n{"cut off'
    found = list(exchange_times(content, Plan(1.0, 0).seconds))
    assert [deadline for _, _, deadline in found] == [30.0, 70.0, 300.0]


def reports(folder: Path, ids: list[str], code: int) -> Path:
    (folder / "junit").mkdir(parents=True)
    cases = "".join(f'<testcase name="{each} A title"/>' for each in ids)
    (folder / "junit" / "x.xml").write_text(f"<testsuite>{cases}</testsuite>")
    for name in READ:
        (folder / name).touch()
    outcomes = [{"id": each} for each in ids]
    (folder / "outcomes.json").write_text(json.dumps({"exit_code": code, "features": [{"outcomes": outcomes}]}))
    return folder


def test_complete_reports_are_no_problem(tmp_path: Path) -> None:
    assert report_problems(reports(tmp_path / "r", ["A-1", "A-2"], 3), ["A-1", "A-2"], 3) == []


def test_reports_that_lack_something_are_seen(tmp_path: Path) -> None:
    assert len(report_problems(tmp_path, ["A-1"], 0)) == 1
    assert len(report_problems(reports(tmp_path / "r", ["A-1"], 0), ["A-1", "A-2"], 0)) == 2
    assert len(report_problems(reports(tmp_path / "s", ["A-1"], 0), ["A-1"], 1)) == 1
    (tmp_path / "s" / "junit" / "x.xml").write_text("<testsuite><testcase")
    assert "no XML" in report_problems(tmp_path / "s", [], 0)[0]


def test_the_run_itself_is_looked_through(stage: Stage) -> None:
    stage.canary("its environment")
    secret = stage.canaries["its environment"]
    run = started(stage, f"print('{secret} \\x1b[2J'); raise ValueError('no')")
    (stage.reports / "evidence").mkdir(parents=True)
    (stage.reports / "evidence" / "x.txt").write_text(secret)
    assert run.ends_within(20)
    stage.look_through()
    found = stage.findings
    assert (len(found.secrets), len(found.raw), len(found.tracebacks)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("where", "answer", "passed", "is_over"),
    [
        (Where.BEFORE_HEAD, b"HTTP/1.1 200 OK\r\n\r\n", 0, True),
        (Where.IN_HEAD, b"HTTP/1.1 200 OK\r\n\r\n", 12, True),
        (Where.AFTER_HEAD, b"HTTP/1.1 200 OK\r\n", 17, False),
        (Where.AFTER_HEAD, b"HTTP/1.1 200 OK\r\n\r\nabcd", 19, True),
        (Where.MID_FRAME, b"HTTP/1.1 200 OK\r\n\r\n", 19, False),
        (Where.MID_FRAME, b"HTTP/1.1 200 OK\r\n\r\nabcd", 21, True),
        (Where.AT_END, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", 40, False),
        (Where.AT_END, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", 41, True),
    ],
)
def test_an_answer_is_cut_where_it_is_to_be_cut(where: Where, answer: bytes, passed: int, is_over: bool) -> None:
    assert _cut(answer, where) == (passed, is_over)


def test_a_chunked_body_is_read() -> None:
    assert unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n") == b"abcde"


def test_moments_are_spread_over_all_of_a_run() -> None:
    found = moments(30, random.Random(1).random)
    assert [int(each * 30) for each in found] == list(range(30))


def tried(kind: str, name: str, **found: object) -> Tried:
    return Tried(kind, name, Findings(**found), 1.0)  # type: ignore[arg-type]


def test_the_table_counts_by_kind_and_names_what_failed() -> None:
    all_of_it = [tried("a", "a-1"), tried("a", "a-2", left=["network x"], memory=7.0), tried("b", "b-1", skipped="why")]
    rows = {line.split()[0]: line.split()[1:] for line in table(all_of_it)[1:4]}
    assert rows["a"][:3] == ["2", "1", "1"]
    assert rows["b"][:3] == ["0", "0", "0"]
    assert rows["all"][:3] == ["2", "1", "1"]
    lines = failed(all_of_it, "run {name}")
    assert lines[1:] == ["✗ a-2 (a, 1 s): run a-2", "    left behind: network x"]


def of_cases(*attacks: Callable[[Stage], None]) -> Callable[[random.Random], list[Case]]:
    return lambda _: [Case("some kind", f"case-{number}", attack) for number, attack in enumerate(attacks)]


def fails(stage: Stage) -> None:
    stage.findings.left.append("network x")


def breaks(_stage: Stage) -> None:
    raise ValueError("a bug of the harness")


@pytest.mark.parametrize(("attack", "code"), [(lambda _stage: None, 0), (fails, 1), (breaks, 1)])
def test_the_exit_code_and_the_last_line_say_whether_all_was_survived(
    attack: Callable[[Stage], None], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_KINDS", (of_cases(lambda _stage: None, attack),))
    assert command.main([]) == code
    assert capsys.readouterr().out.splitlines()[-1] == f"{2 - code} passed, {code} failed"


@pytest.mark.parametrize(
    ("finding", "again", "code"),
    [("hangs", 1, 0), ("hangs", 0, 1), ("secrets", 1, 1), ("raw", 1, 1), ("tracebacks", 1, 1)],
)
def test_what_a_busy_machine_may_have_spoilt_is_tried_once_more(
    finding: str, again: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[Stage] = []

    def fails_once(stage: Stage) -> None:
        tries.append(stage)
        if len(tries) == 1:
            getattr(stage.findings, finding).append("only the first time")

    monkeypatch.setattr(command, "_KINDS", (of_cases(fails_once),))
    assert command.main(["--again", str(again)]) == code
    assert len(tries) == 2 - code
    assert ("note: once more: case-0" in capsys.readouterr().out) is (code == 0)


def test_what_fails_again_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_KINDS", (of_cases(fails),))
    assert command.main(["--again", "1"]) == 1


def test_a_share_has_at_least_one_case_of_every_kind_and_is_the_same_for_a_seed() -> None:
    def names(*arguments: str) -> list[str]:
        return [case.name for case in command._chosen(command._options(arguments))]

    everything, tenth = names(), names("--share", "1/10")
    kinds = {case.kind for case in command._in_order()}
    assert {case.kind for case in command._chosen(command._options(["--share", "1/10"]))} == kinds
    assert len(set(everything)) == len(everything)
    assert len(tenth) <= len(everything) / 10 + len(kinds)
    assert tenth == names("--share", "1/10")
    assert tenth != names("--share", "1/10", "--seed", "1")


def test_an_unknown_name_is_a_mistake_in_the_command() -> None:
    assert command.main(["--only", "no-such-case"]) == 2


def test_selftest_passes_its_arguments_on() -> None:
    argv = [sys.executable, "-P", "-m", "support", "selftest", "--chaos", "--list", "--only", "sigkill-0*"]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 10


def test_without_a_quiet_run_nothing_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PROFILES, "gitlab", ("--tags=@no-such-tag",))
    monkeypatch.setattr(command, "_KINDS", (lambda _: [Case("some kind", "case", breaks, ("gitlab",))],))
    assert command.main([]) == 3
    assert "nothing to compare with" in capsys.readouterr().err
