"""The AWS side of a target: its account, the tasks of the run in it, and what is to be cleaned up there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from support.aws.account import Account
from support.aws.fargate import Task, Watch, log_streams
from support.aws.resources import AwsResources, SinceBegin, group_named
from support.settings import Settings
from support.waiting import Seen, done, not_yet, until


class AwsBackend:
    """Opened with a target on ECS, closed after its clean-up."""

    def __init__(self, account: Account, settings: Settings) -> None:
        self.account = account
        self.watch = Watch(account)
        self.belongings = AwsResources(account, SinceBegin(account, self.watch))
        self._ended_within = settings.task_ends_within()
        self._price = settings.task_price

    def clean_up(self, tokens: Collection[str], note: Callable[[str], None]) -> list[str]:
        """Remove what the daemon left of a run, and note it; what is still there after that, a line each.

        Tasks that are ending are to be given their time before: see ``until_ended``.
        """
        removed, problem = self.belongings.clear(tokens, self._ended_within)
        if removed:
            note(f"the daemon had left in AWS, and the suite removed: {', '.join(map(str, removed))}")
        return [problem] if problem else []

    def until_ended(self, *tokens: str) -> list[str]:
        """Give the tasks with these texts the time to end; those that do not, a line each."""
        running: list[Task] = []

        def have_ended() -> Seen[bool]:
            self.watch.look_again()
            running[:] = [task for task in self.watch.of(*tokens) if task.status != "STOPPED"]
            return not_yet("; ".join(task.history() for task in running)) if running else done(True)

        try:
            until(have_ended, "the tasks to stop", self._ended_within)
        except AssertionError:
            return [f"still runs: {task.history()}" for task in running]
        return []

    def delivered(self, task: Task) -> list[tuple[datetime, str]]:
        """What CloudWatch holds of the task, where its definition says: times and messages (AC-11, AC-13)."""
        return [
            (datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(event["message"]))
            for group, stream in log_streams(task)
            if self._has_stream(group, stream)
            for event in self._events(group, stream)
        ]

    def _has_stream(self, group: str, stream: str) -> bool:
        if group_named(self.account, group) is None:
            return False
        streams = self.account.every(
            "logs", "describe_log_streams", "logStreams", logGroupName=group, logStreamNamePrefix=stream
        )
        return stream in [each["logStreamName"] for each in streams]

    def _events(self, group: str, stream: str) -> Iterator[dict[str, Any]]:
        """All pages: one may be empty with more behind it; the last one's token is its own."""
        token: dict[str, str] = {}
        while True:
            page = self.account.call(
                "logs", "get_log_events", logGroupName=group, logStreamName=stream, startFromHead=True, **token
            )
            yield from page["events"]
            if page["nextForwardToken"] == token.get("nextToken"):
                return
            token = {"nextToken": page["nextForwardToken"]}

    def misplacements(self, task: Task) -> list[str]:
        """How a task lies elsewhere than TST-010 AC-2's variables say."""
        place, interface = self.account.placement, self._interface_of(task)
        problems = []
        if str(task.seen.get("clusterArn", "")).rsplit("/", 1)[-1] != place.cluster.rsplit("/", 1)[-1]:
            problems.append(f"cluster {task.seen.get('clusterArn')} for {place.cluster}")
        if interface.get("subnetId") not in place.subnets:
            problems.append(f"subnet {interface.get('subnetId')} for one of {', '.join(place.subnets)}")
        told = self.account.call(
            "ec2", "describe_network_interfaces", NetworkInterfaceIds=[interface["networkInterfaceId"]]
        )
        groups = [group["GroupId"] for each in told["NetworkInterfaces"] for group in each["Groups"]]
        if set(groups) != set(place.security_groups):
            problems.append(f"security groups {', '.join(groups) or 'none'} for {', '.join(place.security_groups)}")
        return problems

    def _interface_of(self, task: Task) -> dict[str, str]:
        """Its network interface, which is told from PENDING on, and sometimes late."""

        def is_told() -> Seen[dict[str, str]]:
            self.watch.look_again()
            found = task.interface
            return done(found) if "networkInterfaceId" in found else not_yet(f"{found} of {task.history()}")

        return until(is_told, f"the network interface of task {task.id} to be told", self._ended_within)

    def cost(self, tokens: Collection[str]) -> str:
        """Tasks started, task-seconds and their price, for the summary."""
        tasks = [task for task in self.watch.of(*tokens) if task.seen.get("startedAt")]
        seconds = sum(task.seconds() for task in tasks)
        price = seconds / 3600 * self._price
        return f"{len(tasks)} tasks started, {seconds:.0f} task-seconds, about {price:.4f} at {self._price:g} an hour"

    def close(self) -> None:
        """Watch no more."""
        self.watch.close()
