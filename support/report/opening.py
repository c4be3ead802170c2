"""What the hooks do: open a feature's target, arm the clean-up, and collect what is to be said about both."""

from __future__ import annotations

from collections.abc import Callable

from support.api.recording import Recorder, write
from support.cleanup.ledger import Ledger
from support.report.console import say
from support.report.live import LiveReport
from support.report.timeline import of_tasks
from support.run import Run
from support.settings import FARGATE_GRACE, Settings
from support.target import open_target
from support.verdicts import NotJudged, Verdict

Arm = Callable[[Callable[[], None]], None]


def open_run(settings: Settings, outcomes: LiveReport, arm: Arm, *, is_ecs: bool) -> Run:
    """Open the target and the ledger; ``arm`` takes each clean-up as soon as there is something to clean up.

    ``is_ecs`` chooses the stand-in's backend where no setting does.
    """
    recorder = Recorder()
    outcomes.evidence.from_recorder(recorder)
    if settings.keep_exchanges:
        kept = settings.folder() / "evidence" / outcomes.evidence.run / f"exchanges{'-ecs' if is_ecs else ''}.jsonl"
        arm(lambda: write(kept, recorder.since(0)))
    backend = settings.backend or ("ecs" if is_ecs else "memory")
    target = open_target(
        settings, backend, recorder, settings.folder() / "daemons" / f"{outcomes.run_id}-{backend}.log"
    )
    arm(target.close)
    outcomes.daemon_log = target.daemon.log if target.daemon is not None else None
    shown = {**settings.shown(), "target": target.name, "address": target.api.endpoint.url}
    if target.is_standin:
        shown["caution"] = "This is the stand-in, NOT Sockerless: its verdicts say nothing about Sockerless."
    for name, value in shown.items():
        outcomes.property(name, value)
    ledgers = settings.folder() / "ledger"
    for dead in Ledger.dead_runs(ledgers):
        say(f"run {dead} was killed before it could clean up: ./acceptance sweep lists what it left")
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
    ledger.remember_volumes(target.api)
    return run


def open_aws_or_reason_to_skip(run: Run, *, needs_ecs: bool) -> str:
    """Open the AWS side of a target on ECS; why this target's scenarios are skipped, or ``""``.

    TST-010 AC-1: without credentials. Raises ``NotJudged`` where AWS cannot be inspected.
    """
    if not run.target.is_ecs(run.settings):
        reason = f"the target is no ECS backend (driver {run.target.driver or 'unknown'}); -D backend=ecs overrides"
        return reason if needs_ecs else ""
    from support.aws.opening import open_aws  # noqa: PLC0415 - boto3 is big, and only ECS targets need it

    run.aws, reason = open_aws(run.settings, run.target)
    run.ledger.gone_within += FARGATE_GRACE  # what is deleted while it runs ends first
    return reason


def _may_be_left(run: Run) -> list[str]:
    """What a run leaves that is ended at once: its notes, and a daemon that it started."""
    daemon = run.target.daemon
    started = [f"{daemon.what}, process {daemon.process.pid}"] if daemon is not None else []
    return started + [f"{note.kind} {note.name} at {run.target.name}" for note in run.ledger.open_notes]


def _clean_up(run: Run, outcomes: LiveReport) -> None:
    leftovers = run.ledger.clean_up(run.api, lambda: _clean_up_beyond(run, outcomes))
    for leftover in leftovers:
        outcomes.add_case(f"Clean-up: {leftover.split(':')[0]}", Verdict.NOT_JUDGED, f"left behind: {leftover}")


def _clean_up_beyond(run: Run, outcomes: LiveReport) -> list[str]:
    """AWS, and a daemon of ours: it is noted in the ledger, which is dropped once it has ended too."""
    leftovers = _clean_up_aws(run, outcomes)
    run.target.close()
    return leftovers


def _clean_up_aws(run: Run, outcomes: LiveReport) -> list[str]:
    if run.aws is None:
        return []
    try:
        for outlived in run.aws.until_ended(*run.ledger.tokens).found:
            run.note(f"its container was deleted, but it {outlived}")
        cleared = run.aws.clean_up(run.ledger.tokens)
        for line in cleared.notes():
            run.note(line)
        leftovers = cleared.left + cleared.refused
        cost = run.aws.cost(run.ledger.tokens)
        outcomes.property("fargate", cost)
        outcomes.timelines(of_tasks(run.aws.watch.of(*run.ledger.tokens), run.recorder.began))
        say(f"Fargate: {cost}")
        for number, line in enumerate(run.aws.account.not_observable(), 1):
            outcomes.property(f"not observable {number}", line.removeprefix("not observable here: "))
            say(line)
    except NotJudged as error:
        return [f"AWS: {error}"]
    finally:
        run.aws.close()
    return leftovers
