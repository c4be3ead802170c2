"""The runs whose label something in AWS carries: a task or a task definition, by its tags or its Docker labels."""

from __future__ import annotations

import json
import re
from typing import Any

from support.aws.account import Account, observed
from support.aws.fargate import described, listed

_MOST = 200  # task definitions that are described


def runs_in(account: Account, label: str, unseen: list[str]) -> list[tuple[str, float | None]]:
    """Of each task that has not ended, and of each ACTIVE definition, that carries a label: its value, and when it was
    made. ``unseen`` takes a line for what cannot be observed.
    """
    pattern = re.compile(rf"{re.escape(label)}\W+(?:value\W+)?([0-9a-f]+e?)\b", re.IGNORECASE)
    tasks = observed(
        lambda: [each for batch in described(account, listed(account)) for each in batch], _NOTHING, unseen
    )
    found = [(task, task.get("createdAt")) for task in tasks if task.get("lastStatus") != "STOPPED"]
    arns = observed(
        lambda: list(
            account.every(
                "ecs",
                "list_task_definitions",
                "taskDefinitionArns",
                status="ACTIVE",
                PaginationConfig={"MaxItems": _MOST},
            )
        ),
        list[str](),
        unseen,
    )
    definitions = [account.definition(arn, unseen) for arn in arns]
    found += [(each, each.get("registeredAt")) for each in definitions]
    return [
        (run, made.timestamp() if made is not None else None)
        for thing, made in found
        for run in set(pattern.findall(json.dumps(thing, default=str)))
    ]


_NOTHING: list[dict[str, Any]] = []
