"""Exchanges are numbered in order, carry the label of their moment, and show themselves in one line."""

from __future__ import annotations

import contextvars
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api.recording import BODY_LIMIT, Exchange, Label, Recorder, kept, labelled
from support.redaction import HIDDEN
from tests.core.fakes import PATIENCE


def begun(recorder: Recorder, path: str = "/_ping") -> Exchange:
    return recorder.begin("GET", path, {}, None)


def answered(body: bytes, status: int = 200, **headers: str) -> Exchange:
    exchange = begun(Recorder())
    exchange.answered(status, "Because", headers)
    exchange.keep(body)
    return exchange


def test_a_request_that_is_never_answered_leaves_a_trace() -> None:
    recorder = Recorder()
    begun(recorder, "http+docker://localhost/v1.44/containers/json?all=true&limit=")
    (exchange,) = recorder.since(0)
    assert (exchange.number, exchange.path) == (1, "/v1.44/containers/json")
    assert exchange.query == {"all": "true", "limit": ""}
    assert exchange.line() == "#1 GET /v1.44/containers/json?all=true&limit= -> no answer yet"


def test_the_beginning_of_a_body_is_its_bytes_but_for_secrets() -> None:
    assert answered(b"<html>\xff\xc3\xbc").beginning() == repr(b"<html>\xff\xc3\xbc")
    said = {"message": 'token "hunter2" and {"password": "hunter2"}', "password": "hunter2"}
    for body in (json.dumps(said), json.dumps(said)[:-2], json.dumps({"message": json.dumps(said)})):
        assert "hunter" not in answered(body.encode()).beginning()
    assert answered(b"x" * 3000).beginning().endswith("xxx' and more, 3000 bytes")


def test_labels_are_those_of_the_moment_and_end_with_their_block() -> None:
    recorder = Recorder()
    begun(recorder)
    with labelled(job="runner", criterion="TST-011-AC-04", subject="network"):
        begun(recorder)
        with labelled(job="runner", observes=True):
            begun(recorder)
        begun(recorder)
    with pytest.raises(ZeroDivisionError), labelled(job="broken"):
        raise ZeroDivisionError
    begun(recorder)
    outer, inner = Label("runner", "TST-011-AC-04", "network", observes=False), Label("runner", observes=True)
    assert [exchange.label for exchange in recorder.since(0)] == [Label(), outer, inner, outer, Label()]


def test_threads_have_labels_of_their_own() -> None:
    recorder = Recorder()
    both_inside = threading.Barrier(2, timeout=PATIENCE)

    def work(job: str) -> None:
        with labelled(job=job):
            both_inside.wait()
            begun(recorder, f"/{job}")
            both_inside.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ["one", "two"]))
    assert sorted((exchange.path, exchange.label.job) for exchange in recorder.since(0)) == [
        ("/one", "one"),
        ("/two", "two"),
    ]


def test_a_thread_that_is_given_the_context_has_its_label() -> None:
    recorder = Recorder()
    with labelled(job="runner"):
        context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(begun, recorder))
    thread.start()
    thread.join(PATIENCE)
    assert recorder.since(0)[0].label.job == "runner"


def test_numbers_are_without_gaps_whoever_asks() -> None:
    recorder = Recorder()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: begun(recorder), range(200)))
    assert [exchange.number for exchange in recorder.since(0)] == list(range(1, 201))
    times = [exchange.at for exchange in recorder.since(0)]
    assert times == sorted(times)


def test_a_jobs_calls_come_in_order_without_the_suites_looks_and_other_jobs() -> None:
    recorder = Recorder()
    for job, observes, path in (("a", False, "/1"), ("b", False, "/2"), ("a", True, "/3"), ("a", False, "/4")):
        with labelled(job=job, observes=observes):
            begun(recorder, path)
    begun(recorder, "/5")
    assert [exchange.path for exchange in recorder.of_job("a")] == ["/1", "/4"]


def test_since_a_mark() -> None:
    recorder = Recorder()
    begun(recorder, "/before")
    mark = recorder.last_number
    assert recorder.since(mark) == []
    begun(recorder, "/after")
    assert [exchange.path for exchange in recorder.since(mark)] == ["/after"]


def test_the_line_of_an_error_says_what_docker_said() -> None:
    line = answered(b'{"message": "No such container:\\n  x"}', 404).line()
    assert line.startswith("#1 GET /_ping -> 404 after ")
    assert line.endswith(" ms (No such container: x)")
    assert answered(b"<html>\nBad Gateway", 502).line().endswith("(<html> Bad Gateway)")


def test_the_line_of_an_answer_that_broke_off_says_so() -> None:
    exchange = begun(Recorder())
    exchange.answered(200, "OK", {})
    exchange.error = "no complete answer within 30 s"
    assert exchange.line().endswith(" ms (no complete answer within 30 s)")


def test_times_are_those_of_the_head_and_of_the_end() -> None:
    exchange = begun(Recorder())
    assert (exchange.head_after, exchange.done_after) == (None, None)
    exchange.answered(200, "OK", {})
    assert exchange.head_after is not None and exchange.done_after is None
    exchange.keep(b"")
    assert exchange.done_after is not None and exchange.done_after >= exchange.head_after >= 0


def test_headers_are_found_in_any_case() -> None:
    exchange = answered(b"OK", **{"Api-Version": "1.44"})
    assert exchange.header("API-VERSION") == exchange.header("api-version") == "1.44"
    assert exchange.header("Ostype") is None


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b'{"Id": "1", "Empty": null}', {"Id": "1", "Empty": None}),
        (b"", ""),
        (b"OK", "OK"),
        (b"\xff\x00", "\\xff\x00"),
        (b"x" * (BODY_LIMIT + 1), "x" * BODY_LIMIT),
        (b'{"status": "one"}\n{"status": "two"}\n', '{"status": "one"}\n{"status": "two"}\n'),
    ],
)
def test_bodies_are_kept_as_what_they_are(raw: bytes, body: object) -> None:
    assert kept(raw) == body
    assert answered(raw).raw == raw


def test_what_is_no_json_is_said_with_the_exchange() -> None:
    for raw in (b"<html>", b"", b"[" * 200_000):
        with pytest.raises(AssertionError, match=r"the answer is not JSON but b'.*'.*: #1 GET /_ping -> 200"):
            answered(raw).json()


def test_secrets_are_kept_out_of_all_parts_of_an_exchange() -> None:
    recorder = Recorder()
    exchange = recorder.begin(
        "POST",
        "/v1.44/images/create?fromSrc=https://me:hunter2@host/x&token=hunter2",
        {"X-Registry-Auth": "hunter2"},
        {"Env": ["POSTGRES_PASSWORD=hunter2"], "serveraddress": "https://me:hunter2@host"},
    )
    exchange.answered(500, "No", {"Set-Cookie": "hunter2"})
    exchange.keep(b'{"message": "login to https://me:hunter2@host failed", "identitytoken": "hunter2"}')
    assert "hunter2" not in exchange.as_json() + exchange.line()
    assert exchange.line().count(HIDDEN) == 3


def test_an_exchange_is_one_line_of_json_without_its_raw_bytes() -> None:
    exchange = answered('{"name": "größer"}'.encode(), 201)
    exchange.frames.append({"at": 0.5, "from": "daemon", "bytes": 3, "stream": 1})
    line = exchange.as_json()
    assert "\n" not in line and "größer" in line
    written = json.loads(line)
    assert (written["status"], written["body"], written["frames"]) == (201, {"name": "größer"}, exchange.frames)
    assert "raw" not in written and "sent" not in written
