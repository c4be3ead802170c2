"""A container's logs as the daemon gives them, and what CloudWatch has of them (TST-010 AC-11 to AC-13)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from support.api.client import raw_call
from support.api.recording import Exchange
from support.aws.errors import NotObservable
from support.ecs.container import EcsContainer
from support.ecs.expectations import lines_of, text_of
from support.once import once
from support.waiting import Seen, TimedOut, done, never, not_yet, until

_STAMPS = "TST-010-AC-13"


class Logs:
    """Of one container; ``criterion`` is what its logs without timestamps serve."""

    def __init__(self, container: EcsContainer, criterion: str) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self.stdout, self.stderr = (
            [line.encode() for line in lines] for lines in (container.plan.stdout, container.plan.stderr)
        )
        self._criterion = criterion
        self._driver = container.driver
        self.unseen: list[str] = []  # why CloudWatch could not be asked

    @property
    def written(self) -> list[bytes]:
        """All lines that the container writes, those of stderr last."""
        return [*self.stdout, *self.stderr]

    @once
    def plain(self) -> Exchange:
        """``GET /containers/{id}/logs`` of both streams, once all that it wrote was delivered (AC-11, AC-12)."""
        return self._delivered(self._criterion, lambda line, wanted: line == wanted)

    @once
    def stamped(self) -> Exchange:
        """The same with timestamps (AC-13)."""
        return self._delivered(_STAMPS, lambda line, wanted: line.endswith(b" " + wanted), timestamps="true")

    @once
    def stamped_again(self) -> Exchange:
        """The same another time, when every clock with seconds has gone on."""
        self.stamped()
        self._driver.let_a_second_pass()
        return self._delivered(_STAMPS, lambda line, wanted: line.endswith(b" " + wanted), timestamps="true")

    def _delivered(self, criterion: str, is_line: Callable[[bytes, bytes], bool], **query: str) -> Exchange:
        """The logs once they have all lines; CloudWatch delivers late, ``logs_timeout`` at most.

        What came by then is judged, too little as well. Docker wants a stream chosen beside everything else.
        """
        self.container.must_run()
        call = raw_call("GET", f"/containers/{self.container.reference()}/logs", stdout="true", stderr="true", **query)
        answers: list[Exchange] = []

        def has_lines() -> Seen[Exchange]:
            answer = self._driver.ask(call, criterion, self.container.plan.role)
            answers.append(answer)
            if answer.status != 200:
                return never(answer.line())
            lines = lines_of(text_of(answer))
            missing = [each for each in self.written if not any(is_line(line, each) for line in lines)]
            return not_yet(f"{missing} were missing in {lines}") if missing else done(answer)

        within = self._driver.seconds("logs_timeout")
        try:
            return until(has_lines, f"all lines in the logs of {self.container}", within)
        except AssertionError as error:
            self._driver.note(str(error))
            if not answers:
                raise
            return answers[-1]

    @once
    def events(self) -> list[tuple[datetime, str]]:
        """What CloudWatch has of it, whoever asks: times and messages; too little as well.

        ``unseen`` says where that could not be asked.
        """
        wanted = Counter(line.decode("utf-8", "replace") for line in (*self.written, *self.further()))
        found: list[tuple[datetime, str]] = []

        def are_all_there() -> Seen[bool]:
            facts = self.container.aws.delivered(self.container.task())
            self.unseen[:], found[:] = facts.unseen, facts.found
            # What an agent writes comes in the same stream, and may come before.
            missing = wanted - Counter(message for _, message in found)
            return done(True) if not missing or facts.unseen else not_yet(f"{list(missing)} were missing in {found}")

        within = self._driver.seconds("logs_timeout")
        try:
            with suppress(TimedOut):
                until(are_all_there, f"CloudWatch to have what {self.container} wrote", within)
        except NotObservable as error:  # no task can be seen
            self.unseen.append(str(error))
        for line in self.unseen:
            self._driver.note(line)
        return found

    def further(self) -> list[bytes]:
        """The lines of the logs that the container did not write, or more often than it did."""
        return list((Counter(lines_of(text_of(self.plain()))) - Counter(self.written)).elements())
