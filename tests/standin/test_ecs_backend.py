"""Backend ecs as TST-010's tables say, from the daemon's and from AWS's side."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Iterator

import pytest

from tests.standin.conftest import Client, Stream
from tests.standin.ecs_world import Side, standin, within

SHELL = {"OpenStdin": True, "StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
WRITER = "echo one; echo two >&2; echo three; exit 3"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Side]]:
    with standin(tmp_path_factory.mktemp("ecs")) as both:
        yield both


@pytest.fixture
def client(shared: tuple[Client, Side]) -> Iterator[Client]:
    yield shared[0]
    shared[0].clear()


@pytest.fixture
def aws(shared: tuple[Client, Side]) -> Side:
    return shared[1]


def test_it_says_what_it_is(client: Client) -> None:
    told = client.call("GET", "/info").body
    assert (told["Driver"], told["Name"]) == ("ecs-fargate", "standin-ecs")


def test_a_container_is_a_task_of_its_own_definition(client: Client, aws: Side) -> None:
    labels = {"test-run": "x"}
    id_ = client.create("tail", "-f", "/dev/null", Env=["A=1=2"], WorkingDir="/tmp", Labels=labels)
    assert aws.definitions(id_) == []
    began = time.monotonic()
    client.start(id_)
    assert time.monotonic() - began >= 0.9  # it blocks until RUNNING
    task = aws.tasks(id_)[0]
    assert (task["lastStatus"], task["launchType"]) == ("RUNNING", "FARGATE")
    [arn] = aws.definitions(id_)
    assert task["taskDefinitionArn"] == arn
    main = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"][0]
    assert main["entryPoint"] == ["/sockerless-agent", "--"]
    assert main["command"] == ["tail", "-f", "/dev/null"]
    assert {"name": "A", "value": "1=2"} in main["environment"]
    assert (main["workingDirectory"], main["dockerLabels"]) == ("/tmp", labels)


def test_its_address_is_that_of_the_tasks_interface(client: Client, aws: Side) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    settings = client.inspect(id_)["NetworkSettings"]
    details = {d["name"]: d["value"] for d in aws.tasks(id_)[0]["attachments"][0]["details"]}
    assert settings["IPAddress"] == settings["Networks"]["bridge"]["IPAddress"] == details["privateIPv4Address"]
    assert ipaddress.IPv4Address(settings["IPAddress"]).is_private
    assert details["subnetId"] in aws.told["subnets"]


def test_states_are_mapped_as_the_task_goes_on(client: Client, aws: Side) -> None:
    id_ = client.create("sh", "-c", "sleep 0.6; exit 3", **SHELL)
    stream = client.attach(id_)
    stream.send(b"", end=True)
    seen: list[tuple[str, str]] = []

    def look() -> bool:
        before = [task["lastStatus"] for task in aws.tasks(id_)]
        state = client.inspect(id_)["State"]["Status"]
        if before and before == [task["lastStatus"] for task in aws.tasks(id_)]:
            seen.append((before[0], state))
        return ("STOPPED", "exited") in seen

    starting = threading.Thread(target=client.call, args=("POST", f"/containers/{id_}/start"))
    starting.start()
    assert within(10, look)
    starting.join(10)
    allowed = {
        "PROVISIONING": "created",
        "PENDING": "created",
        "RUNNING": "running",
        "DEPROVISIONING": "running",
        "STOPPED": "exited",
    }
    assert {(status, state) for status, state in seen if allowed[status] != state} == set()
    assert {"PROVISIONING", "RUNNING", "STOPPED"} <= {status for status, _ in seen}
    assert client.inspect(id_)["State"]["ExitCode"] == 3


def test_a_command_that_has_ended_before_anybody_looked_was_started(client: Client) -> None:
    id_ = client.run("true")
    assert client.wait(id_) == 0
    assert client.inspect(id_)["State"]["Status"] == "exited"


@pytest.mark.parametrize(
    ("image", "command", "words"),
    [
        ("no-such-registry.invalid/x:1", "true", "CannotPullContainerError"),
        ("alpine:latest", "/no/such/program", "CannotStartContainerError"),
    ],
)
def test_what_cannot_start_is_told_and_leaves_nothing_running(
    client: Client, aws: Side, image: str, command: str, words: str
) -> None:
    id_ = client.create(command, image=image)
    answer = client.call("POST", f"/containers/{id_}/start")
    assert answer.status == 500
    assert words in answer.body["message"]
    assert aws.tasks(id_)[0]["stopCode"] == "TaskFailedToStart"
    assert aws.tasks(id_)[0]["lastStatus"] == "STOPPED"
    assert client.inspect(id_)["State"]["Status"] == "exited"
    assert client.call("DELETE", f"/containers/{id_}").status == 204
    assert aws.definitions(id_) == []


def test_stdin_written_before_the_start_reaches_the_program_with_its_end(client: Client) -> None:
    id_ = client.create("sh", **SHELL)
    stream = client.attach(id_)
    assert stream.status == 101
    stream.send(b"echo build-output\necho oops >&2\nexit 5\n", end=True)
    client.start(id_)
    assert stream.outputs() == (b"build-output\n", b"oops\n")
    assert client.wait(id_) == 5


def test_an_exited_container_can_be_attached_to_and_started_again(client: Client, aws: Side) -> None:
    id_ = client.create("sh", **SHELL)
    for word in (b"first", b"second"):
        stream = client.attach(id_)
        stream.send(b"echo " + word + b"; echo $((1+1)) > /kept\n", end=True)
        client.start(id_)
        assert stream.outputs()[0] == word + b"\n"
        assert client.wait(id_) == 0
    assert len(aws.tasks(id_)) == 2
    assert len(aws.definitions(id_)) == 1
    logged = within(10, lambda: client.logs(id_)[0].count(b"\n") == 2 and client.logs(id_)[0])
    assert logged == b"first\nsecond\n"


def test_exec_runs_in_the_running_container_only(client: Client) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    made = client.call(
        "POST", f"/containers/{id_}/exec", {"Cmd": ["sh", "-c", "echo exec-works; exit 7"], "AttachStdout": True}
    )
    assert made.status == 201
    stream = Stream(client.path, f"/exec/{made.body['Id']}/start", {"Detach": False})
    assert stream.outputs()[0] == b"exec-works\n"
    ended = within(5, lambda: not client.call("GET", f"/exec/{made.body['Id']}/json").body["Running"])
    assert ended
    assert client.call("GET", f"/exec/{made.body['Id']}/json").body["ExitCode"] == 7
    assert client.call("POST", f"/containers/{id_}/stop").status == 204
    assert client.call("POST", f"/containers/{id_}/exec", {"Cmd": ["true"]}).status == 409


def test_logs_come_from_cloudwatch_once_delivered(client: Client, aws: Side) -> None:
    id_ = client.run("sh", "-c", WRITER)
    assert client.wait(id_) == 3
    assert client.logs(id_) == (b"", b"")  # written, not yet delivered
    out = within(10, lambda: client.logs(id_)[0].count(b"\n") == 3 and client.logs(id_)[0])
    assert sorted(out.splitlines()) == [b"one", b"three", b"two"]
    assert client.logs(id_, "stderr=1") == (b"", b"")  # awslogs has one stream for both
    stamped = client.logs(id_, "stdout=1&timestamps=1")[0].splitlines()
    assert all(re.match(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \w+$", line) for line in stamped)
    assert stamped == sorted(stamped, key=lambda line: line.split(b" ")[0])
    assert client.logs(id_, "stdout=1&tail=1")[0] == out.splitlines(keepends=True)[-1]
    assert [name.split("/")[1:] for name in aws.streams(id_)] == [["main", aws.tasks(id_)[0]["taskArn"][-32:]]]


def test_followed_logs_end_when_all_was_delivered(client: Client) -> None:
    id_ = client.run("sh", "-c", "echo early; sleep 0.5; echo late")
    assert client.logs(id_, "stdout=1&follow=1")[0] == b"early\nlate\n"


@pytest.mark.parametrize(
    ("call", "command", "code"),
    [
        ("stop", "exec tail -f /dev/null", 143),
        ("kill?signal=SIGTERM", "trap 'exit 9' TERM; while :; do sleep 0.05; done", 9),
        ("kill", "exec tail -f /dev/null", 143),  # ECS knows no SIGKILL
    ],
)
def test_stop_and_kill_stop_the_task(client: Client, aws: Side, call: str, command: str, code: int) -> None:
    id_ = client.run("sh", "-c", command)
    within(1, lambda: False)  # until the shell has set its trap
    assert client.call("POST", f"/containers/{id_}/{call}").status == 204
    assert client.wait(id_) == code
    task = aws.tasks(id_)[0]
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "UserInitiated")
    assert client.inspect(id_)["State"]["Status"] == "exited"


def test_a_task_stopped_in_aws_has_exited_in_the_daemon_too(client: Client, aws: Side) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    aws.ecs.stop_task(cluster=aws.told["cluster"], task=aws.tasks(id_)[0]["taskArn"])
    assert within(10, lambda: client.inspect(id_)["State"]["Status"] == "exited")


def test_delete_deregisters_the_definition_and_deletes_the_streams(client: Client, aws: Side) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    assert len(aws.streams(id_)) == 1
    assert client.call("DELETE", f"/containers/{id_}").status == 409
    assert client.call("DELETE", f"/containers/{id_}?force=1").status == 204
    assert client.call("GET", f"/containers/{id_}/json").status == 404
    assert aws.tasks(id_)[0]["lastStatus"] == "STOPPED"
    assert (aws.definitions(id_), len(aws.definitions(id_, "INACTIVE"))) == ([], 1)
    assert aws.streams(id_) == []


def test_a_definition_that_somebody_deregistered_before_keeps_no_container(client: Client, aws: Side) -> None:
    id_ = client.run("true")
    aws.ecs.deregister_task_definition(taskDefinition=aws.definitions(id_)[0])
    assert client.call("DELETE", f"/containers/{id_}?force=1").status == 204
    assert client.call("GET", f"/containers/{id_}/json").status == 404


def test_a_container_that_never_ran_leaves_no_trace_in_aws(client: Client, aws: Side) -> None:
    id_ = client.create("true")
    assert client.call("DELETE", f"/containers/{id_}").status == 204
    assert aws.definitions(id_, "INACTIVE") == []


def test_reading_without_a_task_asks_nothing_of_aws(client: Client, aws: Side) -> None:
    def calls() -> int:
        return sum(entry["event"] == "call" and entry["caller"] == "daemon" for entry in aws.journal())

    client.create("true")
    before = calls()
    assert client.call("GET", "/_ping").headers["api-version"] == "1.44"
    assert client.call("GET", "/containers/json?all=1").status == 200
    assert calls() == before


def test_aliases_resolve_in_the_network_and_addresses_are_the_tasks(client: Client, aws: Side) -> None:
    network = client.call("POST", "/networks/create", {"Name": "job"}).body["Id"]
    on_it = {"HostConfig": {"NetworkMode": "job"}}
    aliased = {**on_it, "NetworkingConfig": {"EndpointsConfig": {"job": {"Aliases": ["db"]}}}}
    service = client.run("tail", "-f", "/dev/null", **aliased)
    own = client.inspect(service)["NetworkSettings"]["Networks"]["job"]
    details = {d["name"]: d["value"] for d in aws.tasks(service)[0]["attachments"][0]["details"]}
    assert own["IPAddress"] == details["privateIPv4Address"]
    assert "db" in own["Aliases"]
    members = client.call("GET", f"/networks/{network}").body["Containers"]
    assert members[service]["IPv4Address"].split("/")[0] == own["IPAddress"]
    other = client.create("sh", "-c", "grep -w db /etc/hosts", **on_it, **SHELL)
    stream = client.attach(other, "stdout", "stream")
    client.start(other)
    said = stream.outputs()[0].decode().split()
    if not client.call("GET", "/info").body["Warnings"]:  # where the kernel has namespaces
        assert said[0] == own["IPAddress"]
    client.clear()
    assert client.call("DELETE", f"/networks/{network}").status == 204
