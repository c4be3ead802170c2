"""What is done with each container, and with the image that cannot be pulled; each exchange once."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime

from support.api.client import raw_call
from support.api.recording import Exchange
from support.container import NEVER_STARTED, RUNS, status_of
from support.drift.container import FOR_EVER, LABEL, DriftContainer, PulledImage
from support.drift.events import Event, Events
from support.driver import Driver
from support.once import once
from support.run import Run
from support.thing import entries_of, labelled_list, succeeded
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, done, not_yet, until

BRIEF_STATUS = 3
LIFE = ("create", "start", "die", "destroy")
_PULLS = 3
_BETWEEN = 2.0  # seconds around the moment that events are asked for since, or until
_SLACK = 2  # seconds, as a clock in whole seconds may be behind


class Story:
    """What all have: a name among those of the run, their time, and a connection to ``/events``."""

    def __init__(self, run: Run, name: str, criterion: str) -> None:
        self.driver = Driver(run, name)
        self.lock: threading.RLock = self.driver.lock
        self.criterion = criterion
        self.events = Events(self.driver, criterion)

    def listen(self) -> None:
        """Listen to ``/events``; that it is refused is for those to judge who need it."""
        self.events.open()

    def reported(self, container: DriftContainer, *actions: str) -> list[Event]:
        """What was reported of it of these actions, a second after the last of them, so that a second one is seen."""
        self.events.wait_for(container.known_id, actions[-1], self.driver.seconds("stop_timeout"))
        self.driver.let_a_second_pass()
        return self.events.of(container.known_id, actions)

    def close(self) -> None:
        """Close its connections; nothing is asked any more."""
        self.events.close()
        self.driver.close()


class Removal(Story):
    """A container runs and is destroyed by another client; one without its label comes and goes meanwhile."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "removal", "DRIFT-01")
        self.removed = DriftContainer(self.driver, "removed", FOR_EVER, self.criterion)
        self.other = DriftContainer(self.driver, "other", FOR_EVER, "DRIFT-03")
        self._filters = f'{{"label":["{LABEL}={self.removed.name}"]}}'
        self.labelled = Events(self.driver, "DRIFT-03", filters=self._filters)
        self._again: list[Events] = []

    def listen(self) -> None:
        super().listen()
        self.labelled.open()

    @once
    def other_gone(self) -> Exchange:
        """The delete of the other container, which was never started."""
        return self.other.destroyed()

    @once
    def begun(self) -> int:
        """A second of the daemon's clock before the container was created."""
        seen = self.driver.observe(raw_call("GET", "/version"), "DRIFT-05")
        self.removed.create()
        return int(_clock_of(seen)) - _SLACK

    @once
    def middle(self) -> int:
        """A whole second of the daemon's clock between the container's start and its end."""
        self.begun()
        seen, passed = self.removed.running(), Deadline(_BETWEEN)

        def has_passed() -> Seen[bool]:
            return not_yet(f"{passed.remaining:.1f} s are left") if passed.remaining else done(True)

        until(has_passed, "the moment between a container's start and its end", _BETWEEN + 1.0)
        return int(_clock_of(seen)) + 1

    @once
    def destroyed(self) -> Exchange:
        """The delete of what runs. Raises ``NotJudged`` where it does not run."""
        self.middle()
        answer = self.removed.destroyed()
        if not succeeded(answer) and self.removed.is_seen():
            raise NotJudged(f"{self.removed} was not destroyed: {answer.line()}")
        return answer

    @once
    def gone(self) -> list[Exchange]:
        """Inspected by each of its references, at once and later."""
        self.destroyed()
        at_once = self.removed.gone_at("deleted")
        self.driver.let_a_second_pass()
        return at_once + self.removed.gone_at("later")

    @once
    def lists(self) -> list[Exchange]:
        """The list of what has the run's label, and that of all, afterwards."""
        self.gone()
        everything = self.driver.observe(raw_call("GET", "/containers/json", all="true"), "DRIFT-02")
        return [self.removed.list_all(), everything]

    @once
    def end_reported(self) -> list[Event]:
        """What ``/events`` reported of its end."""
        self.destroyed()
        return self.reported(self.removed, "die", "destroy")

    @once
    def life_reported(self) -> list[Event]:
        """What the events that are filtered by its label have of it."""
        self.other_gone()
        self.destroyed()
        self.labelled.wait_for(self.removed.known_id, "destroy", self.driver.seconds("exchange_timeout"))
        self.driver.let_a_second_pass()
        return self.labelled.of(self.removed.known_id, LIFE)

    @once
    def labelled_since_middle(self) -> Events:
        """The events since the middle that are filtered by its label, asked for when all is over."""
        self.life_reported()
        unfiltered = self.since_middle().of(self.removed.known_id, LIFE)
        return self._all_of(self._replays()[1], unfiltered[-1].action if unfiltered else "")

    @once
    def since_middle(self) -> Events:
        """The events since the middle, asked for when all is over."""
        return self._all_of(self._replays()[0], "destroy")

    @once
    def since_is_open(self) -> bool:
        """Whether that answer has not ended with what there was."""
        return not self.since_middle().ended

    @once
    def until_middle(self) -> Events:
        """The events from the beginning until the middle, asked for when all is over."""
        self.since_is_open()
        again = self._asked_for("DRIFT-05", since=str(self.begun()), until=str(self.middle()))
        again.wait_until(lambda: False, self.driver.seconds("exchange_timeout"))
        return again

    @once
    def _replays(self) -> tuple[Events, Events]:
        """Since the middle, without a filter and with one, at the same time: a daemon keeps only the last events."""
        self.destroyed()
        since = str(self.middle())
        labelled = self._asked_for("DRIFT-03", since=since, filters=self._filters)
        return self._asked_for("DRIFT-04", since=since), labelled

    def _all_of(self, again: Events, last: str) -> Events:
        """A replay, once the last of the container's actions has come, and a second longer."""
        if last:
            again.wait_for(self.removed.known_id, last, self.driver.seconds("exchange_timeout"))
        self.driver.let_a_second_pass()
        return again

    def _asked_for(self, criterion: str, **query: str) -> Events:
        again = Events(self.driver, criterion, **query)
        self._again.append(again)
        again.open()
        return again

    def close(self) -> None:
        for stream in (self.labelled, *self._again):
            stream.close()
        super().close()


class Starts(Story):
    """A container whose command ends at once, and one whose command cannot be executed."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "starts", "DRIFT-06")
        command = ["sh", "-c", f"exit {BRIEF_STATUS}"]
        self.brief = DriftContainer(self.driver, "brief", command, "DRIFT-06")
        self.mistaken = DriftContainer(self.driver, "mistaken", ["/no/such/command"], "DRIFT-08")

    @once
    def brief_begun(self) -> None:
        """Started. Raises ``NotJudged`` where that was refused, and it did not begin either."""
        self.brief.must_be_there()
        answer = self.brief.start()
        if not succeeded(answer) and status_of(self.brief.inspect()) == NEVER_STARTED:
            raise NotJudged(f"{self.brief} did not run: {answer.line()}")

    @once
    def brief_ended(self) -> Exchange:
        """Inspected as soon as it has exited. Raises ``TimedOut``."""
        self.brief_begun()
        return self.brief.until_exited("to exit by itself")

    @once
    def brief_reported(self) -> list[Event]:
        """What ``/events`` reported of its start and its end."""
        self.brief_begun()
        return self.reported(self.brief, "start", "die")

    @once
    def mistaken_ended(self) -> Exchange:
        """Inspected once it does not run (any more). Raises ``TimedOut``."""
        self.mistaken.must_be_there()
        self.mistaken.start()

        def does_not_run() -> Seen[Exchange]:
            seen = self.mistaken.inspect()
            return not_yet(status_of(seen)) if status_of(seen) == RUNS else done(seen)

        return until(does_not_run, f"{self.mistaken} not to run", self.driver.stop_within())

    @once
    def mistaken_reported(self) -> list[Event]:
        """What ``/events`` reported of its end; a Docker Engine reports none of what never ran."""
        self.mistaken.long_after()
        return self.events.of(self.mistaken.known_id, ("die",))


class Pulls(Story):
    """An image whose registry there cannot be."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "pulls", "DRIFT-09")
        self.image = PulledImage(self.driver, f"no-such-registry.invalid/{self.driver.ledger.name('drift')}:none")
        self.container = DriftContainer(self.driver, "unpullable", ["true"], "DRIFT-10", self.image.name)

    @once
    def pulls(self) -> list[Exchange]:
        """Pulled several times, the last time a second later."""
        first = [self.image.send_pull("DRIFT-09") for _ in range(_PULLS - 1)]
        self.driver.let_a_second_pass()
        return [*first, self.image.send_pull("DRIFT-09")]

    @once
    def found(self) -> Exchange:
        """The image, inspected afterwards."""
        self.pulls()
        return self.image.inspect("DRIFT-10")

    @once
    def listed(self) -> Exchange:
        """All images, afterwards."""
        self.pulls()
        return self.driver.observe(raw_call("GET", "/images/json"), "DRIFT-10")

    @once
    def refused(self) -> Exchange:
        """What refuses a container of it: its creation, or its start where the daemon leaves the pull to that."""
        self.pulls()
        created = self.container.create()
        return self.container.start() if succeeded(created) else created

    @once
    def running(self) -> list[str]:
        """The containers of the image that are shown to run, a line each."""
        self.refused()
        self.driver.let_a_second_pass()
        entries = entries_of(labelled_list(self.driver, "/containers/json", "DRIFT-10"))
        return [
            f"{each.get('Names')} runs"
            for each in entries
            if each.get("Image") == self.image.name and each.get("State") == RUNS
        ]

    @once
    def gone(self) -> list[Exchange]:
        """The container, inspected by each of its references after it was refused."""
        self.running()
        return self.container.gone_at("refused")

    @once
    def all_containers(self) -> Exchange:
        """The list of what has the run's label, running or not, after it was refused."""
        self.running()
        return self.container.list_all()


def _clock_of(answer: Exchange) -> float:
    """The daemon's clock when it answered, or ours where it does not say."""
    date = answer.header("Date")
    return parsedate_to_datetime(date).timestamp() if date else time.time()
