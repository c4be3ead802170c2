"""What AWS answers the daemon: calls that it refuses, says to have done, or answers with nothing."""

from __future__ import annotations

from typing import Any

from falsify.aws_response_rules import answered, denied
from falsify.lies import Layer, Lie, ecs, ecs_notes, in_layer, on
from falsify.proxy_session import Call
from falsify.response_rules import edited

_status_lie = in_layer(Layer.STATUS)
_body_lie = in_layer(Layer.BODIES)
_effect_lie = in_layer(Layer.EFFECTS)


def _no_events(call: Call, content: Any) -> None:
    content["events"] = []


LIES: tuple[Lie, ...] = (
    _status_lie(
        "daemon-may-not-run",
        "AWS does not let the daemon run tasks.",
        ecs(4),
        on("ecs:RunTask", denied(), role="daemon"),
        unobservable={"TST-010-*": "AWS runs no task of the daemon."},
        prevents="every task",
    ),
    _status_lie(
        "daemon-may-not-register",
        "AWS does not let the daemon register task definitions.",
        ecs(4),
        on("ecs:RegisterTaskDefinition", denied(), role="daemon"),
        unobservable={"TST-010-*": "AWS runs no task of the daemon."},
        prevents="every task",
    ),
    _status_lie(
        "daemon-may-not-deregister",
        "AWS does not let the daemon deregister task definitions.",
        ecs(8, 18),
        on("ecs:DeregisterTaskDefinition", denied(), role="daemon"),
    ),
    _status_lie(
        "daemon-may-not-read-logs",
        "AWS does not let the daemon read logs.",
        ecs(11, 12, 13),
        on("logs:GetLogEvents", denied(), role="daemon"),
    ),
    _body_lie(
        "daemon-reads-no-logs",
        "AWS shows the daemon empty logs.",
        ecs(11, 12, 13),
        on("logs:GetLogEvents", edited(_no_events), role="daemon"),
    ),
    _effect_lie(
        "stop-task-ignored",
        "A task that the daemon stops runs on.",
        ecs(7, 18) | ecs_notes(7),
        on("ecs:StopTask", answered({"task": {}}), role="daemon"),
        is_known=True,
    ),
    _effect_lie(
        "deregistration-ignored",
        "A task definition that the daemon deregisters stays ACTIVE.",
        ecs(8),
        on("ecs:DeregisterTaskDefinition", answered({"taskDefinition": {}}), role="daemon"),
    ),
)
