"""A container that has exited, attached to and started once more, and stopped while it runs (TST-011 N-17, N-18).

GitLab Runner uses one container for several stages of a job, and stops what still runs when a job is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from support.api.client import Pending
from support.api.recording import Exchange
from support.gitlab.container import status_of
from support.gitlab.resources import need
from support.gitlab.shell import Shell
from support.once import once
from support.verdicts import NotJudged
from support.waiting import Seen, TimedOut, done, not_yet, until

if TYPE_CHECKING:
    from support.api.hijack import Hijack
    from support.gitlab.container import JobContainer

RUNS_AGAIN = "TST-011-N-17"
COMMAND, SAID = "echo again", b"again\n"


class SecondRun:
    """Of a container that runs a shell; ``end_first`` brings about the end of its first run."""

    def __init__(self, container: JobContainer, end_first: Callable[[], object]) -> None:
        self.lock = container.lock
        self._container = container
        self._job = container.job
        self._end_first = end_first

    @once
    def first_end(self) -> Exchange:
        """Inspect after the end of the first run."""
        self._end_first()
        return self._container.look()

    @once
    def before(self) -> Exchange:
        """Inspect once the first run is told to be over, also where a wait told it early."""
        self.first_end  # noqa: B018 - brought about
        try:
            return self._until_exited("to have exited")
        except TimedOut as error:
            raise NotJudged(f"only what has exited is started again: {error}") from None

    @once
    def attachment(self) -> Hijack:
        """The attach to what has exited."""
        need(self.before, 200, self._container.role.criteria.create)
        return self._container.attach()

    @once
    def start(self) -> Exchange:
        """The second start."""
        need(self.attachment.exchange, 101, RUNS_AGAIN)
        return self._container.put_start()

    @once
    def said(self) -> bytes:
        """What the shell writes to stdout when it is told to say something."""
        need(self.start, 204, RUNS_AGAIN)
        return Shell(self.attachment).run(COMMAND, self._job.stop_deadline())

    @once
    def waiting(self) -> Pending:
        """A wait while it runs."""
        need(self.start, 204, RUNS_AGAIN)
        return self._container.put_wait()

    @once
    def before_stop(self) -> Exchange:
        """Inspect before the stop, with the wait open: only what runs is stopped."""
        self.waiting  # noqa: B018 - the runner stops only what it waits for
        return self._container.look()

    @once
    def stop(self) -> Exchange:
        """The stop of what runs."""
        need(self.before_stop, 200, self._container.role.criteria.create)
        return self._container.put_stop()

    @once
    def after_stop(self) -> Exchange:
        """Inspect as soon as it has exited."""
        need(self.stop, 204, "TST-011-N-18")
        return self._until_exited("to have been stopped")

    @once
    def end(self) -> Exchange:
        """The wait's answer."""
        self.after_stop  # noqa: B018 - it has had its time
        return self.waiting.answer(self._job.stop_deadline())

    def _until_exited(self, what: str) -> Exchange:
        def has_exited() -> Seen[Exchange]:
            seen = self._container.look()
            return done(seen) if status_of(seen) == "exited" else not_yet(status_of(seen))

        return until(has_exited, f"{self._container} {what}", self._job.stop_deadline())
