"""Reports of runs that never were, for what renders them."""

from __future__ import annotations

from support.report.details import Bar, Lane, ShownExchange, Step, Timeline
from support.report.outcomes import Feature, Outcome, Report
from support.verdicts import Verdict

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}](javascript:alert(3)) @all #1 `x` \u202e\x1b[2J"
)
STEPS = (
    Step("Given a job whose build container runs", "passed", 0.2, ("| name | value |",)),
    Step('Then its stdout is exactly the line "build-output"', "failed", 0.1),
    Step("And nothing else happens", "untested"),
)
EXCHANGES = (
    ShownExchange(
        57,
        1.2,
        "#57 POST /v1.44/containers/4f0c/attach -> 101 after 2 ms",
        True,
        '{"a": 1}',
        "Api-Version: 1.44",
        "OK",
        (
            '    0.559 s  stdin   31 bytes: "echo build-output\\n"',
            '    0.611 s  stdout  13 bytes: "build-output\\n"',
        ),
    ),
    ShownExchange(58, 1.3, "#58 GET /v1.44/containers/4f0c/json -> 200 after 1 ms", answer='{\n  "Id": "4f0c"\n}'),
)
TIMELINE = Timeline("Job “runner”, from 0.5 s on", 9.5, (Lane("build", ((Bar(0.1, 9.0, "attach", "stream"),),)),))


def outcome(
    criterion: str, verdict: Verdict = Verdict.PASSED, title: str = "A rule that holds", **more: object
) -> Outcome:
    cause = {Verdict.VIOLATED: "it did otherwise", Verdict.NOT_JUDGED: "there is no container"}.get(verdict, "")
    given = {"cause": cause, "duration": 0.4, "steps": STEPS, "exchanges": EXCHANGES} | more
    return Outcome(criterion, title, verdict, **given)  # type: ignore[arg-type]


def violated(criterion: str, **more: object) -> Outcome:
    details = (
        "Seen: stdout b'sh\\nbuild-output\\n'",
        "Expected: stdout b'build-output\\n'",
        "shown by: #57 POST /attach",
    )
    given = {"step": STEPS[1].text, "details": details, "log": ("daemon: attached",)} | more
    return outcome(criterion, Verdict.VIOLATED, **given)  # type: ignore[arg-type]


def report(
    *outcomes: Outcome, run: str = "0123456789", began: str = "2030-01-01T10:00:00Z", **properties: str
) -> Report:
    told = {"target": "Sockerless 0.9.0 (API 1.44, driver memory)", "address": "unix:///run/s.sock"} | properties
    feature = Feature("A feature", "features/a.feature", began, told, [], [TIMELINE], list(outcomes))
    return Report(run, began, began.replace("T10:00:00", "T10:02:05"), features=[feature])


def all_agreed(**verdicts: Verdict) -> list[Outcome]:
    """All 40 criteria; ``TST_011_AC_12=Verdict.VIOLATED`` names those that are not passed."""
    ids = [f"TST-011-AC-{n:02}" for n in range(1, 23)] + [f"TST-010-AC-{n:02}" for n in range(1, 19)]
    chosen = {each: verdicts.get(each.replace("-", "_"), Verdict.PASSED) for each in ids}
    return [violated(each) if v is Verdict.VIOLATED else outcome(each, v) for each, v in chosen.items()]
