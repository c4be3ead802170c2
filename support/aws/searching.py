"""Where a run's belongings can be if nobody watched it: everywhere, as far as it can be looked at in a bounded time.

What carries a token in its name is found among thousands; what carries it inside only is found among the first few
hundred. Where a bound was reached is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.aws.account import Account
from support.aws.fargate import Task, described, listed
from support.aws.resources import carries, definition_arns

_NAMES = 10_000  # task definitions whose names are looked at, per status
_INSIDES = 200  # task definitions that are looked into, though their names tell nothing
_GROUPS = 50  # log groups
_CLOCKS_DIFFER = 300  # seconds by which AWS's clock and ours may differ
_STREAMS = 1_000  # log streams of a group, the latest first


class Everywhere:
    """A ``Scope`` on all of the account, of a run that began at ``began`` (seconds since 1970).

    ``say`` takes what is left out, a line each, once.
    """

    most_streams: int | None = _STREAMS

    def __init__(self, account: Account, began: float, say: Callable[[str], None]) -> None:
        self._account = account
        self._began = began
        self._say = say
        self._said: set[str] = set()
        self._definitions: dict[str, dict[str, Any]] = {}

    def is_new(self, group: dict[str, Any]) -> bool:
        """Whether it was made after the run began, as far as two clocks tell."""
        made: float = group["creationTime"] / 1000
        return made > self._began - _CLOCKS_DIFFER

    def is_new_definition(self, told: dict[str, Any]) -> bool:
        """The same of a task definition."""
        made: float = told["registeredAt"].timestamp()
        return made > self._began - _CLOCKS_DIFFER

    def tasks(self, tokens: list[str]) -> list[Task]:
        """The cluster's tasks that carry a token in their tags, overrides or names, or in their definition."""
        found = []
        for batch in described(self._account, listed(self._account)):
            for seen in batch:
                definition = {} if carries(seen, tokens) else self._definition(seen["taskDefinitionArn"])
                if carries([seen, definition], tokens):
                    found.append(Task(seen["taskArn"], seen, definition))
        return found

    def definitions(self, tokens: list[str]) -> list[str]:
        """Those that are called by a token, also where they are INACTIVE; and others that are ACTIVE."""
        arns = {status: self._names(status) for status in ("ACTIVE", "INACTIVE")}
        named = [arn for each in arns.values() for arn in each if carries(arn, tokens)]
        others = [arn for arn in arns["ACTIVE"] if arn not in named]
        self._bound(others, _INSIDES, "ACTIVE task definitions were looked into")
        return named + others[:_INSIDES]

    def groups(self, tokens: list[str]) -> list[str]:
        """The account's log groups: a stream outlives its task, and what tells of its group."""
        config = {"MaxItems": _GROUPS + 1}
        told = self._account.every("logs", "describe_log_groups", "logGroups", PaginationConfig=config)
        names = [str(group["logGroupName"]) for group in told]
        self._bound(names, _GROUPS, "log groups were looked into")
        return names[:_GROUPS]

    def _names(self, status: str) -> list[str]:
        arns = definition_arns(self._account, status, _NAMES + 1)
        self._bound(arns, _NAMES, f"{status} task definitions were looked at")
        return arns[:_NAMES]

    def _definition(self, arn: str) -> dict[str, Any]:
        if arn not in self._definitions:
            if len(self._definitions) >= _INSIDES:
                self._leave_out(f"{_INSIDES} definitions of tasks were looked into")
                return {"not looked into": arn}
            told = self._account.call("ecs", "describe_task_definition", taskDefinition=arn)
            self._definitions[arn] = told["taskDefinition"]
        return self._definitions[arn]

    def _bound(self, found: list[str], most: int, what: str) -> None:
        if len(found) > most:
            self._leave_out(f"the first {most} {what}")

    def _leave_out(self, looked_at: str) -> None:
        if looked_at not in self._said:
            self._said.add(looked_at)
            self._say(f"AWS holds more than can be searched: only {looked_at}")
