"""Page, summary and JSON of a run: the newest in the reports folder, each run's own in ``runs/<id>``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from support.files import write_whole
from support.report import history, junit
from support.report.facts import target_key
from support.report.model import run_report
from support.report.outcomes import Report
from support.verdicts import ExitCode

PAGE = "acceptance.html"
SUMMARY = "summary.md"
JSON = "acceptance.json"
NEWEST = (PAGE, SUMMARY, JSON)  # in the reports folder
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # the file whose Markdown GitHub shows with a job
_FROM_RUN = "../../"  # from a kept run to the reports folder


def write(report: Report, reports: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Write all of them, keep them with those of the last runs, and drop older ones. Raises ``OSError``.

    What was only a mistake is no run to be kept, or to be compared with.
    """
    # They import Jinja2, which is big; a process that runs a part of a run writes nothing.
    from support.report import page, summary  # noqa: PLC0415

    target = target_key(report)
    run = run_report(report, history.past_runs(reports, target, report.run), environ)
    said = summary.markdown(run)
    content = json.dumps(run.as_plain(), indent=1, ensure_ascii=False) + "\n"
    texts = {SUMMARY: said, JSON: content}
    _write(reports, texts | {PAGE: page.html(run)})
    if report.exit_code != ExitCode.USAGE:
        folder = history.folder_of(reports, report.run)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, texts | {PAGE: page.html(run, _FROM_RUN)})
        junit.write(report, folder / "junit", reports)
        history.note(reports, target, run.history[0])
        history.prune(reports)
    if environ.get(STEP_SUMMARY):
        with Path(environ[STEP_SUMMARY]).open("a", encoding="utf-8") as file:
            file.write(f"{said}\n")


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        write_whole(folder / name, text)
