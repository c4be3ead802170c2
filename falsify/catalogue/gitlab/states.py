"""Lies about states: stuck in one, skipping one, going back to one, or in one that does not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Forward, Handler
from falsify.response_rules import edited, in_state, never_exited, put
from falsify.stateful_rules import undead
from falsify.streaming import Bytes, daemon_bytes
from support.api.messages import Answer, made

lie = in_layer(Layer.STATES)

_INSPECT, _START, _KILL = "container.inspect", "container.start", "container.kill"
_CUT_OFF_AFTER = 2.0  # seconds


def _exited_with(code: Any) -> Handler:
    def edit(call: Call, content: Any) -> None:
        if content["State"]["Status"] == "exited":
            content["State"]["ExitCode"] = code

    return edited(edit)


def _back_to_created(call: Call, content: Any) -> None:
    """Running when first seen, and created from then on."""
    if call.memory.setdefault("seen", 0):
        content["State"] |= {"Status": "created", "Running": False}
    call.memory["seen"] += 1


def _dead(content: Any) -> None:
    content["State"] |= {"Status": "dead", "Running": False}


async def _cut_off(call: Call, source: Bytes) -> Bytes:
    """The output of the first two seconds, then the end."""
    await call.session.happens(_START, call.target)
    call.memory["ends at"] = asyncio.get_running_loop().time() + _CUT_OFF_AFTER
    try:
        async with asyncio.timeout(_CUT_OFF_AFTER):
            async for data in source:
                yield data
    except TimeoutError:
        return


async def _gives_up(call: Call, forward: Forward) -> Answer:
    """The wait's own answer, or 0 after two seconds."""
    try:
        return (await asyncio.wait_for(_complete(call, forward), _CUT_OFF_AFTER))[0]
    except TimeoutError:
        return made(200, {"StatusCode": 0})


def _complete(call: Call, forward: Forward) -> Coroutine[Any, Any, tuple[Answer, bytes]]:
    async def complete() -> tuple[Answer, bytes]:
        return await (await forward(call)).read()

    return complete()


def _given_up(call: Call, content: Any) -> None:
    if asyncio.get_running_loop().time() >= call.memory.get("ends at", float("inf")):
        content["State"] |= {"Status": "exited", "Running": False, "ExitCode": 0}


LIES = (
    lie(
        "service-stuck-created",
        "A started service is created for ever.",
        ac(7) | notes(5),
        on(_INSPECT, in_state("created"), role="service", after=_START),
        may=ac(8, 16) | notes(27),
    ),
    lie(
        "service-back-to-created",
        "A service is seen running once, and created from then on.",
        ac(8),
        on(_INSPECT, edited(_back_to_created), role="service", after=_START),
        may=notes(5) | ac(16) | notes(27),  # whose first inspect may be the truthful one,
        unobservable=unseen("The service is said not to run.", notes(6, 7)),
    ),
    lie(
        "service-skips-running",
        "A started service has exited at once.",
        ac(8) | notes(5),
        on(_INSPECT, in_state("exited", ExitCode=1), role="service", after=_START),
        unobservable=unseen("The service is said to have exited, and only what runs is forced.", notes(19))
        | unseen("The service is said not to run.", notes(6, 7)),
    ),
    lie(
        "service-restarting",
        "A started service is restarting.",
        ac(8) | notes(5),
        on(_INSPECT, in_state("restarting"), role="service", after=_START),
        may=ac(16) | notes(27),
    ),
    lie(
        "service-in-capitals",
        "A started service is Running.",
        ac(8) | notes(5),
        on(_INSPECT, in_state("Running"), role="service", after=_START),
        may=ac(16) | notes(27),
    ),
    lie(
        "build-runs-when-created",
        "A build container is running before it is started.",
        ac(10),
        on(_INSPECT, in_state("running"), role="build"),
        may=ac(13) | notes(12, 18),
    ),
    lie(
        "helper-runs-when-created",
        "A helper container is running before it is started.",
        ac(15),
        on(_INSPECT, in_state("running"), role="helper"),
    ),
    lie(
        "build-stuck-created",
        "A started build container is created for ever.",
        ac(11),
        on(_INSPECT, in_state("created"), role="build", after=_START),
        may=ac(13) | notes(12, 17, 18),
    ),
    lie(
        "build-skips-running",
        "A started build container has exited at once.",
        ac(11),
        on(_INSPECT, in_state("exited", ExitCode=0), role="build", after=_START),
        may=notes(12, 15, 17, 18),
        unobservable=unseen("The container is said to have exited before its script, so the wait is due.", ac(13)),
    ),
    lie(
        "build-stuck-running",
        "A build container is running for ever.",
        ac(13) | notes(12),
        on(_INSPECT, never_exited(), role="build"),
        is_known=True,
        may=notes(18),
    ),
    lie(
        "helper-stuck-running",
        "A helper container is running for ever.",
        ac(15),
        on(_INSPECT, never_exited(), role="helper"),
        is_known=True,
    ),
    lie(
        "build-exit-code-1",
        "A good build exits with 1.",
        ac(13) | notes(12, 18),
        on(_INSPECT, _exited_with(1), role="build"),
    ),
    lie(
        "build-exit-code-null",
        "An exit code is null.",
        ac(13) | notes(12, 18),
        on(_INSPECT, _exited_with(None), role="build"),
    ),
    lie(
        "build-ended-after-2-s",
        "A build container is ended after 2 s, with status 0, whatever it does.",
        ac(12, 13),
        on("container.attach", daemon_bytes(_cut_off), role="build"),
        on("container.wait", _gives_up, role="build"),
        on(_INSPECT, edited(_given_up), role="build", after=_START),
        may=notes(17, 18),  # the shell of a Docker Engine ends with its stream, so there is nothing to stop
        is_known=True,
        unobservable=unseen("The build container's stream ends, and the shell does.", notes(4, 6, 7, 11, 12)),
    ),
    lie(
        "killed-runs-on",
        "A killed container is running for ever.",
        ac(16),
        on(_INSPECT, in_state("running"), role="service", after=_KILL),
        may=notes(27),
    ),
    lie(
        "killed-half-way",
        "A killed container has exited, and is still Running.",
        ac(16),
        on(_INSPECT, put("State.Running", True), role="service", after=_KILL),
        may=notes(27),
    ),
    lie(
        "killed-is-dead",
        "A killed container is dead, which Docker says of what it could not delete.",
        ac(16),
        on(_INSPECT, in_state("dead"), role="service", after=_KILL),
        may=notes(27),
    ),
    lie(
        "killed-is-created",
        "A killed container is as if it had never been started.",
        ac(16),
        on(_INSPECT, in_state("created"), role="service", after=_KILL),
        may=notes(27),
    ),
    lie(
        "removed-is-dead",
        "A deleted container is dead instead of gone.",
        ac(18) | notes(9, 19),
        on(_INSPECT, undead(_dead)),
    ),
)
