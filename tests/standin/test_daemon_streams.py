"""Attach, logs and exec of the stand-in."""

from __future__ import annotations

import re
import threading

import pytest

from tests.standin.conftest import Client, Stream

SHELL = {"OpenStdin": True, "StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}


def test_attach_before_start_hands_over_and_delivers_what_was_written_once(client: Client) -> None:
    id_ = client.create("cat", **SHELL)
    stream = client.attach(id_)
    assert stream.head.splitlines()[0] == "HTTP/1.1 101 UPGRADED"
    assert "Content-Type: application/vnd.docker.multiplexed-stream" in stream.head
    stream.send(b"one\n")
    stream.send(b"two\n", end=True)
    assert client.inspect(id_)["State"]["Status"] == "created"
    client.start(id_)
    assert stream.outputs() == (b"one\ntwo\n", b"")
    assert client.wait(id_) == 0


def test_attach_without_upgrade_is_200_and_raw(client: Client) -> None:
    id_ = client.create("sh", "-c", "echo x", **SHELL)
    stream = client.attach(id_, "stdout", "stream", upgrade=False)
    assert (stream.status, "application/vnd.docker.raw-stream" in stream.head) == (200, True)
    client.start(id_)
    assert stream.outputs() == (b"x\n", b"")


def test_a_script_on_stdin_runs_stage_after_stage_in_one_container(client: Client) -> None:
    id_ = client.create("sh", **SHELL)
    for stage in range(3):
        stream = client.attach(id_)
        client.start(id_)
        stream.send(f"echo out {stage}; echo err {stage} >&2; exit {stage}\n".encode(), end=True)
        assert stream.outputs() == (f"out {stage}\n".encode(), f"err {stage}\n".encode())
        assert client.wait(id_) == stage
        assert client.call("POST", f"/containers/{id_}/stop").status == 304


def test_a_client_that_wrote_and_left_before_the_start_is_served(client: Client) -> None:
    id_ = client.create("sh", **SHELL)
    stream = client.attach(id_)
    stream.send(b"echo early; exit 5\n", end=True)
    stream.socket.close()
    client.start(id_)
    assert client.wait(id_) == 5
    assert client.logs(id_) == (b"early\n", b"")


def test_half_close_without_stdin_once_detaches_and_the_container_runs_on(client: Client) -> None:
    id_ = client.create("cat", OpenStdin=True)
    stream = client.attach(id_)
    client.start(id_)
    stream.send(b"x\n")
    stream.until(b"x\n")
    stream.send(b"", end=True)
    assert stream.outputs() == (b"x\n", b"")
    assert client.inspect(id_)["State"]["Running"]


def test_megabytes_arrive_byte_for_byte(client: Client) -> None:
    data = bytes(range(256)) * 8192
    id_ = client.create("cat", **SHELL)
    stream = client.attach(id_)
    client.start(id_)
    sending = threading.Thread(target=stream.send, args=(data,), kwargs={"end": True})
    sending.start()
    assert stream.outputs() == (data, b"")
    sending.join()


def test_each_client_gets_the_streams_it_asked_for(client: Client) -> None:
    id_ = client.create("sh", "-c", "echo out; echo err >&2")
    out, err, nothing = (client.attach(id_, stream, "stream") for stream in ("stdout", "stderr", "stdin"))
    client.start(id_)
    assert out.outputs() == (b"out\n", b"")
    assert err.outputs() == (b"", b"err\n")
    assert nothing.outputs() == (b"", b"")
    past = client.attach(id_, "stdout", "stderr", "logs")
    assert past.outputs() == (b"out\n", b"err\n")


def test_attach_ends_when_the_start_fails_and_when_the_container_goes(client: Client) -> None:
    failing, removed = client.create("no-such-program", **SHELL), client.create("true")
    streams = client.attach(failing), client.attach(removed, "stdout", "stream")
    client.call("POST", f"/containers/{failing}/start")
    client.call("DELETE", f"/containers/{removed}")
    assert [stream.read() for stream in streams] == [b"", b""]


def test_attach_to_a_missing_container_is_the_one_plain_error(client: Client) -> None:
    answer = client.call("POST", "/containers/none/attach?stream=1")
    assert (answer.status, answer.body) == (404, b"No such container: none\r\n")
    assert answer.headers["content-type"] == "application/vnd.docker.raw-stream"


def test_logs_are_lines_of_all_runs(client: Client) -> None:
    id_ = client.create("sh", "-c", "echo a; echo b >&2; printf c")
    for _ in range(2):
        client.start(id_)
        client.wait(id_)
    assert client.logs(id_) == (b"a\nca\nc", b"b\nb\n")
    assert client.logs(id_, "stdout=1") == (b"a\nca\nc", b"")
    assert client.logs(id_, "stdout=1&tail=1") == (b"c", b"")
    assert client.logs(id_, "stdout=1&tail=0") == (b"", b"")
    assert client.logs(id_, "stdout=1&since=99999999999") == (b"", b"")
    stamped = client.logs(id_, "stdout=1&timestamps=1&tail=2")[0].splitlines()
    assert all(re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z [ac]", line) for line in stamped)
    assert len(stamped) == 2


def test_logs_follow_to_the_end(client: Client) -> None:
    id_ = client.create("sh", "-c", "echo begun; read word; echo $word", **SHELL)
    stream = client.attach(id_)
    client.start(id_)
    stream.until(b"begun\n")
    got: list[tuple[bytes, bytes]] = []
    following = threading.Thread(target=lambda: got.append(client.logs(id_, "stdout=1&follow=1")))
    following.start()
    stream.send(b"ended\n", end=True)
    following.join()
    assert got == [(b"begun\nended\n", b"")]


@pytest.mark.parametrize("query", ["", "follow=1", "stdout=0&stderr=false"])
def test_logs_of_no_stream_are_refused(client: Client, query: str) -> None:
    answer = client.call("GET", f"/containers/none/logs?{query}")
    assert answer.status == 400
    assert answer.body == {"message": "Bad parameters: you must choose at least one stream"}


def made_exec(client: Client, id_: str, *command: str, **config: object) -> str:
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": command, **config}
    answer = client.call("POST", f"/containers/{id_}/exec", body)
    assert answer.status == 201, answer
    return str(answer.body["Id"])


def test_exec_runs_beside_and_tells_its_exit_code(client: Client) -> None:
    id_ = client.run("tail", "-f", "/dev/null", Env=["WORD=own"])
    execution = made_exec(client, id_, "sh", "-c", "echo $WORD $MORE; echo e >&2; exit 7", Env=["MORE=given"])
    before = client.call("GET", f"/exec/{execution}/json").body
    assert (before["Running"], before["ExitCode"]) == (False, None)
    stream = Stream(client.path, f"/exec/{execution}/start", {})
    assert stream.status == 101
    assert stream.outputs() == (b"own given\n", b"e\n")
    after = client.call("GET", f"/exec/{execution}/json").body
    assert (after["Running"], after["ExitCode"]) == (False, 7)
    assert b"has already run" in Stream(client.path, f"/exec/{execution}/start", {}).read()


def test_exec_takes_input_to_its_end(client: Client) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    stream = Stream(client.path, f"/exec/{made_exec(client, id_, 'cat', AttachStdin=True)}/start", {})
    stream.send(b"in and out", end=True)
    assert stream.outputs() == (b"in and out", b"")


def test_exec_of_a_missing_program_is_126_and_told_in_the_stream(client: Client) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    execution = made_exec(client, id_, "no-such-program")
    assert b"executable file not found in $PATH" in Stream(client.path, f"/exec/{execution}/start", {}).outputs()[0]
    assert client.call("GET", f"/exec/{execution}/json").body["ExitCode"] == 126
    detached = made_exec(client, id_, "no-such-program")
    assert client.call("POST", f"/exec/{detached}/start", {"Detach": True}).status == 400


def test_exec_needs_a_running_container(client: Client) -> None:
    id_ = client.run("sleep", "60")
    waiting = made_exec(client, id_, "true")
    client.call("POST", f"/containers/{id_}/kill")
    answer = client.call("POST", f"/containers/{id_}/exec", {"Cmd": ["true"]})
    assert (answer.status, answer.body["message"]) == (409, f"container {id_} is not running")
    assert client.call("POST", f"/exec/{waiting}/start", {}).status == 404
