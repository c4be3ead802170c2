"""A container that has exited, attached to and started once more, and stopped while it runs (TST-011 N-17, N-18).

GitLab Runner uses one container for several stages of a job, and stops what still runs when a job is cancelled.
"""

from __future__ import annotations

import threading

from support.api.client import Pending
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import EXITED, RUNS, status_of
from support.gitlab.container import JobContainer
from support.gitlab.shell import Shell
from support.once import once
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import TimedOut

_HELD = 1.0  # seconds for which the wait must stay open while the container runs
RESTARTS, STOPS = "TST-011-N-17", "TST-011-N-18"


class Restart:
    """Of a container that runs a shell, once its first execution is over."""

    def __init__(self, container: JobContainer) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self._driver = container.driver

    @once
    def before(self) -> Exchange:
        """Inspected once the first execution is reported to be over; one that goes on for want of stdin is stopped.

        Raises ``NotJudged`` where it never is, and the attached stream did not end either.
        """
        self.container.must_run()
        try:
            return self.container.until_exited("to have exited")
        except TimedOut as error:
            why = error
        if self.container.attach().ended:
            return self.container.inspect()
        try:
            if status_of(self.container.inspect()) == RUNS and succeeded(self.container.send_stop()):
                return self.container.until_exited("to have exited by a stop")
        except TimedOut as error:
            why = error
        raise NotJudged(f"only what has exited is started again: {why}")

    @once
    def attach(self) -> Hijack:
        """The attach to what has exited."""
        self.before()
        return self.container.send_attach()

    @once
    def start(self) -> Exchange:
        """The second start, after the attach, whatever came of it."""
        self.attach()
        return self.container.send_start()

    def must_run(self) -> None:
        """Raises ``NotJudged``, with the second start's answer, where it was refused."""
        if not succeeded(self.start()):
            raise NotJudged(f"{self.container} does not run again: {self.start().line()} ({RESTARTS})")

    @once
    def said(self) -> bytes:
        """What the shell writes when it is asked to say something."""
        self.must_run()
        return Shell(self.attach()).run("echo again", self._driver.stop_within())

    @once
    def while_it_runs(self) -> Exchange:
        """Inspected once its shell has answered, and before anything ends it."""
        self.said()
        return self.container.inspect()

    @once
    def wait(self) -> Pending:
        """A wait while it runs."""
        self.must_run()
        return self.container.send_wait()

    @once
    def before_stop(self) -> Exchange:
        """Inspected before the stop, with the wait open."""
        self.wait()
        return self.container.inspect()

    @once
    def early_answers(self) -> list[str]:
        """What speaks against a wait that is open when the stop is sent; none where an answer is due."""
        if status_of(self.before_stop()) != RUNS or not self.wait().is_over(within=_HELD):
            return []
        sent = self.wait().exchange
        return [f"it had answered before the stop: {sent.line() if sent else 'nothing was sent'}"]

    @once
    def stop(self) -> Exchange:
        """The stop of what runs; the runner stops only what it waits for."""
        before = self.before_stop()
        self.early_answers()
        answer = self.container.send_stop()
        if answer.status == 304 and status_of(before) == EXITED:
            raise NotJudged(f"{self.container} had ended before it was to be stopped: {before.line()}")
        return answer

    @once
    def after_stop(self) -> Exchange:
        """Inspected as soon as it has exited."""
        if not succeeded(self.stop()):
            raise NotJudged(f"{self.container} was not stopped: {self.stop().line()} ({STOPS})")
        return self.container.until_exited("to have been stopped")

    @once
    def answer(self) -> Exchange:
        """The wait's answer."""
        self.stop()
        return self.wait().answer(self._driver.stop_within())

    @once
    def after_answer(self) -> Exchange:
        """Inspected once the wait was answered."""
        self.answer()
        return self.container.inspect()
