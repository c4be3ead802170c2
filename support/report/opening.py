"""What the hooks do: open a feature's target, arm the clean-up, and collect what is to be said about both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from support import progress
from support.api.recording import Recorder
from support.attempt import attempt, problem_of
from support.cleanup.dead_runs import killed_runs
from support.cleanup.disappeared import Disappearance, Disappearances, Own, of_stopped_task
from support.cleanup.inventory import RUN_LABEL
from support.cleanup.ledger import Ledger
from support.cleanup.watch import EventWatch
from support.program import PROGRAM
from support.report.live import LiveReport
from support.report.timeline import of_tasks
from support.run import Run
from support.settings import FARGATE_GRACE, Settings
from support.signals import uninterrupted
from support.target import open_target
from support.terminal import say
from support.verdicts import NotJudged, Verdict

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.backend import AwsBackend

Arm = Callable[[Callable[[], object]], None]


def open_run(settings: Settings, outcomes: LiveReport, arm: Arm, *, is_ecs: bool) -> Run:
    """Open the target and the ledger; ``arm`` takes each clean-up as soon as there is something to clean up.

    ``is_ecs`` chooses the stand-in's backend where no setting does.
    """
    recorder = Recorder(settings)
    outcomes.evidence.from_recorder(recorder)
    if settings.keep_exchanges:
        arm(lambda: outcomes.evidence.keep_all(f"exchanges{'-ecs' if is_ecs else ''}.jsonl", recorder))
    with uninterrupted():
        run = _opened(settings, outcomes, arm, is_ecs=is_ecs, recorder=recorder)
    run.ledger.remember_volumes(run.target.api)
    return run


def _opened(settings: Settings, outcomes: LiveReport, arm: Arm, *, is_ecs: bool, recorder: Recorder) -> Run:
    backend = settings.backend or ("ecs" if is_ecs else "memory")
    target = open_target(
        settings, backend, recorder, settings.folder() / "daemons" / f"{outcomes.run_id}-{backend}.log"
    )
    arm(target.close)
    outcomes.daemon_log = target.daemon.log if target.daemon is not None else None
    shown = {**settings.shown(), "target": target.name, "address": target.api.endpoint.url}
    if target.caution:
        shown["caution"] = target.caution
    for name, value in shown.items():
        outcomes.property(name, value)
    ledgers = settings.folder() / "ledger"
    dead_runs, malformed = killed_runs(ledgers)
    for dead in dead_runs:
        say(f"run {dead} was killed before it could clean up: {PROGRAM} sweep lists what it left")
    for line in malformed:
        say(line)
    ledger = Ledger.open(
        ledgers,
        target.api.endpoint.url,
        f"{outcomes.run_id}{'e' if is_ecs else ''}",
        settings.deadline_scale,
    )
    if target.daemon is not None:
        ledger.expect_daemon(target.daemon.process.pid, target.daemon.what, target.daemon.folder)
    run = Run(settings, recorder, target, ledger, outcomes.note)
    outcomes.may_be_left = lambda: _may_be_left(run)
    arm(lambda: _clean_up(run, outcomes))
    _watch_events(run, outcomes, arm)
    return run


def _watch_events(run: Run, outcomes: LiveReport, arm: Arm) -> None:
    """From now on, until clean-up begins; what ends from outside is named in the verdicts that it concerns."""
    watch = EventWatch(run.api, run.ledger.run_id).open()

    def close() -> None:
        watch.close()
        if watch.problem:
            run.note(f"/events is read no further, so what is destroyed from outside may go unnamed: {watch.problem}")

    arm(close)
    found = Disappearances(run.recorder, watch, lambda containers: _stopped_in_aws(run, containers))
    outcomes.explain = found.explain


def _stopped_in_aws(run: Run, containers: Sequence[Own]) -> list[Disappearance]:
    """Containers whose task was stopped through AWS, as far as AWS says so by now."""
    if run.aws is None:
        return []
    stopped = ((own, run.aws.stopped_by_call(own.id)) for own in containers if not own.has_been_ended)
    return [of_stopped_task(own, seen[0], seen[1] - run.recorder.began) for own, seen in stopped if seen]


def open_aws_or_reason_to_skip(run: Run, *, needs_ecs: bool) -> str:
    """Open the AWS side of a target on ECS; why this target's scenarios are skipped, or ``""``.

    TST-010 AC-1: without credentials. Raises ``NotJudged`` where AWS cannot be inspected.
    """
    if not run.target.is_ecs(run.settings):
        reason = f"the target is no ECS backend (driver {run.target.driver or 'unknown'}); -D backend=ecs overrides"
        return reason if needs_ecs else ""
    from support.aws.opening import open_aws  # noqa: PLC0415 - boto3 is big, and only ECS targets need it

    run.aws, reason = open_aws(run.settings, run.target, RUN_LABEL)
    run.ledger.gone_within += FARGATE_GRACE  # what is deleted while it runs ends first
    return reason


def _may_be_left(run: Run) -> list[str]:
    """What a run leaves that is ended at once: its notes, and a daemon that it started."""
    daemon = run.target.daemon
    started = [f"{daemon.what}, process {daemon.process.pid}"] if daemon is not None else []
    return started + [f"{note.kind} {note.name} at {run.target.name}" for note in run.ledger.open_notes]


def _clean_up(run: Run, outcomes: LiveReport) -> None:
    with progress.step("the clean-up"):
        leftovers = run.ledger.clean_up(run.api, lambda: _clean_up_beyond(run, outcomes))
    for leftover in leftovers:
        outcomes.add_case(f"Clean-up: {leftover.split(':')[0]}", Verdict.NOT_JUDGED, f"left behind: {leftover}")


def _clean_up_beyond(run: Run, outcomes: LiveReport) -> list[str]:
    """AWS, and a daemon of ours: it is noted in the ledger, which is dropped once it has ended too."""
    leftovers, problem = attempt(list[str](), _clean_up_aws, run, outcomes)
    return [*leftovers, *([f"AWS: {problem}"] if problem else []), *filter(None, (run.target.close(),))]


def _clean_up_aws(run: Run, outcomes: LiveReport) -> list[str]:
    if run.aws is None:
        return []
    aws = run.aws
    leftovers: list[str] = []

    def remove() -> None:
        cleared = aws.clean_up(run.ledger.tokens)
        for line in cleared.notes():
            run.note(line)
        leftovers.extend(cleared.left + cleared.refused + cleared.failed)

    steps: tuple[Callable[[], object], ...] = (
        lambda: _note_outlived(run, aws),
        remove,
        lambda: _report_aws(run, aws, outcomes),
        aws.close,
    )
    leftovers += [f"AWS: {problem}" for step in steps if (problem := problem_of(step))]
    return leftovers


def _note_outlived(run: Run, aws: AwsBackend) -> None:
    try:
        for outlived in aws.until_ended(*run.ledger.tokens).found:
            run.note(f"its container was deleted, but it {outlived}")
    except NotJudged as error:  # what can be removed all the same is
        run.note(f"whether the run's tasks have ended could not be seen: {error}")


def _report_aws(run: Run, aws: AwsBackend, outcomes: LiveReport) -> None:
    cost = aws.cost(run.ledger.tokens)
    outcomes.property("fargate", cost)
    outcomes.timelines(of_tasks(aws.watch.of(*run.ledger.tokens), run.recorder.began))
    say(f"Fargate: {cost}")
    for number, line in enumerate(aws.account.not_observable(), 1):
        outcomes.property(f"not observable {number}", line.removeprefix("not observable here: "))
        say(line)
