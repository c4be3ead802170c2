"""What passes between the runner and an attached container: stdin, output, and the wait beside them."""

from __future__ import annotations

import threading

from support.api.recording import Exchange
from support.container import EXITED, RUNS, status_of
from support.driver import quietly
from support.gitlab.container import ENDED, STARTED, JobContainer
from support.once import once
from support.verdicts import NotJudged

# Seconds for which the wait must stay open while the container cannot end; builds are known to end it after two.
_HELD = 2.5


class AttachedRun:
    """A started container gets its stdin, in one piece, and end of file; its stream and its wait are read to the end.

    ``is_held``: it cannot end before its stdin comes, so that the wait's patience is seen.
    """

    def __init__(self, container: JobContainer, stdin: bytes, *, is_held: bool) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self.stdin = stdin
        self._is_held = is_held

    @once
    def early_answers(self) -> list[str]:
        """What speaks against a wait that blocks while the container runs; none where nobody can know."""
        wait = self.container.wait()
        self.container.must_be_attached()  # without a stream it may end for want of stdin
        if not self._is_held:
            return []
        if wait.is_over(within=_HELD):
            exchange = wait.exchange
            return [f"it had answered before the script ended: {exchange.line() if exchange else 'nothing sent'}"]
        seen = self.container.inspect()
        return [f"it went on, though {seen.line()} says that it has exited"] if status_of(seen) == EXITED else []

    def must_not_have_ended(self) -> None:
        """Raises ``NotJudged`` where the container had ended before its script came, for want of start or stream."""
        started, stream = self.container.at(STARTED), self.container.attach()
        if status_of(started) != RUNS or not self.container.was_open_when_started():
            why = f"{started.line()}; {stream.describe()} ({self.container.plan.starts})"
            raise NotJudged(f"{self.container} did not run with an open stream, so its wait had to be answered: {why}")

    @once
    def refused_stdin(self) -> str:
        """Why the daemon did not take stdin, ``""`` where it did."""
        self.container.must_run()
        self.container.must_be_attached()
        stream, driver = self.container.attach(), self.container.driver
        if self.stdin and not self.container.was_open_when_started():
            raise NotJudged(f"the stream to {self.container} was closed before its script came: {stream.describe()}")
        try:
            if self.stdin:
                stream.write(self.stdin, driver.seconds("exchange_timeout"))
        except AssertionError as error:
            return str(error)
        stream.half_close()
        return ""

    @once
    def output_ended(self) -> bool:
        """Whether the daemon closed the stream in the time that a container has to end."""
        self.refused_stdin()
        return self.container.attach().wait_end(self.container.driver.stop_within())

    @once
    def _answer(self) -> Exchange:
        self.output_ended()
        return self.container.wait().answer(self.container.driver.stop_within())

    def answer(self) -> Exchange:
        """The wait's answer. Raises ``NotJudged`` where the container never ended, so that none was due."""
        answer = self._answer()
        if answer.error and status_of(self.ended()) == RUNS:
            raise NotJudged(f"{self.container} never ended, so what a wait answers then cannot be seen: {self._why()}")
        return answer

    def _why(self) -> str:
        stream = self.container.attach()
        return self.refused_stdin() or f"{stream.exchange.line()}; {stream.describe()}"

    def ended(self) -> Exchange:
        """The container, inspected once the wait was answered, or should have been."""
        self.container.must_run()
        quietly(self._answer)
        return self.container.at(ENDED)
