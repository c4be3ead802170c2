"""The simulator as the stand-in's command line asks for it, and what others have in it."""

from __future__ import annotations

import argparse
import json
import stat
from pathlib import Path

import pytest

from support.standin.aws import options, setup
from support.standin.aws.simulator import CLUSTER
from tests.standin.aws_world import SubprocessLauncher, world


def _parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    options.add_arguments(parser)
    return parser.parse_args(argv)


def test_the_defaults_exercise_polling() -> None:
    control = setup.simulator(_parsed(), SubprocessLauncher()).control
    assert (control.latency.start, control.latency.delivery) == ((1.0, 1.0), (2.0, 2.0))


def test_real_latencies_faults_and_missing_tasks(tmp_path: Path) -> None:
    argv = ("--fargate-latency", "real", "--aws-seed", "3", "--aws-missing", "2", "--aws-others")
    faults = ("--aws-fault", "deny=suite/logs:*", "--aws-fault", "throttle=ecs:RunTask=20s")
    made = setup.simulator(_parsed(*argv, *faults, "--aws-journal", str(tmp_path / "j")), SubprocessLauncher())
    control = made.control
    assert (control.latency.start, control.latency.delivery, control.missing) == ((10.0, 45.0), (5.0, 15.0), 2)
    assert [(f.kind, f.caller, f.action, f.seconds) for f in control.faults] == [
        ("deny", "suite", "logs:*", None),
        ("throttle", "*", "ecs:RunTask", 20.0),
    ]
    with pytest.raises(ValueError, match="is no fault"):
        setup.simulator(_parsed("--aws-fault", "nonsense"), SubprocessLauncher())


def test_the_port_file_is_all_that_a_suite_needs_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    with world() as aws:
        setup.tell(path, aws.simulator, aws.url)
        told = json.loads(path.read_text())
        environment = told["environment"]
        ecs = aws.client(
            "ecs",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region=environment["AWS_REGION"],
        )
        clusters = ecs.describe_clusters(clusters=[environment["SOCKERLESS_ECS_CLUSTER"]])["clusters"]
        assert clusters[0]["status"] == "ACTIVE"
        subnets = environment["SOCKERLESS_ECS_SUBNETS"].split(",")
        own = aws.ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
        foreign = aws.ec2.describe_subnets(SubnetIds=told["foreign"]["subnets"])["Subnets"]
        assert {subnet["VpcId"] for subnet in own}.isdisjoint({subnet["VpcId"] for subnet in foreign})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["aws.json"]


def test_others_have_a_running_task_definitions_and_logs() -> None:
    with world() as aws:
        aws.call(lambda: setup.add_others(aws.simulator))
        arns = aws.ecs.list_tasks(cluster=CLUSTER)["taskArns"]
        task = aws.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"][0]
        assert (task["lastStatus"], task["startedBy"]) == ("RUNNING", "others")
        families = [arn.rpartition("/")[2] for arn in aws.ecs.list_task_definitions()["taskDefinitionArns"]]
        assert families == ["others-unused:1", "others-web:1"]
        groups = [group["logGroupName"] for group in aws.logs.describe_log_groups()["logGroups"]]
        assert groups == ["/others/empty", "/others/web"]
        events = aws.logs.filter_log_events(logGroupName="/others/web")["events"]
        assert [event["message"] for event in events] == ["GET /"]
