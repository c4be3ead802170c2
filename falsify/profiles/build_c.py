"""Build C, on ECS with its own simulator of AWS: what differs from the stand-in, as recorded."""

from __future__ import annotations

import asyncio
from typing import Any

from falsify.aws_response_rules import answered, unknown_operation
from falsify.lies import on
from falsify.profiles.shapes import Json, containers, in_plain_text, no_mounts, pulls, with_config
from falsify.proxy_session import Call, Forward
from falsify.response_rules import edited
from falsify.streaming import Bytes, Frames, daemon_bytes, daemon_frames
from support.api.frames import STDOUT, Frame
from support.api.messages import Answer, refusal

REFUSED = "task failed to start: task stopped: Essential container in task exited"
_RUN_AND_REFUSED = ("echo", "unpullable", "mistaken")  # AWS has a task of theirs, which has stopped
_REFUSED = ("build", "helper", "missing")
_REFUSED_AFTER = 0.55  # seconds
_A_DAY = 86_400_000  # milliseconds


def _pulled(name: str, tag: str) -> list[Json]:
    return [
        {"status": f"Pulling from {name}:{tag}"},
        {"status": "Digest: sha256:958f4196fcbf"},
        {"status": f"Status: Downloaded newer image for {name}:{tag}"},
    ]


async def _keeps_its_command(call: Call, forward: Forward) -> Answer:
    """What the logs begin with."""
    content = call.request.json()
    call.memory["command"] = " ".join(content.get("Cmd") or ["container started"])
    return await forward(call)


async def _refuses_what_ran(call: Call, forward: Forward) -> Answer:
    """The task runs and stops; the start is refused nevertheless."""
    await (await forward(call)).read()
    return _refused(call)


async def _refuses(call: Call, forward: Forward) -> Answer:
    await asyncio.sleep(_REFUSED_AFTER)
    return _refused(call)


def _refused(call: Call) -> Answer:
    call.memory.setdefault("refused", asyncio.Event()).set()
    return refusal(500, REFUSED)


def _is_refused(call: Call, name: str) -> bool:
    event = call.session.memory[f"container {name}"].get("refused")
    return event is not None and event.is_set()


def _runs_for_ever(call: Call, content: Json) -> None:
    if _is_refused(call, call.target.name):
        content["State"] |= {"Status": "running", "Running": True, "Pid": 1, "ExitCode": 0}


async def _listed_as_running(call: Call, forward: Forward) -> Answer:
    """Also where only running containers are asked for, which of the daemon's own it is not."""
    target = call.request.target
    is_all = any(f"all={yes}" in target for yes in ("true", "1"))
    asked = call if is_all else call.but(target=f"{target}{'&' if '?' in target else '?'}all=true")
    answer, content = await (await forward(asked)).read_json()
    if answer.status != 200:
        return answer
    for entry in content:
        container = call.session.known("container", entry["Id"])
        if container is not None and _is_refused(call, container.name):
            entry |= {"State": "running", "Status": "Up Less than a second"}
    return answer.but_json([entry for entry in content if is_all or entry["State"] == "running"])


async def _kept_while_running(call: Call, forward: Forward) -> Answer:
    is_forced = any(f"force={yes}" in call.request.target for yes in ("true", "1"))
    if is_forced or not _is_refused(call, call.target.name):
        return await forward(call)
    refused = f"You cannot remove a running container {call.target.id[:12]}. "
    return refusal(409, f"{refused}Stop the container before attempting removal or force remove")


async def _closed_by_the_refusal(call: Call, source: Bytes) -> Bytes:
    await call.memory.setdefault("refused", asyncio.Event()).wait()
    return
    yield b""  # an async generator, of nothing


async def _remembers_exec(call: Call, forward: Forward) -> Answer:
    answer, content = await (await forward(call)).read_json()
    if answer.status == 201:
        call.session.memory["exec commands"][content["Id"]] = " ".join(call.request.json()["Cmd"])
    return answer


async def _echoes_its_command(call: Call, frames: Frames) -> Any:
    identity = call.request.path.split("/")[-2]
    yield Frame(STDOUT, f"{call.session.memory['exec commands'][identity]}\n".encode())


def _over_with_0(call: Call, content: Json) -> None:
    content |= {"Running": False, "ExitCode": 0, "Pid": 0}


def _begins_with_the_command(call: Call, content: Json) -> None:
    """CloudWatch itself has the command line as a stream's first event."""
    asked = call.request.json()
    container = call.session.known("container", asked["logStreamName"].partition("/")[0])
    is_first = int(asked.get("nextToken", "f/0").partition("/")[2]) == 0
    if is_first and container is not None and content["events"]:
        first = content["events"][0]
        command = call.session.memory[f"container {container.name}"].get("command", "")
        content["events"].insert(0, {**first, "message": command})


def _names_no_interface(call: Call, content: Json) -> None:
    for task in content["tasks"]:
        for attachment in task["attachments"]:
            details = attachment["details"]
            attachment["details"] = [each for each in details if each["name"] != "networkInterfaceId"]
        for container in task["containers"]:
            container.pop("networkInterfaces", None)


def _older(call: Call, content: Json) -> None:
    """The shared log group was there before the run."""
    for group in content["logGroups"]:
        group["creationTime"] -= _A_DAY


def _shared(call: Call, content: Json) -> None:
    """A stream of somebody else's is in the group, which therefore nobody may delete."""
    stream = "ffffffffffff/main/ffffffffffffffffffffffffffffffff"
    if stream.startswith(call.request.json().get("logStreamNamePrefix", "")):
        content["logStreams"].append({"logStreamName": stream, "creationTime": 0})


_DAEMON = (
    *containers("ecs-fargate", no_mounts, has_aliases=False),
    *pulls(_pulled),
    *in_plain_text(),
    on("image.inspect", with_config(Env=None, Cmd=None, Entrypoint=None, Labels=None)),
    on("container.create", _keeps_its_command),
    on("container.start", _refuses_what_ran, role=_RUN_AND_REFUSED),
    on("container.start", _refuses, role=_REFUSED),
    on("container.inspect", edited(_runs_for_ever)),
    on("container.list", _listed_as_running),
    on("container.remove", _kept_while_running),
    on("container.attach", daemon_bytes(_closed_by_the_refusal), role=("build", "helper")),
    on("container.exec", _remembers_exec),
    on("exec.start", daemon_frames(_echoes_its_command)),
    on("exec.inspect", edited(_over_with_0)),
)
_AWS = (
    on(("ecs:ListTaskDefinitions", "logs:DeleteLogStream"), unknown_operation(), role="suite"),
    on("logs:DeleteLogStream", answered({}), role="daemon"),
    on("logs:GetLogEvents", edited(_begins_with_the_command)),
    on("logs:DescribeLogGroups", edited(_older), role="suite"),
    on("logs:DescribeLogStreams", edited(_shared), role="suite"),
    on("ecs:DescribeTasks", edited(_names_no_interface), role="suite"),
)
RULES = (*_DAEMON, *_AWS)
