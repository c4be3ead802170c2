"""The daemon killed, frozen, started again, or its socket removed, in mid-run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from tests.chaos.case import Case, moments
from tests.chaos.daemons import StandIn
from tests.chaos.stage import Stage

KIND = "daemon killed, frozen, restarted, without socket"
_EACH = 6
_PAUSE = 3.0  # seconds


def cases(chance: random.Random) -> list[Case]:
    """Each fault at moments that are spread over a run."""
    made = []
    for name, fault in (
        ("killed", _killed),
        ("frozen", _frozen),
        ("paused", _paused),
        ("restarted", _restarted),
        ("socket-removed", _socket_removed),
    ):
        for number, moment in enumerate(moments(_EACH, chance.random)):
            profile = "ecs" if number % _EACH == _EACH - 2 and name not in ("paused", "restarted") else "gitlab"
            attack = partial(_in_mid_run, profile, moment, fault)
            made.append(Case(KIND, f"daemon-{name}-{number}", attack, (profile,)))
    return made


def _in_mid_run(profile: str, moment: float, fault: Callable[[Stage, StandIn], bool], stage: Stage) -> None:
    standin = stage.standin_for(profile)
    assert standin is not None
    run = stage.start(profile, daemon=standin)
    run.ends_within(moment * stage.plan.quiet[profile].seconds)
    since = time.monotonic()
    is_back = fault(stage, standin)
    if is_back:
        stage.end(run, profile)
    else:  # perhaps in the middle of a pull
        stage.end(run, profile, stage.plan.gone_within(profile, "pull_timeout"), since)
    standin.thaw()
    # It may have been over before the fault, or not begun; but a daemon that is gone is never one that violates.
    stage.reported(run, profile, (0, 1, 3) if is_back else (0, 2, 3))
    if not is_back:
        _comes_back(standin)
    if stage.has_ledger:
        stage.sweep(daemon=standin)
    stage.nothing_left()


def _comes_back(standin: StandIn) -> None:
    """For the sweep; where it was killed or lost its socket, as a new process."""
    if standin.is_running and standin.socket.exists():
        return
    standin.kill()
    standin.restart()


def _killed(_stage: Stage, standin: StandIn) -> bool:
    standin.kill()
    return False


def _frozen(_stage: Stage, standin: StandIn) -> bool:
    standin.freeze()
    return False


def _paused(stage: Stage, standin: StandIn) -> bool:
    standin.freeze()
    stage.runs[-1].ends_within(_PAUSE)
    standin.thaw()
    return True


def _restarted(_stage: Stage, standin: StandIn) -> bool:
    standin.kill()
    standin.restart()
    return True


def _socket_removed(_stage: Stage, standin: StandIn) -> bool:
    standin.socket.unlink(missing_ok=True)
    return False
