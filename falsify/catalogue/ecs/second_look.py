"""What is seen only by asking again and elsewhere, on Fargate: a second later, in a list, of each container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from falsify.aws_response_rules import Json, definitions, tasks
from falsify.lies import Layer, ecs, ecs_notes, in_layer, on
from falsify.list_rules import having, listed, missing, removed_listed
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import asked, fail, in_state, pretend, put, refuse, status, without_labels
from falsify.stateful_rules import delayed, has_exited, is_over, is_running, later, undead
from support.api.messages import Answer

first_lie = in_layer(Layer.ONLY_FIRST)
state_lie = in_layer(Layer.STATES)
body_lie = in_layer(Layer.BODIES)
effect_lie = in_layer(Layer.EFFECTS)
status_lie = in_layer(Layer.STATUS)
time_lie = in_layer(Layer.TIMING)

_INSPECT, _LIST, _START = "container.inspect", "container.list", "container.start"
_OTHER_ID = "f" * 64


def _inspect(role: str, handler: Handler, after: str = "") -> Rule:
    return on(_INSPECT, handler, role=role, job="main", after=after)


def _a_second_after(is_so: Callable[[Json], bool], change: Callable[[Json], None]) -> Callable[[Call, Json], None]:
    """A task or a definition, changed in place a second after it was first so."""

    def changed(call: Call, entry: Json) -> None:
        if is_so(entry) and is_over(call, f"first so: {entry['taskDefinitionArn']}", 1.0):
            change(entry)

    return changed


def _active(definition: Json) -> None:
    definition["status"] = "ACTIVE"


def _running(task: Json) -> None:
    task["lastStatus"] = "RUNNING"


def _has_stopped(task: Json) -> bool:
    return bool(task["lastStatus"] == "STOPPED")


def _is_inactive(definition: Json) -> bool:
    return bool(definition["status"] == "INACTIVE")


def _always_active(call: Call, definition: Json) -> None:
    _active(definition)


def _failed(code: int, content: Any) -> bool:
    return code == 200 and content["ExitCode"] == 7


def _succeeded(code: int, content: Any) -> bool:
    return code == 200 and content["ExitCode"] == 0 and not content["Running"]


async def _logs_of_the_writer(call: Call, forward: Forward) -> Answer:
    """As if the writer's had been asked for."""
    for each in call.session.created:
        if (each.kind, each.role, each.job) == ("container", "writer", "main"):
            return await forward(call.but(target=call.request.target.replace(call.target.id, each.id)))
    return await forward(call)


_A_SECOND_LATER = (
    first_lie(
        "address-changes-later",
        "A container has another address a second later.",
        ecs(5),
        _inspect("tail", later(put("NetworkSettings.IPAddress", "10.0.1.2"), is_running)),
    ),
    first_lie(
        "tail-exits-later",
        "A running container has exited a second later, which nobody asked for.",
        ecs(5),
        _inspect("tail", later(in_state("exited", ExitCode=1), is_running)),
        may=ecs(10) | ecs_notes(2, 7),
    ),
    first_lie(
        "echo-runs-again-later",
        "A container that has exited is running a second later.",
        ecs(6),
        _inspect("echo", later(in_state("running"), has_exited)),
        may=ecs(9) | ecs_notes(2),
    ),
    first_lie(
        "echo-exit-code-changes-later",
        "A container's exit code is another a second later.",
        ecs(6),
        _inspect("echo", later(put("State.ExitCode", 1), has_exited)),
        may=ecs_notes(2),
    ),
    first_lie(
        "stopped-runs-again-later",
        "A stopped container is running a second later.",
        ecs(7),
        _inspect("writer", later(in_state("running"), has_exited)),
        may=ecs_notes(2),
    ),
    first_lie(
        "stopped-vanishes-later",
        "A stopped container is unknown a second later, and nobody deleted it.",
        ecs(7),
        _inspect("writer", later(refuse(404, "no such container"), has_exited)),
        may=ecs(18) | ecs_notes(2),
    ),
    first_lie(
        "task-runs-again-later",
        "A stopped container's task is RUNNING a second later, as AWS says.",
        ecs(7),
        on("ecs:DescribeTasks", tasks("writer", _a_second_after(_has_stopped, _running)), role="suite"),
        may=ecs(18) | ecs_notes(2),
    ),
    first_lie(
        "removed-back-later",
        "A deleted container is there again a second later.",
        ecs(8),
        _inspect("echo", undead(seconds=1.0)),
        may=ecs(18),
    ),
    first_lie(
        "definition-active-again-later",
        "A deregistered task definition is ACTIVE a second later.",
        ecs(8),
        on(
            "ecs:DescribeTaskDefinition",
            definitions("echo", _a_second_after(_is_inactive, _active)),
            role="suite",
        ),
        may=ecs(18),
    ),
    first_lie(
        "exec-exit-code-changes-later",
        "An exec's exit code is another a second later.",
        ecs(16),
        on("exec.inspect", later(put("ExitCode", 1), _succeeded), role="echo"),
    ),
    first_lie(
        "exec-succeeds-later",
        "A failed exec has succeeded a second later.",
        ecs(17),
        on("exec.inspect", later(put("ExitCode", 0), _failed), role="sh"),
    ),
)
_OTHERWISE_IN_A_LIST = (
    body_lie("echo-unlisted", "A container is not listed.", ecs(3, 9), on(_LIST, missing("container", "echo"))),
    body_lie(
        "id-filter-lacks-echo",
        "A list that is filtered by ID lacks a container.",
        ecs(3),
        on(_LIST, missing("container", "echo", by="id")),
    ),
    state_lie(
        "tail-listed-created",
        "A started container is listed as created.",
        ecs(5, 10),
        on(_LIST, listed("tail", having(State="created"), after=_START)),
        may=ecs_notes(7),
    ),
    state_lie(
        "stopped-listed-running",
        "A stopped container is listed as running.",
        ecs(7),
        on(_LIST, listed("writer", having(State="running"), after="container.stop")),
    ),
    effect_lie(
        "removed-echo-listed",
        "A deleted container is listed.",
        ecs(8),
        on(_LIST, removed_listed("container")),
        may=ecs(9, 10, 18),
    ),
    effect_lie(
        "label-filter-lists-removed-echo",
        "A list that is filtered by label has deleted containers.",
        ecs(8),
        on(_LIST, removed_listed("container", by="label")),
        may=ecs(10, 18),
    ),
    effect_lie(
        "id-filter-lists-removed-echo",
        "A list that is filtered by ID has deleted containers.",
        ecs(8),
        on(_LIST, removed_listed("container", by="id")),
        may=ecs(18),
    ),
    body_lie(
        "echo-listed-under-another-id",
        "A container is listed under another ID.",
        ecs(9),
        on(_LIST, listed("echo", having(Id=_OTHER_ID))),
        may=ecs(3),
    ),
)
_ONE_OF_SEVERAL = (
    status_lie(
        "echo-start-500",
        "A task runs, and its start is answered by 500: the echo container's, not the other one's.",
        ecs(4),
        on(_START, fail(500), role="echo", job="main"),
    ),
    status_lie(
        "echo-start-200",
        "The echo container's start is answered by 200, the other one's is right.",
        ecs(4),
        on(_START, status(200), role="echo", job="main"),
    ),
    time_lie(
        "echo-start-does-not-block",
        "The echo container's start is answered before its task runs.",
        ecs(4),
        on(_START, delayed(204, 0.5), role="echo", job="main"),
        may=ecs_notes(2),
    ),
    effect_lie(
        "tail-unlabelled",
        "The labels of one container of several are dropped.",
        ecs(10),
        on("container.create", asked(without_labels), role="tail", job="main"),
    ),
    effect_lie(
        "tail-definition-stays-active",
        "The task definition of one deleted container of several stays ACTIVE.",
        ecs(18),
        on("ecs:DescribeTaskDefinition", definitions("tail", _always_active), role="suite"),
    ),
    effect_lie(
        "writer-remove-unheard",
        "One container of several stays when it is deleted.",
        ecs(18),
        on("container.remove", pretend(204), role="writer"),
    ),
)
_AFTER_AN_EXEC = (
    state_lie(
        "exec-ends-container",
        "A container is said to have exited as soon as an exec was created in it, and its task runs on.",
        ecs_notes(7),
        _inspect("tail", in_state("exited", Running=False), "container.exec"),
        may=ecs_notes(2),
        is_known=True,
    ),
    status_lie(
        "tail-stop-304",
        "What runs, and had an exec, is said to have stopped.",
        ecs_notes(7),
        on("container.stop", refuse(304), role="tail"),
        is_known=True,
    ),
    effect_lie(
        "tail-stop-unheard",
        "A stop after an exec stops nothing.",
        ecs_notes(7),
        on("container.stop", pretend(204), role="tail"),
    ),
)
_OF_ANOTHER = (
    body_lie(
        "echo-of-another", "An inspect has another ID.", ecs(3), _inspect("echo", put("Id", _OTHER_ID)), may=ecs(6, 8)
    ),
    body_lie(
        "exited-echo-of-another",
        "The inspect of a container that ran has another name.",
        ecs(6),
        _inspect("echo", put("Name", "/somebody-elses"), _START),
        may=ecs_notes(2) | ecs(3),
    ),
    body_lie(
        "tail-of-another",
        "A started container's inspect has another name.",
        ecs(5),
        _inspect("tail", put("Name", "/somebody-elses"), _START),
        may=ecs(10) | ecs_notes(2, 7),
    ),
    body_lie(
        "stopped-of-another",
        "A stopped container's inspect has another ID.",
        ecs(7),
        _inspect("writer", put("Id", _OTHER_ID), "container.stop"),
    ),
    body_lie(
        "exec-of-another",
        "An exec's inspect is about another exec.",
        ecs(16),
        on("exec.inspect", put("ID", _OTHER_ID), role="echo"),
        may=ecs(14) | ecs_notes(6),
    ),
    body_lie(
        "failed-exec-of-another",
        "A failed exec's inspect is about an exec in another container.",
        ecs(17),
        on("exec.inspect", put("ContainerID", _OTHER_ID), role="sh"),
        may=ecs_notes(6),
    ),
    body_lie(
        "logs-of-another",
        "The logs are another container's.",
        ecs(11),
        on("container.logs", _logs_of_the_writer, role="echo", job="main"),
    ),
)
LIES = (*_A_SECOND_LATER, *_OTHERWISE_IN_A_LIST, *_ONE_OF_SEVERAL, *_AFTER_AN_EXEC, *_OF_ANOTHER)
