"""The simulator as the stand-in's command line asks for it, and what others have in it."""

from __future__ import annotations

import argparse
import json
import stat
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from standin.aws import options, setup
from standin.aws.simulator import CLUSTER, HOME
from tests.standin.aws_world import SubprocessLauncher, world


def _parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    options.add_arguments(parser)
    return parser.parse_args(argv)


def test_the_defaults_exercise_polling() -> None:
    control = setup.simulator(_parsed(), SubprocessLauncher()).control
    assert (control.latency.start, control.latency.delivery) == ((1.2, 1.2), (2.0, 2.0))


def test_operations_can_be_unknown_to_one_caller() -> None:
    with world() as aws:
        aws.fault("unknown=suite/ecs:ListTasks")
        with pytest.raises(ClientError) as error:
            aws.ecs.list_tasks(cluster=CLUSTER)
        assert error.value.response["Error"]["Code"] == "UnknownOperationException"
        assert aws.client("ecs", "daemon").list_tasks(cluster=CLUSTER)["taskArns"] == []


def test_others_can_have_much_there() -> None:
    made = setup.simulator(_parsed("--aws-foreign", "300,3"), SubprocessLauncher())
    home = made.region(HOME)
    assert len(home.ecs._definitions.listed({})) == 300
    names = [group["logGroupName"] for group in home.logs.describe_log_groups({})["logGroups"]]
    assert names == ["/a-foreign/0", "/a-foreign/2", "/z-foreign/1"]
    found = home.logs.describe_log_groups({"logGroupNamePattern": "foreign/1"})["logGroups"]
    assert [group["logGroupName"] for group in found] == ["/z-foreign/1"]
    for wrong in ("10", "a,b", "1,2,3", "-1,2"):
        with pytest.raises(ValueError, match="give two numbers"):
            setup.simulator(_parsed(f"--aws-foreign={wrong}"), SubprocessLauncher())


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


def test_the_file_tells_all_that_a_suite_needs_to_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    with world(journal=tmp_path / "calls") as aws:
        setup.tell(path, aws.simulator, aws.url)
        told = json.loads(path.read_text())
        ecs = aws.client(
            "ecs",
            endpoint_url=told["endpoint"],
            aws_access_key_id=told["access_key"],
            aws_secret_access_key=told["secret_key"],
            region=told["region"],
        )
        clusters = ecs.describe_clusters(clusters=[told["cluster"], told["inactive_cluster"]])["clusters"]
        assert [cluster["status"] for cluster in clusters] == ["ACTIVE", "INACTIVE"]
        own = aws.ec2.describe_subnets(SubnetIds=told["subnets"])["Subnets"]
        foreign = aws.ec2.describe_subnets(SubnetIds=told["foreign_subnets"])["Subnets"]
        assert {subnet["VpcId"] for subnet in own}.isdisjoint({subnet["VpcId"] for subnet in foreign})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told["journal"] == str(tmp_path / "calls")
    assert {file.name for file in tmp_path.iterdir()} == {"aws.json", "calls"}


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
