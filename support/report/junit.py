"""JUnit files: one per feature, one case per scenario, and the same verdicts and counts as everywhere else.

behave's own writer loses errors of hooks and clean-up, skip reasons and tags, and knows three verdicts only.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from support.files import write_whole
from support.report.outcomes import Feature, Outcome, Report
from support.text import printable, slug, visible
from support.verdicts import Verdict

_PREFIX = "acceptance-"  # by which our files differ from others' in a folder that the user named
_ELEMENT = {Verdict.VIOLATED: "failure", Verdict.NOT_JUDGED: "error", Verdict.SKIPPED: "skipped"}


def write(report: Report, folder: Path) -> list[Path]:
    """Write one file per feature to the folder; files of an earlier run are removed, so that none is taken for new."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for feature in report.features:
        name = _PREFIX + slug(Path(feature.file).stem or feature.name)
        path = folder / f"{name}.xml"
        if path in written:
            path = folder / f"{name}-{len(written) + 1}.xml"
        suite = _suite(report, feature)
        ET.indent(suite)
        write_whole(path, f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(suite, encoding='unicode')}\n")
        written.append(path)
    for old in set(files_in(folder)) - set(written):
        old.unlink(missing_ok=True)
    return written


def files_in(folder: Path) -> list[Path]:
    """Our files there, of whichever run."""
    return sorted(folder.glob(f"{_PREFIX}*.xml"))


def _suite(report: Report, feature: Feature) -> ET.Element:
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
        ET.SubElement(properties, "property", name=printable(name), value=printable(value))
    suite.extend(_case(feature, outcome) for outcome in feature.outcomes)
    if feature.notes:
        ET.SubElement(suite, "system-out").text = "\n".join(feature.notes)
    for element in suite.iter():  # XML has no escapes for most control characters, and no reader takes them raw
        element.text = visible(element.text) if element.text else element.text
        for name, value in element.items():
            element.set(name, visible(value))
    return suite


def _case(feature: Feature, outcome: Outcome) -> ET.Element:
    case = ET.Element("testcase", classname=printable(feature.name), name=outcome.name, time=f"{outcome.duration:.3f}")
    if outcome.location:
        case.set("file", outcome.location.rpartition(":")[0])
    if outcome.verdict in _ELEMENT:
        element = ET.SubElement(case, _ELEMENT[outcome.verdict], message=outcome.cause, type=str(outcome.verdict))
        element.text = "\n".join(filter(None, [outcome.cause, outcome.step, *outcome.details]))
    said = [f"note: {note}" for note in outcome.notes]
    if outcome.evidence:
        said.append(f"evidence: {outcome.evidence}")
    if said:
        ET.SubElement(case, "system-out").text = "\n".join(said)
    return case
