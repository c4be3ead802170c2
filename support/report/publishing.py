"""Where reports go, and writing all of them from one ``Report``: the runner's own, or several processes' merged."""

from __future__ import annotations

import errno
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from support.files import remedy, write_whole
from support.report import console, ending, junit, keeping
from support.report.earlier import EarlierReports, drop_forgotten
from support.report.enough import demand
from support.report.outcomes import Report
from support.settings import load, of_user
from support.verdicts import ExitCode, NotJudged, UsageError

NEXT = "\0"  # before each report that a part writes; the last one counts
OUTCOMES = "outcomes.json"
_MISTAKES = (errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)  # of who named the folder
_RESERVED = 4 * 1024 * 1024  # bytes, kept free for reports while evidence and logs fill a disk
_JUNIT_DEFAULT = "reports"  # behave's own default of --junit-directory


@dataclass(frozen=True)
class Part:
    """What one of several processes of a run does: one ``feature`` (a resolved path), as run ``run`` of run ``whole``.

    Its report goes to the file ``outcomes`` (a pipe: it is to come through where no disk has room) and nowhere else;
    who started it merges the parts' and publishes. How far it is goes to the pipe ``course``, where somebody shows it.
    """

    feature: Path
    run: str
    whole: str
    outcomes: Path
    course: Path | None = None


def reports_folder(defines: Mapping[str, str]) -> Path:
    """The setting ``reports``; where the settings are wrong, which is reported later, as far as it is known."""
    try:
        return load(defines).folder()
    except UsageError:
        return of_user(defines.get("reports", "reports"))


class Place:
    """The folder that a run's reports go to, and where its JUnit goes.

    From ``open`` on, room for the reports is reserved, and those of the run before are out of sight.
    """

    def __init__(self, reports: Path, junit_to: Path) -> None:
        self.reports = reports
        self.junit = junit_to
        self._earlier = EarlierReports()
        self._reserve: IO[bytes] | None = None  # a file without a name: a kill leaves nothing

    def check(self) -> None:
        """Raises ``UsageError`` or ``NotJudged`` unless reports can be written; better said before a run than after."""
        try:
            self.reports.mkdir(parents=True, exist_ok=True)
            self._reserve = tempfile.TemporaryFile(dir=self.reports, buffering=0)  # noqa: SIM115 - kept open
            with suppress(OSError):  # as much as there is
                self._reserve.write(bytes(_RESERVED))
        except OSError as error:
            self.release()
            kind = UsageError if error.errno in _MISTAKES else NotJudged
            raise kind(f"cannot write to the reports folder {self.reports}: {remedy(error)}") from None

    def set_earlier_aside(self) -> None:
        """A run begins that is no mistake, as far as can be known."""
        names = (*keeping.NEWEST, OUTCOMES)
        found = [*(self.reports / name for name in names), *junit.files_in(self.junit)]
        for folder in {self.reports, self.junit}:
            drop_forgotten(folder)
        self._earlier.set_aside(path for path in found if path.is_file())

    def publish(self, report: Report) -> None:
        """Write JUnit, what people read, and outcomes. What cannot be written is said, and is in the exit code.

        A run that was only a mistake leaves the reports of the run before as they are.
        """
        self.release()
        if report.exit_code == ExitCode.USAGE and self._earlier.put_back():
            return
        writers: list[tuple[Path, Callable[[], object]]] = [
            (self.junit, lambda: junit.write(report, self.junit, self.reports)),
            (self.reports / keeping.PAGE, lambda: keeping.write(report, self.reports)),
            (self.reports / OUTCOMES, lambda: write_whole(self.reports / OUTCOMES, report.as_json())),
        ]
        for path, write in writers:
            try:
                write()
            except OSError as error:
                cause = f"{path} could not be written: {remedy(error)}"
                report.add_case("Reports", cause)
        self._earlier.drop()

    def release(self) -> None:
        """Give the reserved room back."""
        if self._reserve is not None:
            self._reserve.close()
            self._reserve = None


def place_of(config: Any) -> Place:
    """Where a run's reports go."""
    reports = reports_folder(config.userdata)
    return Place(reports, junit_folder(config, reports))


def junit_folder(config: Any, reports: Path) -> Path:
    """What ``--junit-directory`` names; ``<reports>/junit`` where it was not given."""
    default = config.defaults.get("junit_directory", _JUNIT_DEFAULT)
    return reports / "junit" if config.junit_directory == default else Path(config.junit_directory)


def part_of(config: Any) -> Part | None:
    """The part of a run that this process is; None where it is the whole."""
    return getattr(config, "part", None)


def write(report: Report, place: Place, config: Any) -> None:
    """Write a run's reports; a part's goes to the launcher."""
    part = part_of(config)
    if part is not None:
        # One that was broken off in the middle of this, and says so, writes another one after it.
        with suppress(BrokenPipeError):  # the launcher was killed: nobody reads it
            part.outcomes.write_text(f"{NEXT}{report.as_json()}", encoding="utf-8")
    else:
        place.publish(report)


def publish(report: Report, place: Place, config: Any, out: console.Printer | None = None) -> None:
    """Write and print everything there is to say of a run; of a part, only what the launcher merges."""
    if part_of(config) is None:
        with suppress(UsageError):  # wrong settings are said elsewhere
            demand(report, load(config.userdata))
    write(report, place, config)
    if config.summary and part_of(config) is None:
        ending.summary(report, place.reports, config, out or console.printer(config, sys.stdout))
