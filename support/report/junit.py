"""JUnit files: one per feature, one case per scenario, and the same verdicts and counts as everywhere else.

behave's own writer loses errors of hooks and clean-up, skip reasons and tags, and knows three verdicts only. GitLab
shows of a failure its text alone, and a link to the file of the first ``[[ATTACHMENT|…]]``, by its path in the project;
those who annotate on GitHub show the message, and want ``file`` and ``line``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from support.files import write_whole
from support.program import IS_CLONE
from support.report.evidence import SUMMARY
from support.report.facts import is_default
from support.report.outcomes import Feature, Outcome, Report
from support.settings import ROOT, user_folder
from support.text import one_line, printable, slug, visible
from support.verdicts import Verdict

_PREFIX = "acceptance-"  # by which our files differ from others' in a folder that the user named
_ALL = 1_000_000  # characters: all of an outcome's details
_LINKED = re.compile(r"[^\[\]|\n]+")  # a path as GitLab looks for it
_ELEMENT = {Verdict.VIOLATED: "failure", Verdict.NOT_JUDGED: "error", Verdict.SKIPPED: "skipped"}


def write(report: Report, folder: Path, reports: Path) -> list[Path]:
    """Write one file per feature to the folder; files of an earlier run are removed, so that none is taken for new.

    ``reports`` is the folder that outcomes name their evidence in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for feature in report.features:
        name = _PREFIX + slug(Path(feature.file).stem or feature.name)
        path = folder / f"{name}.xml"
        if path in written:
            path = folder / f"{name}-{len(written) + 1}.xml"
        suite = _suite(report, feature, reports)
        ET.indent(suite)
        write_whole(path, f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(suite, encoding='unicode')}\n")
        written.append(path)
    for old in set(files_in(folder)) - set(written):
        old.unlink(missing_ok=True)
    return written


def files_in(folder: Path) -> list[Path]:
    """Our files there, of whichever run."""
    return sorted(folder.glob(f"{_PREFIX}*.xml"))


def _suite(report: Report, feature: Feature, reports: Path) -> ET.Element:
    verdicts = [outcome.verdict for outcome in feature.outcomes]
    suite = ET.Element(
        "testsuite",
        name=printable(feature.name),
        tests=str(len(verdicts)),
        failures=str(verdicts.count(Verdict.VIOLATED)),
        errors=str(verdicts.count(Verdict.NOT_JUDGED)),
        skipped=str(verdicts.count(Verdict.SKIPPED)),
        time=f"{sum(outcome.duration for outcome in feature.outcomes):.3f}",
        timestamp=(feature.began or report.began).removesuffix("Z"),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in ({"run": report.run} | report.properties | feature.properties).items():
        if value and not is_default(name, value):
            ET.SubElement(properties, "property", name=printable(name), value=printable(value))
    suite.extend(_case(feature, outcome, reports) for outcome in feature.outcomes)
    if feature.notes:
        ET.SubElement(suite, "system-out").text = "\n".join(feature.notes)
    for element in suite.iter():  # XML has no escapes for most control characters, and no reader takes them raw
        element.text = visible(element.text) if element.text else element.text
        for name, value in element.items():
            element.set(name, visible(value))
    return suite


def _case(feature: Feature, outcome: Outcome, reports: Path) -> ET.Element:
    case = ET.Element("testcase", classname=printable(feature.name), name=outcome.name, time=f"{outcome.duration:.3f}")
    file, _, line = outcome.location.rpartition(":")
    if file:
        case.set("file", _in_project(file))
        case.set("line", line)
    if outcome.verdict in _ELEMENT:
        element = ET.SubElement(case, _ELEMENT[outcome.verdict], message=outcome.cause, type=str(outcome.verdict))
        element.text = "\n".join(_text(outcome))
    said = [f"note: {note}" for note in outcome.notes]
    if outcome.evidence:
        said.append(_attachment(reports / outcome.evidence / SUMMARY) or f"evidence: {outcome.evidence}")
    if said:
        ET.SubElement(case, "system-out").text = "\n".join(said)
    return case


def _text(outcome: Outcome) -> list[str]:
    """What there is to say, whole without the message: the cause is said before the details that lack it."""
    details = one_line("\n".join(outcome.details), _ALL)
    has_cause = all(part.rstrip("…") in details for part in outcome.cause.split("; "))
    return [line for line in ("" if has_cause else outcome.cause, outcome.step, *outcome.details) if line]


def _attachment(file: Path) -> str:
    """The line that makes GitLab link to a file; empty where GitLab could not: it has the files of the project only."""
    file, folder = file.resolve(), _project()
    if not file.is_file() or not file.is_relative_to(folder):
        return ""
    path = str(file.relative_to(folder))
    return f"[[ATTACHMENT|{path}]]" if _LINKED.fullmatch(path) else ""


def _in_project(file: str) -> str:
    """A feature's path as who annotates it needs it; within an installed suite, which no project holds, its own."""
    path = Path(file).resolve()
    bases = (_project(), ROOT) if IS_CLONE else (ROOT, _project())
    return next((str(path.relative_to(base)) for base in bases if path.is_relative_to(base)), file)


def _project() -> Path:
    """The folder that CI has the project in; where CI names none, the user's."""
    return Path(os.environ.get("CI_PROJECT_DIR") or os.environ.get("GITHUB_WORKSPACE") or user_folder()).resolve()
