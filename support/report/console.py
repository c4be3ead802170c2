"""The console: one line per scenario as it is judged, and what shows a violation."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from behave.formatter.base import Formatter

from support import terminal
from support.report.evidence import TRACEBACK
from support.report.outcomes import SIGNS, Outcome
from support.settings import user_folder
from support.text import visible
from support.verdicts import Verdict

_PLAIN_SIGNS = {Verdict.PASSED: "+", Verdict.VIOLATED: "X", Verdict.NOT_JUDGED: "?", Verdict.SKIPPED: "-"}
_COLOURS = {Verdict.PASSED: "32", Verdict.VIOLATED: "31;1", Verdict.NOT_JUDGED: "33;1", Verdict.SKIPPED: "36"}
_GOOD = (Verdict.PASSED, Verdict.SKIPPED)
_OURS = re.compile("(\x1b\\[(?:" + "|".join(_COLOURS.values()) + "|0)m)")  # what `coloured` writes


class Printer:
    """Prints lines to a stream, as it can take them; a reader that went away never ends the run."""

    def __init__(self, stream: TextIO, is_coloured: bool) -> None:
        self._stream = stream
        self._is_coloured = is_coloured
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            "".join(SIGNS.values()).encode(self._encoding)
            self._signs = SIGNS
        except UnicodeEncodeError:
            self._signs = _PLAIN_SIGNS

    def lines(self, lines: Sequence[str]) -> None:
        """Print lines, flushed at once so that a log shows them when they happen."""
        text = "".join(f"{self._visible(line)}\n" for line in lines)
        text = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        try:
            if not terminal.printed_above(self._stream, text):
                self._stream.write(text)
                self._stream.flush()
        except OSError as error:
            # `./acceptance | head`: go on to clean-up and reports, and let Python's own last flush find nothing.
            gone, self._stream = self._stream, open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
            if gone is sys.stdout:
                sys.stdout = self._stream
            if not isinstance(error, BrokenPipeError) and gone is not sys.stderr:
                terminal.say(f"cannot print any more: {error.strerror}; the reports go on")

    def _visible(self, line: str) -> str:
        """Only our own colours stay as they are, and only on a terminal."""
        parts = _OURS.split(line) if self._is_coloured else [line]
        return "".join(part if number % 2 else visible(part) for number, part in enumerate(parts))

    def sign(self, verdict: Verdict) -> str:
        """The verdict's sign, coloured on a terminal."""
        return self.coloured(self._signs[verdict], verdict)

    def coloured(self, text: str, verdict: Verdict) -> str:
        """The text in the verdict's colour, on a terminal."""
        return f"\x1b[{_COLOURS[verdict]}m{visible(text)}\x1b[0m" if self._is_coloured else text


def printer(config: Any, stream: TextIO) -> Printer:
    """A printer that is coloured where ``is_coloured``."""
    return Printer(stream, is_coloured(config, stream))


def is_coloured(config: Any, stream: TextIO) -> bool:
    """Whether colours may be printed: as behave's ``--color`` and the convention NO_COLOR say, and TERM where both do
    not."""
    is_dumb = os.environ.get("TERM") == "dumb" and config.color == "auto"
    return bool(config.has_colored_mode(stream)) and not os.environ.get("NO_COLOR") and not is_dumb


class AcceptanceFormatter(Formatter):  # type: ignore[misc] # behave is untyped
    """behave's default formatter here: the runner hands it each outcome as soon as it is final."""

    name = "acceptance"
    description = "One line per criterion with its verdict; what shows a violation"

    def __init__(self, opener: Any, config: Any) -> None:
        super().__init__(opener, config)
        self._heading: list[str] = []
        self._cause = ""  # of the scenario before: one that many share is said once

    def feature(self, feature: Any) -> None:
        """A feature begins; its name is printed with its first scenario, so not where none of it is selected."""
        self._heading, self._cause = ["", feature.name], ""

    def scenario(self, scenario: Any) -> None:
        """A scenario begins; in a dry run that is all there is to say of it."""
        if self.config.dry_run and scenario.should_run(self.config):
            self._print(printer(self.config, self.open()), [f"    {scenario.name}"])

    def judged(self, outcome: Outcome, reports: Path) -> None:
        """A scenario, or a case beside the scenarios, is judged; ``reports`` is where its evidence folder is in."""
        if outcome.verdict in _GOOD and getattr(self.config, "is_quiet", False):
            return
        out = printer(self.config, self.open())
        took = f"  ({outcome.duration:.1f} s)" if outcome.duration and self.config.show_timings else ""
        lines = [f"  {out.sign(outcome.verdict)} {outcome.name}{took}"]
        if outcome.verdict is Verdict.VIOLATED:
            lines += [f"      {line}" for line in _violation(outcome, reports)]
        elif outcome.verdict is not Verdict.PASSED:
            lines += [f"      {outcome.verdict}: {outcome.cause}"] if outcome.cause != self._cause else []
            if outcome.has_traceback:
                lines.append(f"      traceback: {shown_path(reports / outcome.evidence / TRACEBACK)}")
        self._cause = outcome.cause
        self._print(out, lines)

    def _print(self, out: Printer, lines: Sequence[str]) -> None:
        heading, self._heading = self._heading, []
        out.lines([*heading, *lines])


def _violation(outcome: Outcome, reports: Path) -> list[str]:
    shown = [line.strip() for line in outcome.details or (outcome.cause,)]
    evidence = [f"evidence: {shown_path(reports / outcome.evidence)}"] if outcome.evidence else []
    return [outcome.step, *shown, *evidence]


def shown_path(path: Path) -> Path:
    """The path as the user can follow it from where he is."""
    here = user_folder()
    return path.relative_to(here) if path.is_relative_to(here) else path
