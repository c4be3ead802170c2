"""What others have in the account: nothing that a run or a sweep may list, stop or delete."""

from __future__ import annotations

from support.standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator
from support.standin.aws.wire import Json

GROUP, FAMILY = "/others/web", "others-web"


def add_others(simulator: Simulator) -> None:
    """A running task, its definition, and its log group with a line; an unused definition and an empty group."""
    home = simulator.region(HOME)
    definition: Json = {
        "containerDefinitions": [{"name": "web", "image": "others/web:1"}],
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": EXECUTION_ROLE,
    }
    made = home.ecs.register_task_definition({"family": FAMILY, **definition})["taskDefinition"]
    home.ecs.register_task_definition({"family": "others-unused", **definition})
    network = {"subnets": simulator.subnets, "securityGroups": [simulator.security_group]}
    params = {"cluster": CLUSTER, "networkConfiguration": {"awsvpcConfiguration": network}, "startedBy": "others"}
    task = home.ecs.add_task(params, made)
    task.attach()
    task.view |= {"lastStatus": "RUNNING", "startedAt": task.view["createdAt"]}
    task.container["lastStatus"] = "RUNNING"
    home.logs.create_stream(GROUP, f"web/web/{task.id}", create_group=True)
    home.logs.deliver(GROUP, f"web/web/{task.id}", [(1_700_000_000_000, "GET /")])
    home.logs.create_log_group({"logGroupName": "/others/empty"})
