"""A simulator as the command line wants it, what others have in it, and what it tells those who are to use it."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from standin.aws.control import LATENCIES, Control, Journal
from standin.aws.launcher import Launcher
from standin.aws.simulator import CLUSTER, EXECUTION_ROLE, HOME, Simulator
from standin.aws.wire import Json

_DEFINITION: Json = {
    "containerDefinitions": [{"name": "web", "image": "others/web:1"}],
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": EXECUTION_ROLE,
}


def simulator(options: argparse.Namespace, launcher: Launcher) -> Simulator:
    """``ValueError`` or ``OSError`` for options that it cannot have."""
    if options.aws_file and not options.aws_file.parent.is_dir():
        raise ValueError(f"{options.aws_file}: --aws-file needs a new name in an existing folder")
    control = Control(LATENCIES[options.fargate_latency], options.aws_seed)
    control.missing = options.aws_missing
    for fault in options.aws_fault:
        control.add(fault)
    beside = options.aws_file.with_suffix(".jsonl") if options.aws_file else None
    numbers = options.aws_foreign.split(",")
    if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
        raise ValueError(f"--aws-foreign {options.aws_foreign}: give two numbers, such as 10000,2000")
    made = Simulator(launcher, control, Journal(options.aws_journal or beside))
    add_foreign(made, *map(int, numbers))
    if options.aws_others:
        add_others(made)
    return made


def add_foreign(made: Simulator, definitions: int, groups: int) -> None:
    """Task definitions and log groups of others, before and behind a daemon's in every list, as in a large account."""
    home = made.region(HOME)
    for number in range(definitions):
        home.ecs.register_task_definition({"family": f"{'az'[number % 2]}-foreign-{number}", **_DEFINITION})
    for number in range(groups):
        home.logs.create_log_group({"logGroupName": f"/{'az'[number % 2]}-foreign/{number}"})


def add_others(made: Simulator) -> None:
    """What no sweep may list: a running task, its definition, its log group; an unused definition, an empty group."""
    home = made.region(HOME)
    web = home.ecs.register_task_definition({"family": "others-web", **_DEFINITION})["taskDefinition"]
    home.ecs.register_task_definition({"family": "others-unused", **_DEFINITION})
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
    """Write what a suite needs to use ``made``, and what is there and wrong to use; for the owner's eyes only."""
    key, journal = made.keys["suite"], made.journal.path
    told = {
        "endpoint": url,
        "region": HOME,
        "access_key": key.access_key,
        "secret_key": key.secret_key,
        "cluster": CLUSTER,
        "subnets": made.subnets,
        "security_group": made.security_group,
        "journal": str(journal) if journal else None,
        "inactive_cluster": "retired",
        "foreign_subnets": made.foreign_subnets,
        "foreign_security_group": made.foreign_group,
    }
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(told, file)
    partial.rename(path)
