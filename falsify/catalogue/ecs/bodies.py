"""Lies in bodies, with containers on Fargate: addresses, exit codes, lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from falsify.lies import Layer, ecs, ecs_notes, in_layer, on, unseen
from falsify.proxy_session import Call, Rule
from falsify.response_rules import Edit, body, cut, edited, put

lie = in_layer(Layer.BODIES)

_INSPECT, _LIST, _CREATE = "container.inspect", "container.list", "container.create"
_ADDRESS = "NetworkSettings.IPAddress"
_NO_EXEC = unseen("An exec is known by the ID of its creation's answer only.", ecs(15, 16, 17) | ecs_notes(5, 6, 7))


def _short_id(call: Call, content: Any) -> None:
    content["Id"] = content["Id"][:12]


def _exit_code(code: Any) -> Edit:
    def edit(call: Call, content: Any) -> None:
        if content["State"]["Status"] == "exited":
            content["State"]["ExitCode"] = code

    return edit


def _echo_listed(change: Edit) -> Rule:
    """The list without filters, the echo container's entry of the main run changed in place."""

    def edit(call: Call, content: Any) -> None:
        for entry in content:
            container = call.session.known("container", entry["Id"])
            if container and (container.role, container.job) == ("echo", "main"):
                change(call, entry)

    return on(_LIST, edited(edit))


def _set(key: str, value: Any) -> Edit:
    def edit(call: Call, entry: Any) -> None:
        entry[key] = value

    return edit


def _without_slash(call: Call, entry: Any) -> None:
    entry["Names"] = [name.lstrip("/") for name in entry["Names"]]


def _twice(call: Call, content: Any) -> Any:
    return [*content, *content]


def _filters_on(label: str, change: Edit) -> Rule:
    """Lists that are filtered by this label."""

    def edit(call: Call, content: Any) -> Any:
        return change(call, content) if label in unquote(call.request.target) else None

    return on(_LIST, edited(edit))


def _nothing(call: Call, content: Any) -> Any:
    return []


def _with_other(call: Call, content: Any) -> Any:
    """The filter compares the label's name only."""
    others = [each for each in call.session.created if each.role == "other" and each.id]
    labels = {"test-run": "ecs-integration-too"}
    return [*content, *({"Id": o.id, "Names": [f"/{o.name}"], "Labels": labels, "State": "created"} for o in others)]


def _without_labels(call: Call, content: Any) -> None:
    for entry in content:
        entry["Labels"] = {}


def _all_exited(call: Call, content: Any) -> None:
    for entry in content:
        entry["State"] = "exited"


LIES = (
    lie("echo-id-null", "A new container's ID is null.", ecs(3), on(_CREATE, put("Id", None), role="echo", job="main")),
    lie(
        "echo-id-short",
        "A new container's ID has 12 digits.",
        ecs(3),
        on(_CREATE, edited(_short_id), role="echo", job="main"),
    ),
    lie(
        "echo-cmd-null",
        "A container's command is null.",
        ecs(3),
        on(_INSPECT, put("Config.Cmd", None), role="echo", job="main"),
    ),
    lie(
        "echo-labels-null",
        "A container's labels are null.",
        ecs(3),
        on(_INSPECT, put("Config.Labels", None), role="echo", job="main"),
    ),
    lie(
        "address-empty",
        "NetworkSettings.IPAddress is empty, while its networks have the address.",
        ecs(5),
        on(_INSPECT, put(_ADDRESS, ""), role="tail"),
        is_known=True,
    ),
    lie("address-missing", "There is no IPAddress.", ecs(5), on(_INSPECT, cut(_ADDRESS), role="tail"), is_known=True),
    lie(
        "address-of-another",
        "The IPAddress is another's.",
        ecs(5),
        on(_INSPECT, put(_ADDRESS, "10.0.1.2"), role="tail"),
    ),
    lie(
        "address-public", "The IPAddress is a public one.", ecs(5), on(_INSPECT, put(_ADDRESS, "3.5.7.9"), role="tail")
    ),
    lie(
        "echo-exit-1",
        "A good command exits with 1.",
        ecs(6),
        on(_INSPECT, edited(_exit_code(1)), role="echo"),
        may=ecs_notes(2),
    ),
    lie(
        "echo-exit-null",
        "An exit code is null.",
        ecs(6),
        on(_INSPECT, edited(_exit_code(None)), role="echo"),
        may=ecs_notes(2),
    ),
    lie(
        "echo-exit-text",
        "An exit code is a text.",
        ecs(6),
        on(_INSPECT, edited(_exit_code("0")), role="echo"),
        may=ecs_notes(2),
    ),
    lie(
        "writer-exit-0",
        "Whatever exits, exits with 0.",
        ecs_notes(2),
        on(_INSPECT, edited(_exit_code(0)), role=("writer", "mistaken")),
    ),
    lie("list-other-image", "The list has another image.", ecs(9), _echo_listed(_set("Image", "busybox:latest"))),
    lie("list-other-state", "The list has another state.", ecs(9), _echo_listed(_set("State", "created")), may=ecs(6)),
    lie("list-names-bare", "Names in the list lack their slash.", ecs(9), _echo_listed(_without_slash)),
    lie("list-names-null", "Names in the list are null.", ecs(9), _echo_listed(_set("Names", None))),
    lie("list-twice", "Everything is listed twice.", ecs(9), on(_LIST, edited(_twice))),
    lie("list-null", "The list is null.", ecs(9, 10), on(_LIST, body(b"null\n"))),
    lie("list-all-exited", "Whatever is listed has exited.", ecs(10), on(_LIST, edited(_all_exited)), may=ecs(5)),
    lie("filter-none", "A filter by label lists nothing.", ecs(10), _filters_on("test-run", _nothing)),
    lie("filter-by-name", "A filter compares the label's name only.", ecs(10), _filters_on("test-run", _with_other)),
    lie("filter-unlabelled", "What a filter lists has no labels.", ecs(10), _filters_on("test-run", _without_labels)),
    lie(
        "exec-id-null",
        "A new exec's ID is null.",
        ecs(14),
        on("container.exec", put("Id", None), role="tail"),
        unobservable=_NO_EXEC,
    ),
    lie(
        "exec-id-short",
        "A new exec's ID has 12 digits.",
        ecs(14),
        on("container.exec", edited(_short_id), role="tail"),
        unobservable=_NO_EXEC,
    ),
    lie(
        "exec-exit-null",
        "A finished exec's exit code is null.",
        ecs(16),
        on("exec.inspect", put("ExitCode", None), role="echo"),
    ),
    lie(
        "exec-exit-missing",
        "An exec has no ExitCode.",
        ecs(16),
        on("exec.inspect", cut("ExitCode"), role="echo"),
        may=ecs_notes(6),
    ),
    lie(
        "exec-exit-1",
        "A good exec exits with 1.",
        ecs(16),
        on("exec.inspect", put("ExitCode", 1), role="echo"),
        may=ecs_notes(6),
    ),
    lie(
        "exec-always-0",
        "Every exec exits with 0, also one that was never started.",
        ecs(17) | ecs_notes(6),
        on("exec.inspect", put("ExitCode", 0)),
        is_known=True,
    ),
    lie(
        "exec-fails-with-1",
        "A failing exec exits with 1.",
        ecs(17),
        on("exec.inspect", put("ExitCode", 1), role="sh"),
        may=ecs_notes(6),
    ),
    lie(
        "exec-exit-text",
        "An exit code is a text.",
        ecs(17),
        on("exec.inspect", put("ExitCode", "7"), role="sh"),
        may=ecs_notes(6),
    ),
)
