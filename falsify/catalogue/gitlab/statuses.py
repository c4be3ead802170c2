"""Lies about status codes: another one than the documented, whether it happens or not."""

from __future__ import annotations

from falsify.catalogue.gitlab.needs import NEED_NETWORK, NEED_VOLUMES, NETWORK_STAYS, STILL_THERE
from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Forward
from falsify.response_rules import fail, header, pretend, refuse, status
from support.api.messages import Answer, made, refusal

lie = in_layer(Layer.STATUS)


async def _unknown_is_an_error(call: Call, forward: Forward) -> Answer:
    """What is not there is answered by 500."""
    answer = await forward(call)
    return refusal(500, "internal error") if answer.status == 404 else answer


async def _missing_is_fine(call: Call, forward: Forward) -> Answer:
    """What is not there is said to have been done."""
    answer = await forward(call)
    return made(204) if answer.status == 404 else answer


async def _no_head(call: Call, forward: Forward) -> Answer:
    """Routes are there for the methods that a document names."""
    return refusal(405, "method not allowed") if call.request.method == "HEAD" else await forward(call)


LIES = (
    lie("ping-500", "The ping is answered by 500.", ac(1) | notes(16), on("ping", refuse(500))),
    lie("ping-head-405", "A ping by HEAD is not allowed.", notes(16), on("ping", _no_head)),
    lie("ping-204", "The ping is answered by 204.", ac(1) | notes(16), on("ping", status(204))),
    lie("pull-500", "The image is pulled, and the answer is 500.", ac(2), on("image.pull", fail(500))),
    lie("pull-201", "The pull is answered by 201.", ac(2), on("image.pull", status(201))),
    lie(
        "image-404",
        "No image is ever known.",
        ac(2, 3),
        on("image.inspect", refuse(404, "no such image")),
        may=notes(21, 23),
    ),
    lie("network-200", "The network is created with 200.", ac(4), on("network.create", status(200))),
    lie("network-500", "The network is created, and the answer is 500.", ac(4), on("network.create", fail(500))),
    lie(
        "network-409",
        "Every network's name is said to be taken.",
        ac(4),
        on("network.create", refuse(409)),
        unobservable=unseen("There is no network that containers could be created on.", NEED_NETWORK),
        prevents="the network",
    ),
    lie("volume-200", "The volume is created with 200.", ac(5) | notes(20), on("volume.create", status(200))),
    lie(
        "volume-409",
        "Every volume's name is said to be taken.",
        ac(5),
        on("volume.create", refuse(409)),
        unobservable=unseen("There is no volume that containers could mount.", NEED_VOLUMES),
        prevents="the volumes",
        may=notes(24),
    ),
    lie(
        "service-create-200",
        "The service container is created with 200.",
        ac(6),
        on("container.create", status(200), role="service"),
    ),
    lie(
        "build-create-200",
        "The build container is created with 200.",
        ac(9),
        on("container.create", status(200), role="build"),
    ),
    lie(
        "helper-create-500",
        "The helper container is created, and the answer is 500.",
        ac(14),
        on("container.create", fail(500), role="helper"),
    ),
    lie("service-start-200", "The service starts with 200.", ac(7), on("container.start", status(200), role="service")),
    lie(
        "service-start-304",
        "The service's start is answered as if it ran already.",
        ac(7),
        on("container.start", status(304), role="service"),
    ),
    lie(
        "attach-200",
        "The attach is answered by 200, and the stream follows.",
        ac(10),
        on("container.attach", status(200), role="build"),
        may=notes(17),
        unobservable=unseen(
            "Nothing is attached to the build container, so no script reaches it.",
            ac(11, 12, 13) | notes(4, 6, 7, 11, 12, 15, 18),
        ),
        prevents="the stream",
    ),
    lie(
        "attach-409",
        "Only a running container can be attached to.",
        ac(10) | notes(17),
        on("container.attach", refuse(409, "container is not running"), role="build"),
        unobservable=unseen("No stream is handed over that a script could be sent on.", ac(11, 12, 13) | notes(12, 15)),
        prevents="the attached stream",
    ),
    lie(
        "helper-attach-404",
        "The helper container is unknown to attach.",
        ac(15),
        on("container.attach", refuse(404), role="helper"),
        unobservable=unseen("No stream of the helper container is handed over.", notes(1, 2, 3, 4)),
        prevents="the attached stream",
    ),
    lie(
        "build-start-200",
        "The build starts with 200.",
        ac(11) | notes(17),
        on("container.start", status(200), role="build"),
    ),
    lie(
        "build-start-500",
        "The build container starts, and the answer is 500.",
        ac(11),
        on("container.start", fail(500), role="build"),
        unobservable=unseen(
            "That a refused container runs is not shown by an inspect: build C says so of what never ran.",
            ac(12, 13) | notes(4, 6, 7, 11, 12, 15, 17, 18),
        ),
    ),
    lie("helper-start-200", "The helper starts with 200.", ac(15), on("container.start", status(200), role="helper")),
    lie("wait-500", "A wait is refused.", ac(13) | notes(11, 12, 18), on("container.wait", refuse(500), role="build")),
    lie("wait-204", "A wait gets 204.", ac(13) | notes(11, 12, 18), on("container.wait", status(204), role="build")),
    lie("kill-200", "The kill is answered by 200.", ac(16), on("container.kill", status(200))),
    lie(
        "kill-500",
        "The container is killed, and the answer is 500.",
        ac(16),
        on("container.kill", fail(500)),
        unobservable=unseen("What ends after a refused kill may have ended otherwise.", notes(27)),
    ),
    lie(
        "kill-409",
        "What runs is said not to run when it is killed.",
        ac(16),
        on("container.kill", refuse(409)),
        may=notes(27),
        prevents="the kill",
        unobservable=unseen("Nothing was killed, so that nothing could end by itself.", notes(27)),
    ),
    lie("stop-500", "A stop is answered by 500.", ac(22) | notes(18), on("container.stop", fail(500))),
    lie("stop-404", "A container is unknown to stop.", ac(22) | notes(18), on("container.stop", refuse(404))),
    lie("disconnect-204", "A disconnect is answered by 204.", ac(17), on("network.disconnect", status(204))),
    lie("disconnect-500", "A disconnect is refused.", ac(17), on("network.disconnect", refuse(500)), may=notes(25)),
    lie(
        "remove-200",
        "A delete is answered by 200.",
        ac(18) | notes(19),
        on("container.remove", status(200)),
    ),
    lie(
        "remove-409",
        "Force is not enough to delete the helper container.",
        ac(18),
        on("container.remove", refuse(409), role="helper"),
        may=notes(25, 26),
        unobservable=STILL_THERE,
        prevents="the delete",
    ),
    lie("network-remove-200", "A network's delete is answered by 200.", ac(19), on("network.remove", status(200))),
    lie(
        "network-remove-403",
        "Networks stay.",
        ac(19) | notes(9),
        on("network.remove", refuse(403)),
        unobservable=NETWORK_STAYS,
        prevents="the delete",
    ),
    lie("volume-remove-200", "A volume's delete is answered by 200.", ac(20), on("volume.remove", status(200))),
    lie("volume-remove-409", "The volumes stay in use.", ac(20) | notes(9), on("volume.remove", refuse(409))),
    lie(
        "gone-is-500",
        "Whatever is not there is answered by 500.",
        ac(18, 19, 20) | notes(8, 9, 19),
        on(("container.inspect", "network.inspect", "volume.inspect"), _unknown_is_an_error, of_strangers=True),
        may=notes(25, 26),
    ),
    lie(
        "missing-starts",
        "A container that does not exist is started with 204.",
        notes(8),
        on("container.start", _missing_is_fine, of_strangers=True),
    ),
    lie(
        "unknown-route-200",
        "A route that does not exist is answered by 200.",
        notes(8),
        on("other", pretend(200, b"ok\n")),
    ),
    lie(
        "unknown-route-in-plain-text",
        "A route that does not exist is answered by 404 in plain text.",
        notes(8),
        on("other", header("Content-Type", "text/plain; charset=utf-8")),
        on("other", pretend(404, b"404 page not found\n")),
        is_known=True,
    ),
)
