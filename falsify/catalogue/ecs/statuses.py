"""Lies about status codes, with containers on Fargate."""

from __future__ import annotations

from falsify.lies import Layer, ecs, ecs_notes, in_layer, on, unseen
from falsify.response_rules import fail, pretend, refuse, status

lie = in_layer(Layer.STATUS)

_LIST = "container.list"

LIES = (
    lie(
        "echo-create-200",
        "A container is created with 200.",
        ecs(3),
        on("container.create", status(200), role="echo", job="main"),
    ),
    lie(
        "tail-start-200", "A task's start is answered by 200.", ecs(4), on("container.start", status(200), role="tail")
    ),
    lie(
        "tail-start-500",
        "The task runs, and its start is answered by 500.",
        ecs(4),
        on("container.start", fail(500), role="tail"),
    ),
    lie("writer-stop-200", "A stop is answered by 200.", ecs(7), on("container.stop", status(200), role="writer")),
    lie(
        "writer-stop-304",
        "What runs is said to have stopped.",
        ecs(7),
        on("container.stop", refuse(304), role="writer"),
    ),
    lie(
        "echo-remove-200",
        "A delete is answered by 200.",
        ecs(8),
        on("container.remove", status(200), role="echo", job="main"),
    ),
    lie("list-500", "The list of containers is an error.", ecs(9, 10), on(_LIST, refuse(500))),
    lie("logs-500", "Logs are an error.", ecs(11), on("container.logs", refuse(500), role="echo")),
    lie("writer-logs-204", "Logs are answered by 204.", ecs(12, 13), on("container.logs", status(204), role="writer")),
    lie("exec-create-200", "An exec is created with 200.", ecs(14), on("container.exec", status(200), role="tail")),
    lie(
        "exec-create-409",
        "No exec is possible.",
        ecs(14),
        on("container.exec", refuse(409), role="tail"),
        unobservable=unseen("There is no exec.", ecs(15, 16, 17) | ecs_notes(5, 6, 7)),
        prevents="the exec",
    ),
    lie("exec-start-200", "An exec is started with 200.", ecs(15), on("exec.start", status(200), role="echo")),
    lie(
        "exec-start-500",
        "An exec is not started.",
        ecs(15),
        on("exec.start", refuse(500), role="echo"),
        unobservable=unseen("The exec never runs.", ecs(16) | ecs_notes(7)),
        prevents="the exec",
    ),
    lie(
        "exec-inspect-404",
        "An exec is forgotten when it is over.",
        ecs(16),
        on("exec.inspect", refuse(404), role="echo", after="exec.start"),
    ),
    lie(
        "unpullable-starts",
        "An image that cannot be pulled is started with 204.",
        ecs_notes(1),
        on("container.start", pretend(204), role="unpullable"),
    ),
    lie(
        "failed-remove-409",
        "A container of a run that failed cannot be deleted.",
        ecs(18),
        on("container.remove", refuse(409), role="failed"),
    ),
)
