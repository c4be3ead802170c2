"""Where reports go, and writing all of them from one ``Report``: the runner's own, or several processes' merged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.report import console, junit, keeping
from support.report.outcomes import THE_RUN, Feature, Outcome, Report
from support.settings import load, of_user
from support.verdicts import ExitCode, UsageError, Verdict

_JUNIT_DEFAULT = "reports"  # behave's own default of --junit-directory


@dataclass(frozen=True)
class Part:
    """What one of several processes of a run does: one ``feature`` (a resolved path), as run ``run`` of run ``whole``.

    Its report goes to the file ``outcomes`` and nowhere else; who started it merges the parts' and publishes.
    """

    feature: Path
    run: str
    whole: str
    outcomes: Path


def reports_folder(defines: Mapping[str, str]) -> Path:
    """The setting ``reports``; where the settings are wrong, which is reported later, as far as it is known."""
    try:
        return load(defines).folder()
    except UsageError:
        return of_user(defines.get("reports", "reports"))


def check(folder: Path) -> None:
    """Raises ``UsageError`` unless reports can be written there; better said before a run than after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the reports folder {folder}: {error.strerror}; set -D reports=DIR") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write to the reports folder {folder}; set -D reports=DIR")


def junit_folder(config: Any, reports: Path) -> Path:
    """What ``--junit-directory`` names; ``<reports>/junit`` where it was not given."""
    default = config.defaults.get("junit_directory", _JUNIT_DEFAULT)
    return reports / "junit" if config.junit_directory == default else Path(config.junit_directory)


def part_of(config: Any) -> Part | None:
    """The part of a run that this process is; None where it is the whole."""
    return getattr(config, "part", None)


def publish(report: Report, reports: Path, config: Any) -> None:
    """Write and print everything there is to say of a run; of a part, only what the launcher merges."""
    part = part_of(config)
    if part is not None:
        part.outcomes.write_text(report.as_json(), encoding="utf-8")
        return
    publish_whole(report, reports, junit_folder(config, reports))
    if config.summary:
        console.summary(report, console.printer(config, sys.stdout))


def publish_whole(report: Report, reports: Path, junit_to: Path) -> None:
    """Write JUnit, ``outcomes.json``, and what people read. What cannot be written is said, and is in the exit code.

    A mistake leaves the page of the last run as it is.
    """
    writers: list[tuple[Path, Callable[[], object]]] = [
        (junit_to, lambda: junit.write(report, junit_to)),
        (reports / "outcomes.json", lambda: (reports / "outcomes.json").write_text(report.as_json(), encoding="utf-8")),
    ]
    if report.exit_code != ExitCode.USAGE:
        writers.insert(0, (reports / keeping.PAGE, lambda: keeping.write(report, reports)))
    for path, write in writers:
        try:
            write()
        except OSError as error:
            cause = f"{path} could not be written: {error.strerror or error}"
            report.features.append(Feature(THE_RUN, outcomes=[Outcome("", "Reports", Verdict.NOT_JUDGED, cause)]))
