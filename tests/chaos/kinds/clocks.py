"""The time of day jumps, by libfaketime: back, ahead, over and over. Deadlines are not of the time of day."""

from __future__ import annotations

import random
from functools import cache, partial
from pathlib import Path

from support.settings import ROOT
from tests.chaos.case import Case, moments
from tests.chaos.stage import Stage

KIND = "clock jumps"
JUMPS = {"ahead-an-hour": 3600, "back-an-hour": -3600, "ahead-a-year": 31_536_000, "back-a-year": -31_536_000}
# libfaketime 0.9.10 breaks every sleep until a moment of the monotonic clock where it leaves that clock alone, and
# Python's ``time.sleep`` is one; a wait for nothing is none.
_SLEEP = """
import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")


def cases(chance: random.Random) -> list[Case]:
    """Each jump in mid-run, and one clock that goes back and forth."""
    lacking = "" if _library() else "libfaketime is not installed (Debian: apt-get install libfaketime)"
    made = []
    for profile in ("gitlab", "ecs"):
        for (name, jump), moment in zip(JUMPS.items(), moments(len(JUMPS), chance.random), strict=True):
            attack = partial(_jumps, profile, moment, [jump])
            made.append(Case(KIND, f"clock-{name}-{profile}", attack, (profile,), lacking))
    often = [chance.choice([-7200, 7200, -60, 60, 0]) for _ in range(20)]
    made.append(Case(KIND, "clock-back-and-forth", partial(_jumps, "gitlab", 0.05, often), ("gitlab",), lacking))
    return made


@cache
def _library() -> str:
    found = [str(path) for pattern in _PLACES for path in Path("/").glob(pattern.removeprefix("/"))]
    return found[0] if found else ""


def _jumps(profile: str, moment: float, jumps: list[int], stage: Stage) -> None:
    stage.has_ample_deadlines()
    standin = stage.standin_for(profile)
    clock = stage.folder / "clock"
    clock.write_text("+0")
    (steady := stage.folder / "steady").mkdir()
    (steady / "sitecustomize.py").write_text(_SLEEP)
    environment = {
        "LD_PRELOAD": _library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{steady}:{ROOT}",
    }
    run = stage.start(profile, daemon=standin, environment=environment)
    quiet = stage.plan.quiet[profile].seconds
    run.ends_within(moment * quiet)
    for jump in jumps:
        _set(clock, jump)
        run.ends_within(quiet / (2 * len(jumps)))
    # With libfaketime a thread that waits for Python's lock spins.
    stage.end(run, profile, has_quiet_cpu=False)
    # AWS refuses calls whose time is wrong, which is not the daemon's fault.
    stage.reported(run, profile, (0,) if profile == "gitlab" else (0, 3))
    if stage.has_ledger:
        stage.sweep(daemon=standin)
    stage.nothing_left()


def _set(clock: Path, seconds: int) -> None:
    """In one step: nobody may read half of it."""
    new = clock.with_name("clock.new")
    new.write_text(f"{seconds:+d}")
    new.rename(clock)
