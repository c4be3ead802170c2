"""What a run has in the AWS account: found without knowing the daemon's naming, removed only if it is ours.

Ours is a task that carries the run's or one of its containers' IDs; a task definition that does, or that appeared
with the run and that such a task was run from; a log stream that is named after one of them; a log group that appeared
with the run or with one beside it, holds no other streams and is named by no other definition.

What cannot be observed or done in this account costs nothing else: each function returns what it could see, and the
lines that say what it could not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from support.attempt import attempt, described
from support.aws.account import Account, observed
from support.aws.errors import Absent, NotObservable, Rejected
from support.aws.fargate import SHORT, Task
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

T = TypeVar("T")
_MOST_STREAMS = 1_000  # that are listed of a log group, the latest first


class Facts(NamedTuple, Generic[T]):
    """What could be seen, and what could not, a line each."""

    found: list[T]
    unseen: list[str]


@dataclass(frozen=True)
class AwsResource:
    """A task, task definition, log stream (its name is ``group stream``) or log group; ``kind`` says which."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass
class Cleared:
    """What a clean-up did: what it ``removed``, and a line each for the rest.

    ``left`` could have been removed and was not; ``refused`` is left because the account or its endpoint refuses the
    removal for good, ``failed`` because asking for it failed, which says nothing about the daemon; ``unseen`` is what
    could not be observed.
    """

    removed: list[AwsResource] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """What the evidence is to say of it, a line each."""
        removed = ", ".join(map(str, self.removed))
        return [*([f"the daemon had left in AWS, and the suite removed: {removed}"] if removed else []), *self.unseen]


class Scope(Protocol):
    """Where a run's resources can be at all; ``unseen`` takes a line for what cannot be observed.

    ``is_new`` and ``is_new_definition`` say whether a log group or a task definition came with the run, or the group
    with one beside it. ``tasks`` are those that carry one of the tokens; ``definitions`` are ARNs and ``groups`` names
    that may be ours.
    ``sees_all_definitions`` is whether no new one can have been missed.
    """

    sees_all_definitions: bool

    def is_new(self, group: dict[str, Any]) -> bool: ...
    def is_new_definition(self, definition: dict[str, Any]) -> bool: ...
    def tasks(self, tokens: list[str]) -> list[Task]: ...
    def definitions(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]: ...
    def groups(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]: ...


class AwsResources:
    """What is ours of all that there is."""

    def __init__(self, account: Account, scope: Scope) -> None:
        self._account = account
        self._scope = scope
        self._definitions: dict[str, dict[str, Any]] = {}  # but for their status they never change

    def left(self, tokens: Collection[str], beside: Collection[str] = ()) -> Facts[AwsResource]:
        """What is still there of ours, in the order in which it is to be removed.

        ``beside`` are the tokens of other runs whose resources are removed before: no log group is left because of
        them. Raises ``NotJudged`` where one kind of them could not be searched.
        """
        found, unseen, problems = self._searched(tokens, beside)
        if problems:
            raise NotJudged("; ".join(problems))
        return Facts(found, unseen)

    def _searched(
        self, tokens: Collection[str], beside: Collection[str] = ()
    ) -> tuple[list[AwsResource], list[str], list[str]]:
        """The same, and a line for each kind that could not be searched, whatever that raised; the others are."""
        unseen: list[str] = []
        short, others = ([token[:SHORT] for token in each] for each in (tokens, beside))
        tasks, of_tasks = attempt(list[Task](), observed, lambda: self._scope.tasks(short), list[Task](), unseen)
        found = [AwsResource("task", task.arn) for task in tasks if task.status != "STOPPED"]
        used = list(dict.fromkeys(task.definition_arn for task in tasks))
        listed, of_list = attempt(list[str](), self._scope.definitions, short, tasks, unseen)
        arns = dict.fromkeys([*listed, *used])
        ours, of_definitions = attempt(dict[str, dict[str, Any]](), self._ours, arns, short, used, unseen)
        found += [AwsResource("task definition", arn) for arn, each in ours.items() if each.get("status") == "ACTIVE"]
        problems = [each for each in (of_tasks, of_list, of_definitions) if each]
        if not problems:  # whose a log group is, is known by the others
            logs, problem = attempt(list[AwsResource](), self._logs, (short, others), tasks, ours, arns, unseen)
            found += logs
            problems += [problem] if problem else []
        return found, unseen, problems

    def _logs(
        self,
        tokens: tuple[list[str], list[str]],
        tasks: list[Task],
        ours: dict[str, dict[str, Any]],
        arns: Collection[str],
        unseen: list[str],
    ) -> list[AwsResource]:
        """The log streams and groups; ``tokens`` are the run's, and others'."""
        short, others = tokens
        found: list[AwsResource] = []
        foreign = [each for arn, each in self._definitions.items() if arn in arns and arn not in ours]
        needed = {group for each in foreign if not carries(each, others) for group in log_groups(each)}
        named = {group for each in ours.values() for group in log_groups(each)}
        run_from = {group for task in tasks for group in log_groups(task.definition)}
        streams = [*short, *(task.id for task in tasks)]
        called = self._scope.groups(short, tasks, unseen)
        for name in dict.fromkeys([*sorted(named), *sorted(run_from), *called]):
            there = self._streams(name, unseen)
            own = [stream for stream in there or () if any(token in stream for token in streams)]
            found += [AwsResource("log stream", f"{name} {stream}") for stream in own]
            strange = [stream for stream in there or () if not any(token in stream for token in (*streams, *others))]
            is_whole = there is not None and len(there) < _MOST_STREAMS
            is_ours = name in named or own or carries(name, short)
            if is_ours and is_whole and not strange and name not in needed and self._is_new(name, unseen):
                if carries(name, short) or self._scope.sees_all_definitions:
                    found.append(AwsResource("log group", name))
                else:
                    unseen.append(f"not observable here: whether others log to the new log group {name}, which stays")
        return found

    def clear(self, tokens: Collection[str], within: float) -> Cleared:
        """Remove all that is found until nothing is, ``within`` seconds at most; what is refused is asked once.

        Raises ``NotJudged`` where one kind could not be searched, after the others were removed.
        """
        cleared = Cleared()
        found: dict[AwsResource, None] = {}
        ignored: list[AwsResource] = []  # that were removed, by the answers, and are there

        def is_empty() -> Seen[bool]:
            left, unseen, problems = self._searched(tokens)
            found.update(dict.fromkeys(left))
            cleared.unseen = list(dict.fromkeys([*cleared.unseen, *unseen]))
            refused, failed = self.remove(left)
            ignored[:] = [each for each in left if each not in refused and each not in failed]
            cleared.failed = [f"{each}: {why}" for each, why in failed.items()]
            cleared.removed = [each for each in found if each not in left]
            cleared.refused = _by_refusal(refused)
            if problems:
                raise NotJudged("; ".join([*problems, *cleared.failed, *cleared.refused]))
            is_over = len(refused) == len(left)
            return done(True) if is_over else not_yet("; ".join(cleared.failed) or ", ".join(map(str, left)))

        try:
            until(is_empty, "nothing of the run to be left in AWS", within)
        except AssertionError as error:
            cleared.left = [str(error)] if ignored else []
        return cleared

    def remove(self, resources: Iterable[AwsResource]) -> tuple[dict[AwsResource, str], dict[AwsResource, str]]:
        """Remove them in order, go on after an error: what is refused for good, and what fails, each with the line."""
        refused, failed = {}, {}
        for resource in resources:
            try:
                self._remove(resource)
            except NotObservable as error:
                refused[resource] = str(error)
            except Rejected:
                continue  # where it is there all the same, it is left, whatever AWS says of it
            except Exception as error:  # noqa: BLE001 - whatever a library makes of AWS's answer
                failed[resource] = described(error)
        return refused, failed

    def active_definitions(self, *tokens: str) -> Facts[str]:
        """AC-8: the task definitions that these containers' tasks had, or that carry their IDs, and that are ACTIVE."""
        unseen: list[str] = []
        short = [token[:SHORT] for token in tokens]
        tasks = observed(lambda: self._scope.tasks(short), list[Task](), unseen)
        listed = self._scope.definitions(short, tasks, unseen)
        used = {task.definition_arn: self._account.definition(task.definition_arn, unseen) for task in tasks}
        found = used | self._ours((arn for arn in listed if arn not in used), short, [], unseen)
        active = [arn for arn, each in found.items() if each.get("status") == "ACTIVE"]
        if "ecs:DescribeTaskDefinition" in self._account.refused:  # what is listed is ACTIVE, too
            active += [arn for arn in used if arn in listed and arn not in active]
        return Facts(active, unseen)

    def _remove(self, resource: AwsResource) -> None:
        call, name = self._account.call, resource.name
        removers: dict[str, Callable[[], object]] = {
            "task": lambda: call(
                "ecs", "stop_task", cluster=self._account.placement.cluster, task=name, reason="acceptance run is over"
            ),
            "task definition": lambda: call("ecs", "deregister_task_definition", taskDefinition=name),
            "log stream": lambda: call(
                "logs", "delete_log_stream", logGroupName=name.split(" ")[0], logStreamName=name.split(" ")[1]
            ),
            "log group": lambda: call("logs", "delete_log_group", logGroupName=name),
        }
        removers[resource.kind]()

    def _ours(
        self, arns: Iterable[str], tokens: list[str], used: list[str], unseen: list[str]
    ) -> dict[str, dict[str, Any]]:
        """The definitions among these that carry a token, or that a task of ours was run from and that came with it.

        One that was there before may be shared by all tasks of a daemon's.
        """
        ours = {}
        for arn in arns:
            known = self._definitions.get(arn)
            definition = self._definitions[arn] = known or self._account.definition(arn, unseen)
            if carries(definition, tokens) or (arn in used and self._scope.is_new_definition(definition)):
                ours[arn] = self._account.definition(arn, unseen) if known else definition  # its status is of now
        return ours

    def _streams(self, group: str, unseen: list[str]) -> list[str] | None:
        """The names of a group's streams, the latest first; None where there is no such group, or it cannot be seen."""

        def listed() -> list[str]:
            streams = self._account.every(
                "logs",
                "describe_log_streams",
                "logStreams",
                logGroupName=group,
                orderBy="LastEventTime",
                descending=True,
                PaginationConfig={"MaxItems": _MOST_STREAMS},
            )
            return [str(stream["logStreamName"]) for stream in streams]

        try:
            return observed(listed, None, unseen)
        except Absent:
            return None

    def _is_new(self, name: str, unseen: list[str]) -> bool:
        group = observed(lambda: group_named(self._account, name), None, unseen)
        return group is not None and self._scope.is_new(group)


def _by_refusal(refused: dict[AwsResource, str]) -> list[str]:
    """A line for each kind of resource and refusal, e.g. ``2 log streams left: not observable here: …: name, name``."""
    names: dict[tuple[str, str], list[str]] = {}
    for resource, why in refused.items():
        names.setdefault((resource.kind, why), []).append(resource.name)
    return [
        f"{len(each)} {kind}{'s' if len(each) > 1 else ''} left: {why}: {', '.join(each)}"
        for (kind, why), each in names.items()
    ]


def group_named(account: Account, name: str) -> dict[str, Any] | None:
    """The CloudWatch group of exactly this name as AWS describes it; None where there is none."""
    groups = account.every("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return next((group for group in groups if group["logGroupName"] == name), None)


def carries(described: object, tokens: Iterable[str]) -> bool:
    """Whether one of these texts is anywhere in what AWS described."""
    text = json.dumps(described, default=str)
    return any(token in text for token in tokens)


def log_groups(definition: dict[str, Any]) -> Iterable[str]:
    """The CloudWatch groups that a task definition's containers log to."""
    for container in definition.get("containerDefinitions", []):
        options = (container.get("logConfiguration") or {}).get("options", {})
        if "awslogs-group" in options:
            yield options["awslogs-group"]
