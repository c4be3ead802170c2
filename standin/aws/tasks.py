"""A Fargate task's life, from PROVISIONING to STOPPED."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standin.aws.control import Control, Journal
from standin.aws.launcher import FailedToStart, Launcher
from standin.aws.logs import LogDriver, Logs
from standin.aws.vpc import Ec2
from standin.aws.wire import AwsError, Json

STOP_TIMEOUT = 30  # seconds between SIGTERM and SIGKILL where the definition does not say


class StoppedEarly(Exception):
    """StopTask came before the container ran."""


@dataclass(eq=False)
class Task:
    """A task as AWS describes it (``view``), the definition it runs, and what is still unseen of it."""

    view: Json
    definition: Json
    interface: Json
    missing: int  # so many describes do not know it yet
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        return str(self.view["taskArn"]).rpartition("/")[2]

    @property
    def container(self) -> Json:
        first: Json = self.view["containers"][0]
        return first

    def attach(self) -> None:
        """Its network interface is there; until now AWS told nothing but the subnet."""
        attachment, id_ = self.view["attachments"][0], self.interface["NetworkInterfaceId"]
        address = self.interface["PrivateIpAddress"]
        told = {"networkInterfaceId": id_, "privateIPv4Address": address}
        attachment["details"] += [{"name": name, "value": value} for name, value in told.items()]
        attachment["status"] = "ATTACHED"
        self.container["networkInterfaces"] = [{"attachmentId": attachment["id"], "privateIpv4Address": address}]

    def stop(self, code: str, reason: str) -> None:
        """Want it stopped; the first reason counts."""
        if self.view["desiredStatus"] != "STOPPED":
            times = {"stoppingAt": datetime.now(UTC)}
            self.view |= {"desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, **times}
        self.stopping.set()


class Fargate:
    """Runs tasks on the event loop's clock."""

    def __init__(self, logs: Logs, ec2: Ec2, launcher: Launcher, control: Control, journal: Journal) -> None:
        self._logs, self._ec2, self._launcher = logs, ec2, launcher
        self._control, self._journal = control, journal
        self._lives: set[asyncio.Task[None]] = set()

    def launch(self, task: Task) -> None:
        """Begin the life of a task whose view says PROVISIONING."""
        life = asyncio.create_task(self._live(task))
        self._lives.add(life)
        life.add_done_callback(self._buried)

    def _buried(self, life: asyncio.Task[None]) -> None:
        self._lives.discard(life)
        if not life.cancelled():
            life.result()  # a defect of the simulator: the loop reports it

    async def close(self) -> None:
        """End all lives at once."""
        lives = list(self._lives)
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)

    async def _live(self, task: Task) -> None:
        control, latency = self._control, self._control.latency
        start, delivery, stop = (control.draw(r) for r in (latency.start, latency.delivery, latency.stop))
        self._note(task, "PROVISIONING")
        try:
            await self._pause(task, start * 0.7)
            task.attach()
            self._become(task, "PENDING")
            await self._pause(task, start * 0.3)
            await self._run(task, delivery)
        except FailedToStart as failure:
            task.container["reason"] = str(failure)
            task.stop("TaskFailedToStart", str(failure))
        except StoppedEarly:
            pass  # StopTask has noted code and reason
        task.container["lastStatus"] = "STOPPED"
        self._become(task, "DEPROVISIONING", "executionStoppedAt")
        await asyncio.sleep(stop)
        task.view["attachments"][0]["status"] = "DELETED"
        self._ec2.detach(task.interface["NetworkInterfaceId"])
        self._become(task, "STOPPED", "stoppedAt")

    @staticmethod
    async def _pause(task: Task, seconds: float) -> None:
        try:
            await asyncio.wait_for(task.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise StoppedEarly

    async def _run(self, task: Task, delay: float) -> None:
        driver = self._log_driver(task, delay)
        task.view["pullStartedAt"] = datetime.now(UTC)
        running = await self._launcher.start(task.definition, task.view, driver.write)
        task.container["lastStatus"] = "RUNNING"
        self._become(task, "RUNNING", "pullStoppedAt", "startedAt")
        exit_ = asyncio.ensure_future(running.wait())
        stop = asyncio.ensure_future(task.stopping.wait())
        try:
            await asyncio.wait((exit_, stop), return_when=asyncio.FIRST_COMPLETED)
            if not exit_.done():
                running.signal(signal.SIGTERM)
                grace = task.definition["containerDefinitions"][0].get("stopTimeout", STOP_TIMEOUT)
                await asyncio.wait((exit_,), timeout=grace)
            if not exit_.done():
                running.signal(signal.SIGKILL)
            task.container["exitCode"] = await exit_
        except asyncio.CancelledError:
            running.signal(signal.SIGKILL)
            await exit_
            raise
        finally:
            stop.cancel()
            driver.close()
        task.stop("EssentialContainerExited", "Essential container in task exited")

    def _log_driver(self, task: Task, delay: float) -> LogDriver:
        """The container's log stream, made as the task starts; without its group there is no start."""
        container = task.definition["containerDefinitions"][0]
        options = container.get("logConfiguration", {}).get("options", {})
        if not options:
            return LogDriver(lambda _lines: None, delay)
        group, stream = options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
        try:
            self._logs.create_stream(group, stream, create_group=options.get("awslogs-create-group") == "true")
        except AwsError as error:
            why = "failed to validate logger args: create stream has been retried 1 times"
            reason = f"failed to create Cloudwatch log stream: {error.code}: {error}"
            raise FailedToStart(f"ResourceInitializationError: {why}: {reason}") from None

        def deliver(lines: list[tuple[int, str]]) -> None:
            details = {"task": task.id, "stream": f"{group}:{stream}", "lines": len(lines)}
            written = self._journal.moment(lines[0][0] / 1000)
            kept = self._logs.deliver(group, stream, lines)
            self._journal.note("delivered" if kept else "lost", **details, written=written)

        return LogDriver(deliver, delay)

    def _become(self, task: Task, status: str, *times: str) -> None:
        moment = datetime.now(UTC)
        task.view |= {"lastStatus": status, **dict.fromkeys(times, moment)}
        self._note(task, status)

    def _note(self, task: Task, status: str) -> None:
        details = {k: task.view[k] for k in ("stopCode", "stoppedReason") if k in task.view}
        self._journal.note(
            status, task=task.id, definition=task.view["taskDefinitionArn"].rpartition("/")[2], **details
        )
