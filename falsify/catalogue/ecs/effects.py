"""Lies about side effects, with containers on Fargate: the answer is right, and AWS or the daemon holds otherwise."""

from __future__ import annotations

import secrets
from typing import Any

from falsify.aws_response_rules import Json, definitions, denied, interface, tasks, text
from falsify.aws_response_rules import answered as aws_answers
from falsify.aws_stateful_rules import streams_remembered, twin_definition
from falsify.lies import Layer, ecs, ecs_notes, in_layer, on, unseen
from falsify.proxy_session import Call, Forward
from falsify.response_rules import asked, edited, pretend, without_labels
from support.api.messages import Answer, made, refusal

lie = in_layer(Layer.EFFECTS)

_CREATE, _INSPECT, _START = "container.create", "container.inspect", "container.start"
_TASKS, _DEFINITION = "ecs:DescribeTasks", "ecs:DescribeTaskDefinition"


async def _never_created(call: Call, forward: Forward) -> Answer:
    return made(201, {"Id": secrets.token_hex(32), "Warnings": []})


def _other_command(call: Call, content: Any) -> None:
    content["Cmd"] = ["echo", "hello"]


def _unfiltered(call: Call, forward: Forward) -> Any:
    """Filters by label have no effect."""
    path, _, query = call.request.target.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("filters="))
    is_ours = "test-run" in query
    return forward(call.but(target=f"{path}?{kept}") if is_ours else call)


def _still_active(call: Call, definition: Json) -> None:
    definition["status"] = "ACTIVE"


def _never_stopped(call: Call, task: Json) -> None:
    task["lastStatus"] = "RUNNING"
    task.pop("stoppedAt", None)


def _elsewhere(call: Call, task: Json) -> None:
    task["clusterArn"] = task["clusterArn"].rpartition("/")[0] + "/somewhere"


def _other_groups(call: Call, content: str) -> str:
    return content.replace("<groupId>sg-", "<groupId>sg-0")


async def _stops_in_words(call: Call, forward: Forward) -> Answer:
    call.memory["stopped"] = True
    return made(204)


def _in_words(call: Call, content: Any) -> None:
    if call.memory.get("stopped"):
        content["State"] |= {"Status": "exited", "Running": False, "ExitCode": 0}


def _no_subnet(call: Call, task: Json) -> None:
    interface("subnetId", "subnet-0000000000")(call, task)


async def _removed_in_words(call: Call, forward: Forward) -> Answer:
    call.memory["removed"] = True
    return made(204)


async def _unknown_if_removed(call: Call, forward: Forward) -> Answer:
    return refusal(404, "No such container") if call.memory.get("removed") else await forward(call)


def _beside(call: Call, content: Any) -> None:
    """Without the container's environment, as beside it."""
    content["Cmd"] = ["env", "-i", *content["Cmd"]]


def _with_other_mark(call: Call, content: Any) -> None:
    content["Env"] = ["ACCEPTANCE_MARK=of-another"]


_LEFT_RUNNING = (
    on("container.stop", pretend(204), role="writer"),
    on("container.remove", _removed_in_words, role="writer"),
    on(_INSPECT, _unknown_if_removed, role="writer"),
)


def _on_instances(call: Call, content: Any) -> None:
    for task in content["tasks"]:
        task["launchType"] = "EC2"


LIES = (
    lie(
        "echo-never-created",
        "A container is not created.",
        ecs(3),
        on(_CREATE, _never_created, role="echo", job="main"),
        unobservable=unseen("There is no echo container.", ecs(4, 6, 8, 9, 11) | ecs_notes(3)),
    ),
    lie(
        "echo-unlabelled",
        "A container's labels are dropped.",
        ecs(3),
        on(_CREATE, asked(without_labels), role="echo", job="main"),
    ),
    lie(
        "echo-other-command",
        "A container has another command.",
        ecs(3),
        on(_CREATE, asked(_other_command), role="echo", job="main"),
        unobservable=unseen("The echo container writes another line.", ecs(11)),
    ),
    lie(
        "tail-never-runs",
        "A start runs no task.",
        ecs(4),
        on(_START, pretend(204), role="tail"),
        unobservable=unseen("The tail container never runs.", ecs(2, 5, 10, 14, 15, 16, 17) | ecs_notes(2, 5, 6, 7)),
    ),
    lie(
        "writer-stop-unheard",
        "A stop stops nothing.",
        ecs(7),
        on("container.stop", pretend(204), role="writer"),
    ),
    lie(
        "writer-stops-in-words",
        "A stopped container has exited, and its task runs on.",
        ecs(7) | ecs_notes(2),
        on("container.stop", _stops_in_words, role="writer"),
        on(_INSPECT, edited(_in_words), role="writer"),
    ),
    lie(
        "task-never-stops",
        "A container's task is never STOPPED, as AWS says.",
        ecs(7, 18) | ecs_notes(2),
        on(_TASKS, tasks("writer", _never_stopped), role="suite"),
        is_known=True,
    ),
    lie(
        "task-in-other-subnet",
        "The task runs in a subnet that nobody named.",
        ecs(2),
        on(_TASKS, tasks("tail", _no_subnet), role="suite"),
    ),
    lie(
        "task-in-other-cluster",
        "The task runs in a cluster that nobody named.",
        ecs(2),
        on(_TASKS, tasks("tail", _elsewhere), role="suite"),
    ),
    lie(
        "task-on-instances",
        "The task does not run on Fargate.",
        ecs(4),
        on("ecs:DescribeTasks", edited(_on_instances), role="suite"),
    ),
    lie(
        "task-in-other-group",
        "The task has a security group that nobody named.",
        ecs(2),
        on("ec2:DescribeNetworkInterfaces", text(_other_groups), role="suite"),
    ),
    lie(
        "task-at-other-address",
        "The task's address is another than the container's.",
        ecs(5),
        on(_TASKS, tasks("tail", interface("privateIPv4Address", "10.0.1.77")), role="suite"),
    ),
    lie(
        "echo-remove-unheard",
        "A delete removes nothing.",
        ecs(8, 18),
        on("container.remove", pretend(204), role="echo", job="main"),
    ),
    lie(
        "definition-stays-active",
        "A deleted container's task definition stays ACTIVE.",
        ecs(8, 18),
        on(_DEFINITION, definitions("echo", _still_active), role="suite"),
    ),
    lie(
        "tail-remove-unheard",
        "A stopped container stays when it is deleted.",
        ecs(18),
        on("container.remove", pretend(204), role="tail"),
    ),
    lie(
        "writer-removed-in-words",
        "A deleted container is unknown to the daemon, and its task runs on.",
        ecs(7, 18),
        *_LEFT_RUNNING,
        is_known=True,
    ),
    lie(
        "tasks-unstoppable",
        "A deleted container's task runs on, and AWS refuses to stop it.",
        ecs(7, 18),
        *_LEFT_RUNNING,
        on("ecs:StopTask", denied(), role="suite"),
    ),
    lie(
        "second-definition-stays-active",
        "A deleted container had a second task definition, which stays ACTIVE.",
        ecs(8),
        *twin_definition("echo"),
    ),
    lie(
        "exec-beside-container",
        "An exec runs beside its container, without its environment.",
        ecs_notes(5),
        on("container.exec", asked(_beside), role="tail"),
        is_known=True,
    ),
    lie(
        "exec-in-another-container",
        "An exec runs in another container, which has its own environment.",
        ecs_notes(5),
        on("container.exec", asked(_with_other_mark), role="tail"),
    ),
    lie(
        "log-streams-stay",
        "Neither log streams nor their groups are ever deleted.",
        ecs(18),
        on("logs:DescribeLogStreams", streams_remembered(), role="suite"),
        on(("logs:DeleteLogStream", "logs:DeleteLogGroup"), aws_answers({}), role="suite"),
        is_known=True,
    ),
    lie("filter-ignored", "A filter by label has no effect.", ecs(10), on("container.list", _unfiltered)),
    lie(
        "log-group-stays",
        "A deletion of log groups has no effect.",
        ecs(18),
        on("logs:DeleteLogGroup", aws_answers({}), role="suite"),
        is_known=True,
    ),
    lie(
        "exec-on-exited",
        "An exec is created in a container that has exited.",
        ecs_notes(3),
        on("container.exec", _never_created, role="echo"),
        is_known=True,
    ),
)
