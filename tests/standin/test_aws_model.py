"""Every answer of the simulator has the shape that botocore's service model gives it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.validate import ParamValidator

from standin.aws import wire
from standin.aws.ecs import Ecs
from standin.aws.logs import Logs
from standin.aws.simulator import CLUSTER, Simulator, Sts
from standin.aws.vpc import Ec2
from tests.standin.aws_world import world


def test_every_action_answers_in_the_models_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    problems: list[str] = []
    call = Simulator._call

    def checked(caller: str, region: Any, service: str, action: str, body: bytes) -> Any:
        value = call(caller, region, service, action, body)
        shape = wire.model(service).operation_model(action).output_shape
        if shape is not None:
            problems.append(ParamValidator().validate(value, shape).generate_report())
        seen.add(f"{service}:{action}")
        return value

    monkeypatch.setattr(Simulator, "_call", staticmethod(checked))
    with world() as aws:
        task = aws.run("shape", "sh", "-c", "echo out; sleep 0.3")
        aws.history(task)
        group = {"logGroupName": "/sockerless"}
        aws.ecs.describe_clusters(clusters=[CLUSTER, "nowhere"])
        aws.ecs.list_tasks(cluster=CLUSTER)
        aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
        aws.ecs.describe_task_definition(taskDefinition="shape")
        aws.ecs.list_task_definitions()
        aws.ecs.deregister_task_definition(taskDefinition="shape:1")
        aws.logs.describe_log_groups()
        stream = aws.logs.describe_log_streams(**group)["logStreams"][0]["logStreamName"]
        aws.logs.get_log_events(**group, logStreamName=stream)
        aws.logs.filter_log_events(**group)
        aws.logs.delete_log_stream(**group, logStreamName=stream)
        aws.logs.delete_log_group(**group)
        aws.logs.create_log_group(**group)
        aws.run("shape", "sleep", "60")
        aws.ec2.describe_subnets()
        aws.ec2.describe_security_groups()
        aws.ec2.describe_network_interfaces()
        aws.client("sts").get_caller_identity()
    assert [problem for problem in problems if problem] == []
    served = {"ecs": Ecs.actions, "logs": Logs.actions, "ec2": Ec2.actions, "sts": Sts.actions}
    assert seen == {f"{service}:{action}" for service, actions in served.items() for action in actions}
