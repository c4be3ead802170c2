"""A line for each feature at the bottom of a terminal while a run goes on; what is printed meanwhile goes above them.

Only on a terminal that can do it, and never in CI: elsewhere waits are said as lines of their own. rich draws; it is
imported only where it is used, since a quiet run does without. The cursor is never hidden, so that nothing has to be
restored however a run ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from support import progress
from support.report.console import is_coloured
from support.report.course import Course, FeatureCourse, again_and_again, sent
from support.report.outcomes import SIGNS
from support.report.publishing import part_of
from support.terminal import drawing
from support.text import visible
from support.verdicts import Verdict

_DRAWN_EVERY = 0.2  # seconds
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_BAR = 20  # columns
_WIDE = 120  # columns of a terminal from which on there is a bar
_NAME = 18  # columns of a feature's name at most
_STYLES = {Verdict.PASSED: "green", Verdict.VIOLATED: "bold red", Verdict.NOT_JUDGED: "yellow", Verdict.SKIPPED: "cyan"}
_BAD = (Verdict.VIOLATED, Verdict.NOT_JUDGED)


@contextmanager
def following(course: Course, config: Any) -> Iterator[None]:
    """Draw the course of a run while the block lasts, or, of a part, send it to who draws; nothing where it is said."""
    part = part_of(config)
    if part is not None and part.course is not None:
        with progress.shown_elsewhere(), sent(course, part.course):
            yield
    elif part is None and is_possible(config):
        with drawn(course.now, config):
            yield
    else:
        yield


def is_possible(config: Any) -> bool:
    """Whether there is a terminal to draw on, and nothing that writes to it past us."""
    terminal = os.environ.get("TERM", "")
    if not sys.stdout.isatty() or terminal in ("", "dumb") or os.environ.get("CI") or config.dry_run:
        return False
    named = [opener.name for opener in config.outputs]
    names = config.format or [config.default_format]
    is_ours = all(
        name == config.default_format or (number < len(named) and named[number]) for number, name in enumerate(names)
    )
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return is_ours and is_utf8 and config.capture is not False and bool(config.capture_stdout)


@contextmanager
def drawn(features: Callable[[], Sequence[FeatureCourse]], config: Any) -> Iterator[None]:
    """Draw these features while the block lasts."""
    lines = _Lines(features, is_coloured=is_coloured(config, sys.stdout))
    with progress.shown_elsewhere(), drawing(lines), lines.shown():
        yield


class _Lines:
    """The lines, as rich's ``Live`` has them on the terminal."""

    def __init__(self, features: Callable[[], Sequence[FeatureCourse]], *, is_coloured: bool) -> None:
        from rich.console import Console  # noqa: PLC0415 - as the module says
        from rich.live import Live  # noqa: PLC0415

        self._features = features
        self._lock = threading.RLock()
        self._soon: deque[str] = deque()
        self._is_over = True
        self._console = Console(
            file=sys.stdout,
            force_terminal=True,
            legacy_windows=False,
            color_system="standard" if is_coloured else None,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._drawing,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """They are on the terminal while the block lasts, and gone after it."""
        try:
            with again_and_again(self._draw, _DRAWN_EVERY, "live lines"):
                yield
        finally:
            self._end()

    def above(self, text: str) -> bool:
        """Print whole lines above them."""
        with self._lock:
            if self._is_over:
                return False
            self._console.out(text, end="", highlight=False)
            return True

    def soon(self, line: str) -> None:
        """Print a line above them when they are drawn the next time."""
        self._soon.append(line)

    def freeze(self) -> None:
        """Draw no more; what is there stays."""
        self._is_over = True
        self._features = list

    def _draw(self) -> None:
        with self._lock:
            if not self._features():
                return
            if self._is_over:
                self._is_over = False
                self._live.start()
                self._console.show_cursor(True)
            while self._soon:
                self.above(f"{self._soon.popleft()}\n")
            self._live.refresh()

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            self._live.stop()

    def _drawing(self) -> Any:
        from rich.console import Group  # noqa: PLC0415 - as the module says

        features = self._features()
        width = self._console.width - 1  # in the last column some terminals begin a new line
        widest = min(max((len(each.name) for each in features), default=0), _NAME)
        return Group(*(line(each, widest, width, time.monotonic()) for each in features))


def line(feature: FeatureCourse, widest: int, width: int, now: float) -> Any:
    """A feature's line, of ``width`` columns at most; nothing in it is taken for markup."""
    from rich.text import Text  # noqa: PLC0415 - as the module says

    bad = next((each for each in _BAD if feature.counts.get(each)), None)
    style = _STYLES[bad or Verdict.PASSED]
    text = Text(_sign(feature, bad, now), style, no_wrap=True, overflow="ellipsis")
    name = Text(f" {visible(feature.name)}", "", no_wrap=True)
    name.truncate(widest + 1, overflow="ellipsis", pad=True)
    text.append_text(name)
    if width >= _WIDE:
        full = _BAR * feature.judged // feature.total
        text.append(f" {'━' * full}", style).append("─" * (_BAR - full), "dim")
    text.append(f" {feature.judged:>3}/{feature.total}")
    for verdict in _BAD:
        if count := feature.counts.get(verdict):
            text.append(f" {count}{SIGNS[verdict]}", _STYLES[verdict])
    if feature.began:
        minutes, seconds = divmod(int((feature.ended or now) - feature.began), 60)
        text.append(f" {minutes:>2}:{seconds:02}", "dim")
    text.append(f"  {visible(_what(feature))}")
    text.truncate(width, overflow="ellipsis")
    return text


def _sign(feature: FeatureCourse, bad: Verdict | None, now: float) -> str:
    if feature.ended:
        return SIGNS[bad or (Verdict.PASSED if feature.counts.get(Verdict.PASSED) else Verdict.SKIPPED)]
    return _SPINNER[int(now / _DRAWN_EVERY) % len(_SPINNER)] if feature.began else " "


def _what(feature: FeatureCourse) -> str:
    """What it is at: of a scenario that waits its id is enough, once."""
    if not feature.wait:
        return feature.doing
    first = feature.doing.partition(" ")[0]
    return f"{first}: {feature.wait.removeprefix('waiting ').replace(f' to reach {first}', '')}"
