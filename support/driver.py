"""What every exchange of a job needs: the API, the job's time, the ledger, and notes for the evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from support.api.client import Call, Pending
from support.api.hijack import Hijack
from support.api.recording import Exchange, labelled
from support.once import once
from support.run import Run
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, done, not_yet, until

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.resources import Facts

T = TypeVar("T")
_A_SECOND = 1.0  # seconds between the two inspections of what is to last


class Driver:
    """Makes the exchanges of one job, ``name``, each with the criterion that it serves and what it is about.

    The job has its ten minutes (``job_timeout``) from its first exchange on. Every method that talks to the daemon
    raises ``NotJudged`` once they are over or the job is closed, and ``TargetGone`` once nothing answers any more.
    """

    def __init__(self, run: Run, name: str) -> None:
        self.lock = threading.RLock()
        self.run = run
        self.name = name
        self.api = run.api
        self.ledger = run.ledger
        self.settings = run.settings
        self.aws = run.aws
        self._streams: list[Hijack] = []
        self._is_closed = False

    @once
    def limit(self) -> Deadline:
        """The job's ten minutes; they begin with its first exchange, however long it waits for its turn."""
        return Deadline(self.settings.seconds("job_timeout"))

    def ask(self, call: Call, criterion: str, subject: str = "", within: float | None = None) -> Exchange:
        """One call of the job, answered within so many seconds (None: ``exchange_timeout``)."""
        self.check_time()
        with labelled(job=self.name, criterion=criterion, subject=subject):
            return self.api.ask(call, within)

    def begin(self, call: Call, criterion: str, subject: str = "") -> Pending:
        """A call of the job whose answer is not waited for."""
        self.check_time()
        with labelled(job=self.name, criterion=criterion, subject=subject):
            return self.api.begin(call, subject or "call")

    def hijack(self, path: str, criterion: str, subject: str, query: dict[str, str], body: object = None) -> Hijack:
        """A call of the job that asks for the connection; the stream is closed with the job at the latest."""
        self.check_time()
        with labelled(job=self.name, criterion=criterion, subject=subject):
            stream = self.api.hijack(path, query, body)
        self._streams.append(stream)
        return stream

    def observe(self, call: Call, criterion: str) -> Exchange:
        """An inspection of the suite's own, which is no call of the job."""
        self.check_time()
        with labelled(job=self.name, criterion=criterion, observes=True):
            return self.api.ask(call)

    def note(self, text: str) -> None:
        """What the evidence must say, e.g. what could not be observed; empty texts are none."""
        if text:
            self.run.note(text)

    def expect_volumes_of(self, inspected: object) -> list[str]:
        """The volumes that a container of this run brought, as its inspection shows them; they are noted (N-26)."""
        body = inspected if isinstance(inspected, dict) else {}
        mounts = body.get("Mounts") if self.ledger.owns(body) else None
        found = [mount.get("Name") for mount in mounts if isinstance(mount, dict)] if isinstance(mounts, list) else []
        return [name for name in found if isinstance(name, str) and self.ledger.expect_anonymous(name)]

    def tasks_running_on(self, container: str) -> list[str]:
        """A container's Fargate tasks that do not end in the time that they have; none on other backends."""
        if self.aws is None or not container:
            return []
        return self.facts(self.aws.until_ended(container))

    def facts(self, seen: Facts[T]) -> list[T]:
        """What could be seen in AWS; the evidence says what could not."""
        for line in dict.fromkeys(seen.unseen):
            self.note(line)
        return seen.found

    def at_most(self, seconds: float) -> float:
        """``seconds``, or what is left of the job's time."""
        self.check_time()
        return self.limit().at_most(seconds)

    def seconds(self, setting: str) -> float:
        """A setting's seconds, e.g. ``start_timeout``, or what is left of the job's time."""
        return self.at_most(self.settings.seconds(setting))

    def last_call(self) -> str:
        """How far the job is, for who waits for it."""
        made = self.run.recorder.of_job(self.name)
        return f"at {made[-1].line()}" if made else "it has made no call yet"

    def stop_within(self) -> float:
        """Seconds for a container to end: the stop's own and, on ECS, the grace between SIGTERM and SIGKILL."""
        settings = self.settings
        return self.at_most(settings.task_ends_within() if self.aws is not None else settings.seconds("stop_timeout"))

    def let_a_second_pass(self) -> None:
        """Until a second has passed since the job's last exchange: what is to last is inspected again no earlier."""
        made = [each for each in self.api.recorder.since(0) if each.label.job == self.name]

        def has_passed() -> Seen[bool]:
            passed = self.api.recorder.now() - (made[-1].at if made else 0.0)
            return done(True) if passed >= _A_SECOND else not_yet(f"{passed:.1f} s")

        until(has_passed, "a second to pass before what is to last is inspected again", _A_SECOND + 1.0)

    def check_time(self) -> None:
        """Raises ``NotJudged`` once the job is closed or its time is over."""
        if self._is_closed:
            raise NotJudged("the job was broken off")
        if not self.limit().remaining:
            raise NotJudged(f"the job's {self.limit().seconds:g} s are over")

    def close(self) -> None:
        """Close the streams that are still open; nothing is asked any more."""
        self._is_closed = True
        for stream in self._streams:
            stream.close()


def quietly(work: Callable[[], object]) -> None:
    """Do it, and leave what is wrong with it to the criterion that reads it: its error is kept where it was made."""
    try:
        work()
    except (AssertionError, NotJudged):
        return
