"""SIGINT and SIGTERM at any moment from start-up to reports, some of them twice: a clean end and complete reports."""

from __future__ import annotations

import random
import signal
import time
from functools import partial

from tests.chaos.case import Case, moments
from tests.chaos.stage import Stage

COUNT = 30  # of each
_PROFILES = ("gitlab", "embedded", "gitlab", "ecs", "side by side")
_ONCE_MORE = 0.4  # seconds after the first
_EVERY = 5  # so many have one that gets a second signal


def cases(chance: random.Random) -> list[Case]:
    """Each at another moment of a run."""
    made = []
    for number, short in ((signal.SIGINT, "sigint"), (signal.SIGTERM, "sigterm")):
        for count, moment in enumerate(moments(COUNT, chance.random)):
            profile = _PROFILES[count % len(_PROFILES)]
            twice = count // len(_PROFILES) % _EVERY == count % _EVERY  # another profile each time
            attack = partial(_interrupt, profile, moment, number, twice=twice)
            kind = f"{number.name}, once or twice"
            made.append(Case(kind, f"{short}-{count:02d}{'-twice' if twice else ''}", attack, (profile,)))
    return made


def _interrupt(profile: str, moment: float, number: signal.Signals, stage: Stage, *, twice: bool) -> None:
    standin = stage.standin_for(profile)
    run = stage.start(profile, daemon=standin)
    run.ends_within(moment * stage.plan.quiet[profile].seconds)
    # Before Python runs any of our code, nothing of ours can hear a signal.
    is_heard = run.hears(signal.SIGTERM)
    since = time.monotonic()
    was_there = run.signal(number)
    if twice:
        run.ends_within(_ONCE_MORE)
        run.signal(number)
    stage.end(run, profile, stage.plan.clean_up_within(), since)
    if is_heard or not was_there:
        stage.reported(run, profile, (128 + number, 0) if moment > _LATE or not was_there else (128 + number,))
    elif run.code not in (128 + number, -number):
        stage.findings.problems.append(f"exit code {run.code} after {number.name} before it could be heard")
    if twice and number == signal.SIGINT:
        # The second Ctrl-C ends it at once, without clean-up.
        stage.processes_end()
        stage.sweep(daemon=standin)
    stage.nothing_left()


_LATE = 0.9  # of a quiet run: then all may have been judged
