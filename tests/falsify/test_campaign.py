"""What of the catalogue applies to a target, and that what does not is neither dropped silently nor held against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from falsify.campaign import Campaign
from falsify.documents import ECS, GITLAB, Document
from falsify.environments import without
from falsify.judging import Finding, Ran
from falsify.lies import Layer, Lie, ac, ecs, on
from falsify.matrix import totals
from falsify.response_rules import header, pretend
from falsify.targets import Aws, Target
from falsify.variations import Variation
from support.api.endpoint import Endpoint
from support.verdicts import Verdict

NAMES = ("TST-011-AC-07", "TST-011-AC-08", "TST-011-AC-22")
VARIATION = Variation("harmless", "It is said otherwise.", (on("ping", header("X", "1")),))
NOWHERE = Endpoint(path="/nowhere")
SIGNS = {"·": Verdict.PASSED, "x": Verdict.VIOLATED, "-": Verdict.SKIPPED}


def lie(identity: str, *numbers: int) -> Lie:
    return Lie(identity, "A lie.", Layer.STATUS, ac(*numbers), (on("ping", pretend(204)),))


def ran(signs: str, names: tuple[str, ...] = NAMES, **more: object) -> Ran:
    verdicts = {name: SIGNS[sign] for name, sign in zip(names, signs, strict=True)}
    return Ran(verdicts, **{"seconds": 1.0, "bound": 9.0, "met": 1, **more})  # type: ignore[arg-type]


def planned(truth: Ran, *lies: Lie, aws: Aws | None = None, document: Document = GITLAB) -> tuple[Campaign, list[str]]:
    said: list[str] = []
    campaign = Campaign.about(document, Path("/nowhere"), said.append, lies, [VARIATION])
    campaign.plan(truth, Target(NOWHERE, "a daemon", aws=aws))
    return campaign, said


def test_on_a_good_target_all_applies() -> None:
    campaign, _ = planned(ran("···"), lie("one", 7), lie("two", 7, 8))
    assert [work.id for work in campaign.works] == ["one", "two", "harmless"]
    assert campaign.left_out == {}
    assert campaign.trials[0].finding is Finding.GREEN


def test_a_lie_about_what_is_red_anyway_does_not_apply_which_is_said() -> None:
    campaign, said = planned(ran("x··"), lie("one", 7), lie("two", 7, 8))
    assert [work.id for work in campaign.works] == ["two", "harmless"]
    assert campaign.left_out == {"one": "TST-011-AC-07 not green behind the truth"}
    assert "TST-011  1 lies or variations do not apply: TST-011-AC-07 not green behind the truth" in said
    assert campaign.trials[0].finding is Finding.FALSE_ALARM


def test_what_is_red_anyway_neither_catches_nor_is_mistaken() -> None:
    campaign, _ = planned(ran("x··"), lie("two", 7, 8))
    two, harmless = campaign.works
    assert two.judge(ran("xxx")).finding is Finding.CAUGHT
    assert two.judge(ran("x·x")).finding is Finding.MISSED
    assert harmless.judge(ran("x··")).finding is Finding.GREEN
    assert harmless.judge(ran("·x·")).finding is Finding.FALSE_ALARM


def test_a_whole_job_that_is_red_anyway_need_not_see_what_its_steps_see() -> None:
    campaign, _ = planned(ran("··x"), lie("one", 7))
    assert campaign.works[0].judge(ran("x·x")).must == ac(7)


def test_what_is_skipped_behind_the_truth_does_not_apply() -> None:
    campaign, _ = planned(ran("·-·"), lie("one", 8), lie("two", 7))
    assert [work.id for work in campaign.works] == ["two", "harmless"]
    assert campaign.trials[0].finding is Finding.GREEN


def test_a_document_that_is_skipped_is_no_false_alarm_and_left_out_whole() -> None:
    names = ("TST-010-AC-03",)
    truth = ran("-", names, causes={names[0]: "the daemon is not on ECS"})
    campaign, said = planned(truth, replace(lie("one"), must=ecs(3)), document=ECS)
    assert (campaign.works, campaign.trials) == ([], [])
    assert set(campaign.left_out) == {"one", "harmless"}
    assert said == ["TST-010  2 lies or variations do not apply: TST-010 is skipped: the daemon is not on ECS"]


def test_lies_of_aws_need_an_aws_that_a_proxy_stands_in_front_of() -> None:
    names = ("TST-010-AC-01", "TST-010-AC-02")
    by_aws = Lie("by-aws", "AWS lies.", Layer.BODIES, ecs(2), (on("ecs:DescribeTasks", pretend(200)),))
    around = Lie("around", "No key.", Layer.BODIES, ecs(1), environment=without("AWS_ACCESS_KEY_ID"))
    between = replace(by_aws, id="between", rules=(on("ecs:StopTask", pretend(200), role="daemon"),))
    lies = (by_aws, around, between)
    simulated = Aws(NOWHERE, "key", {}, daemon_by=Path("/nowhere"))
    for aws, left in ((simulated, set()), (replace(simulated, daemon_by=None), {"around", "between"})):
        assert set(planned(ran("··", names), *lies, aws=aws, document=ECS)[0].left_out) == left
    assert set(planned(ran("··", names), *lies, document=ECS)[0].left_out) == {"by-aws", "around", "between"}


def test_a_variation_that_no_call_has_met_shows_nothing() -> None:
    campaign, _ = planned(ran("···"))
    assert campaign.works[0].judge(ran("···", met=0)).finding is Finding.BROKE


def test_a_few_that_were_not_good_are_run_a_second_time_and_that_counts() -> None:
    campaign, said = planned(ran("···"), lie("one", 7), lie("two", 7, 8))
    one, two, _ = campaign.works
    campaign.add(one.judge(ran("··x")))
    campaign.add(two.judge(ran("xxx")))
    assert campaign.to_run_again(0) == []
    assert campaign.to_run_again(1) == [one]
    campaign.put(replace(one.judge(ran("x·x")), is_second=True))
    assert campaign.to_run_again(1) == []
    assert [trial.finding for trial in campaign.trials] == [Finding.GREEN, Finding.CAUGHT, Finding.CAUGHT]
    assert "one was run a second time" in said[-1]
    assert "1 counted by a second run: one" in totals(campaign.trials, NAMES, 1.0)
