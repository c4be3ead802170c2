"""A task definition as AWS describes it."""

from __future__ import annotations

from typing import Any

from support.aws.account import Account, observed
from support.aws.errors import Absent


def definition_of(account: Account, reference: str) -> dict[str, Any]:
    """A task definition by ARN or, its latest ACTIVE revision, by family, with its ``tags``; empty where none is."""
    try:
        answer = account.call("ecs", "describe_task_definition", taskDefinition=reference, include=["TAGS"])
    except Absent:
        return {}
    return {**answer["taskDefinition"], "tags": answer.get("tags", [])}


def definition_seen(account: Account, reference: str, unseen: list[str]) -> dict[str, Any]:
    """``definition_of``; empty also where it cannot be observed, with a line in ``unseen``."""
    return observed(lambda: definition_of(account, reference), {}, unseen)
