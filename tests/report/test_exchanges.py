"""Exchanges as reports show them inline: those that tell most, decoded, without secrets, and bounded."""

from __future__ import annotations

import json

from support.api.frames import STDERR, STDOUT, Frame, encode
from support.api.recording import Exchange, Recorder, beginning, labelled, look_at, looked_at
from support.report import exchanges
from support.report.timeline import of_jobs, of_tasks
from support.verdicts import Verdict


def made(recorder: Recorder, path: str = "/v1.44/info", raw: bytes = b"", **label: str) -> Exchange:
    with labelled(**label):  # type: ignore[arg-type]
        exchange = recorder.begin("GET", f"http://d{path}", {}, None)
    exchange.answered(200, "OK", {"Content-Type": "text/plain", "Set-Cookie": "s3cret"})
    exchange.keep(raw)
    return exchange


def test_those_that_show_it_come_before_those_of_the_criterion_and_others_not_at_all() -> None:
    recorder = Recorder()
    all_of = [made(recorder, criterion="X-1") for _ in range(20)] + [made(recorder) for _ in range(3)]
    shown = exchanges.shown(all_of, "X-1", [all_of[-1]], [all_of[-2]], Verdict.VIOLATED)
    assert [each.number for each in shown] == [*range(1, 11), 22, 23]
    assert [each.number for each in shown if each.shows] == [23]
    (alone, *_) = exchanges.shown(all_of[-3:], "X-9", [], [], Verdict.PASSED)
    assert alone.number == 21


def test_headers_are_shown_of_what_did_not_pass_and_without_secrets() -> None:
    each = made(Recorder())
    (failed,) = exchanges.shown([each], "", [], [], Verdict.VIOLATED)
    (passed,) = exchanges.shown([each], "", [], [], Verdict.PASSED)
    assert failed.headers == "Content-Type: text/plain\nSet-Cookie: <redacted>"
    assert passed.headers == ""


def test_frames_of_an_answer_are_decoded() -> None:
    raw = encode(Frame(STDOUT, b"one\n")) + encode(Frame(STDERR, b"password=s3cret\n"))
    (shown,) = exchanges.shown([made(Recorder(), raw=raw)], "", [], [], Verdict.PASSED)
    assert shown.frames == (r'stdout  4 bytes: "one\n"', r'stderr  16 bytes: "password=<redacted>\n"')
    assert shown.answer == ""


def test_frames_of_a_stream_are_shown_with_their_beginnings_and_not_without_end() -> None:
    each = made(Recorder())
    each.frames = [
        {"at": 0.5, "from": "client", "bytes": 3, "text": "ls\n"},
        {"at": 1, "from": "daemon", "event": "closed"},
    ]
    (shown,) = exchanges.shown([each], "", [], [], Verdict.PASSED)
    assert shown.frames == (r'    0.500 s  stdin   3 bytes: "ls\n"', "    1.000 s  daemon  closed")
    each.frames = [{"at": 0.5, "from": "daemon", "bytes": 1, "stream": 1}] * 5000
    (shown,) = exchanges.shown([each], "", [], [], Verdict.PASSED)
    assert (len(shown.frames), shown.frames[-1]) == (41, "… more frames in the evidence")


def test_of_large_and_deep_bodies_no_more_is_made_than_is_shown() -> None:
    deep = json.dumps({"a": 1})
    for _ in range(50):
        deep = f'{{"b": {deep}}}'
    for raw in (json.dumps({"x": ["y" * 1000] * 5000}).encode(), b"z" * 5_000_000, deep.encode()):
        (shown,) = exchanges.shown([made(Recorder(), raw=raw)], "", [], [], Verdict.VIOLATED)
        assert 0 < len(shown.answer) < 1100


def test_no_secret_is_cut_in_the_middle() -> None:
    text = beginning(b"x" * 150 + b' {"password": "s3cretsecret"} ')
    assert "s3c" not in text
    assert len(text) <= 160


def test_a_scenario_remembers_by_what_it_is_judged() -> None:
    looked_at(forget=True)
    one = made(Recorder())
    for _ in range(3):
        look_at(one)
    assert looked_at(forget=True) == (one,)
    assert looked_at() == ()


def test_a_job_is_drawn_in_lanes_whose_rows_do_not_overlap() -> None:
    recorder = Recorder()
    stream, call = (
        made(recorder, f"/v1.44/containers/{'a' * 64}/{what}", job="runner", subject="build") for what in "xy"
    )
    stream.status, stream.at, stream.done_after = 101, 1.0, 5.0
    call.status, call.at, call.done_after = 404, 2.0, 0.5
    made(recorder)
    (timeline,) = of_jobs(recorder.since(0), 10.0)
    (lane,) = timeline.lanes
    assert (timeline.seconds, lane.name) == (5.0, "build")
    assert [[(bar.begin, bar.end, bar.kind) for bar in row] for row in lane.rows] == [
        [(0.0, 5.0, "stream")],
        [(1.0, 1.5, "failed")],
    ]
    assert lane.rows[0][0].what == "GET /containers/aaaaaaaaaaaa/x → 101, 5.00 s"


class Task:
    id = "t1"
    definition: dict[str, object] = {"family": "job-1"}  # noqa: RUF012
    statuses = [("PENDING", 3.0), ("PENDING", 4.0), ("RUNNING", 5.0), ("STOPPED", 9.0), ("STOPPED", 11.0)]  # noqa: RUF012


def test_a_task_is_drawn_by_its_statuses() -> None:
    (timeline,) = of_tasks([Task()], 1.0)
    ((row,),) = (lane.rows for lane in timeline.lanes)
    assert [(bar.begin, bar.end, bar.what, bar.kind) for bar in row] == [
        (0.0, 2.0, "PENDING, 2.0 s", "stream"),
        (2.0, 6.0, "RUNNING, 4.0 s", "call"),
    ]
    assert of_tasks([], 0.0) == []
