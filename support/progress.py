"""What the suite waits for, since when and until when: whatever may take long is entered here while it lasts.

A thread beside looks at the waits: one that lasts for 10 s is said on standard error, then again after 20 s, 40 s and
so on, unless a live display shows it all the time (``shown_elsewhere``). Standard error, because behave captures
standard output during steps, and because people send reports there.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from support.text import one_line

LOOKS_EVERY = 0.75  # seconds
_LINE_AFTER = 10.0  # seconds until the first line; what rounds to it counts
_ROUNDED = 0.4  # seconds
_BRIEF = 1.0  # seconds; shorter waits are nobody's business
_INNER_AFTER = 3.0  # seconds from which on a wait inside of another one is said, too
_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


@dataclass(eq=False)
class Wait:
    """``what`` finishes the sentence "waiting for …"; ``seen`` is what is the case instead.

    A step is no wait but something that goes on, and ``what`` is its name.
    """

    what: str | Callable[[], str]
    within: float | None
    began: float
    is_step: bool = False
    seen: str = ""
    next_line: float = _LINE_AFTER

    @property
    def named(self) -> str:
        """What it is, in words."""
        return self.what() if callable(self.what) else self.what

    def text(self, now: float) -> str:
        """What is waited for, since when, until when, and what was last seen."""
        elapsed = now - self.began
        if self.is_step:
            return f"{self.named} has gone on for {elapsed:.0f} s"
        seen = f": {self.seen}" if self.seen else ""
        until = "" if self.within is None else f" of {self.within:.0f} s"
        return f"waiting {elapsed:.0f} s{until} for {self.named}{seen}"


class Progress:
    """The open waits of each thread, the outermost first."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._forget()

    def _forget(self) -> None:
        """A process that was forked has none of its parent's threads."""
        self._lock = threading.Lock()
        self._open: dict[int, list[Wait]] = {}
        self._are_open = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_shown_elsewhere = False

    @contextmanager
    def waiting(self, what: str | Callable[[], str], within: float | None) -> Iterator[Wait]:
        """Enter a wait of this thread, of ``within`` seconds where that is known, for as long as the block lasts."""
        with self._entered(Wait(what, within, time.monotonic())) as wait:
            yield wait

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Enter what this thread does for as long as the block lasts: many short waits take long, too."""
        with self._entered(Wait(name, None, time.monotonic(), is_step=True)):
            yield

    @contextmanager
    def _entered(self, wait: Wait) -> Iterator[Wait]:
        thread = threading.get_ident()
        with self._lock:
            self._open.setdefault(thread, []).append(wait)
        self._are_open.set()
        self._look_beside()
        try:
            yield wait
        finally:
            with self._lock:
                waits = self._open[thread]
                waits.remove(wait)
                if not waits:
                    del self._open[thread]

    @contextmanager
    def shown_elsewhere(self) -> Iterator[None]:
        """Say nothing while the block lasts: ``longest`` is shown all the time."""
        self._is_shown_elsewhere = True
        try:
            yield
        finally:
            self._is_shown_elsewhere = False

    def longest(self, now: float) -> str:
        """The wait that lasts longest, in one line, and how many more there are; ``""`` where all are brief."""
        with self._lock:
            waits = [list(waits) for waits in self._open.values()]
        lasting = [each for each in map(_without_steps, waits) if each and now - each[0].began >= _BRIEF]
        if not lasting:
            return ""
        longest = max(lasting, key=lambda each: now - each[0].began)
        others = f" (and {len(lasting) - 1} more)" if len(lasting) > 1 else ""
        return one_line(_ID.sub(r"\1", _text(longest, now))) + others

    def due(self, now: float) -> list[str]:
        """The lines that are to be said by now; each is given once."""
        with self._lock:
            found = [_due(waits, now) for waits in self._open.values()]
            if not self._open:
                self._are_open.clear()
        return [one_line(_ID.sub(r"\1", text)) for text in found if text]

    def _look_beside(self) -> None:
        if self._thread is None:
            with suppress(RuntimeError):  # no thread is begun any more once the interpreter ends
                self._thread = threading.Thread(target=self._look, name="waits", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        never = threading.Event()
        while True:
            self._are_open.wait()
            never.wait(LOOKS_EVERY)
            lines = self.due(time.monotonic())
            if not self._is_shown_elsewhere:
                for line in lines:
                    self._say(line)


def _without_steps(waits: list[Wait]) -> list[Wait]:
    return [wait for wait in waits if not wait.is_step]


def _text(waits: list[Wait], now: float) -> str:
    """The outermost wait; the innermost as well, where that lasts, too."""
    outer, inner = waits[0], waits[-1]
    text = outer.text(now)
    return f"{text}; now {inner.text(now)}" if inner is not outer and now - inner.began >= _INNER_AFTER else text


def _due(waits: list[Wait], now: float) -> str:
    """The line of a thread that is due, or ``""``. A step of short waits has one, too: no run is silent for long."""
    real = _without_steps(waits)
    if real and _is_due(real[0], now):
        for step in waits:
            if step.is_step:  # this line says enough of it for a while
                step.next_line = max(step.next_line, now - step.began + _LINE_AFTER)
        return _text(real, now)
    doing = next((wait for wait in reversed(waits) if wait.is_step), None)
    says_itself = bool(real) and now - real[0].began > _LINE_AFTER * 0.6
    if doing is not None and not says_itself and _is_due(doing, now):
        return doing.text(now) + (f": {_text(real, now)}" if real and now - real[0].began >= _BRIEF else "")
    return ""


def _is_due(wait: Wait, now: float) -> bool:
    elapsed = now - wait.began + _ROUNDED
    if elapsed < wait.next_line:
        return False
    while wait.next_line <= elapsed:
        wait.next_line *= 2
    return True


def _to_standard_error(line: str) -> None:
    # Read late: it is None in a process without standard error. A wait must not fail because nobody reads of it.
    with suppress(OSError, AttributeError, ValueError):
        sys.__stderr__.write(f"  {line}\n")  # type: ignore[union-attr]
        sys.__stderr__.flush()  # type: ignore[union-attr]


_the_progress = Progress(_to_standard_error)
os.register_at_fork(after_in_child=_the_progress._forget)
waiting = _the_progress.waiting
step = _the_progress.step
shown_elsewhere = _the_progress.shown_elsewhere
longest = _the_progress.longest
