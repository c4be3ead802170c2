"""What a run has in the AWS account: found without knowing the daemon's naming, removed only if it is ours.

Ours is a task that carries the run's or one of its containers' IDs; a task definition that does, or that such a task
was run from; a log stream that is named after one of them; a log group that appeared with the run and holds no other
streams.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from support.aws.account import Account
from support.aws.fargate import SHORT, Watch
from support.verdicts import NotJudged

_CLOCKS_DIFFER = 300  # seconds by which AWS's clock and ours may differ


@dataclass(frozen=True)
class Belonging:
    """A task, task definition, log stream (its name is ``group stream``) or log group; ``kind`` says which."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Belongings:
    """Compares the account with what it was when the run began."""

    def __init__(self, account: Account, watch: Watch) -> None:
        self._account = account
        self._watch = watch
        self._began = time.time()
        self._definitions_before = set(self._active_definitions())

    def left(self, tokens: Collection[str]) -> list[Belonging]:
        """What is still there of ours, in the order in which it is to be removed."""
        self._watch.look_again()
        short = [token[:SHORT] for token in tokens]
        tasks = self._watch.of(*short)
        found = [Belonging("task", task.arn) for task in tasks if task.status != "STOPPED"]
        used = {task.definition_arn for task in tasks}
        definitions = [arn for arn in self._active_definitions() if arn not in self._definitions_before]
        described = {arn: self._definition(arn) for arn in {*definitions, *used}}
        ours = [arn for arn, told in described.items() if arn in used or _mentions(told, short)]
        found += [Belonging("task definition", arn) for arn in ours if described[arn].get("status") == "ACTIVE"]
        groups = dict.fromkeys(group for arn in ours for group in _groups(described[arn]))
        return found + list(self._logs(groups, [*short, *(task.id for task in tasks)]))

    def remove(self, belongings: Iterable[Belonging]) -> list[str]:
        """Remove them in this order, go on after an error; what could not be removed, a line each."""
        problems = []
        for belonging in belongings:
            try:
                self._removers[belonging.kind](belonging.name)
            except NotJudged as error:
                problems.append(f"{belonging}: {error}")
        return problems

    @property
    def _removers(self) -> dict[str, Callable[[str], object]]:
        call, cluster = self._account.call, self._account.placement.cluster
        return {
            "task": lambda arn: call("ecs", "stop_task", cluster=cluster, task=arn, reason="acceptance run is over"),
            "task definition": lambda arn: call("ecs", "deregister_task_definition", taskDefinition=arn),
            "log stream": lambda name: call(
                "logs", "delete_log_stream", logGroupName=name.split(" ")[0], logStreamName=name.split(" ")[1]
            ),
            "log group": lambda name: call("logs", "delete_log_group", logGroupName=name),
        }

    def _logs(self, groups: Iterable[str], tokens: list[str]) -> Iterable[Belonging]:
        for name in groups:
            told = self._account.every("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
            group = next((each for each in told if each["logGroupName"] == name), None)
            if group is None:
                continue
            streams = [
                str(stream["logStreamName"])
                for stream in self._account.every("logs", "describe_log_streams", "logStreams", logGroupName=name)
            ]
            ours = [stream for stream in streams if any(token in stream for token in tokens)]
            yield from (Belonging("log stream", f"{name} {stream}") for stream in ours)
            if len(ours) == len(streams) and group["creationTime"] / 1000 > self._began - _CLOCKS_DIFFER:
                yield Belonging("log group", name)

    def _active_definitions(self) -> list[str]:
        return list(self._account.every("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"))

    def _definition(self, arn: str) -> dict[str, Any]:
        told: dict[str, Any] = self._account.call(
            "ecs", "describe_task_definition", taskDefinition=arn, include=["TAGS"]
        )
        return {**told["taskDefinition"], "tags": told.get("tags", [])}

    def definition_status(self, arn: str) -> str:
        """``ACTIVE``, ``INACTIVE`` or ``DELETE_IN_PROGRESS``, as AWS tells it (AC-8)."""
        return str(self._definition(arn).get("status"))


def _mentions(told: dict[str, Any], tokens: Iterable[str]) -> bool:
    text = json.dumps(told, default=str)
    return any(token in text for token in tokens)


def _groups(definition: dict[str, Any]) -> Iterable[str]:
    for container in definition.get("containerDefinitions", []):
        options = container.get("logConfiguration", {}).get("options", {})
        if "awslogs-group" in options:
            yield options["awslogs-group"]
