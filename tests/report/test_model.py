"""What is said of a run: the verdict in words, what changed, what broke, and JSON that is as its schema says."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import jsonschema
import pytest

from support.report import agreed, details, facts, model, page, summary
from support.report.enough import demand
from support.report.outcomes import THE_RUN, Feature, Outcome, Report
from support.settings import ROOT, Settings
from support.target import STANDIN
from support.verdicts import Verdict
from tests.report.runs import HOSTILE, all_agreed, outcome, report, violated

SCHEMA = json.loads((ROOT / "support" / "report" / "report.schema.json").read_text(encoding="utf-8"))
GITLAB = [each for each in all_agreed() if each.id.startswith("TST-011")]


def made(*outcomes: Outcome, past: tuple[model.PastRun, ...] = (), **properties: str) -> model.RunReport:
    return model.run_report(report(*outcomes, **properties), past, {})


@pytest.mark.parametrize(
    ("outcomes", "state", "text"),
    [
        (all_agreed(), "accepted", "ACCEPTED: 40 of 40 criteria hold"),
        (
            all_agreed(TST_011_AC_12=Verdict.VIOLATED, TST_010_AC_01=Verdict.VIOLATED),
            "not accepted",
            "NOT ACCEPTED: 2 of 40 criteria violated",
        ),
        (GITLAB, "incomplete", "INCOMPLETE: 22 of 40 judged, all hold"),
        ([*GITLAB[1:], violated("TST-011-AC-01")], "not accepted", "NOT ACCEPTED: 1 of 22 judged criteria violated"),
        (all_agreed(TST_011_AC_12=Verdict.NOT_JUDGED), "incomplete", "INCOMPLETE: 39 of 40 judged, all hold"),
        (all_agreed(TST_011_AC_12=Verdict.SKIPPED), "incomplete", "INCOMPLETE: 39 of 40 judged, all hold"),
        ([outcome("TST-011-AC-12")], "incomplete", "INCOMPLETE: 1 of 40 judged, it holds"),
        ([outcome("TST-011-AC-12", Verdict.NOT_JUDGED)], "incomplete", "INCOMPLETE: none of 40 judged"),
        ([outcome("RUN-31")], "no verdict", "NO VERDICT: none of the 40 agreed criteria was selected"),
        ([*all_agreed(), violated("TST-011-N-01"), violated("RUN-31")], "accepted", "ACCEPTED: 40 of 40 criteria hold"),
    ],
)  # fmt: skip
def test_the_verdict_is_that_on_the_agreed_criteria(outcomes: list[Outcome], state: str, text: str) -> None:
    run = made(*outcomes)
    assert (run.agreed.state, run.agreed.text) == (state, text)
    counts = run.agreed.counts
    counted = counts.passed + counts.violated + counts.not_judged + counts.skipped
    assert counted + run.agreed.not_selected == counts.total == 40


def test_the_agreed_criteria_are_those_of_the_features() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "features").glob("*.feature"))
    tags = {tag for tag in re.findall(r"@([A-Z]+-[\w-]+)", text) if agreed.is_agreed(tag)}
    assert {each: sum(tag.startswith(each) for tag in tags) for each in agreed.AGREED} == agreed.AGREED


def test_what_is_beyond_them_counts_apart() -> None:
    run = made(*all_agreed(), violated("TST-011-N-01"), outcome("TST-010-N-02"), outcome("RUN-31", Verdict.NOT_JUDGED))
    assert [(each.name, each.total, each.violated, each.not_judged) for each in run.beyond] == [
        ("Notes of TST-011", 1, 1, 0),
        ("Notes of TST-010", 1, 0, 0),
        ("A feature", 1, 0, 1),
    ]
    assert run.exit_code == 1


def test_of_a_criterion_that_was_judged_twice_the_worse_verdict_counts() -> None:
    run = made(outcome("TST-011-AC-12"), violated("TST-011-AC-12"), outcome("TST-011-AC-12", Verdict.SKIPPED))
    assert run.agreed.text == "NOT ACCEPTED: 1 of 1 judged criteria violated"
    assert [each.anchor for each in run.criteria()] == ["TST-011-AC-12", "TST-011-AC-12-2", "TST-011-AC-12-3"]


def test_a_violation_is_taken_apart() -> None:
    (each,) = made(violated("TST-011-AC-12")).criteria(Verdict.VIOLATED)
    assert (each.seen, each.expected) == (r"stdout b'sh\nbuild-output\n'", r"stdout b'build-output\n'")
    assert each.lines == ("shown by: #57 POST /attach",)
    (plain,) = made(outcome("X-1", Verdict.VIOLATED)).criteria(Verdict.VIOLATED)
    assert (plain.seen, plain.expected) == ("it did otherwise", "")


def test_criteria_share_a_cause_whatever_exchange_shows_it() -> None:
    causes = [
        "there is no image x: #16 POST /v1.44/images/create -> 500 after 2 ms",
        "step TST-011-AC-06: there is no image x: #21 POST /v1.44/images/create -> 500 after 9 ms",
        "the daemon hung up",
    ]
    run = made(*(outcome(f"X-{n}", Verdict.NOT_JUDGED, cause=cause) for n, cause in enumerate(causes)))
    assert [(group.cause, len(group.criteria)) for group in run.grouped(Verdict.NOT_JUDGED)] == [
        ("there is no image x", 2),
        ("the daemon hung up", 1),
    ]


def test_what_changed_is_held_against_the_last_run_that_had_the_criterion() -> None:
    passed, skipped = {"TST-011-AC-12": "passed", "X-1": "violated"}, {"TST-011-AC-12": "skipped", "X-2": "passed"}
    past = [
        model.PastRun(run, "2030", 1.0, "incomplete", "…", agreed.Tally("x"), verdicts=verdicts)
        for run, verdicts in (("newest", skipped), ("older", passed), ("oldest", {"X-1": "passed", "X-2": "violated"}))
    ]
    run = made(violated("TST-011-AC-12"), outcome("X-1"), outcome("X-2"), outcome("X-3"), past=tuple(past))
    assert [(change.id, change.before, change.now, change.run) for change in run.changes] == [
        ("TST-011-AC-12", "passed", "violated", "older"),
        ("X-1", "violated", "passed", "older"),
    ]
    assert [each.run for each in run.history] == ["0123456789", "newest", "older", "oldest"]


@pytest.mark.parametrize(
    ("properties", "environ", "commit", "pipeline"),
    [
        ({"commit": "abc", "pipeline": "https://ci/1"}, {}, "abc", "https://ci/1"),
        (
            {"commit": "abc"},
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"},
            "abc",
            "https://github.com/o/r/actions/runs/7",
        ),
        ({}, {}, "", ""),
    ],
)
def test_where_the_daemon_comes_from(
    properties: dict[str, str], environ: dict[str, str], commit: str, pipeline: str
) -> None:
    assert model.run_report(report(**properties), [], environ).origin == facts.Origin(commit, pipeline)


def test_only_settings_other_than_their_defaults_are_told() -> None:
    run = made(outcome("X-1"), api_version="1.44", start_timeout="120.0", deadline_scale="0.5", extra="noted")
    assert {(fact.name, fact.value, fact.is_setting) for fact in run.facts} == {
        ("deadline_scale", "0.5", True),
        ("extra", "noted", False),
    }


def test_a_target_is_the_same_whatever_build_answers_there() -> None:
    old, new = report(target="Sockerless 0.8"), report(target="Sockerless 0.9")
    assert facts.target_key(old) == facts.target_key(new) == "unix:///run/s.sock"
    assert facts.target_key(report(command="s {socket}", address="unix:///tmp/x1")) == "command s {socket}"
    assert facts.target_key(report(target=f"{STANDIN} 0.1 (API 1.44)", address="unix:///tmp/x2")) == "the stand-in"


def test_no_daemon_but_the_stand_in_is_the_same_at_another_address() -> None:
    caution = "This is Docker Engine, NOT Sockerless: its verdicts say nothing about Sockerless."
    engine = report(target="Docker Engine 26.1.5 (API 1.45, driver overlay2)", caution=caution)
    assert facts.target_key(engine) == "unix:///run/s.sock"
    assert [(each.address, each.caution) for each in facts.targets_of(engine)] == [("unix:///run/s.sock", caution)]
    standin = report(target=f"{STANDIN} 0.1 (API 1.44)", address="unix:///tmp/x2", caution="NOT Sockerless")
    assert [each.address for each in facts.targets_of(standin)] == [""]


def test_too_little_that_was_judged_is_among_what_was_not() -> None:
    skipped = [outcome(f"X-{n}", Verdict.SKIPPED, cause="no cloud") for n in range(3)]
    said = report(outcome("X-9"), *skipped)
    demand(said, Settings(judged_at_least="90%"))
    run = model.run_report(said, [], {})
    (group,) = run.grouped(Verdict.NOT_JUDGED)
    assert group.cause.startswith(
        "1 of 4 criteria were judged, and judged_at_least=90% asks for 4; 3 skipped: no cloud"
    )
    assert [each.title for each in group.criteria] == ["Enough is judged"]
    assert group.cause in page.html(run)
    assert group.cause.replace("%", "") in summary.markdown(run).replace("%", "")


def test_exchanges_take_bounded_room_and_violations_have_it_first() -> None:
    large = details.ShownExchange(1, 0.0, "#1 GET / -> 200", answer="x" * 60_000)
    passed = [outcome(f"X-{n}", exchanges=(large,)) for n in range(60)]
    run = made(*passed, violated("X-99", exchanges=(large,)))
    sizes = {each.id: len(each.exchanges[0].answer) for each in run.criteria()}
    assert sum(sizes.values()) <= 3_000_000
    assert sizes["X-99"] == sizes["X-0"] == 60_000
    assert run.criteria()[-2].exchanges[0].line == large.line


def test_json_is_as_its_schema_says() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    hostile = report(violated("TST-011-AC-12", title=HOSTILE), outcome("X-2", Verdict.NOT_JUDGED), caution=HOSTILE)
    hostile.features.append(Feature(THE_RUN, outcomes=[Outcome("", "Clean-up", Verdict.NOT_JUDGED, "left behind")]))
    for each in (hostile, Report("r1"), report()):
        validator.validate(json.loads(json.dumps(model.run_report(each, [], {}).as_plain())))


def test_the_schema_has_every_field() -> None:
    described = {"RunReport": SCHEMA, **SCHEMA["$defs"]}
    classes = [
        each
        for module in (model, agreed, details, facts)
        for each in vars(module).values()
        if isinstance(each, type) and is_dataclass(each) and each is not model.Group
        if each.__module__.startswith("support.report.") and each.__name__ not in ("Outcome", "Feature", "Report")
    ]
    assert {each.__name__ for each in classes} == described.keys()
    for each in classes:
        names = [field.name for field in fields(each)]
        assert list(described[each.__name__]["properties"]) == described[each.__name__]["required"] == names
    assert SCHEMA["properties"]["schema_version"]["const"] == model.SCHEMA_VERSION


def test_the_docs_name_the_schema() -> None:
    text = Path(ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    assert "support/report/report.schema.json" in text
    assert f"`schema_version` is {model.SCHEMA_VERSION}" in text
