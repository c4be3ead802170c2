"""The build container as a shell: commands, the wait beside them, and the end (TST-011 N-11, N-12, N-15)."""

from __future__ import annotations

import threading
from dataclasses import replace

from support.api.frames import STDERR, STDOUT
from support.api.recording import Exchange
from support.container import EXITED, status_of
from support.driver import quietly
from support.gitlab.container import JobContainer
from support.gitlab.shell import Shell
from support.once import once
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until

FAILING = 7
SHELL_ANSWERS = 15.0  # seconds for what asks for little
_COMMAND_ANSWERS = 25.0  # seconds for one command, the container's own time-outs and a hundred kilobytes included


class BuildShell:
    """A build container whose stdin stays open."""

    def __init__(self, build: JobContainer) -> None:
        self.lock: threading.RLock = build.lock
        self.build = build
        self._driver = build.driver

    @once
    def shell(self) -> Shell:
        """The build container's shell, started, with a wait open beside it."""
        self.build.must_be_attached()
        self.build.must_run()
        self.build.wait()
        return Shell(self.build.attach())

    @once
    def delayed_output(self) -> list[str]:
        """What speaks against output flowing while the build container runs, its stdin open (N-15).

        How it comes, on which stream and with what around it, is not asked here.
        """
        stream, word, within = self.shell().stream, b"still-running", self._command_answers()
        if stream.ended:
            raise NotJudged(f"the build container's stream was closed: {stream.describe()} (TST-011-AC-11)")
        stream.write(b"echo still-running\n", within)
        came = stream.wait_for(lambda: any(word in stream.output(each) for each in (STDOUT, STDERR)), within)
        seen = self.build.inspect()
        if not came and (stream.malformed or status_of(seen) == EXITED):
            raise NotJudged(f"what the shell writes cannot be seen: {stream.describe()}; {seen.line()}")
        if not came:
            return [f"while the build container ran, nothing came within {within:g} s: {stream.describe()}"]
        return ["the output came when the build container had exited"] if status_of(seen) == EXITED else []

    def say(self, command: str) -> bytes:
        """What a command in the build container writes to stdout; without a shell that answers nothing can be asked."""
        quietly(self.delayed_output)
        try:
            return self.shell().run(command, self._command_answers())
        except AssertionError as error:
            raise NotJudged(f"the build container's shell does not answer: {error} (TST-011-AC-12)") from None

    def _command_answers(self) -> float:
        """Seconds that a command in the build container has now."""
        return self._driver.at_most(self._driver.settings.deadline_scale * _COMMAND_ANSWERS)

    @once
    def wait_while_running(self) -> Exchange:
        """The wait as it stands while the container runs: its head may have come, its body not (N-11)."""
        self.shell()
        wait = self.build.wait()

        def has_head() -> Seen[Exchange]:
            sent = wait.exchange
            return done(sent) if sent is not None and sent.status is not None else not_yet("no head yet")

        within = self._driver.seconds("exchange_timeout")
        quietly(lambda: until(has_head, "the wait's headers", within))
        if wait.exchange is None:
            raise NotJudged("the wait could not be sent")
        seen = replace(wait.exchange)
        self.say("true")  # the container ran until after this
        return seen

    @once
    def failing_end(self) -> Exchange:
        """The wait's answer once the build container's shell has ended with ``FAILING``; the last use of the shell."""
        self.say("true")  # it answers: how its end is reported can be judged
        self.shell().stream.write(f"exit {FAILING}\n".encode(), self._driver.at_most(SHELL_ANSWERS))
        return self.build.wait().answer(self._driver.stop_within())

    @once
    def after_failing_end(self) -> Exchange:
        """Inspected after it."""
        self.failing_end()
        return self.build.inspect()
