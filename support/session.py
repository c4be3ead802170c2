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
    for name, value in {"target": target.name, "address": target.api.endpoint.url, **settings.shown()}.items():
        outcomes.property(name, value)
    ledger = Ledger(settings.folder() / "ledger", target.api.endpoint.url)
    ledger.remember_volumes(target.api)
    run = Run(settings, recorder, target, ledger, outcomes.note)
    outcomes.may_be_left = lambda: [f"{note.kind} {note.name} at {target.name}" for note in ledger.open_notes]
    arm(lambda: _clean_up(run, outcomes))
    return run


def _clean_up(run: Run, outcomes: Outcomes) -> None:
    for leftover in run.ledger.clean_up(run.api):
        outcomes.add_case(f"Clean-up: {leftover.split(':')[0]}", Verdict.NOT_JUDGED, f"left behind: {leftover}")
