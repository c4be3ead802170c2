"""The endpoints of GitLab that a runner calls, byte by byte."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from support.coordinator import server
from support.coordinator.server import Coordinator, JobRecord

JOB = {"id": 42, "steps": []}


def call(
    coordinator: Coordinator, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(coordinator.url.removeprefix("http://"), timeout=5)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/api/v4/{path}", content, sent)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), said


def begun(coordinator: Coordinator, cancel_on: str = "") -> JobRecord:
    record = coordinator.offer("token", JOB, cancel_on)
    assert call(coordinator, "POST", "jobs/request", {"token": "token", "info": {"version": "17"}})[0] == 201
    return record


def append(coordinator: Coordinator, offset: int, piece: bytes) -> tuple[int, dict[str, str]]:
    content_range = f"{offset}-{offset + len(piece) - 1}"
    return call(coordinator, "PATCH", "jobs/42/trace?debug_trace=false", piece, Content_Range=content_range)[:2]


def test_a_runner_is_verified(coordinator: Coordinator) -> None:
    status, _, body = call(coordinator, "POST", "runners/verify", {"token": "token"})
    assert (status, json.loads(body)["token"]) == (200, "token")


def test_a_job_is_handed_out_once_and_to_its_runner_only(coordinator: Coordinator) -> None:
    record = coordinator.offer("token", JOB)
    assert call(coordinator, "POST", "jobs/request", {"token": "another"})[0] == 204
    assert not record.is_handed_out
    status, headers, body = call(coordinator, "POST", "jobs/request", {"token": "token"})
    assert (status, headers["Content-Type"], json.loads(body)) == (201, "application/json", JOB)
    assert call(coordinator, "POST", "jobs/request", {"token": "token"})[0] == 204


def test_a_log_grows_piece_by_piece(coordinator: Coordinator) -> None:
    record = begun(coordinator)
    status, headers = append(coordinator, 0, b"one\n")
    assert (status, headers["Job-Status"], headers["Range"]) == (202, "running", "0-4")
    assert int(headers["X-GitLab-Trace-Update-Interval"]) >= 1
    assert append(coordinator, 4, b"two\n")[0] == 202
    assert bytes(record.log) == b"one\ntwo\n"
    assert [piece.size for piece in record.pieces] == [4, 8]


def test_a_piece_that_does_not_follow_is_refused_with_where_the_log_ends(coordinator: Coordinator) -> None:
    record = begun(coordinator)
    append(coordinator, 0, b"one\n")
    status, headers = append(coordinator, 9, b"three\n")
    assert (status, headers["Range"], bytes(record.log)) == (416, "0-4", b"one\n")


def test_a_log_beyond_its_limit_is_refused(coordinator: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LOG_LIMIT", 5)
    begun(coordinator)
    assert append(coordinator, 0, b"12345")[0] == 202
    assert append(coordinator, 5, b"6")[0] == 416


def test_a_request_beyond_its_limit_is_refused(coordinator: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_BODY_LIMIT", 10)
    assert call(coordinator, "POST", "jobs/request", b"x" * 11)[0] == 413


def test_a_job_is_cancelled_by_the_output_not_by_the_command(coordinator: Coordinator) -> None:
    record = begun(coordinator, "stop here")
    assert append(coordinator, 0, b"$ echo 'stop here'\n")[1]["Job-Status"] == "running"
    assert append(coordinator, 19, b"stop here\n")[1]["Job-Status"] == "canceled"
    assert (record.is_cancelled, record.status) == (True, "canceled")
    status, headers, _ = call(coordinator, "PUT", "jobs/42", {"state": "failed"})
    assert (status, headers["Job-Status"]) == (200, "canceled")


def test_the_first_end_counts(coordinator: Coordinator) -> None:
    record = begun(coordinator)
    assert call(coordinator, "PUT", "jobs/42", {"state": "running"})[0] == 200
    assert record.status == "running"
    call(coordinator, "PUT", "jobs/42", {"state": "failed", "failure_reason": "script_failure", "exit_code": 3})
    call(coordinator, "PUT", "jobs/42", {"state": "success"})
    assert (record.status, record.final["exit_code"]) == ("failed", 3)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "jobs/request", b"no json", 400),
        ("POST", "jobs/request", [1], 400),
        ("POST", "elsewhere", {}, 404),
        ("PUT", "jobs/7", {"state": "success"}, 404),
        ("PATCH", "jobs/42/trace", b"no range", 400),
        ("PATCH", "jobs/42", b"no log", 400),
    ],
)
def test_what_is_none_is_refused(coordinator: Coordinator, method: str, path: str, body: Any, status: int) -> None:
    begun(coordinator)
    assert call(coordinator, method, path, body)[0] == status
