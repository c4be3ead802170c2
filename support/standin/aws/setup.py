"""A simulator as the command line wants it, what others have in it, and what it tells those who are to use it."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from support.standin.aws.control import LATENCIES, Control, Journal
from support.standin.aws.launcher import Launcher
from support.standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator
from support.standin.aws.wire import Json


def simulator(options: argparse.Namespace, launcher: Launcher) -> Simulator:
    """``ValueError`` or ``OSError`` for options that it cannot have."""
    control = Control(LATENCIES[options.fargate_latency], options.aws_seed)
    control.missing = options.aws_missing
    for fault in options.aws_fault:
        control.add(fault)
    made = Simulator(launcher, control, Journal(options.aws_journal))
    if options.aws_others:
        add_others(made)
    return made


def add_others(made: Simulator) -> None:
    """What no sweep may list: a running task, its definition, its log group; an unused definition, an empty group."""
    home = made.region(HOME)
    definition: Json = {
        "containerDefinitions": [{"name": "web", "image": "others/web:1"}],
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": EXECUTION_ROLE,
    }
    web = home.ecs.register_task_definition({"family": "others-web", **definition})["taskDefinition"]
    home.ecs.register_task_definition({"family": "others-unused", **definition})
    network = {"subnets": made.subnets, "securityGroups": [made.security_group]}
    params = {"cluster": CLUSTER, "networkConfiguration": {"awsvpcConfiguration": network}, "startedBy": "others"}
    task = home.ecs.add_task(params, web)
    task.attach()
    task.view |= {"lastStatus": "RUNNING", "startedAt": task.view["createdAt"]}
    task.container["lastStatus"] = "RUNNING"
    home.logs.create_stream("/others/web", f"web/web/{task.id}", create_group=True)
    home.logs.deliver("/others/web", f"web/web/{task.id}", [(1_700_000_000_000, "GET /")])
    home.logs.create_log_group({"logGroupName": "/others/empty"})


def tell(path: Path, made: Simulator, url: str) -> None:
    """Write the environment of a suite that is to use ``made``, and what is wrong to use; for the owner's eyes only."""
    key = made.keys["suite"]
    environment = {
        "SOCKERLESS_AWS_ENDPOINT": url,
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": HOME,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "SOCKERLESS_ECS_CLUSTER": CLUSTER,
        "SOCKERLESS_ECS_SUBNETS": ",".join(made.subnets),
        "SOCKERLESS_ECS_SECURITY_GROUP": made.security_group,
    }
    foreign = {"subnets": made.foreign_subnets, "security_group": made.foreign_group, "inactive_cluster": "retired"}
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"environment": environment, "foreign": foreign}, file)
    partial.rename(path)
