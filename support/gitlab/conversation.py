"""What passes between the runner and an attached container: stdin, output, and the wait beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.api.frames import STDOUT
from support.api.recording import Exchange
from support.gitlab.resources import need
from support.verdicts import NotJudged

if TYPE_CHECKING:
    from support.gitlab.container import JobContainer

# Seconds for which the wait must stay open while the container cannot end; builds are known to end it after two.
_HELD = 2.5


class Conversation:
    """Start, open the wait, write stdin in one piece, half-close, read to the end, take the wait's answer.

    With ``blocks`` the container cannot end before stdin comes, so that the wait's patience is seen; ``held_back`` is
    then what was seen of it.
    """

    def __init__(self, container: JobContainer, stdin: bytes, *, blocks: bool) -> None:
        job = container.job
        self.container = container
        self.stream = container.attachment
        need(self.stream.exchange, 101, container.role.criteria.attach)
        self.was_open_when_started = self._is_open_once_started()
        self.wait = container.waiting
        self.held_back = self._hold() if blocks else []
        self.refused = self._write(stdin)
        within = job.stop_deadline()
        self.stream.wait_end(within)
        self.answer: Exchange = self.wait.answer(job.at_most(within))
        self.afterwards = container.look()

    def _is_open_once_started(self) -> bool:
        need(self.container.as_started, 200, self.container.role.criteria.start)
        return self.stream.is_open

    def _hold(self) -> list[str]:
        """Whether the wait stays unanswered while the container runs; what spoke against it."""
        if self.wait.is_over(within=_HELD):
            exchange = self.wait.exchange
            return [f"it had answered before the script ended: {exchange.line() if exchange else 'nothing sent'}"]
        status = self.container.status()
        return [] if status == "running" else [f"the container was {status!r} before its script came"]

    def _write(self, stdin: bytes) -> str:
        """The bytes, then end of file; why the daemon did not take them, if so."""
        job = self.container.job
        try:
            if stdin:
                self.stream.write(stdin, job.at_most(job.settings.seconds("exchange_timeout")))
        except AssertionError as error:
            return str(error)
        self.stream.half_close()
        return ""

    @property
    def stdout(self) -> bytes:
        """All that came on stdout."""
        return self.stream.output(STDOUT)

    def need_ended(self) -> Exchange:
        """The wait's answer; where the container never ended, a wait that goes on is right and cannot be judged."""
        if self.answer.error and self.container.status() == "running":
            raise NotJudged("the container never ended, so what wait answers at an end cannot be seen")
        return self.answer
