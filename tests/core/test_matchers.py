"""Each matcher takes what it should and nothing else, and a mismatch says what was seen and which exchange shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hamcrest import all_of, equal_to, has_entries, none
from hamcrest.core.matcher import Matcher

from support.api.endpoint import Endpoint
from support.api.frames import STDERR, STDOUT, Frame
from support.api.hijack import Hijack
from support.api.recording import Exchange, Recorder, exchanges_of
from support.matchers import (
    answered,
    assert_that,
    assume_that,
    exact_bytes,
    has_bytes_once,
    has_header,
    has_json,
    is_docker_error,
    is_open,
    is_refusal,
    is_well_formed,
    no_problems,
    wrote,
)
from support.verdicts import NotJudged


def exchange(status: int | None, body: Any = b"", error: str = "", **headers: str) -> Exchange:
    made = Recorder().begin("GET", "/x", {}, None)
    if status is not None:
        made.answered(status, "Because", {"Content-Type": "application/json"} | headers)
        made.keep(body if isinstance(body, bytes) else json.dumps(body).encode())
    made.error = error
    return made


def stream(*frames: Frame, ended: bool = True, malformed: str = "", status: int = 101) -> Hijack:
    made = Hijack(Endpoint(path="/run/x.sock"), Recorder(), "/v1.44/containers/1/attach", {})
    made.exchange.answered(status, "Because", {})
    for frame in frames:
        made._take(frame)
    made.ended, made.malformed = ended, malformed
    return made


def mismatch(actual: Any, matcher: Matcher[Any]) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_that(actual, matcher)
    return str(caught.value)


def test_answered() -> None:
    assert_that(exchange(204), answered(204))
    assert_that(exchange(304), answered(204, 304))
    said = mismatch(exchange(409, {"message": "it is running"}), answered(204, 304))
    assert said.startswith("Seen: 409 it is running\nExpected: an answer of 204 or 304\nshown by: #1 GET /x")
    assert said.endswith(" ms (it is running)")


def test_an_answer_that_broke_off_or_never_came_is_none() -> None:
    said = mismatch(exchange(200, {}, error="no complete answer within 30 s"), answered(200))
    assert said.startswith(
        "Seen: no complete answer within 30 s\nExpected: an answer of 200\nshown by: #1 GET /x -> 200"
    )
    said = mismatch(exchange(None, error="ConnectionResetError: [Errno 104]"), answered(200))
    assert "shown by: #1 GET /x -> ConnectionResetError: [Errno 104]" in said


def test_a_docker_error() -> None:
    assert_that(exchange(404, {"message": "no such container"}), is_docker_error(404))
    with_charset = {"Content-Type": "application/json; charset=utf-8"}
    assert_that(exchange(404, {"message": "no such container"}, **with_charset), is_docker_error(404))


@pytest.mark.parametrize(
    "wrong",
    [
        exchange(500, {"message": "no such container"}),
        exchange(404, {"message": "no such container"}, error="it broke off"),
        exchange(404, {"message": "no such container"}, **{"Content-Type": "text/plain"}),
        exchange(404, {"message": " "}),
        exchange(404, {"message": 5}),
        exchange(404, {"Message": "no such container"}),
        exchange(404, ["message"]),
        exchange(404, b"404 page not found"),
        exchange(404),
    ],
)
def test_what_is_no_docker_error(wrong: Exchange) -> None:
    said = mismatch(wrong, is_docker_error(404))
    seen, expected, shown = said.splitlines()
    assert seen.startswith("Seen: it broke off" if wrong.error else f"Seen: {wrong.status}, of type ")
    assert wrong.error or seen.endswith(repr(wrong.raw))
    assert expected == 'Expected: an answer of 404, with a JSON object that has a "message", of type application/json'
    assert shown.startswith("shown by: #1 GET /x -> ")


def test_a_refusal_is_any_error() -> None:
    assert_that(exchange(418, {"message": "no"}), is_refusal())
    assert "Expected: an answer of 400 or above, with" in mismatch(exchange(201, {"message": "no"}), is_refusal())


def test_a_header_in_any_case_with_exactly_this_value() -> None:
    assert_that(exchange(200, **{"API-VERSION": "1.44"}), has_header("Api-Version", "1.44"))
    said = mismatch(exchange(200, **{"Api-Version": "1.45"}), has_header("API-Version", "1.44"))
    assert said.startswith("Seen: API-Version: 1.45\nExpected: a header API-Version: 1.44\nshown by: #1 GET /x -> 200")
    assert "Seen: no header Api-Version" in mismatch(exchange(200), has_header("Api-Version", "1.44"))


def test_json_at_a_path() -> None:
    told = exchange(200, {"State": {"Status": "running", "Error": None}, "a.b": {"c": 1}})
    assert_that(told, has_json("State.Status", "running"))
    assert_that(told, has_json("State.Error", none()))
    assert_that(told, has_json(["a.b", "c"], 1))
    assert_that(told, has_json("", has_entries(State=has_entries(Status="running"))))
    said = mismatch(told, has_json("State.Status", "exited"))
    assert said.startswith(
        "Seen: State.Status is 'running'\nExpected: State.Status is 'exited'\nshown by: #1 GET /x -> 200"
    )


@pytest.mark.parametrize("path", ["State.Error", "State.Error.Deep", "None", "State.Status.Deep", "List.0"])
def test_an_absent_key_is_not_null(path: str) -> None:
    told = exchange(200, {"State": {"Status": "running"}, "List": [None]})
    said = mismatch(told, has_json(path, none()))
    assert said.startswith("Seen: there is no ") and "\nshown by: #1 GET /x" in said


@pytest.mark.parametrize("wrong", [exchange(404, {"Id": "1"}), exchange(200, {"Id": "1"}, error="it broke off")])
def test_only_a_good_answer_counts(wrong: Exchange) -> None:
    said = mismatch(wrong, has_json("Id", "1"))
    assert said.startswith(f"Seen: {wrong.error or '404 '}") and "\nExpected: Id is '1'\nshown by: #1 GET /x" in said


def test_what_is_no_json_is_shown() -> None:
    said = mismatch(exchange(200, b"<html>"), has_json("Id", "1"))
    assert said.startswith("Seen: no JSON: b'<html>'\nExpected: Id is '1'\nshown by: #1 GET /x -> 200")


def test_the_value_is_never_cut() -> None:
    assert "y" * 5000 in mismatch(exchange(200, {"x": "y" * 5000}), has_json("Id", "1"))
    assert "y" * 5000 in mismatch(exchange(200, {"Id": "y" * 5000}), has_json("Id", "1"))
    assert "y" * 5000 in mismatch(exchange(500, b"y" * 5000), answered(200))
    assert "y" * 5000 in mismatch(stream(Frame(STDOUT, b"y" * 5000)), wrote(b""))


def test_no_secret_is_shown_with_a_value() -> None:
    hidden = {"Env": ["DB_PASSWORD=hunter2"], "Options": {"token": "hunter2"}, "Auth": "hunter2"}
    for path in ("Config.Env", "Config.Options", "Config", "Config.Auth", "Config.None", ""):
        said = mismatch(exchange(200, {"Config": hidden}), has_json(path, 1))
        assert said.startswith("Seen: ") and "hunter2" not in said


def test_of_several_only_the_one_that_does_not_hold_is_shown() -> None:
    both = all_of(answered(200), all_of(has_json("Id", "1"), has_json("Name", "me")))
    said = mismatch(exchange(200, {"Id": "1", "Name": "you"}), both)
    assert said.startswith("Seen: Name is 'you'\nExpected: Name is 'me'\nshown by: ")


def test_a_value_is_shown_by_the_exchange_that_is_given() -> None:
    shown = exchange(200)
    with pytest.raises(AssertionError) as caught:
        assert_that(500, equal_to(201), "the status", shown)
    assert str(caught.value) == f"the status\nSeen: <500>\nExpected: <201>\nshown by: {shown.line()}"
    assert exchanges_of(caught.value) == (shown,)
    with pytest.raises(AssertionError) as caught:
        assert_that(500, equal_to(201))
    assert exchanges_of(caught.value) == ()


def test_what_is_judged_is_the_exchange_that_shows_it() -> None:
    for actual, matcher in ((exchange(500), answered(200)), (stream(), is_open())):
        with pytest.raises(AssertionError) as caught:
            assert_that(actual, matcher)
        assert exchanges_of(caught.value) == (actual if isinstance(actual, Exchange) else actual.exchange,)


def test_wrote() -> None:
    both = stream(Frame(STDOUT, b"build-"), Frame(STDERR, b"oh\n"), Frame(STDOUT, b"output\n"))
    assert_that(both, wrote(b"build-output\n", b"oh\n"))
    assert_that(stream(), wrote(b""))


@pytest.mark.parametrize(
    "wrong",
    [
        stream(Frame(STDOUT, b"build-output\n"), ended=False),
        stream(Frame(STDOUT, b"build-output\n"), malformed="the stream ended inside a frame"),
        stream(Frame(STDOUT, b"+ echo build-output\nbuild-output\n")),
        stream(Frame(STDOUT, b"build-output")),
        stream(Frame(STDERR, b"build-output\n")),
        stream(Frame(STDERR, b"Starting\n"), Frame(STDOUT, b"build-output\n")),
        stream(),
    ],
)
def test_what_was_not_written(wrong: Hijack) -> None:
    said = mismatch(wrong, wrote(b"build-output\n"))
    expected = "Expected: a stream that ended, well formed, and whose stdout in all was <b'build-output\\n'>, and whose"
    assert said.startswith(f"Seen: {wrong.describe()}\n{expected}")
    assert "\nshown by: #1 POST /v1.44/containers/1/attach -> 101" in said


def test_is_open() -> None:
    assert_that(stream(ended=False), is_open())
    assert "stream closed by the daemon\nExpected: a hijacked connection" in mismatch(stream(), is_open())
    assert "-> 409" in mismatch(stream(ended=False, status=409), is_open())


def test_is_well_formed() -> None:
    assert_that(stream(Frame(STDOUT, b"x")), is_well_formed())
    assert "still open" in mismatch(stream(ended=False), is_well_formed())
    said = mismatch(stream(malformed="no frame header at byte 0: b'text'"), is_well_formed())
    assert "no frame header at byte 0: b'text'\nExpected: a stream that ended" in said


def test_bytes_say_where_they_differ() -> None:
    assert_that(b"abc", exact_bytes(b"abc"))
    assert "there were 4 bytes, other from byte 3 on: b'd' for b''" in mismatch(b"abcd", exact_bytes(b"abc"))
    assert "there were 2 bytes, other from byte 2 on: b'' for b'c'" in mismatch(b"ab", exact_bytes(b"abc"))
    assert "other from byte 1 on: b'xc' for b'bc'" in mismatch(b"axc", exact_bytes(b"abc"))


def test_bytes_at_the_end() -> None:
    assert_that(b"before abc after", has_bytes_once(b"abc"))
    assert "there were 6 bytes" in mismatch(b"abcabc", has_bytes_once(b"abc"))
    assert "there were 2 bytes" in mismatch(b"bc", has_bytes_once(b"abc"))


def test_problems_are_listed_a_line_each() -> None:
    assert_that([], no_problems("nothing is left"))
    said = mismatch(["one is left", "two is left"], no_problems("nothing is left"))
    assert said == "Seen: one is left\ntwo is left\nExpected: nothing is left"


def test_a_premise_that_does_not_hold_is_no_violation() -> None:
    assume_that(exchange(200), answered(200))
    with pytest.raises(
        NotJudged, match=r"(?s)^what it starts from does not hold: .*an answer of 200.*shown by: #1"
    ) as got:
        assume_that(exchange(500), answered(200))
    assert len(exchanges_of(got.value)) == 1
