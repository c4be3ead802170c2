"""Where a run's resources can be if the run was watched: among what came since it began, in a few calls.

In an account whose task definitions fit on one page of a list, all new ones are compared; likewise its log groups. In a
larger one, and where they cannot be listed, they are asked for by the names that the daemon gave to those of its tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from support.aws.account import Account, observed
from support.aws.fargate import Task, Watch, described, listed
from support.aws.resources import carries, log_groups
from support.clock import steady_time
from support.verdicts import NotJudged

_CLOCK_RESOLUTION = 1.0  # seconds, of the header by which AWS's clock is compared with ours
_TASKS_STAY = 3600.0  # seconds for which AWS lists a task that stopped, more or less
_USUAL_FAMILY = "sockerless-{}"  # where no task of the run shows how its daemon names them
_NAME = "{}"


class SinceBegin:
    """A ``Scope`` on what is new since ``open``; tasks of any run of the suite carry ``label``."""

    def __init__(self, account: Account, watch: Watch, label: str) -> None:
        self._account = account
        self._watch = watch
        self._label = label
        self._began = 0.0
        self._definitions_before: set[str] = set()
        self._groups_before: set[str] = set()
        self._knew_all_definitions = self._knew_all_groups = False
        self.sees_all_definitions = False

    def open(self) -> SinceBegin:
        """Begin. What could not be listed now is compared by its time later: most of a run needs neither."""
        with suppress(NotJudged):
            definitions, self._knew_all_definitions = _definitions_page(self._account)
            self._definitions_before.update(definitions)
        with suppress(NotJudged):
            groups, self._knew_all_groups = _groups_page(self._account)
            self._groups_before.update(str(group["logGroupName"]) for group in groups)
        self._began = steady_time() + self._account.clock_ahead
        return self

    def is_new_definition(self, definition: dict[str, Any]) -> bool:
        """Whether it was not ACTIVE when the run began."""
        if not definition or definition["taskDefinitionArn"] in self._definitions_before:
            return False
        made = definition.get("registeredAt")
        return self._knew_all_definitions or (made is not None and self._came_since(made.timestamp()))

    def is_new(self, group: dict[str, Any]) -> bool:
        """Whether it was not there when the run began, or came with a run beside it, which left it for this one."""
        made = group.get("creationTime", 0) / 1000
        if group["logGroupName"] in self._groups_before:
            return self._came_with_a_run(group["logGroupName"], made)
        return self._knew_all_groups or self._came_since(made)

    def tasks(self, tokens: list[str]) -> list[Task]:
        """As the watch finds them in calls that begin now."""
        self._watch.update()
        return self._watch.of(*tokens)

    def definitions(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]:
        """Those that are new and ACTIVE, whatever they are called; else those that are called as the tasks' are."""
        nothing: tuple[list[str], bool] = ([], False)
        arns, is_all = observed(lambda: _definitions_page(self._account), nothing, unseen)
        self.sees_all_definitions = is_all and self._knew_all_definitions
        new = [arn for arn in arns if arn not in self._definitions_before]
        if self.sees_all_definitions:
            return new
        names = [task.definition_arn.rpartition("/")[2].rpartition(":")[0] for task in tasks]
        families = _named_alike(names, tokens) if names else [_USUAL_FAMILY.replace(_NAME, token) for token in tokens]
        if not families:
            unseen.append("not observable here: task definitions of containers that never ran, among so many others'")
        called = [self._latest(family, unseen) for family in families]
        return [*(arn for arn in new if carries(arn, tokens)), *(arn for arn in called if arn)]

    def groups(self, tokens: list[str], tasks: list[Task], unseen: list[str]) -> list[str]:
        """Those that are called by a token, beside those that definitions name."""
        nothing: tuple[list[dict[str, Any]], bool] = ([], False)
        groups, is_all = observed(lambda: _groups_page(self._account), nothing, unseen)
        if not is_all:
            names = [group for task in tasks for group in log_groups(task.definition)]
            if names:
                return _named_alike(names, tokens)
            groups = [group for token in tokens if groups for group in _groups_page(self._account, token)[0]]
        return [str(each["logGroupName"]) for each in groups if carries(each["logGroupName"], tokens)]

    def _came_with_a_run(self, group: str, made: float) -> bool:
        """Whether a task of a run of the suite that logs to the group lived when it was made."""
        if not made or made < self._began - _TASKS_STAY:
            return False
        tasks = [task for batch in described(self._account, listed(self._account)) for task in batch]
        alive = [
            task for task in tasks if _time_of(task, "createdAt", 0.0) <= made <= _time_of(task, "stoppedAt", made)
        ]
        for task in alive:
            definition = self._account.definition(task["taskDefinitionArn"], [])
            if carries([task, definition], [self._label]) and group in log_groups(definition):
                return True
        return False

    def _came_since(self, made: float) -> bool:
        return made > self._began - _CLOCK_RESOLUTION

    def _latest(self, family: str, unseen: list[str]) -> str:
        found = self._account.definition(family, unseen)
        return str(found.get("taskDefinitionArn", ""))


def _time_of(task: dict[str, Any], key: str, missing: float) -> float:
    made = task.get(key)
    return made.timestamp() if made is not None else missing


def _named_alike(names: Iterable[str], tokens: list[str]) -> list[str]:
    """For each token what it would be called, as these names have the one or other; names without one as they are."""
    forms = {name.replace(token, _NAME) for name in names for token in tokens if token in name}
    return [form.replace(_NAME, token) for form in sorted(forms) for token in tokens]


def _definitions_page(account: Account) -> tuple[list[str], bool]:
    """The ARNs of the ACTIVE task definitions on the first page of their list, and whether these are all."""
    page = account.call("ecs", "list_task_definitions", status="ACTIVE")
    return page["taskDefinitionArns"], not page.get("nextToken")


def _groups_page(account: Account, pattern: str = "") -> tuple[list[dict[str, Any]], bool]:
    """The same of the log groups, or of those with this text in their names."""
    page = account.call("logs", "describe_log_groups", **({"logGroupNamePattern": pattern} if pattern else {}))
    return page["logGroups"], not page.get("nextToken")
