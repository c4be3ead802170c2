"""Where a run's resources can be if nobody watched it: everywhere, as far as it can be searched in a bounded time.

What carries a token in its name is found among thousands; what carries it inside only is found among the first few
hundred. Where a bound was reached is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.aws.account import Account, observed
from support.aws.fargate import Task, described, listed
from support.aws.resources import carries

_NAMES = 10_000  # task definitions whose names are compared, per status
_INSIDES = 200  # task definitions that are described, though their names say nothing
_GROUPS = 50  # log groups
_CLOCKS_DIFFER = 300  # seconds by which AWS's clock and ours may differ


class Everywhere:
    """A ``Scope`` on all of the account, of a run that began at ``began`` (seconds since 1970).

    ``say`` takes what is left out, a line each, once.
    """

    def __init__(self, account: Account, began: float, say: Callable[[str], None]) -> None:
        self._account = account
        self._began = began
        self._say = say
        self._said: set[str] = set()
        self.sees_all_definitions = True
        self._definitions: dict[str, dict[str, Any]] = {}

    def is_new(self, group: dict[str, Any]) -> bool:
        """Whether it was made after the run began, as far as two clocks agree; not where AWS has no time of it."""
        made: float = group.get("creationTime", 0) / 1000
        return made > self._began - _CLOCKS_DIFFER

    def is_new_definition(self, definition: dict[str, Any]) -> bool:
        """The same of a task definition."""
        made = definition.get("registeredAt")
        return made is not None and made.timestamp() > self._began - _CLOCKS_DIFFER

    def tasks(self, tokens: list[str]) -> list[Task]:
        """The cluster's tasks that carry a token in their tags, overrides or names, or in their definition."""
        found = []
        for batch in described(self._account, listed(self._account)):
            for seen in batch:
                definition = {} if carries(seen, tokens) else self._definition(seen["taskDefinitionArn"])
                if carries([seen, definition], tokens):
                    found.append(Task(seen["taskArn"], seen, definition))
        return found

    def definitions(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]:
        """Those that are called by a token, also where they are INACTIVE; and others that are ACTIVE."""
        active, inactive = self._names("ACTIVE", unseen), self._names("INACTIVE", unseen)
        named = [arn for arn in (*active, *inactive) if carries(arn, tokens)]
        others = [arn for arn in active if arn not in named]
        is_all = self._bound(others, _INSIDES, "ACTIVE task definitions were described")
        self.sees_all_definitions = is_all and not unseen
        return named + others[:_INSIDES]

    def groups(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]:
        """The account's log groups: a stream outlives its task, and its task's definition."""
        names = self._listed(unseen, _GROUPS, "logs", "describe_log_groups", "logGroups")
        self._bound(names, _GROUPS, "log groups were searched")
        return [str(group["logGroupName"]) for group in names[:_GROUPS]]

    def _names(self, status: str, unseen: list[str]) -> list[str]:
        arns = self._listed(unseen, _NAMES, "ecs", "list_task_definitions", "taskDefinitionArns", status=status)
        self._bound(arns, _NAMES, f"{status} task definitions were listed")
        return arns[:_NAMES]

    def _listed(self, unseen: list[str], most: int, service: str, operation: str, key: str, **asked: str) -> list[Any]:
        """What a list call has, one entry more than ``most`` at most."""
        config = {"MaxItems": most + 1}
        return observed(
            lambda: list(self._account.every(service, operation, key, PaginationConfig=config, **asked)), [], unseen
        )

    def _definition(self, arn: str) -> dict[str, Any]:
        if arn not in self._definitions:
            if len(self._definitions) >= _INSIDES:
                self._leave_out(f"{_INSIDES} definitions of tasks were described")
                return {}
            self._definitions[arn] = self._account.definition(arn, [])
        return self._definitions[arn]

    def _bound(self, found: list[Any], most: int, what: str) -> bool:
        """Whether these are no more than can be searched; says so where not."""
        if len(found) > most:
            self._leave_out(f"the first {most} {what}")
        return len(found) <= most

    def _leave_out(self, searched: str) -> None:
        if searched not in self._said:
            self._said.add(searched)
            self._say(f"AWS holds more than can be searched: only {searched}")
