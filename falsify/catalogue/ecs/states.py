"""Lies about states and time, with containers on Fargate."""

from __future__ import annotations

from typing import Any

from falsify.aws_response_rules import Json, denied, moved, tasks
from falsify.lies import Layer, ecs, ecs_notes, in_layer, on, unseen
from falsify.proxy_session import Call
from falsify.response_rules import edited, in_state, late, never, never_exited, pretend, put
from falsify.stateful_rules import delayed, undead

state_lie = in_layer(Layer.STATES)
time_lie = in_layer(Layer.TIMING)
second_lie = in_layer(Layer.ONLY_FIRST)

_INSPECT, _START = "container.inspect", "container.start"


def _dead(call: Call, content: Any) -> None:
    if content["State"]["Status"] == "exited":
        content["State"]["Status"] = "dead"


def _runs_already(call: Call, content: Any) -> None:
    if content["State"]["Status"] == "created":
        content["State"] |= {"Status": "running", "Running": True}


def _started_later(call: Call, task: Json) -> None:
    """AWS's own clock says that the task began five seconds after it did."""
    if task["lastStatus"] == "RUNNING" and call.memory.setdefault("seen", 0) < 5:
        call.memory["seen"] += 1
        task["lastStatus"] = "PENDING"
    if "startedAt" in task:
        task["startedAt"] = moved(task["startedAt"], 5.0)


LIES = (
    state_lie(
        "tail-stuck-created",
        "A started container is created.",
        ecs(5) | ecs_notes(2),
        on(_INSPECT, in_state("created"), role="tail", after=_START),
        may=ecs_notes(7),
    ),
    state_lie(
        "tail-in-capitals",
        "A started container is RUNNING.",
        ecs(5) | ecs_notes(2),
        on(_INSPECT, in_state("RUNNING"), role="tail", after=_START),
        may=ecs_notes(7),
    ),
    state_lie(
        "echo-stuck-running",
        "A container is running although its task has stopped.",
        ecs(6) | ecs_notes(2),
        on(_INSPECT, never_exited(), role="echo"),
        is_known=True,
    ),
    state_lie(
        "echo-dead",
        "A container whose command completed is dead.",
        ecs(6) | ecs_notes(2),
        on(_INSPECT, edited(_dead), role="echo"),
    ),
    state_lie(
        "writer-stop-not-told",
        "A stopped container is running.",
        ecs(7) | ecs_notes(2),
        on(_INSPECT, never_exited(), role="writer"),
    ),
    state_lie(
        "running-already",
        "Containers are running while their tasks are PENDING.",
        ecs_notes(2),
        on(_INSPECT, edited(_runs_already)),
    ),
    state_lie(
        "mistaken-runs-for-ever",
        "A command that does not exist is running for ever.",
        ecs_notes(4),
        on(_START, pretend(204), role="mistaken"),
        on(_INSPECT, in_state("running"), role="mistaken"),
        is_known=True,
    ),
    time_lie(
        "tail-start-does-not-block",
        "A start is answered before its task runs.",
        ecs(4),
        on(_START, delayed(204, 0.5), role="tail"),
        is_known=True,
    ),
    time_lie("tail-start-never-answered", "A start is never answered.", ecs(4), on(_START, never(), role="tail")),
    time_lie(
        "tail-answered-too-early",
        "The task began to run after the start was answered, by AWS's clock.",
        ecs(4),
        on("ecs:DescribeTasks", tasks("tail", _started_later), role="suite"),
        may=ecs_notes(2),  # it is reported running while AWS has it PENDING
    ),
    time_lie(
        "writer-stop-never-answered", "A stop is never answered.", ecs(7), on("container.stop", never(), role="writer")
    ),
    time_lie(
        "writer-stop-takes-long",
        "A stop takes longer than it may.",
        ecs(7),
        on("container.stop", delayed(204, "start_timeout"), role="writer"),
    ),
    time_lie(
        "logs-past-deadline",
        "Logs are late beyond their deadline.",
        ecs(11),
        on("container.logs", late("logs_timeout"), role="echo"),
    ),
    time_lie(
        "exec-start-late",
        "An exec starts past its deadline.",
        ecs(15),
        on("exec.start", late("exchange_timeout"), role="echo"),
        unobservable=unseen("The exec is not seen to start.", ecs(16) | ecs_notes(7)),
    ),
    time_lie(
        "unpullable-never-answered",
        "An image that cannot be pulled keeps the start waiting.",
        ecs_notes(1),
        on(_START, never(), role="unpullable"),
    ),
    second_lie(
        "echo-removed-known",
        "A deleted container is known to inspect.",
        ecs(8, 18),
        on(_INSPECT, undead(), role="echo", job="main"),
    ),
    second_lie(
        "exec-runs-on",
        "An exec runs for ever once it has run.",
        ecs(16),
        on("exec.inspect", put("Running", True), role="echo", after="exec.start"),
    ),
    second_lie(
        "log-groups-undeletable",
        "Log groups may not be deleted.",
        ecs(18),
        on("logs:DeleteLogGroup", denied(), role="suite"),
    ),
)
