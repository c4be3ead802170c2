"""Lies about time: too early, too late, not at all, or done only after it was said to be done."""

from __future__ import annotations

import asyncio

from falsify.catalogue.gitlab.needs import NETWORK_STAYS
from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Forward
from falsify.response_rules import in_passing, late, never, pretend, seconds_of, truncated, withheld
from falsify.stateful_rules import delayed, hidden_for
from falsify.streaming import Bytes, daemon_bytes
from support.api.messages import Answer

lie = in_layer(Layer.TIMING)

_START = "container.start"
_SOON = 1.5  # seconds, longer than an inspect that follows at once takes


async def _when_started(call: Call, forward: Forward) -> Answer:
    """The 101 comes only once the container starts."""
    answer = await forward(call)
    await call.session.happens(_START, call.target)
    return answer


async def _past_its_deadline(call: Call, source: Bytes) -> Bytes:
    async for data in source:
        await asyncio.sleep(seconds_of(call, "stop_timeout"))
        yield data


LIES = (
    lie(
        "ping-late",
        "Pings are answered past their deadline.",
        ac(1),
        on("ping", late("exchange_timeout"), since=2),
        may=notes(16),
    ),
    lie("pull-breaks-off", "A pull's stream breaks off.", ac(2), on("image.pull", truncated())),
    lie(
        "network-create-late",
        "A new network is answered past the deadline.",
        ac(4),
        on("network.create", late("exchange_timeout")),
    ),
    lie(
        "volume-visible-late",
        "A new volume is unknown for a while.",
        ac(5),
        on("volume.inspect", hidden_for(_SOON)),
        may=notes(24),
    ),
    lie(
        "service-visible-late",
        "A new service container is unknown for a while.",
        ac(6),
        on("container.inspect", hidden_for(_SOON), role="service"),
        may=ac(7, 8) | notes(5),
    ),
    lie(
        "service-start-never-answered",
        "A service starts, and its start is never answered.",
        ac(7),
        on(_START, never(), role="service"),
        unobservable=unseen(
            "The start is never answered, so nothing says that the service runs.", ac(8, 16) | notes(5, 6, 7, 19, 27)
        ),
    ),
    lie(
        "attach-waits-for-start",
        "The attach is answered once the container starts.",
        ac(10),
        on("container.attach", _when_started, role="build"),
        unobservable=unseen(
            "Nothing is attached to the build container, so no script reaches it.",
            ac(11, 12, 13) | notes(4, 6, 7, 11, 12, 15),
        ),
    ),
    lie(
        "helper-attach-waits-for-start",
        "The attach to a helper is answered once it starts.",
        ac(15),
        on("container.attach", _when_started, role="helper"),
        unobservable=unseen("Nothing is attached to the helper container.", notes(1, 2, 3, 4)),
    ),
    lie(
        "build-start-does-not-block",
        "A build container's start is answered before it has started.",
        ac(11),
        on(_START, delayed(204, _SOON), role="build"),
        is_known=True,
        may=notes(11, 12),
        unobservable=unseen("The container has not started when its wait comes, which is then due.", ac(13)),
    ),
    lie(
        "output-late",
        "A build container's output comes past its deadline.",
        ac(12),
        on("container.attach", daemon_bytes(_past_its_deadline), role="build"),
        may=notes(15, 17),
    ),
    lie(
        "wait-answers-at-once",
        "A wait is answered at once.",
        ac(13) | notes(11, 12, 18),
        on("container.wait", pretend(200, {"StatusCode": 0}), role="build"),
        is_known=True,
    ),
    lie(
        "wait-never-answers",
        "A wait is never answered.",
        ac(13) | notes(11, 12, 18),
        on("container.wait", never(), role="build"),
    ),
    lie(
        "wait-headers-withheld",
        "A wait sends its headers only at the exit.",
        notes(11),
        on("container.wait", withheld()),
        is_known=True,
    ),
    lie(
        "wait-late",
        "A wait's answer comes past its deadline.",
        ac(13) | notes(12, 18),
        on("container.wait", in_passing(lambda content: content, "stop_timeout"), role="build"),
    ),
    lie("helper-wait-never", "A helper's wait goes on.", ac(15), on("container.wait", never(), role="helper")),
    lie(
        "kill-takes-long",
        "A kill ends nothing in time.",
        ac(16),
        on("container.kill", delayed(204, "stop_timeout")),
        may=notes(27),
    ),
    lie(
        "disconnect-takes-long",
        "A disconnect is answered before it happens.",
        ac(17),
        on("network.disconnect", delayed(200, _SOON)),
        may=notes(25),
    ),
    lie(
        "remove-takes-long",
        "A container's delete is answered before it happens.",
        ac(18),
        on("container.remove", delayed(204, _SOON)),
        unobservable=unseen(
            "The containers are still there, rightly listed, and may use the volumes.", ac(20, 21) | notes(26)
        ),
    ),
    lie(
        "network-remove-takes-long",
        "A network's delete is answered before it happens.",
        ac(19),
        on("network.remove", delayed(204, _SOON)),
        unobservable=NETWORK_STAYS,
    ),
    lie(
        "volume-remove-takes-long",
        "A volume's delete is answered before it happens.",
        ac(20),
        on("volume.remove", delayed(204, _SOON)),
    ),
    lie(
        "service-leaves-created-late",
        "A service is started only past the deadline for its start.",
        ac(7),
        on(_START, delayed(204, "start_timeout"), role="service"),
        may=notes(5) | ac(8),  # which may be inspected only when most of that time is over,
        unobservable=unseen("The service does not run yet.", ac(16) | notes(6, 7, 27)),
    ),
)
