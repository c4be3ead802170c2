"""A recording put to the daemon: the same calls in the same order, each while the same others are under way.

What the daemon answers is compared at once, and the first difference ends the replay: what follows would only follow
from it. Everything that is created is in the ledger before, under the run's label and a name of the run's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from support.api.client import Pending
from support.api.frames import STDERR, STDOUT, MalformedStream, decode, joined
from support.api.hijack import Hijack
from support.api.recording import Exchange, shown_by
from support.driver import Driver
from support.recordings.comparing import difference, fits_header
from support.recordings.connections import Connections
from support.recordings.format import (
    CREATES,
    SWITCHES,
    Call,
    End,
    Event,
    GiveUp,
    HalfClose,
    Head,
    Output,
    Pause,
    Recording,
    Write,
)
from support.recordings.roles import Roles
from support.run import ANSWER_SLACK, Run
from support.waiting import Deadline, Seen, TimedOut, done, not_yet, until

# Headers are withheld that come so late (seconds), later than the daemon took for any start, and so shortly before the
# end. Where a daemon is that slow for all that is asked, the container may have ended before its wait was read.
_LATE, _SHORTLY = 0.4, 0.05
_LONGER = 3  # times as long as the recorded daemon
_NAMES = {STDOUT: "stdout", STDERR: "stderr"}


class Replay:
    """One recording, put to the daemon once."""

    def __init__(self, run: Run, recording: Recording) -> None:
        self.recording = recording
        self.driver = Driver(run, f"recorded {recording.name}")
        self.roles = Roles(self.driver.ledger.name("").removeprefix("-"))
        self._connections = Connections(run.api)
        self._pending: dict[int, Pending] = {}
        self._streams: dict[int, Hijack] = {}
        self._left_alone: set[int] = set()  # open calls since whose headers nothing else has happened
        self._slowest_start = 0.0  # seconds; how slow the daemon is where it has nothing to wait for

    def run(self) -> None:
        """Put all of it. Raises ``AssertionError`` with the first difference."""
        acts: dict[type[Event], Callable[[Any], None]] = {
            Call: self._send,
            Write: self._write,
            HalfClose: lambda event: self._streams[event.call].half_close(),
            Output: self._await_output,
            Head: self._await_head,
            End: self._await_end,
            GiveUp: lambda event: self._connections.give_up(event.call),
            Pause: lambda event: self._pause(event.seconds),
        }
        for event in self.recording.events:
            if not isinstance(event, End):
                self._left_alone.clear()
            acts[type(event)](event)

    def close(self) -> None:
        """Close its connections; calls under way end."""
        self._connections.close()
        self.driver.close()

    # --- requests -------------------------------------------------------------------------------------------------

    def _send(self, call: Call) -> None:
        query, body = self.roles.fill(dict(call.query)), self.roles.fill(call.body)
        kind = CREATES.get(call.path)
        if kind is not None:
            self._note_creation(kind, query, body)
        path = quote(self.roles.fill(call.path), safe="/:@")
        if SWITCHES in call.statuses:
            stream = self.driver.hijack(path, self._criterion, str(call), query, body)
            self._streams[call.number] = stream
            self._judge_head(call, stream.exchange)
            return
        whole = path if call.unversioned else f"/v{self.driver.api.version}{path}"
        put = self._connections.call(call, f"{whole}?{urlencode(query)}" if query else whole, body)
        self._pending[call.number] = self.driver.begin(put, self._criterion, str(call))
        if not call.is_open:
            answer = self._pending[call.number].answer(self._within(call))
            if call.path.endswith("/start"):
                self._slowest_start = max(self._slowest_start, answer.done_after or 0.0)
            self._judge(call, answer)

    def _note_creation(self, kind: str, query: dict[str, str], body: dict[str, Any]) -> None:
        """Into the ledger before it is created, and labelled as the run's."""
        named = query if kind == "container" else body
        key = "name" if kind == "container" else "Name"
        named[key] = named.get(key) or self.driver.ledger.name("recorded")
        body["Labels"] = {**(body.get("Labels") or {}), **self.driver.ledger.label}
        self.driver.ledger.expect(kind, named[key])
        for bind in (body.get("HostConfig") or {}).get("Binds") or []:
            if self.driver.ledger.names(bind.partition(":")[0]):  # the daemon creates the volume where there is none
                self.driver.ledger.expect("volume", bind.partition(":")[0])

    def _write(self, event: Write) -> None:
        within, stream = self.driver.seconds("exchange_timeout"), self._streams[event.call]
        self._about(self.recording.call(event.call), lambda: stream.write(event.data, within))

    def _pause(self, seconds: float) -> None:
        began = Deadline(0.0)

        def has_passed() -> Seen[bool]:
            return done(True) if began.elapsed >= seconds else not_yet(f"{began.elapsed:.1f} s")

        until(has_passed, "the client to go on, as the recorded one did", seconds + 1.0)

    # --- answers --------------------------------------------------------------------------------------------------

    def _await_head(self, event: Head) -> None:
        call, pending = self.recording.call(event.call), self._pending[event.call]

        def has_come() -> Seen[bool]:
            exchange = pending.exchange
            if exchange is not None and exchange.status is not None:
                return done(True)
            return done(True) if pending.is_over() else not_yet("no answer yet")

        try:
            until(has_come, f"the headers of {call}", self.driver.seconds("exchange_timeout"), every=0.005, up_to=0.05)
        except TimedOut:
            self._differs(call, pending.exchange, "Seen: no headers\nExpected: headers at once, the body later")
        if pending.exchange is not None and pending.exchange.status is not None:
            self._judge_head(call, pending.exchange)
        self._left_alone.add(call.number)

    def _within(self, call: Call) -> float:
        """The seconds in which an answer has to be complete."""
        act = call.path.rpartition("/")[2]
        if act in ("start", "wait", "logs"):
            return self.driver.seconds("start_timeout") + ANSWER_SLACK
        if act == "stop" or call.method == "DELETE":
            return self.driver.stop_within()
        return self.driver.seconds("pull_timeout" if call.path == "/images/create" else "exchange_timeout")

    def _await_output(self, event: Output) -> None:
        call, stream = self.recording.call(event.call), self._streams[event.call]
        wanted = {STDOUT: event.stdout, STDERR: event.stderr}
        has_come = stream.wait_for(
            lambda: all(len(stream.output(each)) >= size for each, size in wanted.items()),
            self.driver.seconds("exchange_timeout"),
        )
        if not has_come:
            sizes = " and ".join(f"{size} bytes of {_NAMES[each]}" for each, size in wanted.items() if size)
            self._differs(call, stream.exchange, f"Seen: {stream.describe()}\nExpected: {sizes} before it goes on")

    def _await_end(self, event: End) -> None:
        call = self.recording.call(event.call)
        # A container has to start, and to do what took the recorded one so long; a busy machine takes longer.
        within = self.driver.seconds("start_timeout") + self.driver.at_most(_LONGER * event.after)
        if call.number in self._streams:
            self._judge_stream(call, self._streams[call.number], within)
            return
        answer = self._pending[call.number].answer(within)
        head, end = answer.head_after or 0.0, answer.done_after or 0.0
        is_late = head > max(_LATE, self._slowest_start) and end - head < _SHORTLY
        if call.number in self._left_alone and not answer.error and is_late:
            seen = f"Seen: headers after {head:.2f} s, the body after {end:.2f} s"
            self._differs(call, answer, f"{seen}\nExpected: headers at once, the body when it has ended")
        self._judge(call, answer)

    # --- judging --------------------------------------------------------------------------------------------------

    def _judge_head(self, call: Call, answer: Exchange) -> None:
        if answer.status not in call.statuses:
            wanted = " or ".join(map(str, call.statuses))
            seen = f"{answer.status} {answer.message()}" if answer.status is not None else answer.error
            self._differs(call, answer, f"Seen: {seen.strip()}\nExpected: {wanted}")
        for name, value in call.headers.items():
            came = answer.header(name)
            if not fits_header(call.path, name, value, came, self.roles):
                shown = f"{name}: {came}" if came is not None else f"no header {name}"
                self._differs(call, answer, f"Seen: {shown}\nExpected: {name}: {self.roles.fill(value)}")

    def _judge(self, call: Call, answer: Exchange) -> None:
        self._judge_head(call, answer)
        if answer.error:
            self._differs(call, answer, f"Seen: {answer.error}\nExpected: a complete answer")
        if call.answer is not None and answer.status == call.statuses[0]:
            body = self._about(call, answer.json)
            found = difference(call.answer, body, self.roles)
            if found:
                self._differs(call, answer, found)
        if call.stdout is not None or call.stderr is not None:
            try:
                frames = decode(answer.raw)
            except MalformedStream as error:
                self._differs(call, answer, f"Seen: {error}\nExpected: whole frames")
            self._judge_output(call, answer, lambda stream: joined(frames, stream))
        self._note_made(call, answer)

    def _judge_stream(self, call: Call, stream: Hijack, within: float) -> None:
        if not stream.wait_end(within):
            self._differs(call, stream.exchange, f"Seen: {stream.describe()}\nExpected: closed by the daemon")
        if stream.malformed:
            self._differs(call, stream.exchange, f"Seen: {stream.describe()}\nExpected: whole frames")
        self._judge_output(call, stream.exchange, stream.output)

    def _judge_output(self, call: Call, answer: Exchange, output: Callable[[int], bytes]) -> None:
        for number, name in _NAMES.items():
            template = getattr(call, name)
            seen = output(number).decode("utf-8", "backslashreplace")
            if template is not None and not self.roles.fits(template, seen):
                self._differs(call, answer, f"Seen: {name} {seen!r}\nExpected: {name} {self.roles.fill(template)!r}")

    def _note_made(self, call: Call, answer: Exchange) -> None:
        """What a backend made for a container, and the volumes that it brought, are cleaned up by its own words."""
        body = answer.body if isinstance(answer.body, dict) else {}
        if call.path == "/containers/create" and self.driver.aws is not None:
            seen = self.driver.observe(lambda client: client.inspect_container(body["Id"]), self._criterion)
            body = seen.body if isinstance(seen.body, dict) else {}
            if self.driver.ledger.owns(body):
                self.driver.ledger.identify(body["Id"])
        self.driver.expect_volumes_of(body)

    @property
    def _criterion(self) -> str:
        return self.recording.name

    def _about(self, call: Call, work: Callable[[], Any]) -> Any:
        """The outcome; what is wrong with it is said to be about this call."""
        try:
            return work()
        except AssertionError as error:
            error.args = (f"{call} of {self.recording.name}\n{error}",)
            raise

    def _differs(self, call: Call, answer: Exchange | None, difference: str) -> NoReturn:
        """Raises the first difference, with both sides and the exchange that shows it."""
        lines = [f"{call} of {self.recording.name}, is answered otherwise", difference]
        lines += [f"shown by: {answer.line()}"] if answer is not None else []
        raise shown_by(AssertionError("\n".join(lines)), *([answer] if answer is not None else []))
