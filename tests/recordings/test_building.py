"""From what passed to events: which calls are open, and whose headers came by themselves."""

from __future__ import annotations

import pytest

from support.api.messages import Request
from support.recordings.building import built
from support.recordings.format import Call, End, Event, Head
from support.recordings.traffic import Exchanged, Happening, Kind, Traffic


def _traffic(*happenings: tuple[Kind, int, float]) -> Traffic:
    """Removals of two containers; what happened is kind, call and seconds."""
    traffic = Traffic()
    traffic.exchanges = [
        Exchanged(number, number, Request("DELETE", f"/v1.44/containers/{name}", (), b""), status=204)
        for number, name in ((1, "one"), (2, "two"))
        if any(each[1] == number for each in happenings)
    ]
    traffic.happenings = [Happening(*each) for each in happenings]
    return traffic


def _shape(event: Event) -> tuple[str, int]:
    if isinstance(event, Call):
        return "open" if event.is_open else "call", event.number
    assert isinstance(event, Head | End)
    return type(event).__name__.lower(), event.call


@pytest.mark.parametrize(
    ("end", "events"),
    [
        (0.4, [("open", 1), ("call", 2), ("end", 1)]),
        (2.0, [("open", 1), ("call", 2), ("head", 1), ("end", 1)]),
    ],
    ids=["with-its-end", "long-before-its-end"],
)
def test_headers_are_an_event_only_where_they_came_long_before_the_end(
    end: float, events: list[tuple[str, int]]
) -> None:
    """A removal that is overtaken by another call answers when it is done: its headers are no promise."""
    traffic = _traffic(
        (Kind.REQUEST, 1, 0.0),
        (Kind.REQUEST, 2, 0.1),
        (Kind.HEAD, 2, 0.2),
        (Kind.END, 2, 0.2),
        (Kind.HEAD, 1, 0.4),
        (Kind.END, 1, end),
    )
    assert [_shape(event) for event in built(traffic, "some").events] == events


def test_a_call_that_is_over_before_the_next_is_not_open() -> None:
    traffic = _traffic(*((kind, 1, 0.0) for kind in (Kind.REQUEST, Kind.HEAD, Kind.END)))
    assert [_shape(event) for event in built(traffic, "some").events] == [("call", 1)]
