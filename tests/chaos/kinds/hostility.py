"""A daemon of which one route answers with a trick: endless, huge, deep, compressed, malformed or dripping answers."""

from __future__ import annotations

import random
from functools import partial

from tests.chaos import hostile
from tests.chaos.case import Case
from tests.chaos.meddling import forwarding
from tests.chaos.stage import Stage

KIND = "hostile answers"


def cases(chance: random.Random) -> list[Case]:
    """Routes and tricks that go together, as many as are enough."""
    made = []
    for each in hostile.cases(chance.randrange(1_000_000)):
        profile = "logs" if each.route.name == "logs" else "gitlab"
        made.append(Case(KIND, f"hostile/{each.name}", partial(_behind, each, profile), (profile,)))
    return made


def _behind(case: hostile.Case, profile: str, stage: Stage) -> None:
    standin = stage.standin()
    socket = stage.folder / "p.sock"
    with hostile.serving(case, standin.socket, socket) as served:
        run = stage.start(profile, socket=str(socket))
        stage.end(run, profile)
    stage.findings.problems += served.wrong
    if not served.played:
        stage.findings.problems.append("the trick was never played: the run made no such call")
    stage.reported(run, profile, (0, 1, 3))
    if stage.has_ledger:
        # At the address that the ledger names, where nothing lies any more.
        socket.unlink()
        with forwarding(socket, standin.socket):
            stage.sweep("-D", f"socket={socket}")
    stage.nothing_left()
