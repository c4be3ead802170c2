"""The evidence of a scenario: what was exchanged for it, in a folder named after the criterion."""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Sequence
from pathlib import Path

from support.api.recording import Exchange, Recorder, write
from support.files import remedy, write_whole
from support.text import printable, shorten, slug

SUMMARY, TRACEBACK = "summary.txt", "traceback.txt"
_LOG, _LOG_LINES = 8192, 30  # bytes and lines of a daemon's log that reports show
_LINE = 400  # characters of an exchange's line in summary.txt; the whole of it is in exchanges.jsonl


class Evidence:
    """Writes ``<reports>/evidence/<run>/<criterion>/``; ``evidence/latest`` leads to the newest run's."""

    def __init__(self, reports: Path, run: str) -> None:
        self.reports = reports
        self.run = run
        self.problem = ""  # why evidence is missing, if it is: a full disk must not cost verdicts
        self._recorder: Recorder | None = None
        self._marked: tuple[Recorder | None, int] = (None, 0)

    def from_recorder(self, recorder: Recorder | None) -> None:
        """Take exchanges from here on from this recorder; a feature with a target of its own brings its own."""
        self._recorder = recorder

    def moment(self) -> tuple[Recorder | None, int]:
        """Whose exchanges are taken now, and how many there are."""
        return self._recorder, self._recorder.last_number if self._recorder else 0

    def mark(self) -> None:
        """A scenario begins: exchanges from here on are its own."""
        self._marked = self.moment()

    def exchanges(self, criterion: str, shown: Sequence[Exchange] = ()) -> list[Exchange]:
        """What was exchanged since the mark, and earlier or beside it for this criterion; and what is in ``shown``."""
        if self._recorder is None:
            return []
        marked, number = self._marked
        since = number if marked is self._recorder else 0
        named = {exchange.number for exchange in shown}
        return [
            each
            for each in self._recorder.since(0)
            if each.number > since or each.number in named or (criterion and each.label.criterion == criterion)
        ]

    def keep(
        self, name: str, summary: Sequence[str], exchanges: Sequence[Exchange], error: BaseException | None
    ) -> str:
        """Write a scenario's folder; it comes back relative to the reports folder, or ``""`` if that failed."""
        folder = None
        try:
            folder = self._new_folder(name)
            lines = [printable(line) for line in summary]
            if exchanges:
                lines += ["", "Exchanges:", *(shorten(printable(each.line()), _LINE) for each in exchanges)]
            write_whole(folder / SUMMARY, "\n".join(lines) + "\n")
            if exchanges:
                write(folder / "exchanges.jsonl", exchanges)
            if error is not None:
                write_whole(folder / TRACEBACK, printable("".join(traceback.format_exception(error))))
        except OSError as failure:
            self._failed(name, failure)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            return ""
        return str(folder.relative_to(self.reports))

    def keep_all(self, name: str, recorder: Recorder) -> None:
        """Write all of a recorder's exchanges to a file of this name."""
        try:
            write(self.reports / "evidence" / self.run / name, recorder.since(0))
        except OSError as failure:
            self._failed(name, failure)

    def _failed(self, name: str, failure: OSError) -> None:
        self.problem = self.problem or f"the evidence of {name} could not be written: {remedy(failure)}"

    def _new_folder(self, name: str) -> Path:
        base = self.reports / "evidence" / self.run
        base.mkdir(parents=True, exist_ok=True)
        self._lead_latest_to(base)
        folder, number = base / slug(name), 1
        while not _is_made(folder):  # rows of an outline share their criterion, parts of a run what is beside criteria
            number += 1
            folder = base / f"{slug(name)}-{number}"
        return folder

    def _lead_latest_to(self, base: Path) -> None:
        # By renaming, so that runs side by side never see it missing.
        fresh = base.parent / f".latest-{self.run}-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(base.name)
        fresh.replace(base.parent / "latest")


def last_lines(log: Path | None) -> tuple[str, ...]:
    """The end of what a daemon has printed so far; nothing where there is no such file, or it cannot be read."""
    if log is None:
        return ()
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _LOG, 0))
            lines = file.read(_LOG).decode("utf-8", "backslashreplace").splitlines()
    except OSError:
        return ()
    return tuple(lines[1 if size > _LOG else 0 :][-_LOG_LINES:])


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
