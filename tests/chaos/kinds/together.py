"""Four runs at once on one daemon, with sweeps beside them: none disturbs another, and no sweep touches a run."""

from __future__ import annotations

import random
from functools import partial

from tests.chaos.case import Case
from tests.chaos.stage import Stage
from tests.chaos.watched import Watched

KIND = "four runs and a sweep at once"
_RUNS = 4
_SWEEPS = 4


def cases(_chance: random.Random) -> list[Case]:
    """With reports in one folder and in four, and with a sweep whose own folder knows nothing of them."""
    return [
        Case(KIND, f"together-{name}", partial(_together, profile, folders), (profile,))
        for name, profile, folders in (
            ("one-folder", "gitlab", "one"),
            ("four-folders", "gitlab", "four"),
            ("swept-from-elsewhere", "gitlab", "elsewhere"),
            ("on-ecs", "ecs", "four"),
        )
    ]


def _together(profile: str, folders: str, stage: Stage) -> None:
    stage.has_ample_deadlines()
    standin = stage.standin_for(profile)
    several = [stage.folder / f"reports-{number}" for number in range(_RUNS)]
    places = [stage.reports] * _RUNS if folders == "one" else several
    runs = [stage.start(profile, daemon=standin, reports=place) for place in places]
    last = runs[-1]
    beside: list[Watched] = []
    for number in range(_SWEEPS):
        last.ends_within(stage.plan.quiet[profile].seconds / _SWEEPS)
        swept_in = stage.reports if folders in ("one", "elsewhere") else places[number % _RUNS]
        beside.append(stage.sweep(daemon=standin, reports=swept_in, code=None))
    for run, place in zip(runs, places, strict=True):
        stage.end(run, profile)
        if folders == "one":
            stage.ended_with(run, 0)  # one of the four reports stays
        else:
            stage.reported(run, profile, (0,), place)
    for swept in beside:
        # 1: something is left that it does not remove, a run that is alive, say.
        stage.ended_with(swept, 0, 1)
    stage.nothing_left(*dict.fromkeys(places))
