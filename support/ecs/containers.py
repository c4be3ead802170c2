"""The containers that TST-010's scenarios share: three Fargate tasks serve all of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from support.api.recording import Exchange
from support.aws.backend import AwsBackend
from support.driver import Driver
from support.ecs.container import EcsContainer, EcsPlan, PulledImage
from support.ecs.ending import Removal, Stopping
from support.ecs.execution import Execution
from support.ecs.failing import FailingContainer
from support.ecs.lists import Lists
from support.ecs.logs import Logs
from support.ecs.state_log import StateLog
from support.run import Run
from support.verdicts import chosen

IMAGE = "alpine:latest"
LABEL, _LABEL_LIKE_IT = ("test-run", "ecs-integration"), ("test-run", "ecs-integration-too")
_MARK = "ACCEPTANCE_MARK"
_OUT, _ERR = ("first on stdout", "second on stdout", "third on stdout"), ("first on stderr", "second on stderr")
# With a pause, so that its lines' times differ; then it runs until it is stopped, and exits with 3.
_WRITER = (
    "trap 'exit 3' TERM; "
    f"echo {_OUT[0]}; echo {_ERR[0]} >&2; sleep 2; echo {_OUT[1]}; echo {_ERR[1]} >&2; echo {_OUT[2]}; "
    "while sleep 1; do true; done"
)


class Containers:
    """``echo`` says one line and exits, ``tail`` runs on and serves the execs, ``writer`` writes and is stopped.

    ``other`` is only created, ``unpullable`` and ``mistaken`` cannot run. Each has a driver of its own.
    """

    def __init__(self, run: Run, aws: AwsBackend) -> None:
        self.log = StateLog(run.api, aws)
        self._run = run
        self._image = PulledImage(run, IMAGE)
        self.mark = f"only-in-the-tail-{secrets.token_hex(8)}"
        self.echo = self._container("echo", ["echo", "hello from fargate"], stdout=("hello from fargate",))
        self.tail = self._container("tail", ["tail", "-f", "/dev/null"], environment={_MARK: self.mark})
        self.writer = self._container("writer", ["sh", "-c", _WRITER], stdout=_OUT, stderr=_ERR)
        self.other = self._container("other", ["true"], _LABEL_LIKE_IT)
        nowhere = PulledImage(run, f"no-such-registry.invalid/{run.ledger.run_id}:none")
        self.unpullable = self._failing("unpullable", ["true"], nowhere)
        self.mistaken = self._failing("mistaken", ["no-such-command"], self._image)
        self.says = Execution(self.tail, ["echo", "exec-works"], "TST-010-AC-16")
        self.fails = Execution(self.tail, ["sh", "-c", "exit 7"], "TST-010-AC-17")
        self.marks = Execution(self.tail, ["sh", "-c", f'echo "${_MARK}"'], "TST-010-N-05")
        self.late = Execution(self.echo, ["echo", "exec-works"], "TST-010-N-03")
        self.executions = (self.says, self.fails)
        self.echo_logs = Logs(self.echo, "TST-010-AC-11")
        self.writer_logs = Logs(self.writer, "TST-010-AC-12")
        self.writer_stopping = Stopping(self.writer, "TST-010-AC-07")
        self.tail_stopping = Stopping(self.tail, "TST-010-N-07")
        self.echo_removal = Removal(self.echo)
        self.lists = Lists(self.echo, self.tail, self.other)

    def _plan(self, role: str, command: list[str], image: str, label: tuple[str, str], **more: Any) -> EcsPlan:
        return EcsPlan(role, image, command, dict([label]), "TST-010-AC-03", "TST-010-AC-04", **more)

    def _container(self, role: str, command: list[str], label: tuple[str, str] = LABEL, **more: Any) -> EcsContainer:
        plan = self._plan(role, command, IMAGE, label, **more)
        return EcsContainer(Driver(self._run, role), plan, self._image, self.log)

    def _failing(self, role: str, command: list[str], image: PulledImage) -> FailingContainer:
        plan = self._plan(role, command, image.name, LABEL)
        return FailingContainer(Driver(self._run, role), plan, image, self.log)

    def __iter__(self) -> Iterator[EcsContainer]:
        """All of them."""
        return iter((self.echo, self.tail, self.writer, self.other, self.unpullable, self.mistaken))

    def of(self, role: str) -> EcsContainer:
        """The container of this role. Raises ``UsageError`` for another role."""
        return chosen(role, {each.plan.role: each for each in self}, "the container")

    def failing(self, fault: str) -> FailingContainer:
        """The container that cannot run for this reason. Raises ``UsageError`` for another."""
        faults = {"image cannot be pulled": self.unpullable, "command does not exist": self.mistaken}
        return chosen(fault, faults, "the fault")

    def ends(self) -> list[tuple[EcsContainer, Callable[[], Exchange]]]:
        """The containers whose tasks end, and how each end is inspected."""
        return [
            (self.echo, self.echo.own_end),
            (self.tail, self.tail_stopping.after),
            (self.writer, self.writer_stopping.after),
        ]

    def logs_of(self, role: str) -> Logs:
        """The logs of the ``echo`` or the ``writer`` container. Raises ``UsageError`` for another role."""
        return chosen(role, {"echo": self.echo_logs, "writer": self.writer_logs}, "the logs of the container")

    def stopping(self, role: str) -> Stopping:
        """The stop of the ``writer`` or the ``tail`` container. Raises ``UsageError`` for another role."""
        return chosen(role, {"writer": self.writer_stopping, "tail": self.tail_stopping}, "the stop of the container")

    def execution(self, command: str, role: str = "tail") -> Execution:
        """The exec of this command, a list in JSON, in this container. Raises ``UsageError`` for another."""
        served = {
            json.dumps(each.command): each for each in (*self.executions, self.late) if each.container is self.of(role)
        }
        wanted = ""
        with suppress(ValueError):
            wanted = json.dumps(json.loads(command))
        return chosen(wanted, served, "the command")
