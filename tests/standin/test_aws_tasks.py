"""Fargate tasks in the simulator, seen through boto3."""

from __future__ import annotations

import ipaddress
import os
import signal
from collections.abc import Iterator

import pytest

from standin.aws.simulator import CLUSTER
from tests.standin.aws_world import World, world


@pytest.fixture(scope="module")
def aws() -> Iterator[World]:
    with world() as made:
        yield made


def _stopped(aws: World, family: str, *command: str, **changes: object) -> dict:
    return aws.history(aws.run(family, *command, **changes))[-1]


def test_a_task_walks_through_every_status_with_its_moments(aws: World) -> None:
    seen = aws.history(aws.run("walk", "sleep", "0.2"))
    statuses = ["PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"]
    assert [view["lastStatus"] for view in seen] == statuses
    noted = [entry for entry in aws.simulator.journal.entries if entry.get("task") == seen[0]["taskArn"][-32:]]
    assert [entry["event"] for entry in noted] == statuses
    last = seen[-1]
    moments = [last[name] for name in ("createdAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt")]
    assert moments == sorted(moments)
    assert "startedAt" not in seen[1]
    assert [view["desiredStatus"] for view in seen] == ["RUNNING", "RUNNING", "RUNNING", "STOPPED", "STOPPED"]


def test_the_exit_code_and_the_reason_are_the_containers(aws: World) -> None:
    last = _stopped(aws, "exit", "sh", "-c", "exit 3")
    assert last["containers"][0]["exitCode"] == 3
    assert last["containers"][0]["lastStatus"] == "STOPPED"
    assert last["stopCode"] == "EssentialContainerExited"
    assert last["stoppedReason"] == "Essential container in task exited"


@pytest.mark.parametrize(
    ("family", "script", "timeout", "code"),
    [
        ("obeys", "exec sleep 60", 30, 128 + signal.SIGTERM),
        ("traps", "trap 'exit 5' TERM; while :; do sleep 0.05; done", 30, 5),
        ("ignores", "trap '' TERM; while :; do sleep 0.05; done", 1, 128 + signal.SIGKILL),
    ],
)
def test_stop_sends_sigterm_then_sigkill(aws: World, family: str, script: str, timeout: int, code: int) -> None:
    task = aws.run(family, "sh", "-c", script, container={"stopTimeout": timeout})
    aws.history(task, "RUNNING")
    aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"], reason="enough")
    last = aws.history(task)[-1]
    assert (last["containers"][0]["exitCode"], last["stopCode"], last["stoppedReason"]) == (
        code,
        "UserInitiated",
        "enough",
    )


def test_a_task_stopped_before_it_ran_has_no_exit_code(aws: World) -> None:
    task = aws.run("early", "sleep", "60")
    aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    last = aws.history(task)[-1]
    assert "exitCode" not in last["containers"][0]
    assert "startedAt" not in last
    assert last["stopCode"] == "UserInitiated"


def test_an_image_that_cannot_be_pulled_stops_the_task(aws: World) -> None:
    seen = aws.history(aws.run("nopull", "true", image="no-such-image:latest"))
    assert "RUNNING" not in [view["lastStatus"] for view in seen]
    last = seen[-1]
    assert last["stopCode"] == "TaskFailedToStart"
    assert last["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "no-such-image:latest" in last["containers"][0]["reason"]
    assert "exitCode" not in last["containers"][0]


def test_a_missing_log_group_stops_the_task(aws: World) -> None:
    definition = aws.definition("nogroup", "true")["containerDefinitions"][0]
    options = definition["logConfiguration"]["options"] | {"awslogs-group": "/nowhere", "awslogs-create-group": "false"}
    last = _stopped(
        aws, "nogroup", "true", container={"logConfiguration": {"logDriver": "awslogs", "options": options}}
    )
    assert last["stopCode"] == "TaskFailedToStart"
    assert last["stoppedReason"].startswith("ResourceInitializationError: ")
    assert "ResourceNotFoundException" in last["stoppedReason"]


def test_the_address_is_the_interfaces_and_inside_the_subnet(aws: World) -> None:
    task = aws.run("address", "sleep", "60")
    assert [detail["name"] for detail in task["attachments"][0]["details"]] == ["subnetId"]
    task = aws.history(task, "PENDING")[-1]
    details = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}
    assert task["attachments"][0]["type"] == "ElasticNetworkInterface"
    assert task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] == details["privateIPv4Address"]
    ids = [details["networkInterfaceId"]]
    interface = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"][0]
    assert interface["PrivateIpAddress"] == details["privateIPv4Address"]
    assert interface["SubnetId"] == details["subnetId"]
    assert interface["SubnetId"] in aws.simulator.subnets
    subnet = aws.ec2.describe_subnets(SubnetIds=[details["subnetId"]])["Subnets"][0]
    assert ipaddress.IPv4Address(interface["PrivateIpAddress"]) in ipaddress.IPv4Network(subnet["CidrBlock"])
    wanted = [{"Name": "addresses.private-ip-address", "Values": [interface["PrivateIpAddress"]]}]
    found = aws.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert [i["NetworkInterfaceId"] for i in found] == ids
    aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    aws.history(task)
    assert aws.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"] == []


def test_tasks_side_by_side_have_addresses_of_their_own(aws: World) -> None:
    aws.ecs.register_task_definition(**aws.definition("many", "sleep", "60"))
    tasks = aws.ecs.run_task(
        cluster=CLUSTER, taskDefinition="many", launchType="FARGATE", networkConfiguration=aws.network, count=10
    )["tasks"]
    running = [aws.history(task, "RUNNING")[-1] for task in tasks]
    addresses = {task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in running}
    assert len(addresses) == 10
    for task in tasks:
        aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    assert {aws.history(task)[-1]["lastStatus"] for task in tasks} == {"STOPPED"}


def test_list_tasks_by_status_and_family_and_page_by_page(aws: World) -> None:
    aws.ecs.register_task_definition(**aws.definition("listed", "sleep", "60"))
    arns = set()
    for _ in range(3):
        arns.add(
            aws.ecs.run_task(
                cluster=CLUSTER, taskDefinition="listed", launchType="FARGATE", networkConfiguration=aws.network
            )["tasks"][0]["taskArn"]
        )
    pages = list(
        aws.ecs.get_paginator("list_tasks").paginate(cluster=CLUSTER, family="listed", PaginationConfig={"PageSize": 2})
    )
    assert [len(page["taskArns"]) for page in pages] == [2, 1]
    assert {arn for page in pages for arn in page["taskArns"]} == arns
    assert aws.ecs.list_tasks(cluster=CLUSTER, family="listed", desiredStatus="STOPPED")["taskArns"] == []
    for arn in arns:
        aws.ecs.stop_task(cluster=CLUSTER, task=arn)
    assert set(aws.ecs.list_tasks(cluster=CLUSTER, family="listed", desiredStatus="STOPPED")["taskArns"]) == arns
    assert aws.ecs.list_tasks(cluster=CLUSTER, family="listed")["taskArns"] == []
    assert aws.ecs.list_tasks(cluster=CLUSTER, family="unheard-of")["taskArns"] == []


def test_tags_are_told_when_asked_for(aws: World) -> None:
    tags = [{"key": "sockerless-managed", "value": "true"}]
    aws.ecs.register_task_definition(**aws.definition("tagged", "true"), tags=tags)
    task = aws.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition="tagged",
        launchType="FARGATE",
        networkConfiguration=aws.network,
        tags=tags,
        startedBy="sockerless",
    )["tasks"][0]
    plain = aws.ecs.describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]])["tasks"][0]
    told = aws.ecs.describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]], include=["TAGS"])["tasks"][0]
    assert (plain["tags"], told["tags"], told["startedBy"], told["group"]) == ([], tags, "sockerless", "family:tagged")
    assert aws.ecs.describe_task_definition(taskDefinition="tagged")["tags"] == []
    assert aws.ecs.describe_task_definition(taskDefinition="tagged", include=["TAGS"])["tags"] == tags


def test_a_new_task_is_missing_for_as_many_describes_as_told(aws: World) -> None:
    control = aws.simulator.control
    control.missing = 2
    try:
        task = aws.run("late", "true")
    finally:
        control.missing = 0
    answers = [aws.ecs.describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]]) for _ in range(3)]
    assert [[f["reason"] for f in answer["failures"]] for answer in answers] == [["MISSING"], ["MISSING"], []]
    assert [len(answer["tasks"]) for answer in answers] == [0, 0, 1]


def test_nothing_of_a_task_outlives_the_simulator() -> None:
    with world() as aws:
        task = aws.run("orphan", "sleep", "600")
        aws.history(task, "RUNNING")
        pids = aws.simulator._launcher.pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            _probe(pid)


def _probe(pid: int) -> None:
    os.kill(pid, 0)


def test_a_seed_fixes_the_latencies() -> None:
    def draws(seed: int) -> list[float]:
        with world(seed=seed) as aws:
            return [aws.simulator.control.draw((10.0, 45.0)) for _ in range(5)]

    assert draws(7) == draws(7) != draws(8)
