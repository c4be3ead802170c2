"""The AWS side of a target: its account, the tasks of the run in it, and what is to be cleaned up there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from support.aws.account import Account, observed
from support.aws.errors import Absent
from support.aws.fargate import Task, Watch, described, log_streams
from support.aws.resources import AwsResources, Cleared, Facts
from support.aws.since_begin import SinceBegin
from support.settings import Settings
from support.text import one_line
from support.waiting import Seen, done, not_yet, until

_ON_ITS_WAY = ("PROVISIONING", "PENDING", "ACTIVATING", "MISSING")  # statuses in which an interface may still be named


class AwsBackend:
    """Opened with a target on ECS, closed after its clean-up."""

    def __init__(self, account: Account, settings: Settings, label: str) -> None:
        self.account = account
        self.watch = Watch(account)
        self._scope = SinceBegin(account, self.watch, label)
        self.resources = AwsResources(account, self._scope)
        self._ended_within = settings.task_ends_within()
        self._price = settings.task_price

    def open(self) -> AwsBackend:
        """Begin to watch, and note what is there before the run. Raises ``NotJudged`` where that fails."""
        self.watch.open()
        self._scope.open()
        return self

    def clean_up(self, tokens: Collection[str]) -> Cleared:
        """Remove what the daemon left of a run.

        Tasks that are ending are to be given their time before: see ``until_ended``.
        """
        return self.resources.clear(tokens, self._ended_within)

    def until_ended(self, *tokens: str) -> Facts[str]:
        """Give the tasks with these texts the time to end; those that do not, a line each."""
        running: list[Task] = []
        unseen: list[str] = []

        def have_ended() -> Seen[bool]:
            observed(self.watch.update, None, unseen)
            running[:] = [task for task in self.watch.of(*tokens) if task.status != "STOPPED"]
            is_over = unseen or not running
            return done(True) if is_over else not_yet("; ".join(task.history() for task in running))

        try:
            until(have_ended, "the tasks to stop", self._ended_within)
        except AssertionError:
            return Facts([f"still runs: {task.history()}" for task in running], [])
        return Facts([], unseen)

    def running_again(self, *tokens: str) -> Facts[str]:
        """The tasks with these texts that AWS once had stopped, and now describes otherwise; a line each."""
        stopped = [task.arn for task in self.watch.of(*tokens) if task.status == "STOPPED"]
        unseen, nothing = list[str](), list[dict[str, Any]]()
        now = observed(lambda: [each for batch in described(self.account, stopped) for each in batch], nothing, unseen)
        back = [each for each in now if each.get("lastStatus") != "STOPPED"]
        return Facts([f"is {each.get('lastStatus')} again: task {each['taskArn']}" for each in back], unseen)

    def stopped_by_call(self, container: str) -> tuple[str, float] | None:
        """Why a container's task was stopped by a call of AWS's API, and when that was seen (monotonic); None where
        none was, or it is not over.
        """
        for task in self.watch.of(container):
            ended = [at for status, at in task.statuses if status == "STOPPED"]
            if ended and task.seen.get("stopCode") == "UserInitiated":
                return one_line(task.seen.get("stoppedReason") or "no reason given", 100), ended[0]
        return None

    def delivered(self, task: Task) -> Facts[tuple[datetime, str]]:
        """What CloudWatch holds of the task, where its definition says: times and messages (AC-11, AC-13)."""
        unseen: list[str] = []
        events = [
            (datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(event["message"]))
            for group, stream in log_streams(task)
            for event in self._events(group, stream, unseen)
        ]
        return Facts(events, unseen)

    def _events(self, group: str, stream: str, unseen: list[str]) -> list[dict[str, Any]]:
        """Of a stream that is there, as far as can be seen; the stream's list is not needed for it."""
        try:
            streams = observed(lambda: self._streams(group, stream), None, [])
            is_there = streams is None or stream in streams
            return observed(lambda: list(self._pages(group, stream)), [], unseen) if is_there else []
        except Absent:
            return []

    def _streams(self, group: str, stream: str) -> list[str]:
        streams = self.account.every(
            "logs", "describe_log_streams", "logStreams", logGroupName=group, logStreamNamePrefix=stream
        )
        return [each["logStreamName"] for each in streams]

    def _pages(self, group: str, stream: str) -> Iterator[dict[str, Any]]:
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

    def misplacements(self, task: Task) -> Facts[str]:
        """How a task lies elsewhere than TST-010 AC-2's variables say."""
        place, interface, unseen = self.account.placement, self._interface_of(task), list[str]()
        problems = []
        cluster, subnet = task.seen.get("clusterArn"), interface.get("subnetId")
        if cluster and str(cluster).rsplit("/", 1)[-1] != place.cluster.rsplit("/", 1)[-1]:
            problems.append(f"cluster {cluster} for {place.cluster}")
        if subnet and subnet not in place.subnets:
            other = f"subnet {subnet} for one of {', '.join(place.subnets)}"
            unknown = [self.account.missing[each] for each in place.subnets if each in self.account.missing]
            # A simulator without the subnets in which the daemon runs its tasks invents others for them.
            (unseen if unknown else problems).append(f"{unknown[0]}; the task has {other}" if unknown else other)
        named = {"cluster": cluster, "subnet": subnet, "network interface": interface.get("networkInterfaceId")}
        unseen += [f"not observable here: the {what} of task {task.id}" for what, value in named.items() if not value]
        groups = self._groups_of(str(named["network interface"] or ""), unseen)
        if groups is not None and set(groups) != set(place.security_groups):
            problems.append(f"security groups {', '.join(groups) or 'none'} for {', '.join(place.security_groups)}")
        return Facts(problems, unseen)

    def _groups_of(self, interface: str, unseen: list[str]) -> list[str] | None:
        """Its security groups; None where they cannot be seen."""
        if not interface:
            return None
        found: list[dict[str, Any]] = []
        with suppress(Absent):
            found = observed(
                lambda: self.account.call("ec2", "describe_network_interfaces", NetworkInterfaceIds=[interface]),
                {"NetworkInterfaces": found},
                unseen,
            )["NetworkInterfaces"]
        if not found:
            unseen.append(f"not observable here: the security groups of {interface}")
            return None
        return [group["GroupId"] for each in found for group in each.get("Groups", [])]

    def _interface_of(self, task: Task) -> dict[str, str]:
        """Its network interface; from RUNNING on, whatever it does not name it never will."""

        def is_named() -> Seen[dict[str, str]]:
            self.watch.update()
            found = task.interface
            is_final = "networkInterfaceId" in found or task.status not in _ON_ITS_WAY
            return done(found) if is_final else not_yet(f"{found} of {task.history()}")

        return until(is_named, f"task {task.id} to name its network interface", self._ended_within)

    def cost(self, tokens: Collection[str]) -> str:
        """Tasks started, task-seconds and their price, for the summary."""
        tasks = [task for task in self.watch.of(*tokens) if task.seen.get("startedAt")]
        seconds = sum(task.seconds() for task in tasks)
        price = seconds / 3600 * self._price
        costs = f"about {price:.4f} USD" if price >= 0.0001 or not price else "less than 0.0001 USD"
        return f"{len(tasks)} tasks started, {seconds:.0f} task-seconds, {costs} at {self._price:g} USD an hour"

    def close(self) -> None:
        """Watch no more."""
        self.watch.close()
