"""Echo, tail and writer: three Fargate tasks serve all of TST-010, started ahead and side by side (design rule 6)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from support.api.client import wire
from support.api.frames import STDERR, STDOUT, joined
from support.api.recording import Exchange, labelled
from support.aws.backend import AwsBackend
from support.aws.resources import Facts
from support.background import Background
from support.cleanup.inventory import find
from support.cleanup.ledger import Ledger
from support.ecs.container import EcsContainer, Plan
from support.ecs.execution import Execution
from support.ecs.expectations import stamps_but
from support.ecs.state_log import Mapping
from support.gitlab.container import status_of
from support.gitlab.resources import need
from support.once import once
from support.run import Run
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

T = TypeVar("T")
LABEL = {"test-run": "ecs-integration"}
_LABEL_LIKE_IT = {"test-run": "ecs-integration-too"}  # a filter does not match beginnings
_CONSISTENT_WITHIN = 10.0  # seconds until what one AWS call changed is told by others
WRITTEN_OUT = b"first on stdout\nsecond on stdout\nthird on stdout\n"
WRITTEN_ERR = b"first on stderr\nsecond on stderr\n"
_WRITER = (  # with a pause, so that its lines' times differ
    "echo first on stdout; echo first on stderr >&2; sleep 2; echo second on stdout; echo second on stderr >&2; "
    "echo third on stdout; exit 3"
)


def _of(*numbers: int) -> frozenset[str]:
    return frozenset(f"TST-010-AC-{number:02}" for number in numbers)


_MARK = "ACCEPTANCE_MARK"
_ON_EXITED = "TST-010-N-03"
_INSIDE = "TST-010-N-05"
_ECHO = _of(3, 6, 8, 9, 10, 11, 18) | {_ON_EXITED}
_TAIL = _of(2, 4, 5, 7, 10, 14, 15, 16, 17) | {_INSIDE}
_WRITTEN = _of(12, 13) | {"TST-010-N-02"}
_MISTAKEN = frozenset({"TST-010-N-04"})
_UNPULLABLE = frozenset({"TST-010-N-01"})


@dataclass(frozen=True)
class Cleaned:
    """What is left after a clean-up, a line each."""

    containers: list[str]
    aws: list[str]


class EcsCast:
    """The containers, and what watches their tasks."""

    def __init__(self, run: Run, aws: AwsBackend, wanted: Collection[str]) -> None:
        self.lock = threading.RLock()
        self.run = run
        self.aws = aws
        self._wanted = wanted
        self._closers: list[Callable[[], None]] = []
        self._is_closed = False
        self._ahead = Background()
        self._pulls = threading.Lock()  # of its own: containers pull while others hold the cast's
        self._pulled: set[str] = set()
        self._consistent_within = _CONSISTENT_WITHIN * run.settings.deadline_scale
        self._slots = threading.Semaphore(run.settings.max_tasks or 1000)
        self._holders: set[str] = set()
        self.mark = f"only-in-the-tail-{secrets.token_hex(8)}\n"
        echo = Plan("echo", ["echo", "hello from fargate"], labels=LABEL, tells="TST-010-AC-11", lines=1)
        tail = Plan("tail", ["tail", "-f", "/dev/null"], labels=LABEL, environment={_MARK: self.mark.strip()})
        writer = Plan("writer", ["sh", "-c", _WRITER], labels=LABEL, tells="TST-010-AC-12", lines=5)
        self.echo, self.tail, self.writer = (EcsContainer(self, plan) for plan in (echo, tail, writer))
        self.other = EcsContainer(self, Plan("other", ["true"], labels=_LABEL_LIKE_IT))
        self.unpullable = EcsContainer(
            self, Plan("unpullable", ["true"], f"no-such-registry.invalid/{run.ledger.run_id}:none", LABEL)
        )
        self.mistaken = EcsContainer(self, Plan("mistaken", ["no-such-command"], labels=LABEL))
        self.says = Execution(self.tail, ["echo", "exec-works"], "TST-010-AC-16")
        self.fails = Execution(self.tail, ["sh", "-c", "exit 7"], "TST-010-AC-17")
        self.marks = Execution(self.tail, ["sh", "-c", f'echo "${_MARK}"'], _INSIDE)
        self.late = Execution(self.echo, ["echo", "exec-works"], _ON_EXITED)
        self.watch = aws.watch
        self.mapping = Mapping(self)

    @property
    def members(self) -> list[EcsContainer]:
        """All containers that may have been created."""
        return [self.echo, self.tail, self.writer, self.other, self.unpullable, self.mistaken]

    # --- ahead ----------------------------------------------------------------------------------------------------

    def start_ahead(self) -> None:
        """Begin what the selected scenarios will look at; what fails is told to the scenario that looks."""
        for name, needed_by, work in (
            ("tail", _TAIL, self._bring_tail),
            ("echo", _ECHO, self._bring_echo),
            ("writer", _WRITTEN, self._bring_writer),
            ("unpullable", _UNPULLABLE, lambda: self.unpullable.start),
            ("mistaken", _MISTAKEN, lambda: self.mistaken_end),
        ):
            if not needed_by.isdisjoint(self._wanted):
                self._ahead.begin(name, work)

    def _bring_tail(self) -> None:
        tail = self.tail
        self._wherever_wanted(_TAIL, lambda: tail.as_started)
        self.exec_first()
        self._wherever_wanted(_of(7), lambda: (tail.after_stop, tail.task_after_stop))

    def _bring_echo(self) -> None:
        echo = self.echo
        self._wherever_wanted(_ECHO - _of(3), lambda: echo.after_exit)
        self._wherever_wanted(_of(3), lambda: echo.as_created)
        self._wherever_wanted(_of(9), lambda: self.listed)
        self._wherever_wanted(_of(11), lambda: (echo.told, echo.held))
        self._wherever_wanted({_ON_EXITED}, lambda: self.exec_on_exited)
        self._wherever_wanted(_of(8), lambda: echo.removal)

    def _bring_writer(self) -> None:
        writer = self.writer
        self._wherever_wanted(_WRITTEN, lambda: writer.after_exit)
        self._wherever_wanted(_of(12, 13), lambda: writer.told)
        self._wherever_wanted(_of(13), lambda: (writer.stamped_again, writer.held))

    def _wherever_wanted(self, criteria: Collection[str], look: Callable[[], object]) -> None:
        if set(criteria) & set(self._wanted):
            with suppress(AssertionError, NotJudged):
                look()

    # --- looks that scenarios share -------------------------------------------------------------------------------

    @once
    def listed(self) -> Exchange:
        """``GET /containers/json?all=true`` while the echo container exists (AC-9)."""
        self.echo.as_created  # noqa: B018 - there must be something to list
        with labelled(criterion="TST-010-AC-09"):
            return self.run.api.ask(wire("GET", "/containers/json", all="true"))

    @once
    def filtered(self) -> tuple[Exchange, Exchange]:
        """The list by label (AC-10), as the criterion asks for it and with ``all=true``, while the tail runs."""
        self.tail.as_started  # noqa: B018 - without ``all`` only what runs is listed
        self.other.as_created  # noqa: B018 - what the filter must leave out
        filters = '{"label":["test-run=ecs-integration"]}'
        with labelled(criterion="TST-010-AC-10"):
            return (
                self.run.api.ask(wire("GET", "/containers/json", filters=filters)),
                self.run.api.ask(wire("GET", "/containers/json", all="true", filters=filters)),
            )

    def pull(self, image: str) -> None:
        """Pull an image, as daemons want before a create; on ECS it is the task that pulls, so any answer is fine."""
        with self._pulls, labelled(criterion="TST-010-AC-03", observes=True):
            if image not in self._pulled:
                self._pulled.add(image)
                name, _, tag = image.rpartition(":")
                self.run.api.ask(lambda client: client.pull(name, tag=tag), self.run.settings.seconds("pull_timeout"))

    # --- what scenarios ask about them ----------------------------------------------------------------------------

    def exec_first(self) -> None:
        """What the tail is still needed for is done before it is stopped."""
        self._wherever_wanted(_of(2), lambda: self.misplacements)
        self._wherever_wanted(_of(10), lambda: self.filtered)
        self._wherever_wanted(_of(14, 15, 16), lambda: self.says.after_end)
        self._wherever_wanted(_of(14, 17), lambda: self.fails.after_end)
        self._wherever_wanted({_INSIDE}, lambda: self.marks.after_end)

    def look_before_removal(self) -> None:
        """What the echo container is still needed for is done before it is deleted."""
        self._wherever_wanted(_of(9), lambda: self.listed)
        self._wherever_wanted(_of(11), lambda: (self.echo.told, self.echo.held))
        self._wherever_wanted({_ON_EXITED}, lambda: self.exec_on_exited)

    @property
    def exec_on_exited(self) -> Exchange:
        """An exec in the echo container, which has exited."""
        self.echo.exited  # noqa: B018 - only then
        return self.late.creation

    @property
    def mistaken_end(self) -> Exchange:
        """The start of the command that does not exist where that is refused, else the container's exit."""
        start = self.mistaken.start
        return start if start.status != 204 else self.mistaken.after_exit

    @property
    def refusal(self) -> Exchange:
        """What answers the start of the container whose image cannot be pulled; its creation may refuse already."""
        creation = self.unpullable.creation
        return creation if creation.status != 201 else self.unpullable.start

    def still_running(self, container: EcsContainer) -> list[str]:
        """What of a container runs, in the daemon or in AWS, once its end has had time."""
        found = self.noted(self.aws.until_ended(container.known_id))
        if container.known_id and status_of(container.look()) == "running":
            found.append(f"the daemon tells that {container} is running")
        return found

    def see_writer_stopped(self) -> None:
        """Until the writer was looked at after its task had stopped."""
        self.mapping.settle("writer", self.run.settings.seconds("stop_timeout"))

    @once
    def misplacements(self) -> list[str]:
        """AC-2: how the tail's task lies elsewhere than the variables say; its interface goes when it stops."""
        return self.noted(self.aws.misplacements(self.tail.task))

    def active_definitions(self, container: EcsContainer) -> list[str]:
        """AC-8: the container's task definitions that stay ACTIVE, though AWS has had time to tell otherwise."""
        left: list[str] = []

        def are_deregistered() -> Seen[bool]:
            left[:] = self.noted(self.aws.resources.active_definitions(container.id))
            return not_yet(", ".join(left)) if left else done(True)

        with suppress(TimedOut):
            until(are_deregistered, f"{container}'s task definition to be deregistered", self._consistent_within)
        return left

    def noted(self, facts: Facts[T]) -> list[T]:
        """What could be seen; the evidence says what could not."""
        for line in facts.unseen:
            self.run.note(line)
        return facts.found

    def label_problems(self, logs: Exchange) -> list[str]:
        """AC-12: lines of stdout that are not in frames of stdout, and lines that nobody wrote.

        CloudWatch does not tell the streams apart, so lines of stderr may be in frames of either.
        """
        frames = self.writer.frames_of(logs)
        out, err = (joined(frames, stream).splitlines() for stream in (STDOUT, STDERR))
        wanted_out, wanted_err = WRITTEN_OUT.splitlines(), WRITTEN_ERR.splitlines()
        problems = [f"{line!r} is not once in a frame of stdout" for line in wanted_out if out.count(line) != 1]
        problems += [f"{line!r} is not there once" for line in wanted_err if (out + err).count(line) != 1]
        return problems + [f"{line!r} was never written" for line in out + err if line not in wanted_out + wanted_err]

    def stamps_elsewhen(self, logs: Exchange) -> list[str]:
        """AC-13: the timestamps that are not those of the lines, as CloudWatch has them."""
        return stamps_but(self.writer.text_of(logs), self.writer.held)

    # --- clean-up -------------------------------------------------------------------------------------------------

    def failed_run(self) -> Ledger:
        """The ledger of a run that failed after it had created a container."""
        ledger = self.run.ledger.beside()
        broken = EcsContainer(self, Plan("failed", ["true"]), replace(self.run, ledger=ledger))
        need(broken.creation, 201, "TST-010-AC-03")
        with suppress(AssertionError):
            raise AssertionError("the run breaks here")
        return ledger

    def clean_up(self, failed: Ledger) -> Cleaned:
        """Clean up after this run so far and the failed one; then what is found of both."""
        ledgers = (self.run.ledger, failed)
        notes = [note for ledger in ledgers for note in ledger.open_notes]
        left = [leftover for ledger in ledgers for leftover in ledger.clean_up(self.run.api)]
        left += [f"{note.kind} {note.name} is still found" for note in notes if find(self.run.api, note).status != 404]
        tokens = [token for ledger in ledgers for token in ledger.tokens]
        outlived = self.aws.until_ended(*tokens)
        cleared = self.aws.clean_up(tokens)
        for line in dict.fromkeys([*outlived.unseen, *cleared.notes(), *cleared.refused]):
            self.run.note(line)
        in_aws = outlived.found + cleared.left
        if cleared.refused and not (left or in_aws):
            raise NotJudged(f"what is left cannot be removed here: {'; '.join(cleared.refused)}")
        return Cleaned(left, in_aws)

    # --- tasks at once, and the end -------------------------------------------------------------------------------

    def take_slot(self, container: EcsContainer) -> None:
        """Wait for one of ``max_tasks`` places. Raises ``NotJudged`` when none comes free in the job's time."""
        if not self._slots.acquire(timeout=self.run.settings.seconds("job_timeout")):
            raise NotJudged(f"no place for {container}: SOCKERLESS_MAX_TASKS={self.run.settings.max_tasks} run already")
        self._holders.add(container.name)

    def give_slot(self, container: EcsContainer) -> None:
        """Its task is over."""
        if container.name in self._holders:
            self._holders.remove(container.name)
            self._slots.release()

    def on_close(self, closer: Callable[[], None]) -> None:
        """``closer`` is called at the end."""
        self._closers.append(closer)

    def join(self) -> None:
        """Until what was begun ahead is over. Raises ``TimeoutError`` naming what goes on."""
        self._ahead.join(self.run.settings.seconds("job_timeout"))

    def close(self) -> None:
        """Close connections, join what was begun ahead. Raises ``TimeoutError`` naming what goes on."""
        self._is_closed = True
        self.mapping.close()
        for closer in self._closers:
            closer()
        self._ahead.end(self.run.api.give_up)

    def check_open(self) -> None:
        """Raises ``NotJudged`` once it is closed: nothing is asked any more."""
        if self._is_closed:
            raise NotJudged("the run was broken off")
