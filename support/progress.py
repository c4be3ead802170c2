"""What the suite waits for, how long already and until when: said on standard error while it waits.

On a terminal that is one line that changes; elsewhere a line after 10 s, 20 s, 40 s and so on. Standard error, because
behave captures standard output during steps, and because people send reports there.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from dataclasses import dataclass
from typing import TextIO

from support.text import one_line

_LIVE_AFTER = 1.0  # seconds; shorter waits are nobody's business
_LINE_AFTER = 10.0  # seconds until the first line where there is no terminal
_FRESH = 3.0  # seconds since its last report during which a wait counts as open
_CLEAR = "\r\x1b[K"


@dataclass
class _Wait:
    what: str
    elapsed: float
    next_line: float
    reported: float
    text: str


class Progress:
    """The open waits, one per thread; several threads may wait side by side, the longest wait is shown."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._given = stream
        self._lock = threading.Lock()
        self._waits: dict[int, _Wait] = {}
        self._is_live = False

    def waiting(self, what: str, elapsed: float, deadline: float, last_seen: str) -> None:
        """Report a wait that goes on. Seconds; ``what`` ends the sentence "waiting for …"."""
        text = one_line(f"waiting {elapsed:.0f} s of {deadline:.0f} s for {what}: {last_seen or 'nothing seen yet'}")
        thread = threading.get_ident()
        with self._lock:
            before = self._waits.get(thread)
            goes_on = before is not None and before.what == what and before.elapsed <= elapsed
            next_line = before.next_line if before and goes_on else _LINE_AFTER
            stream = self._stream()
            if stream is not None and stream.isatty():
                self._waits[thread] = _Wait(what, elapsed, next_line, time.monotonic(), text)
                self._show_longest(stream)
                return
            if elapsed >= next_line and stream is not None:
                _write(stream, f"  {text}\n")
                while next_line <= elapsed:
                    next_line *= 2
            self._waits[thread] = _Wait(what, elapsed, next_line, time.monotonic(), text)

    def clear(self) -> None:
        """Take the live line away, so that something else can be printed."""
        with self._lock:
            stream = self._stream()
            if self._is_live and stream is not None:
                _write(stream, _CLEAR)
            self._is_live = False

    def _show_longest(self, stream: TextIO) -> None:
        recent = [wait for wait in self._waits.values() if time.monotonic() - wait.reported < _FRESH]
        longest = max(recent, key=lambda wait: wait.elapsed)
        if longest.elapsed < _LIVE_AFTER:
            return
        others = f" (and {len(recent) - 1} more)" if len(recent) > 1 else ""
        width = max(shutil.get_terminal_size().columns - 1, 20)
        text = longest.text.encode("ascii", "replace").decode()  # one column per character
        _write(stream, _CLEAR + (text[: width - len(others)] + others))
        self._is_live = True

    def _stream(self) -> TextIO | None:
        # Read late: it is None in a process without standard error.
        return self._given or sys.__stderr__


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # The terminal went away; a wait must not fail because nobody reads of it.
        return


_the_progress = Progress()
waiting = _the_progress.waiting
clear = _the_progress.clear
