"""SIGKILL at any moment from start-up to reports, then one sweep: nothing is left."""

from __future__ import annotations

import random
import signal
from functools import partial

from tests.chaos.case import Case, moments
from tests.chaos.stage import Stage

KIND = "SIGKILL, then one sweep"
COUNT = 30
# One after the other, so that each comes early and late.
_PROFILES = ("gitlab", "embedded", "gitlab", "ecs", "side by side")


def cases(chance: random.Random) -> list[Case]:
    """Each at another moment of a run."""
    return [
        Case(KIND, f"sigkill-{number:02d}", partial(_kill, profile, moment, all_of_it=number % 3 == 0), (profile,))
        for number, moment in enumerate(moments(COUNT, chance.random))
        for profile in [_PROFILES[number % len(_PROFILES)]]
    ]


def _kill(profile: str, moment: float, stage: Stage, *, all_of_it: bool) -> None:
    """``all_of_it``: whatever the run started in its session goes with it, as where a CI's container is removed."""
    standin = stage.standin_for(profile)
    run = stage.start(profile, daemon=standin)
    run.ends_within(moment * stage.plan.quiet[profile].seconds)
    run.kill_all() if all_of_it else run.signal(signal.SIGKILL)
    stage.end(run, profile)
    stage.processes_end()
    stage.sweep(daemon=standin)
    stage.nothing_left()
