"""The build container as a shell: commands, the wait beside them, and the end (TST-011 N-11, N-12, N-15)."""

from __future__ import annotations

import threading
from dataclasses import replace

from support.api.client import Pending
from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import EXITED, RUNS, status_of
from support.driver import quietly
from support.gitlab.container import JobContainer
from support.gitlab.executing import exec_output, send_exec
from support.gitlab.shell import Command, Shell
from support.matchers import assert_that, has_json, no_problems
from support.once import once
from support.thing import text_at
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

FAILING = 7
SHELL_ANSWERS = 15.0  # seconds for what asks for little
_END_IS_SEEN = 1.0  # seconds from a refused write until the stream's end, which caused it, is noticed
_COMMAND_ANSWERS = 25.0  # seconds for one command, the container's own time-outs and a hundred kilobytes included


class BuildShell:
    """A build container whose stdin stays open."""

    def __init__(self, build: JobContainer) -> None:
        self.lock: threading.RLock = build.lock
        self.build = build
        self._driver = build.driver
        self._said: dict[str, bytes] = {}
        self._silent = ""  # why the attached stream is not asked any more

    @once
    def running(self) -> Pending:
        """The wait beside the started container."""
        self.build.must_run()
        return self.build.wait()

    @once
    def shell(self) -> Shell:
        """The build container's shell, started, with a wait open beside it."""
        self.build.must_be_attached()
        self.running()
        return Shell(self.build.attach())

    @once
    def delayed_output(self) -> list[str]:
        """What speaks against output flowing while the build container runs, its stdin open (N-15).

        How it comes, on which stream and with what around it, is not asked here.
        """
        stream, within = self.shell().stream, self._command_answers()
        self._write("printf '%s-%s\\n' still running\n", within)  # an echo of it is not what it writes
        came = stream.wait_for(lambda: self._has_come(stream), within)
        seen = self.build.inspect()
        if not came and (stream.malformed or stream.ended or status_of(seen) == EXITED):
            raise NotJudged(f"what the shell writes cannot be seen: {stream.describe()}; {seen.line()}")
        if not came:
            return [f"while the build container ran, nothing came within {within:g} s: {stream.describe()}"]
        return ["the output came when the build container had exited"] if status_of(seen) == EXITED else []

    @staticmethod
    def _has_come(stream: Hijack) -> bool:
        return any(b"still-running" in stream.output(each) for each in (STDOUT, STDERR))

    def _write(self, text: str, within: float) -> None:
        """Raises ``NotJudged`` where the daemon has closed the stream, which the start is to answer for."""
        stream = self.shell().stream
        try:
            stream.write(text.encode(), within)
        except AssertionError as error:
            if stream.wait_end(_END_IS_SEEN):
                raise NotJudged(f"the build container's stream was closed: {error} (TST-011-AC-11)") from None
            raise

    # --- what is seen from inside the container --------------------------------------------------------------------

    def say(self, command: str) -> bytes:
        """What a command in the build container writes.

        Its shell is asked and, once the attached stream did not show an answer, an exec instead: files and names are
        the same to both, and how output comes is asked elsewhere.
        """
        if why := self._why_silent(command):
            return self._by_exec(command, why)
        return self._said[command]

    def _why_silent(self, command: str) -> str:
        """Why the attached stream shows no answer of the shell, ``""`` where it does; it is not asked again then."""
        quietly(self.delayed_output)
        try:
            if not self._silent:
                if not self._has_come(self.shell().stream):
                    assert_that(self.delayed_output(), no_problems("output that comes while the container runs"))
                self._said[command] = self.shell().run(command, self._command_answers())
        except (AssertionError, NotJudged) as error:
            self._silent = f"the build container's shell does not answer: {error} (TST-011-AC-12)"
        return self._silent

    def _by_exec(self, command: str, why: str) -> bytes:
        self.build.must_run()
        asked = Command(command)
        created = send_exec(self.build, asked.text, "")
        identity = text_at(created, "Id")
        stream = exec_output(self._driver, identity, "") if identity else None
        said = asked.answer_in(stream.output(STDOUT)) if stream else None
        if said is None:
            instead = f"{stream.exchange.line()}; {stream.describe()}" if stream else created.line()
            raise NotJudged(f"{why}; nor does an exec: {instead}")
        return said

    def _command_answers(self) -> float:
        """Seconds that a command in the build container has now."""
        return self._driver.at_most(self._driver.settings.deadline_scale * _COMMAND_ANSWERS)

    # --- the wait, and the end -------------------------------------------------------------------------------------

    @once
    def wait_while_running(self) -> Exchange:
        """The wait as it stands while the container runs: its head may have come, its body not (N-11)."""
        wait = self.running()

        def has_head() -> Seen[Exchange]:
            sent = wait.exchange
            return done(sent) if sent is not None and sent.status is not None else not_yet("no head yet")

        within = self._driver.seconds("exchange_timeout")
        quietly(lambda: until(has_head, "the wait's headers", within))
        if wait.exchange is None:
            raise NotJudged("the wait could not be sent")
        seen = replace(wait.exchange)
        after = self.build.inspect()
        # The container ran until after this: an inspection says so, or its shell.
        if status_of(after) != RUNS and (why := self._why_silent("true")):
            raise NotJudged(f"that the build container still ran cannot be seen: {after.line()}; {why}")
        return seen

    @once
    def failing_end(self) -> Exchange:
        """The wait's answer once the build container's shell has ended with ``FAILING``; the last use of the shell.

        Raises ``NotJudged`` where it is another one, and no output shows that the shell was told to end so.
        """
        why = self._why_silent("true")
        self._write(f"exit {FAILING}\n", self._driver.at_most(SHELL_ANSWERS))
        answer = self.running().answer(self._driver.stop_within())
        if why and not has_json("StatusCode", FAILING).matches(answer):
            raise NotJudged(f"whether the shell was told to exit cannot be seen: {why}; {answer.line()}")
        return answer

    @once
    def after_failing_end(self) -> Exchange:
        """Inspected after it."""
        self.failing_end()
        return self.build.inspect()
