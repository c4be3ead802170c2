"""What is drawn on the terminal while a run goes on, where something is: whoever prints a line puts it above that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO


class Drawn(Protocol):
    """What is drawn at the bottom of the terminal."""

    def above(self, text: str) -> bool:
        """Print whole lines above it; False where nothing can be drawn any more."""

    def soon(self, line: str) -> None:
        """Print a line above it next time; safe in a signal's handler."""

    def freeze(self) -> None:
        """Draw no more: the process ends at once."""


_drawn: list[Drawn] = []


@contextmanager
def drawing(what: Drawn) -> Iterator[None]:
    """What is printed inside of the block is printed above this."""
    _drawn.append(what)
    try:
        yield
    finally:
        _drawn.remove(what)


def printed_above(stream: TextIO, text: str) -> bool:
    """Whether something is drawn on this stream's terminal, and the text was printed above it."""
    return bool(_drawn) and stream.isatty() and _drawn[-1].above(text)


def printed_soon(line: str) -> bool:
    """Whether something is drawn that prints this line above itself soon."""
    for each in _drawn:
        each.soon(line)
    return bool(_drawn)


def freeze() -> None:
    """Draw no more."""
    for each in _drawn:
        each.freeze()
