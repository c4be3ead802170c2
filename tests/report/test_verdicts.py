"""Each way that a scenario can end, in exit code, console, JUnit, outcomes.json, page and evidence alike."""

from __future__ import annotations

import json
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from tests.report.conftest import Project

EXPECTED = {
    "TST-900-AC-01": "passed",
    "TST-900-AC-02": "violated",
    "TST-900-AC-03": "not judged",
    "TST-900-AC-04": "not judged",
    "TST-900-AC-05": "skipped",
    "TST-900-AC-06": "not judged",
    "TST-900-AC-07": "not judged",
    "TST-900-AC-08": "not judged",
    "TST-900-AC-09": "not judged",
}
ELEMENTS = {"failure": "violated", "error": "not judged", "skipped": "skipped"}


def test_every_report_says_the_same(project: Project) -> None:
    ran = project.run("--tags=@TST-900", "--junit", "-f", "acceptance", "-f", "json", "-o", "-", "-o", "behave.json")

    assert ran.code == 1
    assert ran.verdicts == EXPECTED
    counts = Counter(str(outcome.verdict) for outcome in ran.outcomes)
    assert counts == {"passed": 2, "violated": 1, "not judged": 6, "skipped": 1}
    assert ran.out.endswith("\n2 passed, 1 violated, 6 not judged, 1 skipped\n")
    features = json.loads((project.folder / "behave.json").read_text())
    assert "One scenario per way to end" in [feature["name"] for feature in features]

    (file,) = (project.reports / "junit").iterdir()
    suite = ET.parse(file).getroot()
    told = [
        next((ELEMENTS[child.tag] for child in case if child.tag in ELEMENTS), "passed")
        for case in suite.iter("testcase")
    ]
    assert told == [str(outcome.verdict) for outcome in ran.outcomes]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["10", "1", "6", "1"]
    assert all(case.get("name", "").startswith("TST-900-AC-0") for case in suite.iter("testcase"))
    assert {p.get("name"): p.get("value") for p in suite.iter("property")} == {
        "run": ran.report.run,
        "target": "nothing <real>",
        "registry_password": "<redacted>",
        "cast": "One scenario per way to end",
    }
    skipped = suite.find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == skipped.text == "no <cloud> & no rain"


def test_a_violation_shows_what_was_expected_and_seen(project: Project) -> None:
    ran = project.run("--tags=@TST-900-AC-02")

    begin = ran.out.index("✗ TST-900-AC-02")
    shown = ran.out[begin : ran.out.index("\n\n", begin)].splitlines()
    assert [line.strip() for line in shown[1:6]] == [
        "When the daemon does otherwise",
        r"the status of create \x1b[2J \x00 \ud800",
        "Seen: <500>",
        "Expected: <201>",
        "last exchange: #2 POST /containers/create -> 500 (None)",
    ]
    assert len(shown) <= 12
    folder = project.reports / "evidence" / "latest" / "TST-900-AC-02"
    assert shown[6].strip() == f"evidence: {folder.resolve().relative_to(project.folder.resolve())}"
    exchanges = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text().splitlines()]
    assert [exchange["path"] for exchange in exchanges] == ["/_ping", "/containers/create"]
    assert "note: nothing else was asked" in (folder / "summary.txt").read_text()
    assert not (folder / "traceback.txt").exists()
    assert "s3cret" not in "".join(path.read_text() for path in project.reports.rglob("*.*") if path.is_file())


def test_a_value_is_whole_in_the_evidence_and_4_kib_elsewhere(project: Project) -> None:
    ran = project.run("--tags=@TST-905-AC-01", "--junit")

    folder = project.reports / "evidence" / "latest" / "TST-905-AC-01"
    seen, expected, shown = (folder / "summary.txt").read_text().splitlines()[5:8]
    assert seen == "Seen: 500 " + "x" * 6000
    assert expected == "Expected: an answer of 200"
    assert shown.startswith("shown by: #1 GET /containers/json -> 500 after ")
    exchanges = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text().splitlines()]
    assert [exchange["number"] for exchange in exchanges] == [1], "the one that shows it, though it came before"
    (failure,) = (case.find("failure") for case in ran.cases())
    assert failure is not None and failure.text is not None
    for report in (failure.text.splitlines(), [line.strip() for line in ran.out.splitlines()]):
        at = report.index(f"Seen: 500 {'x' * 4085}…")
        assert report[at + 1 : at + 3] == [expected, shown]


def test_a_cause_of_one_line_is_shown_with_the_last_exchange(project: Project) -> None:
    ran = project.run("--tags=@TST-905-AC-02")
    lines = [line.strip() for line in ran.out.splitlines()]
    at = lines.index("When it is refused in one line")
    assert lines[at + 1 : at + 3] == ["it was refused", "last exchange: #1 POST /start -> 500 (None)"]


def test_an_unexpected_error_leaves_its_traceback_in_the_evidence(project: Project) -> None:
    ran = project.run("--tags=@TST-900-AC-04", "-f", "pretty", "-f", "acceptance")

    (outcome,) = ran.outcomes
    assert outcome.cause == "unexpected KeyError: 'an unexpected thing'"
    assert "Traceback" in (project.reports / outcome.evidence / "traceback.txt").read_text()
    assert f"traceback: reports/{outcome.evidence}/traceback.txt" in ran.out


def test_the_page_is_self_contained_and_escaped(project: Project) -> None:
    ran = project.run("--tags=@TST-900")

    page = (project.reports / "acceptance.html").read_text()
    assert "<b>nothing &lt;real&gt;</b>" in page
    assert all(f'id="{outcome.id}"' in page for outcome in ran.outcomes)
    assert "no &lt;cloud&gt; &amp; no rain" in page
    assert not any(word in page for word in ("http:", "https:", "src=", "@import", "url("))
    assert page.count("<script") == 1
    links = {part.split('"')[0] for part in page.split('href="')[1:]}
    files = {link for link in links if not link.startswith("#")}
    assert files
    assert all((project.reports / link).is_file() for link in files)
    assert all(f'id="{link[1:]}"' in page for link in links - files)
    kept = project.reports / "runs" / ran.report.run
    again = {part.split('"')[0] for part in (kept / "acceptance.html").read_text().split('href="')[1:]}
    assert all((kept / link).is_file() for link in again if not link.startswith("#"))


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ("@fine or @TST-900-AC-05", 0),
        ("@fine or @TST-900-AC-03", 3),
    ],
)
def test_exit_code(project: Project, tags: str, code: int) -> None:
    assert project.run(f"--tags={tags}").code == code


def test_after_the_target_is_gone_nothing_more_is_asked_of_it(project: Project) -> None:
    ran = project.run("--tags=@gone or @TST-900-AC-01")

    assert ran.code == 3
    assert ran.verdicts == {"TST-903-AC-01": "not judged", "TST-903-AC-02": "not judged", "TST-900-AC-01": "passed"}
    assert {outcome.cause for outcome in ran.outcomes if outcome.id.startswith("TST-903")} == {"the daemon hung up"}


def test_stop_leaves_the_rest_unjudged(project: Project) -> None:
    ran = project.run("--tags=@TST-900-AC-02 or @TST-900-AC-05 or @fine", "--stop")

    assert ran.code == 1
    assert ran.verdicts == {
        "TST-901-AC-01": "passed",
        "TST-901-AC-02": "passed",
        "TST-900-AC-02": "violated",
        "TST-900-AC-05": "not judged",
    }


def test_a_feature_can_be_skipped_with_its_reason(project: Project) -> None:
    ran = project.run("--tags=@fine", FAIL="skip:")

    assert ran.code == 0
    assert {(str(o.verdict), o.cause) for o in ran.outcomes} == {("skipped", "there is no cloud")}
    assert ran.out.count("there is no cloud") == 2, "as it happens, and in a loud line at the end"
    assert ran.out.endswith("\nATTENTION: 2 of 2 criteria were skipped: there is no cloud\n")
    page = (project.reports / "acceptance.html").read_text()
    assert "<b>2</b> (TST-901-AC-01 to TST-901-AC-02): there is no cloud" in page
