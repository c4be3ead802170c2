"""Attach and exec streams: a raw HTTP client that hands over the connection (TST-011 AC-10).

The docker SDK loses the output that comes in one segment with the 101 head, has no deadline there and takes a stream
that ends inside a frame for a clean end; so hijacked connections are opened here, over unix sockets and TCP alike.
"""

from __future__ import annotations

import http.client
import io
import json
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlencode

from support.api.endpoint import Endpoint
from support.api.frames import STDERR, STDOUT, Frame, FrameDecoder, MalformedStream
from support.api.kept_output import KeptOutput
from support.api.recording import Exchange, Recorder, beginning, shown_by
from support.waiting import Deadline

_CHUNK = 64 * 1024  # bytes of one read
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
        self._endpoint = endpoint
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
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._request = "\r\n".join(lines).encode() + payload
        self.exchange: Exchange = recorder.begin("POST", target, headers, body)
        self.kept = {STDOUT: KeptOutput(), STDERR: KeptOutput()}
        # Of each stream that is noted in a sum: the note, and how many bytes and frames came before it.
        self._sums: dict[int, tuple[dict[str, Any], int, int]] = {}
        self.malformed = ""
        self.ended = False
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._writing = threading.Lock()  # held by a writer: the reader closes no socket under its hands
        self._socket: socket.socket | None = None

    def open(self, within: float) -> Exchange:
        """Send the request and read the answer's head, ``within`` seconds in all.

        Never raises for what the daemon does: the exchange carries a status or an error.
        """
        deadline = Deadline(within)
        source = _Source(deadline)
        try:
            self._socket = source.socket = self._endpoint.connect(within)
            self._socket.setblocking(False)
            self._send(self._socket, self._request, deadline)
            self._read_answer(source)
        except TimeoutError:
            self.exchange.error = f"no complete answer within {within:g} s"
        except (OSError, http.client.HTTPException) as error:
            self.exchange.error = f"no complete answer: {type(error).__name__}: {error}"
        if self.exchange.status != 101:
            self.close()
        return self.exchange

    def _read_answer(self, source: _Source) -> None:
        answer = http.client.HTTPResponse(cast(socket.socket, source), method="POST")
        try:
            answer.begin()
            if source.at_end:  # http.client takes what came for a whole head
                raise ConnectionError("it was closed inside the answer's head")
            self.exchange.answered(answer.status, answer.reason, dict(answer.getheaders()))
            if answer.status != 101:
                self.exchange.keep(_body(answer))
        finally:
            # Else http.client closes, together with its answer, the reader that the frames come from.
            answer.fp = None  # type: ignore[assignment]
        if answer.status == 101:
            source.deadline = None
            threading.Thread(target=self._read, args=(source.reader,), name="hijack", daemon=True).start()

    @property
    def is_open(self) -> bool:
        """Whether the daemon answered 101 and has not closed the stream since."""
        return self.exchange.status == 101 and not self.ended

    def write(self, data: bytes, within: float) -> None:
        """Raw bytes for the container's stdin. Raises ``AssertionError`` where the daemon does not take them."""
        connection = self._connected()
        try:
            with self._writing:
                self._send(connection, data, Deadline(within))
        except TimeoutError:
            raise self._refused(f"stdin was not taken within {within:g} s") from None
        except OSError as error:
            self._check(self.exchange)
            raise self._refused(f"stdin was not taken: {error}") from None
        self._note("client", bytes=len(data), text=beginning(data))

    def half_close(self) -> None:
        """End of file for the container's stdin; output still flows. A daemon that was first to close loses nothing."""
        with suppress(OSError):
            self._connected().shutdown(socket.SHUT_WR)
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
        self._over.wait(within)  # not told of each piece that comes: to be woken up takes longer than reading it
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
        if self._socket is None:
            return
        with suppress(OSError):  # not connected any more: the daemon was first
            self._socket.shutdown(socket.SHUT_RDWR)
        if self.exchange.status != 101:
            self._socket.close()

    def _wait(self, condition: Callable[[], bool], within: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.ended or condition(), within)
        if self.ended:
            self._check(self.exchange)

    def _connected(self) -> socket.socket:
        if self._socket is None or self.exchange.status != 101:
            raise self._refused("there is no hijacked connection")
        return self._socket

    def _refused(self, what: str) -> AssertionError:
        return shown_by(AssertionError(f"{what}: {self.exchange.line()}"), self.exchange)

    @staticmethod
    def _send(connection: socket.socket, data: bytes, deadline: Deadline) -> None:
        rest = memoryview(data)
        while rest:
            _await(connection, select.POLLOUT, deadline)
            rest = rest[connection.send(rest[:_CHUNK]) :]

    def _read(self, reader: io.BufferedReader[Any]) -> None:
        end = "closed"
        try:
            self._read_frames(reader)
            # What is no frame cannot be taken apart any more; stdin still is to arrive and the container to end.
            while reader.read1(_CHUNK):
                pass
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
            self._connected().close()

    def _read_frames(self, reader: io.BufferedReader[Any]) -> None:
        decoder = FrameDecoder()
        try:
            while data := reader.read1(_CHUNK):
                # Whoever waits reads all that came, so once for all: a daemon may send a frame for every byte.
                with self._changed:
                    try:
                        for frame in decoder.feed(data):
                            self._take(frame)
                    finally:
                        self._sum_up()
                        self._changed.notify_all()
            decoder.finish()
        except MalformedStream as error:
            self._note("daemon", event=str(error))
            with self._changed:
                self.malformed = str(error)
                self._changed.notify_all()

    def _take(self, frame: Frame) -> None:
        kept = self.kept[frame.stream]
        if frame.stream not in self._sums:
            note = self._note("daemon", bytes=len(frame.payload), stream=frame.stream, text=beginning(frame.payload))
            if sum(each.frames for each in self.kept.values()) >= _NOTED_SINGLY:
                note["frames"] = 1
                note["text"] = ""
                self._sums[frame.stream] = (note, kept.size, kept.frames)
        kept.take(frame.payload)

    def _sum_up(self) -> None:
        for stream, (note, size, frames) in self._sums.items():
            # No key is added: evidence may be written meanwhile.
            note["bytes"], note["frames"] = self.kept[stream].size - size, self.kept[stream].frames - frames

    def _note(self, sender: str, **event: Any) -> dict[str, Any]:
        note = {"at": round(self._recorder.now(), 4), "from": sender, **event}
        self.exchange.frames.append(note)
        return note


class _Source(io.RawIOBase):
    """What http.client reads an answer from, and the frames after it: a socket under one deadline (None: no end)."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline: Deadline | None = deadline
        self.socket: socket.socket | None = None
        self.at_end = False
        self.reader: io.BufferedReader[Any] = io.BufferedReader(self, _CHUNK)

    def makefile(self, _mode: str) -> io.BufferedReader[Any]:
        return self.reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        assert self.socket is not None
        size = self._at_once(buffer) if self.deadline is None else None
        if size is None:
            _await(self.socket, select.POLLIN, self.deadline)
            size = self.socket.recv_into(buffer)
        self.at_end = size == 0
        return size

    def _at_once(self, buffer: Any) -> int | None:
        """What is there already, unasked: where much comes, asking first costs as much as reading."""
        assert self.socket is not None
        try:
            return self.socket.recv_into(buffer)
        except BlockingIOError:
            return None


def _body(answer: http.client.HTTPResponse) -> bytes:
    """The whole body, piece by piece: http.client would set aside at once what a false Content-Length promises."""
    pieces = []
    while piece := answer.read(_CHUNK):
        pieces.append(piece)
    if answer.length:
        raise http.client.IncompleteRead(b"".join(pieces), answer.length)
    return b"".join(pieces)


def _await(connection: socket.socket, event: int, deadline: Deadline | None) -> None:
    """Until the socket is ready. Reader and writer share it, so neither may set a time-out on it: both poll."""
    poll = select.poll()
    try:
        poll.register(connection, event)
    except ValueError:
        raise ConnectionAbortedError("the connection is closed already, by the daemon or by the suite") from None
    if not poll.poll(None if deadline is None else deadline.remaining * 1000):
        raise TimeoutError
