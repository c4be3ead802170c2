"""The Fargate tasks behind a run's containers, watched from their first appearance to their end.

A task is recognised without knowing how a daemon names things: it is new since the run began, and its tags, task
definition or family carry the container's ID or the run's.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support import progress
from support.aws.account import Account
from support.aws.errors import NotObservable
from support.verdicts import NotJudged
from support.waiting import History, Seen, TimedOut, done, not_yet, until

_ASK_EVERY = 1.0  # seconds; an account's quota of calls is for all its users, the daemon under test among them
_ASK_EVERY_SIMULATED = 0.4  # seconds
_ASK_EVERY_ON_THE_WAY = 0.1  # seconds while a task starts or ends on a simulator: there a status lasts no longer
_STOPPED_EVERY = 5.0  # seconds; what was not seen before it stopped is the exception
_STATUSES = ("RUNNING", "STOPPED")  # wanted ones, as tasks are listed by
_DESCRIBED_AT_ONCE = 100
_CALLS_OF_AN_UPDATE = 3  # one after the other, of which each may take its time
SHORT = 12  # characters of an ID that people and task names use


@dataclass
class Task:
    """One task as last described, and the ``statuses`` that it had: (status, seconds on the monotonic clock).

    ``text`` is all that AWS said of it, its tags, names and definition included, to be searched.
    """

    arn: str
    seen: dict[str, Any]
    definition: dict[str, Any]
    statuses: list[tuple[str, float]] = field(default_factory=list)
    text: str = ""

    def record(self, seen: dict[str, Any], at: float) -> None:
        """Take the answer to a DescribeTasks that began then."""
        self.seen = seen
        self.text = json.dumps([seen, self.definition], default=str)
        self.statuses.append((self.status, at))

    def status_at(self, moment: float) -> str:
        """The last status before that moment, or else the first."""
        known = list(self.statuses)
        return next((status for status, at in reversed(known) if at <= moment), known[0][0] if known else "MISSING")

    def is_known_at(self, moment: float) -> bool:
        """Whether AWS described it after that moment, or it can change no more."""
        return self.status == "STOPPED" or bool(self.statuses and self.statuses[-1][1] >= moment)

    @property
    def status(self) -> str:
        """``lastStatus`` as last described."""
        return str(self.seen.get("lastStatus", "MISSING"))

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def definition_arn(self) -> str:
        """The task definition that it was run from."""
        return str(self.seen.get("taskDefinitionArn", ""))

    @property
    def is_elsewhere(self) -> str:
        """Its launch type or capacity provider, where that is not Fargate's; ``""`` also where AWS names neither."""
        named = self.seen.get("launchType") or self.seen.get("capacityProviderName") or ""
        return "" if str(named).startswith("FARGATE") else str(named)

    @property
    def interface(self) -> dict[str, str]:
        """What its attachment says: ``subnetId``, ``networkInterfaceId``, ``privateIPv4Address``, as far as it does."""
        for attachment in self.seen.get("attachments", []):
            if attachment.get("type") == "ElasticNetworkInterface":
                return {detail["name"]: detail["value"] for detail in attachment.get("details", [])}
        return {}

    @property
    def address(self) -> str:
        """Its private IPv4 address, from its attachment or else from its containers; ``""`` where neither has one."""
        interfaces = [each.get("networkInterfaces") or [] for each in self.seen.get("containers", [])]
        addresses = [each.get("privateIpv4Address") for several in interfaces for each in several]
        named = [self.interface.get("privateIPv4Address"), *addresses]
        return next((str(address) for address in named if address), "")

    @property
    def exit_code(self) -> int | None:
        """Of its essential container, once AWS has it; an injected side-car may come first."""
        names = [each["name"] for each in essential(self.definition.get("containerDefinitions", []))]
        named = [each for each in self.seen.get("containers", []) if each.get("name") in names]
        return next((each["exitCode"] for each in named if "exitCode" in each), None)

    def seconds(self) -> float:
        """How long it ran by AWS's times; to now where it has not stopped."""
        started: datetime | None = self.seen.get("startedAt")
        if started is None:
            return 0.0
        ended: datetime = self.seen.get("stoppedAt") or datetime.now(started.tzinfo)
        return max(0.0, (ended - started).total_seconds())

    def history(self) -> str:
        """The statuses with how long each was seen, and why it stopped."""
        history = History()
        for status, at in self.statuses:
            history.add(status, at - self.statuses[0][1])
        why = " ".join(str(self.seen[key]) for key in ("stopCode", "stoppedReason") if self.seen.get(key))
        return f"task {self.id}: {history}{f' ({why})' if why else ''}"


class Watch:
    """Describes all tasks that are new in the cluster, in a thread of its own, from ``open`` to ``close``.

    ``unseen`` says why no task can be seen, where ListTasks or DescribeTasks is refused for good.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._before: set[str] = set()
        self._tasks: dict[str, Task] = {}
        self._definitions: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._hurry = threading.Event()
        self._updated = threading.Condition()
        self._updates = self._wanted = 0
        self._next_stopped = 0.0
        self.problem = ""
        self.unseen = ""
        self._thread = threading.Thread(target=self._run, name="task watch", daemon=True)

    def open(self) -> Watch:
        """Begin: what is there now is not new. Raises ``NotJudged`` where the tasks cannot be listed for now."""
        try:
            self._before = set(listed(self._account))
        except NotObservable as error:
            self.unseen = str(error)
        else:
            self._thread.start()
        return self

    def tasks(self) -> list[Task]:
        """All tasks that are new since the watch began, others' too."""
        with self._lock:
            return list(self._tasks.values())

    def of(self, *tokens: str) -> list[Task]:
        """The new tasks that carry one of these texts: container IDs (their first 12 characters), the run's ID."""
        short = [token[:SHORT] for token in tokens if token]
        return [task for task in self.tasks() if any(token in task.text for token in short)]

    def wait_for_update(self, within: float) -> None:
        """Until the tasks have been described another time, or so many seconds have passed."""
        with self._updated:
            seen = self._updates
            self._updated.wait_for(lambda: self._updates > seen, timeout=within)

    def update(self) -> None:
        """Until all tasks were listed and described by calls that began after this one. Raises as ``must_see`` does."""
        within = _CALLS_OF_AN_UPDATE * self._account.patience.within
        with progress.waiting("AWS to describe the tasks", within), self._updated:
            before = self._updates
            # The update that goes on now may have asked already; where it fails, that is news enough.
            wanted = self._wanted = before + 2
            self._hurry.set()
            is_over = self._updated.wait_for(
                lambda: self.unseen or self._updates >= wanted or (self.problem and self._updates > before), within
            )
            self.must_see()
            if not is_over:
                raise NotJudged(f"the tasks could not be described: no answer for {within:g} s")

    def must_see(self) -> None:
        """Raises ``NotObservable`` where tasks cannot be seen here, ``NotJudged`` where the last update failed."""
        if self.unseen:
            raise NotObservable(self.unseen)
        if self.problem:
            raise NotJudged(f"the tasks could not be described: {self.problem}")

    def task_of(self, container_id: str, within: float) -> Task:
        """The task behind a container, once it appears. Raises ``TimedOut`` with what did appear."""

        def appeared() -> Seen[Task]:
            if found := self.of(container_id):
                return done(found[-1])
            self.must_see()
            return not_yet(f"{len(self.tasks())} new tasks, none of which carries {container_id[:SHORT]}")

        try:
            return until(appeared, f"the task of container {container_id[:SHORT]}", within)
        except TimedOut:
            self.update()  # a slow AWS may not have been asked since it appeared
            if (task := appeared().value) is None:
                raise
            return task

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._hurry.set()
        if self._thread.is_alive():
            self._thread.join(self._account.patience.within)

    def _run(self) -> None:
        while not self._ended.is_set() and not self.unseen:
            try:
                self._update()
                self.problem = ""
            except NotObservable as error:
                self.unseen = str(error)
            except NotJudged as error:
                self.problem = str(error)
            except Exception as error:  # noqa: BLE001 - of what AWS never answers; nobody else would ask again
                self.problem = f"AWS describes them in an unknown form: {type(error).__name__}: {error}"
            with self._updated:
                self._updates += 1
                self._updated.notify_all()
                if self._updates >= self._wanted:
                    self._hurry.clear()
            self._hurry.wait(self._pause())

    def _pause(self) -> float:
        if not self._account.endpoint:
            return _ASK_EVERY
        on_the_way = any(task.status not in ("RUNNING", "STOPPED") for task in self.tasks())
        return _ASK_EVERY_ON_THE_WAY if on_the_way else _ASK_EVERY_SIMULATED

    def _update(self) -> None:
        now = time.monotonic()
        has_stopped = now >= self._next_stopped or self._wanted > self._updates
        if has_stopped:
            self._next_stopped = now + (0.0 if self._account.endpoint else _STOPPED_EVERY)
        arns = listed(self._account, _STATUSES if has_stopped else _STATUSES[:1])
        new = [arn for arn in arns if arn not in self._before and arn not in self._tasks]
        self._describe([*(task.arn for task in self.tasks() if task.status != "STOPPED"), *new])

    def _describe(self, arns: list[str]) -> None:
        began = time.monotonic()
        for batch in described(self._account, arns):
            for seen in batch:
                self._record(seen, began)
            began = time.monotonic()

    def _record(self, seen: dict[str, Any], began: float) -> None:
        arn = seen["taskArn"]
        task = self._tasks.get(arn) or Task(arn, seen, self._definition(seen["taskDefinitionArn"]))
        task.record(seen, began)
        with self._lock:
            self._tasks[arn] = task

    def _definition(self, arn: str) -> dict[str, Any]:
        """What a task was run from; empty where that cannot be seen, for its tags may say whose it is."""
        if arn not in self._definitions:
            self._definitions[arn] = self._account.definition(arn, [])
        return self._definitions[arn]


def log_streams(task: Task) -> list[tuple[str, str]]:
    """The log groups and streams of its essential containers, named as ECS names them."""
    defined = task.definition.get("containerDefinitions", [])
    logging = [(each["name"], each.get("logConfiguration", {}).get("options", {})) for each in essential(defined)]
    return [
        (options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{name}/{task.id}")
        for name, options in logging
        if "awslogs-group" in options and "awslogs-stream-prefix" in options
    ]


def essential(defined: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The containers of a definition whose end is the task's; agents and side-cars that end before are none."""
    return [each for each in defined if each.get("essential", True)]


def listed(account: Account, statuses: Iterable[str] = _STATUSES) -> list[str]:
    """The ARNs of all tasks in the cluster, those that stopped in the last hour or so included."""
    cluster = account.placement.cluster
    return [
        arn
        for status in statuses
        for arn in account.every("ecs", "list_tasks", "taskArns", cluster=cluster, desiredStatus=status)
    ]


def described(account: Account, arns: list[str]) -> Iterator[list[dict[str, Any]]]:
    """These tasks as AWS describes them, in batches, without those that it does not know (any more)."""
    cluster = account.placement.cluster
    for start in range(0, len(arns), _DESCRIBED_AT_ONCE):
        batch = arns[start : start + _DESCRIBED_AT_ONCE]
        yield account.call("ecs", "describe_tasks", cluster=cluster, tasks=batch, include=["TAGS"])["tasks"]
