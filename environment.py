"""behave's hooks: read the settings, open each feature's target, arm the clean-up, judge only what can be judged."""

from __future__ import annotations

from support.criteria import cause_not_to_judge
from support.report.console import say
from support.report.judging import subject
from support.runner.cast import Cast
from support.session import open_run
from support.settings import load
from support.verdicts import NotJudged


def before_all(context):
    context.settings = load(context.config.userdata)


def before_feature(context, feature):
    wanted = [scenario for scenario in feature.walk_scenarios() if scenario.should_run(context.config)]
    if not wanted:
        return
    context.run = open_run(context.settings, context.outcomes, context.add_cleanup)
    for line in context.run.target.banner():
        say(line)
    context.cast = Cast(context.run, {subject(scenario).criterion for scenario in wanted})
    context.add_cleanup(context.cast.close)
    context.cast.start_ahead()


def before_scenario(context, scenario):
    cause = cause_not_to_judge(subject(scenario).criterion, context.outcomes.verdict_of)
    if cause:
        raise NotJudged(cause)
    if "needs-isolation" in scenario.tags and context.run.target.lacks_isolation:
        scenario.skip(f"the stand-in lacks isolation here: {context.run.target.lacks_isolation}")
