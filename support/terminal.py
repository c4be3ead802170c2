"""Lines for people on standard error, and what is drawn on the terminal meanwhile: what is printed goes above that."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol, TextIO

from support.text import visible


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


def say(line: str) -> None:
    """One line for people about the command or the run as a whole, after what was printed before."""
    text = f"acceptance: {visible(line)}\n"
    with suppress(OSError, AttributeError, ValueError):  # nobody reads, or `2>&-` closed it
        sys.stdout.flush()
    with suppress(OSError, AttributeError):
        if not printed_above(sys.stderr, text):
            sys.stderr.write(text)
            sys.stderr.flush()
