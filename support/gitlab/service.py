"""The job's service container: when its server is past its start-up, and how it ends (TST-011 AC-16, N-27)."""

from __future__ import annotations

from support.api.client import raw_call
from support.api.frames import decode, joined
from support.api.recording import Exchange
from support.container import RUNS, status_of
from support.gitlab.container import BEFORE_CLEAN_UP, JobContainer
from support.once import once
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, TimedOut, done, never, not_yet, until

_KILLS = "TST-011-AC-16"
_SETS_UP = b"database system"  # what PostgreSQL's image writes first
_LISTENS = b"listening on IPv4"
_SETS_UP_IN = 15.0  # seconds that one step of its set-up may take on a busy machine, however short the deadlines are
_SILENT_FOR = 8.0  # seconds from the start without a line of PostgreSQL's, after which none is waited for


class Service(JobContainer):
    """PostgreSQL, or whatever image the settings name."""

    @once
    def start_up(self) -> str:
        """Waits until PostgreSQL has written that it listens, so that SIGTERM meets the server, not its set-up.

        What kept that from being seen; ``""`` where it was. Who writes no log of PostgreSQL's is not waited for, nor is
        a log that does not grow any more. On ECS a kill may end a task by SIGKILL, whatever runs in it.
        """
        self.must_run()
        if "postgres" not in self.plan.image or self.driver.aws is not None:
            return "its image is not known to end by itself on SIGTERM"
        text, grew = b"", Deadline(0.0)
        patience = self.driver.settings.seconds("logs_timeout")
        silent_for = min(_SILENT_FOR * max(self.driver.settings.deadline_scale, 1.0), patience)

        def listens() -> Seen[str]:
            nonlocal text, grew
            came = self._log()
            if _LISTENS in came:
                return done("")
            if len(came) > len(text):
                text, grew = came, Deadline(0.0)
            ends = f"its log ends {came[-80:]!r}"
            if _SETS_UP not in came:
                is_silent = self.up_by.elapsed >= silent_for
                return never(f"{ends}, {self.up_by.elapsed:.0f} s after its start") if is_silent else not_yet(ends)
            lasts = max(patience, _SETS_UP_IN)
            return not_yet(ends) if grew.elapsed < lasts else never(f"{ends}, and has not grown for {lasts:g} s")

        try:
            within = self.driver.seconds("start_timeout")
            return until(listens, f"{self} to listen", within)
        except (AssertionError, ValueError) as error:
            return f"that PostgreSQL was past its start-up could not be seen: {error}"

    def _log(self) -> bytes:
        """What it has written so far. Raises ``AssertionError`` or ``ValueError`` where its logs cannot be had."""
        logs = self.driver.observe(
            raw_call("GET", f"/containers/{self.reference()}/logs", stdout="true", stderr="true"), self.criterion
        )
        if logs.status != 200:
            raise AssertionError(logs.line())
        frames = decode(logs.raw)
        return b"".join(joined(frames, stream) for stream in (1, 2))

    @once
    def kill(self) -> Exchange:
        """``POST /containers/{id}/kill?signal=SIGTERM`` (AC-16)."""
        self.must_run()
        before, container = self.at(BEFORE_CLEAN_UP), self.reference()
        answer = self.driver.ask(lambda client: client.kill(container, signal="SIGTERM"), _KILLS, self.plan.role)
        if not succeeded(answer) and status_of(before) != RUNS:
            raise NotJudged(f"{self} did not run when it was to be killed: {before.line()}; {answer.line()}")
        return self.unless_missing(answer)

    def must_be_killed(self) -> None:
        """Raises ``NotJudged``, with the kill's answer, where it was refused."""
        if not succeeded(self.kill()):
            raise NotJudged(f"{self} was not killed: {self.kill().line()} ({_KILLS})")

    @once
    def tasks_running_on(self) -> list[str]:
        """Its Fargate tasks that do not end in the time that they have; none on other backends."""
        self.kill()
        return self.driver.tasks_running_on(self.known_id)

    @once
    def after_kill(self) -> Exchange:
        """Inspected as soon as it has exited, or is shown no more.

        Raises ``TimedOut``; ``NotJudged`` where PostgreSQL's set-up, which does not mind SIGTERM, was not over.
        """
        self.must_be_killed()
        try:
            return self.until_exited("to have exited after SIGTERM")
        except TimedOut as error:
            if self.start_up() and self._sets_up():
                raise NotJudged(f"{self} was not seen past its start-up when it was killed: {error}") from None
            raise

    def _sets_up(self) -> bool:
        """Whether PostgreSQL's set-up has written something by now, on a machine that is slow."""
        try:
            return _SETS_UP in self._log()
        except (AssertionError, ValueError):
            return False

    def must_be_up(self) -> None:
        """Raises ``NotJudged`` where PostgreSQL was not seen past its start-up."""
        if self.start_up():
            raise NotJudged(f"whether {self} ends by itself cannot be seen: {self.start_up()}")

    @once
    def own_exit(self) -> Exchange:
        """Its end after SIGTERM, where it is PostgreSQL past its start-up, which ends by itself (N-27)."""
        self.must_be_up()
        return self.after_kill()
