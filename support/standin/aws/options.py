"""The simulator's options on the stand-in's command line, and what it tells those who are to use it."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from support.standin.aws.control import LATENCIES, Control, Journal
from support.standin.aws.launcher import Launcher
from support.standin.aws.others import add_others
from support.standin.aws.simulator import CLUSTER, HOME, Simulator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them; they mean nothing to other backends."""
    group = parser.add_argument_group("backend ecs: its simulated AWS")
    group.add_argument("--aws-port-file", type=Path, metavar="F", help="where to tell endpoint and credentials (JSON)")
    group.add_argument("--fargate-latency", choices=sorted(LATENCIES), default="quick")
    group.add_argument("--aws-seed", type=int, default=0, metavar="N", help="of latencies, ids and addresses")
    group.add_argument("--aws-journal", type=Path, metavar="F", help="where to log all calls and events (JSON lines)")
    group.add_argument("--aws-others", action="store_true", help="others have tasks, definitions and logs there too")
    group.add_argument("--aws-missing", type=int, default=0, metavar="N", help="first describes that miss a new task")
    group.add_argument("--aws-fault", action="append", default=[], metavar="FAULT", help=Control.add.__doc__)


def simulator(options: argparse.Namespace, launcher: Launcher) -> Simulator:
    """A simulator as the command line wants it. ``ValueError`` or ``OSError`` for what it cannot have."""
    control = Control(LATENCIES[options.fargate_latency], options.aws_seed)
    control.missing = options.aws_missing
    for fault in options.aws_fault:
        control.add(fault)
    made = Simulator(launcher, control, Journal(options.aws_journal))
    if options.aws_others:
        add_others(made)
    return made


def tell(path: Path, made: Simulator, url: str) -> None:
    """Write the environment of a suite that is to use ``made``, and the foreign VPC; for the owner's eyes only."""
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
    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"environment": environment, "foreign": foreign}, file)
    partial.rename(path)
