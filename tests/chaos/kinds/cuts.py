"""Connections cut in every phase of attach, wait, exec and logs, once or whenever they are made."""

from __future__ import annotations

import random
import re
from functools import partial

from tests.chaos.case import Case
from tests.chaos.meddling import Cut, Meddler, Meddling, Where
from tests.chaos.stage import Stage

KIND = "connections cut"
ROUTES = {
    "attach": re.compile(r"POST \S*/containers/[^/]+/attach\b"),
    "wait": re.compile(r"POST \S*/containers/[^/]+/wait\b"),
    "exec": re.compile(r"POST \S*/exec/[^/]+/start\b"),
    "logs": re.compile(r"GET \S*/containers/[^/]+/logs\b"),
}


def cases(_chance: random.Random) -> list[Case]:
    """Every phase of every route, the first time only and always; on ECS those that it has."""
    return [
        Case(KIND, f"cut-{name}-{where}-{how}", partial(_cut, profile, route, where, is_once=how == "once"), (profile,))
        for name, route in ROUTES.items()
        for where in Where
        for how in ("once", "always")
        for profile in ["streams" if name != "logs" else "logs" if how == "once" else "ecs logs"]
    ]


def _cut(profile: str, route: re.Pattern[str], where: Where, stage: Stage, *, is_once: bool) -> None:
    standin = stage.standin_for(profile)
    assert standin is not None
    seen: list[str] = []

    def rule(_request: bytes, method: str, target: str) -> Meddling:
        if not route.match(f"{method} {target}") or (is_once and seen):
            return None
        seen.append(target)
        return Cut(where)

    meddler = Meddler(standin.socket, rule)
    meddler.listen(socket := stage.folder / "p.sock")
    try:
        run = stage.start(profile, daemon=standin, socket=str(socket))
        stage.end(run, profile)
    finally:
        meddler.close()
    if not seen:
        stage.findings.problems.append("nothing was cut: the run made no such call")
    # A daemon that hangs up violates what it does so in; where it does so once, the runner's own retry may help.
    stage.reported(run, profile, (0, 1, 3) if is_once else (1, 3))
    stage.nothing_left()
