"""Attach and exec streams: a raw HTTP client that hands over the connection (TST-011 AC-10).

The docker SDK loses the output that comes in one segment with the 101 head, has no deadline there and takes a stream
that ends inside a frame for a clean end; so hijacked connections are opened here, over unix sockets and TCP alike.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from support import progress
from support.api.answer import FEW, SWITCHES, AnswerReader
from support.api.bounds import BadAnswer, TooMuch
from support.api.endpoint import Endpoint
from support.api.frames import STDERR, STDOUT, Frame, FrameDecoder, MalformedStream
from support.api.kept_output import KeptOutput
from support.api.recording import Exchange, Recorder, beginning, shown_by
from support.api.wire import Wire, request_head
from support.waiting import Deadline

_NOTED_SINGLY = 100  # frames of a connection; what follows is noted in one sum for each stream


class Hijack:
    """A hijacked connection: raw bytes to the container, frames from it.

    ``exchange`` is the request with the answer's head; its status is None where none came. A reader thread collects
    frames from the moment of the 101 on, so that a full pipe never blocks a writer.
    """

    def __init__(  # noqa: PLR0913 - an exchange's parts, and who checks it
        self,
        endpoint: Endpoint,
        recorder: Recorder,
        url: str,
        query: dict[str, str],
        body: Any = None,
        *,
        check: Callable[[Exchange], object] = lambda _: None,
    ) -> None:
        """``check`` is called when the stream has ended or refuses stdin; it raises where that means something else."""
        self._check = check
        self._wire = Wire(endpoint)
        self._recorder = recorder
        target = f"{url}?{urlencode(query)}" if query else url
        payload = b"" if body is None else json.dumps(body).encode()
        headers = {
            "Host": endpoint.host_header,
            "Connection": "Upgrade",
            "Upgrade": "tcp",
            "Content-Type": "text/plain" if body is None else "application/json",
            "Content-Length": str(len(payload)),
        }
        self._request = request_head("POST", target, headers) + payload
        self.exchange: Exchange = recorder.begin("POST", target, headers, body)
        room = recorder.limits.kept
        self.kept = {STDOUT: KeptOutput(room), STDERR: KeptOutput(room)}
        # Of each stream that is noted in a sum: the note, and how many bytes and frames came before it.
        self._sums: dict[int, tuple[dict[str, Any], int, int]] = {}
        self.malformed = ""
        self.ended = False
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._writing = threading.Lock()  # held by a writer: the reader closes no socket under its hands
        self._counted = 0  # frames

    def open(self, within: float) -> Exchange:
        """Send the request and read the answer's head, ``within`` seconds in all.

        Never raises for what the daemon does: the exchange carries a status or an error.
        """
        deadline = Deadline(within)
        try:
            with progress.waiting(f"the answer to POST {self.exchange.path}", within):
                self._wire.open(within)
                self._wire.send(self._request, deadline)
                self._read_answer(deadline)
        except TimeoutError:
            self.exchange.error = f"no complete answer within {within:g} s"
        except BadAnswer as error:
            self.exchange.error = f"no complete answer: {error}"
        except OSError as error:
            self.exchange.error = f"no complete answer: {type(error).__name__}: {error}"
        if self.exchange.status != SWITCHES:
            self._wire.close()
        return self.exchange

    def _read_answer(self, deadline: Deadline) -> None:
        reader = AnswerReader(lambda: self._wire.receive(deadline), self._recorder.limits)
        head = reader.head()
        self.exchange.answered(head.status, head.reason, head.headers)
        if head.status == SWITCHES:
            threading.Thread(target=self._read, args=(reader.rest(),), name="hijack", daemon=True).start()
        else:
            self.exchange.keep(reader.body("POST", head))

    @property
    def is_open(self) -> bool:
        """Whether the daemon answered 101 and has not closed the stream since."""
        return self.exchange.status == SWITCHES and not self.ended

    def write(self, data: bytes, within: float) -> None:
        """Raw bytes for the container's stdin. Raises ``AssertionError`` where the daemon does not take them."""
        self._must_be_connected()
        try:
            with self._writing, progress.waiting(f"stdin of {self.exchange.path} to be taken", within):
                self._wire.send(data, Deadline(within))
        except TimeoutError:
            raise self._refused(f"stdin was not taken within {within:g} s") from None
        except OSError as error:
            self._check(self.exchange)
            raise self._refused(f"stdin was not taken: {error}") from None
        self._note("client", bytes=len(data), text=beginning(data))

    def half_close(self) -> None:
        """End of file for the container's stdin; output still flows. A daemon that was first to close loses nothing."""
        self._must_be_connected()
        with suppress(OSError):
            self._wire.half_close()
        self._note("client", event="half-close")

    def wait_for(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether ``condition`` over what came so far is true before the deadline.

        Ends early when the stream ends, or carries no frames any more. Raises ``TargetGone`` where it ended because
        nothing answers there any more.
        """
        self._wait(lambda: bool(self.malformed) or condition(), within)
        return condition()

    def wait_end(self, within: float) -> bool:
        """Whether the daemon closed the stream within these seconds. Raises ``TargetGone`` as ``wait_for`` does."""
        # Not told of each piece that comes: to be woken up takes longer than reading it.
        with progress.waiting(f"the end of the stream of POST {self.exchange.path}", within):
            self._over.wait(within)
        if self.ended:
            self._check(self.exchange)
        return self.ended

    def output(self, stream: int) -> bytes:
        """The bytes that came so far on stdout (1) or stderr (2): all of them, or the first mebibyte."""
        return self.kept[stream].first

    def describe(self) -> str:
        """What came so far, for failure messages: all that is kept of it."""
        end = "closed by the daemon" if self.ended else "still open"
        fault = f"; {self.malformed}" if self.malformed else ""
        return f"stdout {self.kept[STDOUT]}, stderr {self.kept[STDERR]}, stream {end}{fault}"

    def close(self) -> None:
        """Give the connection up; the reader ends with it."""
        self._wire.give_up()

    def _wait(self, condition: Callable[[], bool], within: float) -> None:
        with progress.waiting(f"output of POST {self.exchange.path}", within), self._changed:
            self._changed.wait_for(lambda: self.ended or condition(), within)
        if self.ended:
            self._check(self.exchange)

    def _must_be_connected(self) -> None:
        if self.exchange.status != SWITCHES:
            raise self._refused("there is no hijacked connection")

    def _refused(self, what: str) -> AssertionError:
        return shown_by(AssertionError(f"{what}: {self.exchange.line()}"), self.exchange)

    def _read(self, data: bytes) -> None:
        end = "closed"
        try:
            self._read_frames(data)
            # What is no frame cannot be taken apart any more; stdin still is to arrive and the container to end.
            while data := self._wire.receive():
                self._recorder.limits.thrown_away.take(len(data))
        except TooMuch as error:
            self.malformed = self.malformed or str(error)
            end = f"closed by the suite: {error}"
            self._wire.give_up()
        except OSError as error:
            end = f"the connection broke: {error}"
            self.malformed = self.malformed or end
        self._note("daemon", event=end)
        self.exchange.ended()
        with self._changed:
            self.ended = True
            self._over.set()
            self._changed.notify_all()
        with self._writing:
            self._wire.close()

    def _read_frames(self, data: bytes) -> None:
        decoder = FrameDecoder()
        data = data or self._wire.receive()
        try:
            while data:
                self._recorder.limits.output.take(len(data))
                # Whoever waits reads all that came, so once for all: a daemon may send a frame for every byte.
                with self._changed:
                    try:
                        for frame in decoder.feed(data):
                            self._take(frame)
                    finally:
                        self._sum_up()
                        self._changed.notify_all()
                self._count()
                data = self._wire.receive()
            decoder.finish()
        except MalformedStream as error:
            self._note("daemon", event=str(error))
            with self._changed:
                self.malformed = str(error)
                self._changed.notify_all()

    def _take(self, frame: Frame) -> None:
        kept = self.kept[frame.stream]
        if frame.stream not in self._sums:
            is_sum = self._frames >= _NOTED_SINGLY
            text = "" if is_sum else beginning(frame.payload)
            note = self._note("daemon", bytes=len(frame.payload), stream=frame.stream, text=text)
            if is_sum:
                note["frames"] = 1
                self._sums[frame.stream] = (note, kept.size, kept.frames)
        kept.take(frame.payload)

    def _count(self) -> None:
        """Take the frames of one read from the run's budget at once: there may be one for every byte."""
        uncounted = self._frames - self._counted
        if uncounted >= FEW:
            self._recorder.limits.frames.take(uncounted)
            self._counted += uncounted

    @property
    def _frames(self) -> int:
        return sum(each.frames for each in self.kept.values())

    def _sum_up(self) -> None:
        for stream, (note, size, frames) in self._sums.items():
            # No key is added: evidence may be written meanwhile.
            note["bytes"], note["frames"] = self.kept[stream].size - size, self.kept[stream].frames - frames

    def _note(self, sender: str, **event: Any) -> dict[str, Any]:
        note = {"at": round(self._recorder.now(), 4), "from": sender, **event}
        self.exchange.frames.append(note)
        return note
