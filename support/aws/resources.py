"""What a run has in the AWS account: found without knowing the daemon's naming, removed only if it is ours.

Ours is a task that carries the run's or one of its containers' IDs; a task definition that does, or that appeared
with the run and that such a task was run from; a log stream that is named after one of them; a log group that appeared
with the run, holds no other streams and is named by no other definition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from support.aws.account import Account
from support.aws.fargate import SHORT, Task, Watch
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

_LOG_GROUPS = ("describe_log_groups", "logGroups")


@dataclass(frozen=True)
class AwsResource:
    """A task, task definition, log stream (its name is ``group stream``) or log group; ``kind`` says which."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Scope(Protocol):
    """Where a run's belongings can be at all.

    ``is_new`` and ``is_new_definition`` tell whether a log group or a task definition appeared with the run. ``tasks``
    are those that carry one of the tokens; ``definitions`` are ARNs and ``groups`` names that are worth a look.
    ``most_streams`` of a log group are looked at (None: all).
    """

    most_streams: int | None

    def is_new(self, group: dict[str, Any]) -> bool: ...
    def is_new_definition(self, told: dict[str, Any]) -> bool: ...
    def tasks(self, tokens: list[str]) -> list[Task]: ...
    def definitions(self, tokens: list[str]) -> list[str]: ...
    def groups(self, tokens: list[str]) -> list[str]: ...


class SinceBegin:
    """What is new since the run began, which is now."""

    most_streams: int | None = None

    def __init__(self, account: Account, watch: Watch) -> None:
        self._account = account
        self._watch = watch
        self._before = set(definition_arns(account, "ACTIVE"))
        self._unlisted = ""
        self._groups_before: set[str] = set()
        try:
            self._groups_before.update(group["logGroupName"] for group in account.every("logs", *_LOG_GROUPS))
        except NotJudged as error:  # most of a run needs no look at logs
            self._unlisted = str(error)

    def is_new_definition(self, told: dict[str, Any]) -> bool:
        """Whether it was not ACTIVE when the run began."""
        return told["taskDefinitionArn"] not in self._before

    def is_new(self, group: dict[str, Any]) -> bool:
        """Whether it was not there when the run began. Raises ``NotJudged`` where that could not be seen."""
        if self._unlisted:
            raise NotJudged(self._unlisted)
        return group["logGroupName"] not in self._groups_before

    def tasks(self, tokens: list[str]) -> list[Task]:
        """As the watch sees them in a look that begins now."""
        self._watch.look_again()
        return self._watch.of(*tokens)

    def definitions(self, tokens: list[str]) -> list[str]:
        """Those that are new and ACTIVE, whatever they are called."""
        return [arn for arn in definition_arns(self._account, "ACTIVE") if arn not in self._before]

    def groups(self, tokens: list[str]) -> list[str]:
        """Those that are new and called by a token, beside those that definitions of ours name."""
        told = self._account.every("logs", *_LOG_GROUPS)
        return [
            str(each["logGroupName"]) for each in told if self.is_new(each) and carries(each["logGroupName"], tokens)
        ]


class AwsResources:
    """What is ours of all that there is."""

    def __init__(self, account: Account, sight: Scope) -> None:
        self._account = account
        self._sight = sight
        self._told: dict[str, dict[str, Any]] = {}  # definitions; but for their status they never change

    def left(self, tokens: Collection[str], beside: Collection[str] = ()) -> list[AwsResource]:
        """What is still there of ours, in the order in which it is to be removed.

        ``beside`` are the tokens of other runs whose belongings are removed before: no log group is left because of
        them.
        """
        short = [token[:SHORT] for token in tokens]
        tasks = self._sight.tasks(short)
        found = [AwsResource("task", task.arn) for task in tasks if task.status != "STOPPED"]
        used = [task.definition_arn for task in tasks]
        arns = dict.fromkeys([*self._sight.definitions(short), *used])
        ours = self._ours(arns, short, used)
        found += [AwsResource("task definition", arn) for arn, told in ours.items() if told.get("status") == "ACTIVE"]
        named = {group for told in ours.values() for group in log_groups(told)}
        others = [token[:SHORT] for token in beside]
        foreign = [told for arn, told in self._told.items() if arn in arns and arn not in ours]
        needed = {group for told in foreign if not carries(told, others) for group in log_groups(told)}
        streams = [*short, *(task.id for task in tasks)]
        return found + list(self._logs(named, needed, short, streams, others))

    def clear(self, tokens: Collection[str], within: float) -> tuple[list[AwsResource], str]:
        """Remove all that is found until nothing is: what was removed, and what could not be, in one line or ``""``."""
        removed: dict[AwsResource, None] = {}

        def is_empty() -> Seen[bool]:
            left = self.left(tokens)
            removed.update(dict.fromkeys(left))
            problems = self.remove(left)
            return not_yet("; ".join(problems) or ", ".join(map(str, left))) if left else done(True)

        try:
            until(is_empty, "nothing of the run to be left in AWS", within)
        except AssertionError as error:
            return list(removed), str(error)
        return list(removed), ""

    def remove(self, belongings: Iterable[AwsResource]) -> list[str]:
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

    def _ours(self, arns: Iterable[str], tokens: list[str], used: list[str]) -> dict[str, dict[str, Any]]:
        """The definitions among these that carry a token, or that a task of ours was run from and that came with it.

        One that was there before may be shared by all tasks of a daemon's.
        """
        ours = {}
        for arn in arns:
            known = self._told.get(arn)
            told = self._told[arn] = known or self._definition(arn)
            if carries(told, tokens) or (arn in used and self._sight.is_new_definition(told)):
                ours[arn] = self._definition(arn) if known else told  # its status is of now
        return ours

    def _logs(
        self, named: Collection[str], needed: Collection[str], tokens: list[str], streams: list[str], beside: list[str]
    ) -> Iterable[AwsResource]:
        """Streams of ours, and groups that are: new with the run, called by it, or named or used by it and nobody else.

        ``streams`` is what a stream of ours is told by; ``needed`` are groups that definitions of others name.
        """
        for name in dict.fromkeys([*sorted(named), *self._sight.groups(tokens)]):
            group = group_named(self._account, name)
            if group is None:
                continue
            there = self._streams(name)
            ours = [stream for stream in there if any(token in stream for token in streams)]
            yield from (AwsResource("log stream", f"{name} {stream}") for stream in ours)
            is_seen_whole = self._sight.most_streams is None or len(there) < self._sight.most_streams
            others = [stream for stream in there if not any(token in stream for token in (*streams, *beside))]
            is_free = is_seen_whole and not others and name not in needed
            if self._sight.is_new(group) and is_free and (ours or name in named or carries(name, tokens)):
                yield AwsResource("log group", name)

    def _streams(self, group: str) -> list[str]:
        latest_first = {"orderBy": "LastEventTime", "descending": True}
        told = self._account.every(
            "logs",
            "describe_log_streams",
            "logStreams",
            logGroupName=group,
            PaginationConfig={"MaxItems": self._sight.most_streams},
            **latest_first,
        )
        return [str(stream["logStreamName"]) for stream in told]

    def _definition(self, arn: str) -> dict[str, Any]:
        told: dict[str, Any] = self._account.call(
            "ecs", "describe_task_definition", taskDefinition=arn, include=["TAGS"]
        )
        return {**told["taskDefinition"], "tags": told.get("tags", [])}

    def active_definitions(self, *tokens: str) -> list[str]:
        """The task definitions that these containers' tasks had, or that tell of them, and that are ACTIVE (AC-8)."""
        short = [token[:SHORT] for token in tokens]
        used = [task.definition_arn for task in self._sight.tasks(short)]
        told = {arn: self._definition(arn) for arn in used} | self._ours(self._sight.definitions(short), short, [])
        return [arn for arn, each in told.items() if each.get("status") == "ACTIVE"]


def definition_arns(account: Account, status: str, most: int | None = None) -> list[str]:
    """The ARNs of the task definitions that are ``ACTIVE`` or ``INACTIVE``, ``most`` of them (None: all)."""
    config = {"MaxItems": most}
    return list(
        account.every("ecs", "list_task_definitions", "taskDefinitionArns", status=status, PaginationConfig=config)
    )


def group_named(account: Account, name: str) -> dict[str, Any] | None:
    """The CloudWatch group of exactly this name as AWS tells it; None where there is none."""
    told = account.every("logs", *_LOG_GROUPS, logGroupNamePrefix=name)
    return next((group for group in told if group["logGroupName"] == name), None)


def carries(told: object, tokens: Iterable[str]) -> bool:
    """Whether one of these texts is anywhere in what AWS told."""
    text = json.dumps(told, default=str)
    return any(token in text for token in tokens)


def log_groups(definition: dict[str, Any]) -> Iterable[str]:
    """The CloudWatch groups that a task definition's containers log to."""
    for container in definition.get("containerDefinitions", []):
        options = container.get("logConfiguration", {}).get("options", {})
        if "awslogs-group" in options:
            yield options["awslogs-group"]
