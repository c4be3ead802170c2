"""The acceptance page for product owners: one HTML file without external resources, to read, print and send around."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from support.files import write_whole
from support.report.outcomes import ORDER, SIGNS, Feature, Outcome, Report
from support.text import printable
from support.verdicts import Verdict

# Properties that everybody must see: what was judged, and why one may not take it for something else.
TARGET = "target"
CAUTION = "caution"

_MEANS = {
    Verdict.PASSED: "the target does what the criterion asks",
    Verdict.VIOLATED: "the target does otherwise",
    Verdict.NOT_JUDGED: "it could not be found out, for the reason given",
    Verdict.SKIPPED: "it does not apply to this run, for the reason given",
}
_NUMBER = ' class="number"'
_STYLE = """
:root { color-scheme: light; font: 16px/1.45 system-ui, sans-serif; color: #1b1b1f; background: #fff }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1.25rem }
h1 { margin: 0; font-size: 1.1rem; font-weight: 600; color: #55555f }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem }
.target { margin: .25rem 0 .75rem; font-size: 1.9rem; font-weight: 700; line-height: 1.2; overflow-wrap: anywhere }
h2 + .target { font-size: 1.25rem }
.caution { margin: .75rem 0; padding: .6rem .9rem; border: 2px solid #8a4b00; background: #fff4e0; font-weight: 600 }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none }
.counts li { flex: 1 1 11rem; padding: .6rem .9rem; border: 1px solid; border-left-width: .5rem }
.counts b { display: block; font-size: 1.6rem }
.counts small { display: block; color: #45454d }
table { width: 100%; border-collapse: collapse }
th, td { padding: .45rem .6rem; border-bottom: 1px solid #d4d4da; text-align: left; vertical-align: top }
thead th { border-bottom: 2px solid #6b6b75; font-size: .875rem }
.criteria { table-layout: fixed }
.criteria th:nth-child(1) { width: 9.5rem } .criteria th:nth-child(2) { width: 7.5rem }
.criteria th:nth-child(4) { width: 4.5rem } .criteria th:nth-child(5) { width: 5.5rem }
tbody th, .verdict { font-weight: 600; white-space: nowrap }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
td p, td pre { margin: .3rem 0 0; overflow-wrap: anywhere; white-space: pre-wrap; color: #3a3a42; font-size: .875rem }
td pre { padding: .4rem .6rem; background: #f4f4f6; font-family: ui-monospace, monospace }
.passed { color: #17692c } .violated { color: #a8111c } .not-judged { color: #8a4b00 } .skipped { color: #45556b }
a { color: #0b4fa8 }
@media print {
  body { max-width: none; margin: 0 } * { print-color-adjust: exact }
  tr, .counts li { break-inside: avoid } h2 { break-after: avoid } thead { display: table-header-group }
}
"""


def write(report: Report, path: Path) -> None:
    """Write the page; evidence is linked relative to it."""
    write_whole(path, html(report))


def html(report: Report) -> str:
    """The whole page."""
    targets = {feature.properties.get(TARGET, report.properties.get(TARGET, "")) for feature in report.features}
    is_one = len(targets) <= 1
    common = dict(next((f.properties for f in report.features), {})) if is_one else {}
    of_features = [feature.properties for feature in report.features if TARGET in feature.properties]
    targets_told = [common | report.properties] if is_one else of_features or [report.properties]
    title = f"Acceptance: {_headline(report)}"
    body = [
        f"<h1>Acceptance run {_text(report.run)}, {_text(_when(report))}</h1>",
        *(line for properties in targets_told for line in _target(properties)),
        f"<p><strong>{_text(_headline(report))}</strong></p>",
        *(f'<p class="caution" role="note">{_text(line)}</p>' for line in report.skipped_whole()),
        _counts(report),
        *(line for feature in report.features for line in _feature(feature, report, shows_target=not is_one)),
        *_properties(report),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _text(value: object) -> str:
    return escape(printable(value))


def _when(report: Report) -> str:
    return " to ".join(time.replace("T", " ").replace("Z", " UTC") for time in (report.began, report.ended) if time)


def _headline(report: Report) -> str:
    counts = report.counts()
    total = sum(counts.values())
    parts = [f"{counts[verdict]} {verdict}" for verdict in (Verdict.VIOLATED, Verdict.NOT_JUDGED, Verdict.SKIPPED)]
    said = [part for part, verdict in zip(parts, ORDER[1:], strict=True) if counts[verdict]]
    if report.signal:
        said.append("interrupted")
    return f"{counts[Verdict.PASSED]} of {total} passed" + "".join(f", {part}" for part in said)


def _target(properties: dict[str, str]) -> list[str]:
    lines = [f'<p class="target">{_text(properties.get(TARGET) or "No target was reached")}</p>']
    if properties.get(CAUTION):
        lines.append(f'<p class="caution" role="note">{_text(properties[CAUTION])}</p>')
    return lines


def _counts(report: Report) -> str:
    counts = report.counts()
    items = [
        f'<li class="{_class(verdict)}"><b>{counts[verdict]}</b>{SIGNS[verdict]} {verdict}'
        f"<small>{_MEANS[verdict]}</small></li>"
        for verdict in ORDER
    ]
    return f'<ul class="counts">{"".join(items)}</ul>'


def _feature(feature: Feature, report: Report, *, shows_target: bool) -> list[str]:
    heads = ("Criterion", "Verdict", "What it asks", "Seconds", "Evidence")
    head = "".join(f'<th scope="col"{_NUMBER * (name == "Seconds")}>{name}</th>' for name in heads)
    return [
        f"<section><h2>{_text(feature.name)}</h2>",
        *(_target(report.properties | feature.properties) if shows_target else []),
        *(f"<p>{_text(note)}</p>" for note in feature.notes),
        f'<table class="criteria"><thead><tr>{head}</tr></thead><tbody>',
        *map(_row, feature.outcomes),
        "</tbody></table></section>",
    ]


def _row(outcome: Outcome) -> str:
    said = [f"<p>{_text(outcome.cause)}</p>"] if outcome.cause else []
    if outcome.verdict is Verdict.VIOLATED and outcome.details:
        said = ["<pre>" + "\n".join(map(_text, (outcome.step, *outcome.details))) + "</pre>"]
    said += [f"<p>Note: {_text(note)}</p>" for note in outcome.notes]
    label = f'aria-label="evidence of {_text(outcome.name)}"'
    link = f'<a href="{quote(outcome.evidence)}/summary.txt" {label}>evidence</a>'
    took = f"{outcome.duration:.1f}" if outcome.duration else ""
    return (
        f'<tr><th scope="row">{_text(outcome.id)}</th>'
        f'<td class="verdict {_class(outcome.verdict)}">{SIGNS[outcome.verdict]} {outcome.verdict}</td>'
        f"<td>{_text(outcome.title)}{''.join(said)}</td><td{_NUMBER}>{took}</td>"
        f"<td>{link if outcome.evidence else ''}</td></tr>"
    )


def _class(verdict: Verdict) -> str:
    return verdict.replace(" ", "-")


def _properties(report: Report) -> list[str]:
    groups = [("The run", report.properties)]
    groups += [(feature.name, feature.properties) for feature in report.features]
    rows = [
        f'<tr><td>{_text(group)}</td><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>'
        for group, properties in groups
        for name, value in properties.items()
    ]
    if not rows:
        return []
    head = '<tr><th scope="col">Of</th><th scope="col">Name</th><th scope="col">Value</th></tr>'
    return [
        f"<section><h2>Settings and target</h2><table><thead>{head}</thead><tbody>",
        *rows,
        "</tbody></table></section>",
    ]
