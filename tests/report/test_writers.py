"""Reports from plain outcomes: whatever bytes are in them, and whoever's runs are merged."""

from __future__ import annotations

import signal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.api.recording import Recorder, labelled, shown_by
from support.report import junit, page, summary
from support.report.evidence import Evidence
from support.report.facts import Target
from support.report.judging import not_judged
from support.report.model import run_report
from support.report.outcomes import THE_RUN, Feature, Outcome, Report, merge, read
from support.report.publishing import Place
from support.text import one_line, printable
from support.verdicts import NotJudged, Verdict


def report(*outcomes: Outcome, name: str = "Feature", **more: object) -> Report:
    return Report("r1", began="2030-01-01T00:00:00Z", features=[Feature(name, outcomes=list(outcomes))], **more)  # type: ignore[arg-type]


@settings(deadline=None)  # the first one compiles the templates
@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_survives_xml_html_and_json(text: str) -> None:
    nasty = report(
        Outcome("", text, Verdict.VIOLATED, text, text, (text,), notes=(text,)), name=text, properties={text: text}
    )
    suite = ET.fromstring(ET.tostring(junit._suite(nasty, nasty.features[0], Path())))
    failure = suite.find(".//failure")
    assert failure is not None
    assert failure.get("message") == one_line(text)
    printable(text).encode()
    assert "\x1b" not in printable(text)
    for rendered in (page.html(run_report(nasty, [], {})), summary.markdown(run_report(nasty, [], {}))):
        rendered.encode()
        assert "\x1b" not in rendered
    assert Report.from_json(nasty.as_json()) == nasty


def test_junit_counts_and_old_files(tmp_path: Path) -> None:
    (tmp_path / "acceptance-old.xml").write_text("<testsuite/>")
    (tmp_path / "others.xml").write_text("<testsuite/>")
    twice = Report("r1", features=[Feature("A", "features/a.feature"), Feature("B", "other/a.feature")])
    junit.write(twice, tmp_path, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acceptance-a-2.xml", "acceptance-a.xml", "others.xml"]


PASSED = Outcome("X-1-AC-01", "One", Verdict.PASSED)
VIOLATED = Outcome("X-1-AC-02", "Two", Verdict.VIOLATED, "it did otherwise")
NOT_JUDGED = Outcome("X-1-AC-03", "Three", Verdict.NOT_JUDGED, "it could not be found out")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([report(PASSED), report(PASSED)], 0),
        ([report(NOT_JUDGED), report(VIOLATED)], 1),
        ([report(VIOLATED), report(NOT_JUDGED, usage="no such setting")], 1),
        ([report(NOT_JUDGED), report(PASSED, usage="no such setting")], 2),
        ([report(PASSED), report(NOT_JUDGED)], 3),
        ([report(VIOLATED), report(PASSED, signal=signal.SIGTERM)], 143),
    ],
)
def test_exit_code_of_merged_runs(parts: list[Report], code: int) -> None:
    assert merge("all", parts).exit_code == code


def test_merged_runs_keep_what_is_each_ones_own(tmp_path: Path) -> None:
    first = report(PASSED, properties={"target": "memory", "run": "a"})
    second = report(VIOLATED, properties={"target": "ecs"})
    second.ended = "2030-01-01T00:01:00Z"
    (tmp_path / "first.json").write_text(first.as_json())
    (tmp_path / "second.json").write_text(second.as_json())

    merged = merge("all", [read(tmp_path / name) for name in ("first.json", "second.json", "killed.json")])
    Place(tmp_path, tmp_path / "junit").publish(merged)

    assert [feature.properties.get("target") for feature in merged.features] == ["memory", "ecs", None]
    assert merged.ended == second.ended
    assert merged.features[-1].name == THE_RUN
    assert merged.outcomes()[-1].cause.startswith("it left no readable report (")
    assert Report.from_json((tmp_path / "outcomes.json").read_text()) == merged
    html = (tmp_path / "acceptance.html").read_text()
    assert "Acceptance of <b>memory</b> and <b>ecs</b>" in html


def test_of_several_that_broke_the_page_first_lists_each_with_what_was_seen() -> None:
    another = Outcome("X-1-AC-04", "Four", Verdict.VIOLATED, "x", details=("Seen: <404>", "and more", "Expected: 200"))
    html = page.html(run_report(report(VIOLATED, another), [], {}))
    listed = html.partition('<h2 id="broke">')[2].partition("</ul>")[0]
    assert [line.rpartition('<span class="why">')[2] for line in listed.split("</span></li>")[:-1]] == [
        "Seen: it did otherwise",
        "Seen: &lt;404&gt;; expected: 200",
    ]
    assert '<a href="#broke-X-1-AC-04">X-1-AC-04</a> Four' in listed


def test_what_broke_with_one_of_its_steps_leads_to_that() -> None:
    said = ("Seen: step X-1-AC-02 violated: 1.45", "Expected: every step succeeds")
    whole = Outcome("X-1-AC-22", "All", Verdict.VIOLATED, "x", details=said)
    listed = page.html(run_report(report(VIOLATED, whole), [], {})).partition('<h2 id="broke">')[2]
    assert '<span class="why">Follows from <a href="#broke-X-1-AC-02">X-1-AC-02</a></span>' in listed
    alone = page.html(run_report(report(whole, PASSED), [], {}))
    assert "Follows from" not in alone


def test_what_was_not_judged_has_its_cause_in_a_clean_line_and_its_detail_folded() -> None:
    cause = "there is no image x: #16 POST /v1.44/images/create -> 500 after 2 ms"
    both = [Outcome(each, "Starts", Verdict.NOT_JUDGED, cause) for each in ("TST-011-AC-06", "TST-011-N-05")]
    run = run_report(report(*both), [], {})
    card = page.html(run).partition('<article class="card not-judged">')[2].partition("</article>")[0]
    assert "<h3>there is no image x</h3>" in card
    assert "<p>2 not judged for this, one of them an agreed criterion:</p>" in card
    assert '<a href="#TST-011-AC-06">TST-011-AC-06</a> Starts' in card
    folded = "<summary>The cause in detail, as TST-011-AC-06 met it</summary>"
    assert f'{folded}<p class="more">#16 POST /v1.44/images/create -&gt; 500 after 2 ms</p></details>' in card
    line = "- `there is no image x` (2 not judged for this, one of them an agreed criterion): `TST-011-AC-06`"
    assert line in summary.markdown(run)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["TST-011-AC-06"], "an agreed criterion"),
        (["RUN-31"], "no agreed criterion"),
        (["TST-011-AC-06", "TST-011-AC-07"], "all of them agreed criteria"),
        (["TST-011-AC-06", "TST-011-AC-07", "RUN-31"], "2 of them agreed criteria"),
        (["RUN-31", "RUN-32"], "none of them agreed criteria"),
    ],
)
def test_how_many_are_agreed_criteria(ids: list[str], said: str) -> None:
    run = run_report(report(*(Outcome(each, "Starts", Verdict.PASSED) for each in ids)), [], {})
    assert page.of_agreed(run.criteria()) == said


def test_targets_that_differ_in_their_driver_only_are_named_once() -> None:
    names = [
        "S 1.0 (API 1.44, driver ecs-fargate)",
        "S 1.0 (API 1.44, driver memory)",
        "S 2.0 (API 1.44, driver m)",
        "x",
    ]
    assert page.names(Target(name, "", "", ()) for name in names) == [
        "S 1.0 (API 1.44, drivers ecs-fargate and memory)",
        "S 2.0 (API 1.44, driver m)",
        "x",
    ]


def test_a_report_that_cannot_be_written_turns_the_run_red(tmp_path: Path) -> None:
    (tmp_path / "acceptance.html").mkdir()
    run = report(PASSED)
    Place(tmp_path, tmp_path / "junit").publish(run)
    assert run.exit_code == 3
    assert run.outcomes()[-1].cause.endswith("acceptance.html could not be written: Is a directory; set -D reports=DIR")


def test_only_what_was_skipped_as_a_whole_is_said_loudly() -> None:
    skipped = Outcome("X-1-AC-04", "Four", Verdict.SKIPPED, "no cloud")
    assert merge("all", [report(PASSED, skipped), report(PASSED)]).skipped_whole() == []
    assert merge("all", [report(PASSED, skipped), report(skipped, skipped)]).skipped_whole() == [
        "2 of 4 criteria were skipped: no cloud"
    ]


def test_evidence_holds_a_criterions_exchanges_and_those_of_its_time(tmp_path: Path) -> None:
    evidence, recorder = Evidence(tmp_path, "r1"), Recorder()
    evidence.from_recorder(recorder)
    with labelled(criterion="X-1-AC-01"):
        recorder.begin("POST", "http://d/ahead", {}, None)
    recorder.begin("GET", "http://d/before", {}, None)
    evidence.mark()
    recorder.begin("GET", "http://d/during", {}, None)
    assert [exchange.path for exchange in evidence.exchanges("X-1-AC-01")] == ["/ahead", "/during"]

    first = evidence.keep("X-1-AC-01", ["said"], evidence.exchanges(""), None)
    again = evidence.keep("X-1-AC-01", ["said"], [], None)
    assert (first, again) == ("evidence/r1/X-1-AC-01", "evidence/r1/X-1-AC-01-2")
    assert (tmp_path / "evidence" / "latest" / "X-1-AC-01" / "exchanges.jsonl").read_text().count("\n") == 1


def test_evidence_holds_the_exchanges_that_an_error_carries(tmp_path: Path) -> None:
    evidence, recorder = Evidence(tmp_path, "r1"), Recorder()
    evidence.from_recorder(recorder)
    shown = recorder.begin("POST", "http://d/shown", {}, None)
    recorder.begin("GET", "http://d/before", {}, None)
    evidence.mark()
    carried = not_judged(shown_by(NotJudged("it did not start"), shown)).exchanges
    assert evidence.exchanges("X-1-AC-01", carried) == [shown]


def test_of_many_lines_the_first_and_the_last_are_shown() -> None:
    many = Outcome("", "x", Verdict.VIOLATED, details=tuple(map(str, range(100))))
    assert many.details[:2] + many.details[-4:] == (
        "0",
        "1",
        "56",
        "… 41 more lines in the evidence …",
        "98",
        "99",
    )
    assert Outcome("", "x", Verdict.VIOLATED, details=many.details) == many


def test_evidence_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    evidence = Evidence(tmp_path, "r1")
    assert evidence.keep("X-1-AC-01", [], [], None) == ""
    assert evidence.problem.startswith("the evidence of X-1-AC-01 could not be written: ")
