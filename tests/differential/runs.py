"""Puts every call to both daemons, several calls at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.differential.accepted import ACCEPTED, Accepted
from tests.differential.calls.call import Call
from tests.differential.compare import Difference, differences, seen
from tests.differential.stage import Stage, StageError, provide_images

AT_A_TIME = 4


@dataclass(frozen=True)
class Outcome:
    """One call on both daemons. ``differing`` is what nobody accepted; ``accepted`` what somebody did."""

    call: Call
    engine: dict[str, Any]
    standin: dict[str, Any]
    differing: tuple[Difference, ...] = ()
    accepted: tuple[Accepted, ...] = ()


def look(call: Call, daemon: str, label: str) -> dict[str, Any]:
    """What a client sees of one daemon's answer to a call; status 0 and the reason where it could not be put."""
    stage = Stage(daemon, label)
    try:
        stage.bring(call.given)
        answer = stage.put(call)
        return seen(call, answer, stage.roles())
    except (StageError, TimeoutError) as error:
        return {"status": 0, "fault": f"not put: {error}", "body": None}
    finally:
        stage.clear()


def run(calls: Iterable[Call], engine: str, standin: str) -> Iterator[Outcome]:
    """The calls' outcomes, in order. Raises ``StageError`` where a daemon cannot get the images."""
    # One name for both daemons, so that texts with names in them compare.
    batch = secrets.token_hex(3)
    for daemon in filter(None, (engine, standin)):
        provide_images(daemon)

    def both(numbered: tuple[int, Call]) -> Outcome:
        number, call = numbered
        label = f"d{number}-{batch}"
        views = look(call, engine, label), look(call, standin, label) if standin else {}
        return judge(call, *views)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield from pool.map(both, enumerate(calls))


def judge(call: Call, engine: dict[str, Any], standin: dict[str, Any]) -> Outcome:
    """The differences between two views of one call, parted into accepted ones and others."""
    if not standin:
        return Outcome(call, engine, standin)
    differing: list[Difference] = []
    accepted: list[Accepted] = []
    for difference in differences(call, engine, standin):
        meant = [each for each in ACCEPTED if each.covers(call.name, difference)]
        accepted += meant
        if not meant:
            differing.append(difference)
    return Outcome(call, engine, standin, tuple(differing), tuple(dict.fromkeys(accepted)))
