"""From traffic to a recording: calls, what is kept of their answers, and the order in which all happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.api.frames import STDERR, STDOUT, FrameDecoder, MalformedStream, decode, joined
from support.recordings.format import (
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
from support.recordings.kept import kept_answer, kept_headers
from support.recordings.naming import Naming, json_of
from support.recordings.roles import KINDS
from support.recordings.traffic import OF_CLIENT, Exchanged, Happening, Kind, Traffic

_LONG = 0.5  # seconds between an answer's headers and its end, from which on they are two events
_PAUSE = (1.0, 5.0)  # seconds of a client's idleness from which on, and up to which, it is kept
_SOON = 10.0  # seconds within which an end needs no time of its own
_COMPARED = 1024 * 1024  # bytes of output


def built(traffic: Traffic, name: str) -> Recording:
    """The recording of all that passed."""
    naming = Naming(traffic.exchanges)
    client = next((e.request for e in traffic.exchanges), None)
    agent = next((value for key, value in client.headers if key.lower() == "user-agent"), "") if client else ""
    server = next((each.headers["server"] for each in traffic.exchanges if "server" in each.headers), "")
    return Recording(name, naming.text(agent), naming.text(server), tuple(_Building(traffic, naming).events()))


class _Building:
    def __init__(self, traffic: Traffic, naming: Naming) -> None:
        self._naming = naming
        self._exchanges = {each.number: each for each in traffic.exchanges}
        self._happenings = traffic.happenings
        self._long = {number for number in self._exchanges if self._is_long(number)}
        self._open = {number for number in self._exchanges if number in self._long or self._is_overtaken(number)}
        self._decoders: dict[int, FrameDecoder] = {}
        self._came: dict[int, list[int]] = {}  # bytes of stdout and stderr
        self._noted: dict[int, list[int]] = {}
        self._over: set[int] = set()

    def events(self) -> Iterator[Event]:
        """All events; calls that nobody ended are given up at the end."""
        before = self._happenings[0].at if self._happenings else 0.0
        for each in self._happenings:
            if each.kind in OF_CLIENT:
                yield from self._outputs()
                if each.kind is not Kind.GONE and each.at - before > _PAUSE[0]:
                    yield Pause(round(min(each.at - before, _PAUSE[1]), 1))
            before = each.at
            yield from self._event(each)
        for number in self._exchanges:
            if number not in self._over and self._exchanges[number].status:
                yield GiveUp(number)

    def _event(self, each: Happening) -> Iterator[Event]:
        number, exchanged = each.number, self._exchanges[each.number]
        if each.kind is Kind.REQUEST and exchanged.status:
            yield self._call(exchanged)
        elif number in self._over or not exchanged.status:
            return
        elif each.kind is Kind.OUTPUT:
            self._count(number, each.data)
        elif each.kind is Kind.WRITE:
            text = self._naming.text(each.data.decode("utf-8", "surrogateescape"))
            yield Write(number, text.encode("utf-8", "surrogateescape"))
        elif each.kind is Kind.HALF_CLOSE:
            yield HalfClose(number)
        elif each.kind is Kind.HEAD and number in self._long and exchanged.status != SWITCHES:
            yield Head(number)
        elif each.kind in (Kind.END, Kind.GONE):
            self._over.add(number)
            if number in self._open or exchanged.status == SWITCHES:
                yield self._end(each) if each.kind is Kind.END else GiveUp(number)

    def _end(self, each: Happening) -> End:
        asked = next(e for e in self._happenings if e.number == each.number)
        took = each.at - asked.at
        return End(each.number, round(took, 1) if took > _SOON else 0.0)

    def _is_long(self, number: int) -> bool:
        """Whether its end came long after its headers, or never: these were sent at once. Others may come with it."""
        at = {each.kind: each.at for each in self._happenings if each.number == number}
        return Kind.END not in at or at[Kind.END] - at[Kind.HEAD] > _LONG

    def _is_overtaken(self, number: int) -> bool:
        """Whether the client went on before the answer was complete."""
        mine = {each.kind: at for at, each in enumerate(self._happenings) if each.number == number}
        between = self._happenings[mine[Kind.REQUEST] + 1 : mine[Kind.END]]
        return any(each.kind in OF_CLIENT and each.kind is not Kind.GONE for each in between)

    def _call(self, exchanged: Exchanged) -> Call:
        request, path, naming = exchanged.request, exchanged.path, self._naming
        body = json_of(bytes(exchanged.content)) if exchanged.status != SWITCHES else None
        answer = kept_answer(request.method, path, exchanged.status, body)
        stdout, stderr = self._output_of(exchanged)
        return Call(
            number=exchanged.number,
            connection=exchanged.connection,
            method=request.method,
            path=naming.text(path),
            statuses=(exchanged.status,),
            query=naming.asked(exchanged.query),
            body=naming.asked(request.json()),
            headers=kept_headers(path, exchanged.status, exchanged.headers),
            answer=naming.answered(answer, self._about(path)) if answer is not None else None,
            stdout=stdout,
            stderr=stderr,
            is_open=exchanged.number in self._open and exchanged.status != SWITCHES,
            unversioned=not exchanged.has_version,
        )

    def _about(self, path: str) -> str:
        """The name of what a path speaks of."""
        named = self._naming.text(path).split("/")
        text = named[2] if len(named) > 2 else ""
        is_name = text.startswith("{") and text[1:].partition(" ")[0] in KINDS
        return text.strip("{}") if is_name else f"container {text.replace('-{run}', '')}"

    def _output_of(self, exchanged: Exchanged) -> tuple[str | None, str | None]:
        is_logs = exchanged.path.endswith("/logs") and exchanged.status == 200
        is_whole = any(each.number == exchanged.number and each.kind is Kind.END for each in self._happenings)
        if not (is_logs or exchanged.status == SWITCHES) or not is_whole or len(exchanged.content) > _COMPARED:
            return None, None
        try:
            frames = decode(bytes(exchanged.content))
        except MalformedStream:  # a terminal's
            return None, None
        out, err = (joined(frames, stream).decode("utf-8", "backslashreplace") for stream in (STDOUT, STDERR))
        shown = [self._naming.answered({"": self._naming.text(each)}, "")[""] for each in (out, err)]
        return shown[0], shown[1]

    def _count(self, number: int, data: bytes) -> None:
        came = self._came.setdefault(number, [0, 0])
        try:
            for frame in self._decoders.setdefault(number, FrameDecoder()).feed(data):
                came[frame.stream - 1] += len(frame.payload)
        except MalformedStream:
            return  # a terminal's: nothing is awaited of it

    def _outputs(self) -> Iterator[Any]:
        """What streams that are open had brought when the client went on."""
        for number, came in self._came.items():
            if number not in self._over and came != self._noted.get(number, [0, 0]):
                self._noted[number] = list(came)
                yield Output(number, *came)
