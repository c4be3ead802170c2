"""Backend ecs where AWS refuses, hesitates, or is not the one that the environment names."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from standin.backends.tasks import Task
from standin.http import ApiError
from standin.state import Run
from tests.standin.conftest import WITHIN, Client, serve
from tests.standin.ecs_world import standin, within


def test_throttled_calls_and_late_knowledge_are_ridden_out(tmp_path: Path) -> None:
    faults = ("--aws-fault", "throttle=daemon/ecs:*=3", "--aws-missing", "2")
    with standin(tmp_path, *faults) as (client, aws):
        id_ = client.run("sh", "-c", "exit 4")
        assert client.wait(id_) == 4
        errors = [entry["error"] for entry in aws.journal() if entry["event"] == "call"]
        assert errors.count("ThrottlingException") == 3


def test_a_missing_permission_is_told_in_one_line(tmp_path: Path) -> None:
    with standin(tmp_path, "--aws-fault", "deny=daemon/ecs:RunTask") as (client, aws):
        id_ = client.create("true")
        answer = client.call("POST", f"/containers/{id_}/start")
        assert answer.status == 500
        assert "not authorized to perform: ecs:RunTask" in answer.body["message"]
        assert "\n" not in answer.body["message"]
        assert client.inspect(id_)["State"]["Status"] == "created"
        assert aws.tasks(id_) == []


class _Ended:
    async def wait(self) -> int:
        return 0


class _ReluctantAws:
    """Refuses the first describe, then tells that the task runs, then that it has stopped."""

    def __init__(self) -> None:
        self.answers = iter(
            (None, {"lastStatus": "RUNNING"}, {"lastStatus": "STOPPED", "containers": [{"exitCode": 6}]})
        )

    async def call(self, _service: str, _operation: str, **_params: object) -> dict[str, list[dict[str, object]]]:
        answer = next(self.answers)
        if answer is None:
            raise ApiError(500, "AWS is busy")
        return {"tasks": [answer]}


def test_an_exit_is_told_although_aws_refuses_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    async def exit_code() -> int:
        task = Task(_ReluctantAws(), {"taskArn": "arn:task/x", "lastStatus": "RUNNING"}, Run())  # type: ignore[arg-type]
        task.agent = _Ended()  # type: ignore[assignment]
        return await task.wait()

    assert asyncio.run(exit_code()) == 6
    assert capsys.readouterr().err == "stand-in: AWS is busy\n"


class _CrossingAws:
    """Answers the second describe at once with RUNNING, and only then the first, which it had asked for before."""

    def __init__(self) -> None:
        self.asked = 0
        self.overtaken = asyncio.Event()

    async def call(self, _service: str, _operation: str, **_params: object) -> dict[str, list[dict[str, object]]]:
        self.asked += 1
        if self.asked == 1:
            await self.overtaken.wait()
            return {"tasks": [{"lastStatus": "PENDING"}]}
        self.overtaken.set()
        return {"tasks": [{"lastStatus": "RUNNING", "startedAt": 1.0}]}


def test_a_task_that_ran_is_not_back_on_its_way_because_an_older_answer_comes_last() -> None:
    async def status() -> str:
        task = Task(_CrossingAws(), {"taskArn": "arn:task/x", "lastStatus": "PENDING"}, Run())  # type: ignore[arg-type]
        await asyncio.gather(task.look(), task.look())
        return task.status

    assert asyncio.run(status()) == "RUNNING"


def test_a_task_that_does_not_start_in_time_is_told_with_its_last_status() -> None:
    class PendingAws:
        async def call(self, _service: str, _operation: str, **_params: object) -> dict[str, list[dict[str, object]]]:
            return {"tasks": [{"lastStatus": "PENDING"}]}

    async def start() -> None:
        task = Task(PendingAws(), {"taskArn": "arn:task/x", "lastStatus": "PROVISIONING"}, Run())  # type: ignore[arg-type]
        await task.until(lambda: task.ran, 0.2)

    with pytest.raises(ApiError, match=r"task x was not RUNNING within 0.2 s: it is PENDING"):
        asyncio.run(start())


def test_no_call_leaves_for_another_aws_whatever_the_environment_says(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.1)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}"
        heard: list[object] = []
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    heard.append(canary.accept())
                except TimeoutError:
                    continue

        listening = threading.Thread(target=listen)
        listening.start()
        environ = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_ECS": url,
            "AWS_PROFILE": "no-such-profile",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "HTTP_PROXY": url,
            "http_proxy": url,
        }
        try:
            with standin(tmp_path, environ=environ) as (client, aws):
                id_ = client.run("true")
                assert client.wait(id_) == 0
                assert len(aws.tasks(id_)) == 1
        finally:
            ended.set()
            listening.join(WITHIN)
        assert heard == []


def test_its_end_stops_what_runs_and_what_starts(tmp_path: Path) -> None:
    marker = "6173.25"
    with standin(tmp_path) as (client, aws):
        running = client.run("sleep", marker)
        starting = client.create("sleep", marker)
        threading.Thread(target=_start, args=(client, starting)).start()
        assert within(5, lambda: aws.tasks(starting))
        assert aws.tasks(running)[0]["lastStatus"] == "RUNNING"
    assert within(5, lambda: not _sleeping(marker))


def _start(client: Client, id_: str) -> None:
    try:
        client.call("POST", f"/containers/{id_}/start")
    except OSError:
        return  # the daemon ends in the middle of this call


def _sleeping(marker: str) -> list[str]:
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().split(b"\0")
        except OSError:
            continue  # it has just ended
        if words[:2] == [b"sleep", marker.encode()]:
            found.append(cmdline.parent.name)
    return found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--aws-fault", "nonsense"), "'nonsense' is no fault: write throttle"),
        (("--aws-journal", "/no/such/folder/j"), "/no/such/folder/j"),
        (("--aws-file", "/no/such/folder/f", "--aws-journal", "/dev/null"), "/no/such/folder/f: --aws-file needs"),
        (("--fargate-latency", "slow"), "invalid choice: 'slow'"),
    ],
)
def test_options_that_it_cannot_have_are_one_line(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    process = serve(tmp_path / "s.sock", "--backend", "ecs", *options)
    assert process.wait(WITHIN) == 2
    assert process.stderr
    said = process.stderr.read()
    assert words in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
