"""On ECS a container's end is judged by AWS: a daemon that only reports it is found out (TST-011 AC-16)."""

import asyncio
import tempfile
from pathlib import Path

from falsify.lies import on
from falsify.proxy_session import Call, Forward
from falsify.response_rules import edited
from falsify.running import Conditions, Plan, Slot
from falsify.targets import open_target
from support.api.messages import Answer, made
from support.settings import ROOT
from support.verdicts import Verdict

AC_16 = "TST-011-AC-16"


async def unheard(call: Call, forward: Forward) -> Answer:
    """The kill is answered, and nothing happens."""
    call.memory["killed"] = True
    return made(204)


def reported_ended(call: Call, content: dict) -> None:
    if call.memory.get("killed"):
        content["State"] |= {"Status": "exited", "Running": False}


async def judged(conditions: Conditions, folder: Path):
    with tempfile.TemporaryDirectory() as sockets:  # their paths are short
        place = Path(sockets)
        slot = Slot(await open_target("standin", "ecs", folder / "daemon.log", place / "a"), place / "s")
        try:
            await slot.open()
            feature = str(ROOT / "features" / "gitlab_runner.feature")
            return await slot.run(Plan((feature, f"--tags=@{AC_16}"), 0.2), conditions, folder / "run")
        finally:
            await slot.close()


def test_a_killed_task_that_runs_on_is_no_end(tmp_path):
    lie = (
        on("container.kill", unheard, role="service"),
        on("container.inspect", edited(reported_ended), role="service"),
    )
    ran = asyncio.run(judged(Conditions(lie), tmp_path))
    assert ran.verdicts == {AC_16: Verdict.VIOLATED}, ran
    assert "still runs: task" in ran.causes[AC_16]
    assert ran.leftovers == ()
