"""Backend ecs when its daemon is restarted, and when tasks are stopped in AWS and not through it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standin.conftest import WITHIN, Client, serve
from tests.standin.ecs_world import Side, within


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Client, Side, Any]]:
    """A daemon of its own, its process, and its AWS."""
    aws_file = tmp_path / "aws.json"
    process = serve(tmp_path / "s.sock", "--backend", "ecs", "--aws-file", str(aws_file), "--state", str(tmp_path))
    client = Client(str(tmp_path / "s.sock"))
    try:
        assert client.call("POST", "/images/create?fromImage=alpine&tag=latest").status == 200
        yield client, Side(json.loads(aws_file.read_text())), process
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(3 * WITHIN)
    assert code == 0, process.stderr.read()


def restart(client: Client, process: Any) -> None:
    before = client.call("GET", "/info").body["ID"]
    process.send_signal(signal.SIGHUP)

    def is_another() -> bool:
        try:
            answer = client.call("GET", "/info")
        except OSError:
            return False
        return bool(answer.status == 200 and answer.body["ID"] != before)

    assert within(WITHIN, is_another)


def events(client: Client, since: str) -> list[tuple[str, str]]:
    body = client.call("GET", f"/events?since={since}&until={since}").body
    lines = body.splitlines() if isinstance(body, bytes) else [json.dumps(body)]
    said = [json.loads(line) for line in lines]
    return [(each["Action"], each["Actor"]["ID"]) for each in said if each["Type"] == "container"]


def test_a_restarted_daemon_finds_what_aws_has(place: tuple[Client, Side, Any]) -> None:
    client, aws, process = place
    labels = {"test-run": "x"}
    command = ("sh", "-c", "trap 'exit 5' TERM; echo before; while :; do sleep 0.1; done")
    runs = client.create(*command, name="runs", Labels=labels, Env=["A=1"])
    ended, never, removed = client.create("sh", "-c", "exit 3"), client.create("true"), client.create("true")
    for each in (runs, ended, removed):
        client.start(each)
    assert client.call("POST", f"/containers/{ended}/wait").body["StatusCode"] == 3
    assert within(WITHIN, lambda: client.call("DELETE", f"/containers/{removed}").status == 204)
    before = client.call("GET", f"/containers/{runs}/json").body
    restart(client, process)
    found = client.call("GET", "/containers/runs/json").body
    for key in ("Id", "Name", "Created", "Path", "Args", "Image"):
        assert found[key] == before[key]
    assert set(found["Config"]["Env"]) == set(before["Config"]["Env"])
    for key in ("Image", "Labels", "Cmd", "Entrypoint", "Hostname", "WorkingDir"):
        assert found["Config"][key] == before["Config"][key]
    assert found["State"]["Status"] == "running"
    assert client.call("GET", f"/containers/{ended}/json").body["State"]["ExitCode"] == 3
    assert client.call("GET", f"/containers/{never}/json").status == 404
    assert client.call("GET", f"/containers/{removed}/json").status == 404
    assert client.call("POST", f"/containers/{runs}/stop").status == 204
    assert client.call("POST", f"/containers/{runs}/wait").body["StatusCode"] == 5
    assert client.call("DELETE", f"/containers/{runs}").status == 204
    assert aws.definitions(runs) == []
    assert [task["lastStatus"] for task in aws.tasks(runs)] == ["STOPPED"]


def test_a_task_that_is_stopped_in_aws_has_exited_with_the_reason(place: tuple[Client, Side, Any]) -> None:
    client, aws, _ = place
    ids = [client.create("sleep", "600") for _ in range(2)]
    for each in ids:
        client.start(each)
    elsewhere, here = ids
    arn = aws.tasks(elsewhere)[0]["taskArn"]
    aws.ecs.stop_task(cluster=aws.told["cluster"], task=arn, reason="somebody else did it")
    assert client.call("POST", f"/containers/{elsewhere}/wait").body["StatusCode"] == 143
    state = client.call("GET", f"/containers/{elsewhere}/json").body["State"]
    assert (state["Status"], state["Error"]) == ("exited", "somebody else did it")
    assert client.call("POST", f"/containers/{here}/stop").status == 204
    assert client.call("GET", f"/containers/{here}/json").body["State"]["Error"] == ""
