"""behave's hooks: read the settings, open each feature's target, arm the clean-up, judge only what can be judged."""

from __future__ import annotations

from support.coordinator.running import COSTLY, NO_RUNNER, RunnerJobs, runner_binary
from support.drift.script import ONLY_FARGATE, Drift
from support.gitlab.contract.script import Contract
from support.gitlab.jobs import Jobs
from support.gitlab.outcomes.script import Outcomes
from support.recordings.jobs import RecordedJobs
from support.report.judging import subject
from support.report.opening import open_aws_or_reason_to_skip, open_run
from support.settings import load
from support.terminal import say

# Of each feature's tag: what its steps know its jobs as, and what opens them.
_JOBS = {
    "contract": ("contract", Contract),
    "jobs": ("outcome_jobs", Outcomes),
    "drift": ("drift", Drift),
    "recorded": ("recorded_jobs", RecordedJobs),
}


def before_all(context):
    context.settings = load(context.config.userdata)


def before_feature(context, feature):
    wanted = {subject(each).criterion for each in feature.walk_scenarios() if each.should_run(context.config)}
    is_ecs = "ecs" in feature.tags
    if not wanted:
        return
    if is_ecs and context.settings.short:
        feature.skip("short cycles leave ECS out")
        return
    if "real-runner" in feature.tags and not runner_binary(context.settings):
        feature.skip(NO_RUNNER)
        return
    context.run = open_run(context.settings, context.outcomes, context.add_cleanup, is_ecs=is_ecs)
    for line in context.run.target.banner():
        say(line)
    reason = open_aws_or_reason_to_skip(context.run, needs_ecs=is_ecs)
    if "real-runner" in feature.tags and context.run.aws is not None and not context.settings.runner:
        reason = COSTLY
    if reason:
        feature.skip(reason)
    elif is_ecs:
        _open_ecs(context, wanted)
    elif named := next((each for tag, each in _JOBS.items() if tag in feature.tags), None):
        name, jobs = named
        setattr(context, name, _begin(context, jobs(context.run), wanted))
    elif "real-runner" in feature.tags:
        context.runner_jobs = _begin(context, RunnerJobs(context.run, runner_binary(context.settings)), wanted)
    else:
        _open_gitlab(context, wanted)


def _begin(context, jobs, wanted):
    context.jobs = jobs
    context.add_cleanup(jobs.close)
    jobs.begin(wanted)
    return jobs


def _open_gitlab(context, wanted):
    jobs = Jobs(context.run)
    context.job, context.second_job = jobs.job, jobs.second_job
    _begin(context, jobs, wanted)


def _open_ecs(context, wanted):
    # boto3 is big, and only ECS targets need it.
    from support.ecs.suite_runs import SuiteRuns, as_process  # noqa: PLC0415
    from support.ecs.work import Work  # noqa: PLC0415

    launcher = getattr(context.config, "launcher", None) or as_process  # behave's own configuration has none
    context.suite_runs = SuiteRuns(context.run, context.run.aws.account, launcher)
    context.add_cleanup(context.suite_runs.close)
    context.suite_runs.open()
    context.ecs_work = Work(context.run, context.run.aws)
    context.ecs = context.ecs_work.containers
    _begin(context, context.ecs_work, wanted)


def before_scenario(context, scenario):
    if "needs-isolation" in scenario.tags and context.run.target.lacks_isolation:
        scenario.skip(f"the stand-in lacks isolation here: {context.run.target.lacks_isolation}")
    elif "not-on-ecs" in scenario.tags and context.run.aws is not None:
        scenario.skip("on ECS a kill may stop the task, which ends in SIGKILL after its grace")
    elif "costly-on-ecs" in scenario.tags and context.run.aws is not None:
        scenario.skip("on ECS only the recorded job with the fewest tasks is replayed, RUN-09; this one has 6 or more")
    elif "only-ecs" in scenario.tags and context.run.aws is None:
        scenario.skip(ONLY_FARGATE)
    elif "restarts" in scenario.tags and context.drift.why_no_restart():
        scenario.skip(context.drift.why_no_restart())
    elif "own-recordings" in scenario.tags and not context.settings.recordings:
        scenario.skip("no folder of recordings is named: -D recordings=DIR replays those in it")
    elif "jobs" in context:
        context.jobs.wait_for(subject(scenario).criterion)
