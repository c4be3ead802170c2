"""What the hooks do: open a feature's target, arm the clean-up, and collect what is to be said about both."""

from __future__ import annotations

from collections.abc import Callable

from support.ledger import Ledger
from support.recording import Recorder
from support.report.registry import Outcomes
from support.run import Run
from support.settings import Settings
from support.target import open_target
from support.verdicts import Verdict

Arm = Callable[[Callable[[], None]], None]


def open_run(settings: Settings, outcomes: Outcomes, arm: Arm) -> Run:
    """Open the target and the ledger; ``arm`` takes each clean-up as soon as there is something to clean up."""
    recorder = Recorder()
    outcomes.evidence_from(recorder)
    target = open_target(settings, recorder, settings.folder() / "daemons" / f"{outcomes.run_id}.log")
    arm(target.close)
    told = {**settings.shown(), "target": target.name, "address": target.api.endpoint.url}
    if target.is_standin:
        told["caution"] = "This is the stand-in, NOT Sockerless: its verdicts say nothing about Sockerless."
    for name, value in told.items():
        outcomes.property(name, value)
    ledger = Ledger(settings.folder() / "ledger", target.api.endpoint.url, outcomes.run_id)
    ledger.remember_volumes(target.api)
    run = Run(settings, recorder, target, ledger, outcomes.note)
    outcomes.may_be_left = lambda: _may_be_left(run)
    arm(lambda: _clean_up(run, outcomes))
    return run


def _may_be_left(run: Run) -> list[str]:
    """What a run leaves that is ended at once: its notes, and a daemon that it started."""
    daemon = run.target.daemon
    started = [f"{daemon.what}, process {daemon.process.pid}"] if daemon is not None else []
    return started + [f"{note.kind} {note.name} at {run.target.name}" for note in run.ledger.open_notes]


def _clean_up(run: Run, outcomes: Outcomes) -> None:
    for leftover in run.ledger.clean_up(run.api):
        outcomes.add_case(f"Clean-up: {leftover.split(':')[0]}", Verdict.NOT_JUDGED, f"left behind: {leftover}")
