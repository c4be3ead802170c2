"""Lies about what happens to containers behind a client's back (DRIFT-01 on)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from falsify.aws_response_rules import tasks
from falsify.event_rules import (
    Json,
    asked_with,
    asked_without,
    event_after,
    event_twice,
    in_reverse,
    nothing,
    of_container,
    only_with,
    reported,
    with_attribute,
    without_event,
)
from falsify.lies import Layer, drift, in_layer, on, unseen
from falsify.list_rules import filters_of, having, listed, removed_listed
from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import edited, fail, in_state, never_exited, pretend, put, refuse
from falsify.stateful_rules import has_exited, later, undead
from support.api.messages import Answer, made

_EVENTS, _INSPECT, _LIST, _WAIT = "events", "container.inspect", "container.list", "container.wait"
_REMOVED, _BRIEF, _MISTAKEN, _STOPPED, _FOUND = "removed", "brief", "mistaken", "stopped", "found"
_UNPULLABLE = "no-such-registry"
_PROGRESS = {"status": "Status: Downloaded newer image"}
_KEY_ONLY = '{"label":["sockerless-acceptance.drift"]}'
_TRACE = (
    "panic: runtime error\n\ngoroutine 1 [running]:\nmain.pull(0x0)\n\t/src/main.go:12\nmain.main()\n\t/src/main.go:7"
)


async def _never_ends(_: Call, events: AsyncIterator[Json]) -> AsyncIterator[Json]:
    async for event in events:
        yield event
    await asyncio.Event().wait()


async def _ends_now(call: Call, forward: Forward) -> Answer:
    has_end = "until=" in call.request.target
    return await forward(call if has_end else call.but(target=f"{call.request.target}&until={time.time():.9f}"))


def _of_unpullable(handler: Handler, since: int = 1) -> Handler:
    """What ``handler`` does, from so many pulls on, of the image that cannot be pulled; its name is remembered."""

    async def chosen(call: Call, forward: Forward) -> Answer:
        query = parse_qs(urlsplit(call.request.target).query)
        name = f"{query['fromImage'][0]}:{query['tag'][0]}"
        if _UNPULLABLE not in name:
            return await forward(call)
        kept = call.session.memory[_UNPULLABLE]
        kept["name"], kept["pulls"] = name, kept.get("pulls", 0) + 1
        return await (handler(call, forward) if kept["pulls"] >= since else forward(call))

    return chosen


async def _as_it_is(call: Call, forward: Forward) -> Answer:
    return await forward(call)


async def _known_image(call: Call, forward: Forward) -> Answer:
    is_it = _UNPULLABLE in call.request.target
    return made(200, {"Id": f"sha256:{'0' * 64}", "RepoTags": []}) if is_it else await forward(call)


def _lists_image(call: Call, content: Any) -> None:
    name = call.session.memory[_UNPULLABLE]["name"]
    content.append({"Id": f"sha256:{'0' * 64}", "RepoTags": [name], "RepoDigests": [], "Labels": None})


def _lists_unpullable(call: Call, content: Any) -> None:
    """As if a container of it ran."""
    of_it = [each for each in call.session.created if each.role == "unpullable"]
    name = call.session.memory[_UNPULLABLE].get("name")
    content += [
        {
            "Id": each.id,
            "Names": [f"/{each.name}"],
            "Image": name,
            "State": "running",
            "Status": "Up 1 second",
            "Labels": {},
        }
        for each in of_it
        if "label" in filters_of(call)
    ]


def _found(call: Call) -> bool:
    """Whether the container that outlives the daemon has been started: the daemon is asked who it is again then."""
    started = [each for each in call.session.created if each.role == _FOUND]
    return any(call.session.has_happened("container.start", each) for each in started)


async def _notes_restart(call: Call, forward: Forward) -> Answer:
    if _found(call):
        call.session.memory["daemon"]["is restarted"] = True
    return await forward(call)


def _after_restart(handler: Handler) -> Handler:
    async def chosen(call: Call, forward: Forward) -> Answer:
        is_restarted = "is restarted" in call.session.memory["daemon"]
        return await (handler(call, forward) if is_restarted else forward(call))

    return chosen


def _without_found(call: Call, content: Any) -> Any:
    lost = [each.id for each in call.session.created if each.role == _FOUND]
    return [each for each in content if each["Id"] not in lost]


def _without_labels(_: Call, content: Any) -> None:
    content["Config"]["Labels"] = {}


def _runs_on(_: Call, task: Json) -> None:
    task["lastStatus"] = "RUNNING"
    task.pop("stoppedAt", None)


_RESTART = on("info", _notes_restart)
_NOT_FOUND = unseen("What the daemon has lost cannot be destroyed through it.", drift(14))

status_lie, effect_lie, body_lie = in_layer(Layer.STATUS), in_layer(Layer.EFFECTS), in_layer(Layer.BODIES)
state_lie, second_lie, stream_lie = in_layer(Layer.STATES), in_layer(Layer.ONLY_FIRST), in_layer(Layer.STREAMS)
LIES = (
    # --- destroyed by another client ---
    status_lie(
        "events-501", "There is no /events.", drift(1, 3, 4, 5, 7, 8, 12), on(_EVENTS, refuse(501, "not implemented"))
    ),
    stream_lie(
        "destroy-unreported",
        "No event says that a container was destroyed.",
        drift(1, 3, 4),
        on(_EVENTS, without_event(_REMOVED, "destroy")),
    ),
    stream_lie(
        "die-unreported",
        "No event says that a container died before it was destroyed.",
        drift(1, 3, 4),
        on(_EVENTS, without_event(_REMOVED, "die")),
    ),
    stream_lie(
        "die-reported-twice",
        "Events say twice that a container died.",
        drift(1, 3, 4),
        on(_EVENTS, event_twice(_REMOVED, "die")),
    ),
    stream_lie(
        "destroy-reported-twice",
        "Events say twice that a container was destroyed.",
        drift(1, 3, 4),
        on(_EVENTS, event_twice(_REMOVED, "destroy")),
    ),
    stream_lie(
        "destroy-before-die",
        "Events say that a container died after it was destroyed.",
        drift(1, 3, 4),
        on(_EVENTS, event_after(_REMOVED, "die", "destroy")),
    ),
    stream_lie(
        "events-of-another",
        "What happens to a container is reported of another.",
        drift(1, 3, 4, 5),
        on(_EVENTS, of_container(_REMOVED, "other")),
    ),
    effect_lie(
        "destroyed-in-words",
        "A container that is destroyed runs on.",
        drift(1, 2, 3, 4),
        on("container.remove", pretend(204), role=_REMOVED),
    ),
    second_lie(
        "destroyed-still-inspected",
        "A container that was destroyed is inspected as it was.",
        drift(2),
        on(_INSPECT, undead(), role=_REMOVED),
    ),
    second_lie(
        "destroyed-returns",
        "A container that was destroyed is known again half a second later.",
        drift(2),
        on(_INSPECT, undead(seconds=0.5), role=_REMOVED),
    ),
    second_lie(
        "destroyed-still-listed",
        "A container that was destroyed stays listed.",
        drift(2),
        on(_LIST, removed_listed("container")),
    ),
    # --- events ---
    stream_lie(
        "label-filter-ignored",
        "Events that are filtered by a label are those of all containers.",
        drift(3),
        on(_EVENTS, asked_without("filters")),
    ),
    stream_lie(
        "label-filter-by-key",
        "Events that are filtered by a label are those of all that have one of its name.",
        drift(3),
        on(_EVENTS, asked_with(filters=_KEY_ONLY)),
    ),
    stream_lie(
        "label-filter-passes-nothing",
        "Events that are filtered by a label are none.",
        drift(3),
        on(_EVENTS, only_with("filters", reported(nothing))),
    ),
    stream_lie(
        "label-filter-doubles",
        "Events that are filtered by a label come twice.",
        drift(3),
        on(_EVENTS, only_with("filters", event_twice(_REMOVED, "start"))),
    ),
    stream_lie(
        "label-filter-not-since",
        "Events since a moment that are filtered by a label are those of all containers.",
        drift(3),
        on(_EVENTS, only_with("since", asked_without("filters"))),
    ),
    stream_lie(
        "label-filter-ends-replay",
        "Events that are filtered by a label ignore `since`: only new ones are reported.",
        drift(3),
        on(_EVENTS, only_with("filters", asked_without("since"))),
    ),
    stream_lie(
        "since-ignored",
        "Events since a moment are those to come.",
        drift(4),
        on(_EVENTS, asked_without("since")),
    ),
    stream_lie(
        "since-replays-all",
        "Events since a moment are all that there were.",
        drift(4),
        on(_EVENTS, asked_with(since="1")),
    ),
    stream_lie(
        "since-replays-twice",
        "Events since a moment are repeated.",
        drift(4),
        on(_EVENTS, only_with("since", event_twice(_REMOVED, "die"))),
    ),
    stream_lie(
        "since-out-of-order",
        "Events since a moment come in another order.",
        drift(4),
        on(_EVENTS, only_with("since", event_after(_REMOVED, "die", "destroy"))),
    ),
    stream_lie(
        "since-ends",
        "Events since a moment end with those that there were.",
        drift(4),
        on(_EVENTS, only_with("since", _ends_now)),
    ),
    stream_lie(
        "until-ignored",
        "Events until a moment go on after it.",
        drift(5),
        on(_EVENTS, asked_without("until")),
    ),
    stream_lie(
        "until-never-ends",
        "The answer with the events until a moment that is past never ends.",
        drift(5),
        on(_EVENTS, only_with("until", reported(_never_ends))),
    ),
    stream_lie(
        "until-replays-nothing",
        "Events until a moment are none.",
        drift(5),
        on(_EVENTS, only_with("until", reported(nothing))),
    ),
    stream_lie(
        "until-in-reverse",
        "Events until a moment come in reverse.",
        drift(5),
        on(_EVENTS, only_with("until", reported(in_reverse))),
    ),
    # --- a container that dies while it starts ---
    state_lie(
        "brief-stuck-running",
        "A container whose command ended at once is running.",
        drift(6),
        on(_INSPECT, never_exited(), role=_BRIEF),
    ),
    state_lie(
        "brief-listed-as-running",
        "A container whose command ended at once is listed as running.",
        drift(6),
        on(_LIST, listed(_BRIEF, having(State="running", Status="Up 1 second"), after="container.start")),
    ),
    second_lie(
        "brief-runs-again",
        "A container that has exited is running half a second later.",
        drift(6),
        on(_INSPECT, later(in_state("running"), has_exited, 0.5), role=_BRIEF),
    ),
    body_lie(
        "brief-exited-with-0",
        "A container whose command ended with 3 has exited with 0.",
        drift(6),
        on(_INSPECT, put("State.ExitCode", 0), role=_BRIEF),
    ),
    body_lie(
        "brief-wait-0",
        "The wait for a command that ended with 3 reports 0.",
        drift(6),
        on(_WAIT, put("StatusCode", 0), role=_BRIEF),
    ),
    stream_lie(
        "brief-die-unreported",
        "No event says that a command ended at once.",
        drift(7),
        on(_EVENTS, without_event(_BRIEF, "die")),
    ),
    stream_lie(
        "brief-start-after-its-end",
        "Events say that a command ended at once, then that it began.",
        drift(7),
        on(_EVENTS, event_after(_BRIEF, "start", "die")),
    ),
    stream_lie(
        "brief-start-unreported",
        "Events say nothing of the start of a command that ends at once.",
        drift(7),
        on(_EVENTS, without_event(_BRIEF, "start")),
    ),
    stream_lie(
        "brief-die-twice",
        "Events say twice that a command ended at once.",
        drift(7),
        on(_EVENTS, event_twice(_BRIEF, "die")),
    ),
    body_lie(
        "brief-die-with-0",
        "The event of a command that ended with 3 has the exit code 0.",
        drift(7),
        on(_EVENTS, with_attribute(_BRIEF, "die", "exitCode", "0")),
    ),
    state_lie(
        "mistaken-runs-on",
        "A container whose command cannot be executed is running.",
        drift(8),
        on(_INSPECT, in_state("running"), role=_MISTAKEN),
    ),
    second_lie(
        "mistaken-runs-later",
        "A container whose command cannot be executed is running half a second later.",
        drift(8),
        on(_INSPECT, later(in_state("running"), seconds=0.5), role=_MISTAKEN),
    ),
    body_lie(
        "mistaken-is-a-success",
        "A container whose command cannot be executed has the exit code 0.",
        drift(8),
        on(_INSPECT, put("State.ExitCode", 0), role=_MISTAKEN),
    ),
    body_lie(
        "mistaken-wait-0",
        "The wait for a command that cannot be executed reports 0.",
        drift(8),
        on(_WAIT, put("StatusCode", 0), role=_MISTAKEN),
    ),
    # --- an image that cannot be pulled ---
    status_lie(
        "failed-pull-succeeds",
        "The pull of an image that is nowhere is answered by 200, without an error.",
        drift(9),
        on("image.pull", _of_unpullable(pretend(200, _PROGRESS)), of_strangers=True),
    ),
    second_lie(
        "failed-pull-differs",
        "The third pull of an image that is nowhere fails with another status.",
        drift(9),
        on("image.pull", _of_unpullable(refuse(404, "there is no such image"), since=3), of_strangers=True),
    ),
    second_lie(
        "failed-pull-says-else",
        "The second pull of an image that is nowhere fails with another message.",
        drift(9),
        on("image.pull", _of_unpullable(fail(500, "a pull is under way already"), since=2), of_strangers=True),
    ),
    body_lie(
        "failed-pull-without-message",
        "The pull of an image that is nowhere fails without a message.",
        drift(9),
        on("image.pull", _of_unpullable(refuse(500, "")), of_strangers=True),
    ),
    body_lie(
        "failed-pull-with-a-trace",
        "The message of a pull that fails is a trace of the daemon's own functions.",
        drift(9),
        on("image.pull", _of_unpullable(refuse(500, _TRACE)), of_strangers=True),
    ),
    effect_lie(
        "unpulled-image-known",
        "An image that could not be pulled is known.",
        drift(10),
        on("image.inspect", _known_image, of_strangers=True),
    ),
    effect_lie(
        "unpulled-image-listed",
        "An image that could not be pulled is listed.",
        drift(10),
        on("image.pull", _of_unpullable(_as_it_is), of_strangers=True),
        on("image.list", edited(_lists_image), of_strangers=True),
    ),
    status_lie(
        "unpulled-image-starts",
        "The start of a container whose image could not be pulled succeeds.",
        drift(10),
        on("container.start", pretend(204), role="unpullable"),
    ),
    effect_lie(
        "unpulled-image-leaves-a-container",
        "A container whose image could not be pulled is refused, and there all the same.",
        drift(10),
        on("container.create", fail(404, "No such image"), role="unpullable"),
    ),
    state_lie(
        "unpulled-image-runs",
        "A container whose image could not be pulled is listed as running.",
        drift(10),
        on("image.pull", _of_unpullable(_as_it_is), of_strangers=True),
        on(_LIST, edited(_lists_unpullable)),
    ),
    # --- Fargate ---
    state_lie(
        "stopped-stuck-running",
        "A container whose task was stopped in AWS is running.",
        drift(11, 12),
        on(_INSPECT, never_exited(), role=_STOPPED),
    ),
    second_lie(
        "stopped-runs-again",
        "A container whose task was stopped in AWS is running half a second later.",
        drift(11),
        on(_INSPECT, later(in_state("running"), has_exited, 0.5), role=_STOPPED),
    ),
    body_lie(
        "stopped-without-reason",
        "A container whose task was stopped in AWS has exited without AWS's reason.",
        drift(11),
        on(_INSPECT, put("State.Error", ""), role=_STOPPED),
    ),
    body_lie(
        "stopped-for-any-reason",
        "A container whose task was stopped in AWS has exited because it was stopped.",
        drift(11),
        on(_INSPECT, put("State.Error", "stopped"), role=_STOPPED),
    ),
    state_lie(
        "stopped-listed-as-running",
        "A container whose task was stopped in AWS is listed as running.",
        drift(11),
        on(_LIST, listed(_STOPPED, having(State="running", Status="Up 1 minute"), after="container.start")),
    ),
    body_lie(
        "stopped-is-a-success",
        "A container whose task was stopped in AWS has the exit code 0, whoever asks.",
        drift(11),
        on(_INSPECT, put("State.ExitCode", 0), role=_STOPPED),
        on(_WAIT, put("StatusCode", 0), role=_STOPPED),
        on(_EVENTS, with_attribute(_STOPPED, "die", "exitCode", "0")),
    ),
    body_lie(
        "stopped-wait-0",
        "The wait for a container whose task was stopped in AWS reports 0.",
        drift(11),
        on(_WAIT, put("StatusCode", 0), role=_STOPPED),
    ),
    stream_lie(
        "stop-unreported",
        "No event says that a task was stopped in AWS.",
        drift(12),
        on(_EVENTS, without_event(_STOPPED, "die")),
    ),
    stream_lie(
        "stop-reported-twice",
        "Events say twice that a task was stopped in AWS.",
        drift(12),
        on(_EVENTS, event_twice(_STOPPED, "die")),
    ),
    body_lie(
        "stop-with-another-code",
        "The event of a task that was stopped in AWS has another exit code than an inspection.",
        drift(12),
        on(_EVENTS, with_attribute(_STOPPED, "die", "exitCode", "1")),
    ),
    effect_lie(
        "restart-forgets",
        "A daemon that was restarted knows no container any more.",
        drift(13),
        _RESTART,
        on(_INSPECT, _after_restart(refuse(404, "No such container")), role=_FOUND),
        on(_LIST, _after_restart(edited(_without_found))),
        unobservable=_NOT_FOUND,
    ),
    second_lie(
        "restart-loses-later",
        "A daemon that was restarted has lost a container half a second after it was found again.",
        drift(13),
        _RESTART,
        on(_INSPECT, _after_restart(later(refuse(404, "No such container"), seconds=0.5)), role=_FOUND),
    ),
    effect_lie(
        "restart-does-not-list",
        "A daemon that was restarted lists no container.",
        drift(13),
        _RESTART,
        on(_LIST, _after_restart(edited(_without_found))),
    ),
    state_lie(
        "restart-ends-containers",
        "A daemon that was restarted takes what runs for exited.",
        drift(13),
        _RESTART,
        on(_INSPECT, _after_restart(in_state("exited")), role=_FOUND),
    ),
    body_lie(
        "restart-loses-names",
        "A daemon that was restarted knows containers by their IDs only.",
        drift(13),
        _RESTART,
        on(_INSPECT, _after_restart(put("Name", "/recovered")), role=_FOUND),
    ),
    body_lie(
        "restart-loses-labels",
        "A daemon that was restarted has no labels of its containers.",
        drift(13),
        _RESTART,
        on(_INSPECT, _after_restart(edited(_without_labels)), role=_FOUND),
    ),
    status_lie(
        "found-destroy-500",
        "What was found again after a restart cannot be destroyed.",
        drift(14),
        on("container.remove", refuse(500, "no such task"), role=_FOUND),
    ),
    effect_lie(
        "found-destroyed-in-words",
        "What was found again after a restart is destroyed in words only.",
        drift(14),
        on("container.remove", pretend(204), role=_FOUND),
    ),
    effect_lie(
        "found-task-runs-on",
        "The task of a container that was found again and destroyed runs on.",
        drift(14),
        on("ecs:DescribeTasks", tasks(_FOUND, _runs_on), role="suite"),
    ),
)
