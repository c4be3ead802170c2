"""The IAM policy that the suite's own calls need, and no more.

``python -m support.aws.permissions`` prints docs/aws/policy.json. ``*`` as a resource is where IAM knows no narrower
one for the action; its region is restricted then.
"""

from __future__ import annotations

import json
import sys
from typing import Any

REGION, ACCOUNT, CLUSTER, LOG_GROUPS = "REGION", "ACCOUNT", "CLUSTER", "/sockerless*"


def policy(
    region: str = REGION, account: str = ACCOUNT, cluster: str = CLUSTER, log_groups: str = LOG_GROUPS
) -> dict[str, Any]:
    """The policy document; ``log_groups`` is a pattern of the CloudWatch groups that the daemon's tasks log to."""
    cluster_arn = f"arn:aws:ecs:{region}:{account}:cluster/{cluster}"
    groups = f"arn:aws:logs:{region}:{account}:log-group:{log_groups}"
    there = {"StringEquals": {"aws:RequestedRegion": region}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allowed("Cluster", [cluster_arn], "ecs:DescribeClusters"),
            _allowed(
                "Tasks",
                [f"arn:aws:ecs:{region}:{account}:task/{cluster}/*"],
                *("ecs:DescribeTasks", "ecs:StopTask"),
            ),
            _allowed("TasksOfTheCluster", ["*"], "ecs:ListTasks", only={"ArnEquals": {"ecs:cluster": cluster_arn}}),
            _allowed(
                "TaskDefinitions",
                ["*"],
                *("ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"),
                only=there,
            ),
            _allowed(
                "Networks",
                ["*"],
                *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
                only=there,
            ),
            _allowed("LogGroups", [f"arn:aws:logs:{region}:{account}:log-group:*"], "logs:DescribeLogGroups"),
            # The name ends in a wildcard, so each covers the streams of its groups too.
            _allowed(
                "Logs",
                [groups],
                *("logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents"),
            ),
            _allowed("Identity", ["*"], "sts:GetCallerIdentity"),
        ],
    }


def _allowed(name: str, resources: list[str], *actions: str, only: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Sid": name, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return {**statement, "Condition": only} if only else statement


if __name__ == "__main__":
    sys.stdout.write(json.dumps(policy(), indent=2) + "\n")
