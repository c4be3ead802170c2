"""Lies about side effects: the answer is right, and what it says did not happen, or not all of it."""

from __future__ import annotations

import secrets
from typing import Any

from falsify.catalogue.gitlab.needs import NEED_NETWORK, NETWORK_STAYS, STILL_THERE
from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Forward
from falsify.response_rules import asked, edited, pretend, refuse, without_labels
from falsify.runner_rules import without_binds
from support.api.messages import Answer, made

lie = in_layer(Layer.EFFECTS)

_PROGRESS = b'{"status":"Pulling from library/alpine"}\r\n{"status":"Status: Downloaded newer image"}\r\n'
_CREATE, _INSPECT = "container.create", "container.inspect"


async def _never_created(call: Call, forward: Forward) -> Answer:
    """A good answer with an ID that nothing has."""
    if call.target.kind == "volume":
        return made(201, {**call.request.json(), "Driver": "local", "Mountpoint": "/volumes/none", "Scope": "local"})
    return made(201, {"Id": secrets.token_hex(32), "Warnings": []})


def _without_command(call: Call, content: Any) -> None:
    content.pop("Cmd")


def _without_aliases(call: Call, content: Any) -> None:
    for endpoint in content["NetworkingConfig"]["EndpointsConfig"].values():
        endpoint.pop("Aliases", None)


def _without_network(call: Call, content: Any) -> None:
    content.pop("NetworkingConfig")
    content["HostConfig"]["NetworkMode"] = "none"


def _without_cache(call: Call, content: Any) -> None:
    content["HostConfig"]["Binds"] = [bind for bind in content["HostConfig"]["Binds"] if not bind.endswith(":/cache")]


def _one_alias(call: Call, content: Any) -> None:
    for endpoint in content["NetworkingConfig"]["EndpointsConfig"].values():
        endpoint["Aliases"] = endpoint["Aliases"][:1]


def _alias_too_many(call: Call, content: Any) -> None:
    for endpoint in content["NetworkingConfig"]["EndpointsConfig"].values():
        endpoint["Aliases"].append("no-such-alias")


def _shows_aliases(call: Call, content: Any) -> None:
    for network in content["NetworkSettings"]["Networks"].values():
        network["Aliases"] = ["postgres", "db"]


def _shows_mounts(call: Call, content: Any) -> None:
    job = call.target.name.removesuffix("-helper")
    content["Mounts"] = [
        {"Type": "volume", "Name": f"{job}-{purpose}", "Destination": f"/{place}", "RW": True}
        for purpose, place in (("build", "builds"), ("cache", "cache"))
    ]


def _other_volume(call: Call, content: Any) -> None:
    content["HostConfig"]["Binds"] = [bind.replace("-build:", "-cache:") for bind in content["HostConfig"]["Binds"]]


def _of_another_image(call: Call, content: Any) -> None:
    content["Image"] = "alpine:latest"


def _closed_stdin(call: Call, content: Any) -> None:
    content["OpenStdin"] = False


async def _stops_instead(call: Call, forward: Forward) -> Answer:
    """A delete only stops."""
    await call.session.ask(call.but(method="POST", target=f"/containers/{call.target.id}/stop?t=0"))
    return made(204)


async def _without_volumes(call: Call, forward: Forward) -> Answer:
    """A delete without ``v=true``."""
    return await forward(call.but(target=call.request.target.replace("v=true", "v=false")))


async def _with_named_volumes(call: Call, forward: Forward) -> Answer:
    """The volumes go too, if no other container uses them."""
    answer = await forward(call)
    for volume in [each for each in call.session.created if (each.kind, each.job) == ("volume", call.target.job)]:
        await call.session.ask(call.but(target=f"/volumes/{volume.name}"))
    return answer


async def _other_signal(call: Call, forward: Forward) -> Answer:
    """SIGURG, which nothing minds, instead of what was asked for."""
    return await forward(call.but(target=call.request.target.replace("SIGTERM", "SIGURG")))


async def _sigkill(call: Call, forward: Forward) -> Answer:
    """SIGKILL, whatever was asked for."""
    return await forward(call.but(target=call.request.target.replace("SIGTERM", "SIGKILL")))


_NEED_IMAGE = ac(*range(6, 19), 21) | notes(*range(1, 8), 9, 10, 11, 12, 15, 17, 18, 19, 25, 26, 27)

LIES = (
    lie(
        "pull-nothing",
        "A pull streams progress, and the image is not there afterwards.",
        ac(2) | notes(13),
        on("image.pull", pretend(200, _PROGRESS)),
        on("image.inspect", refuse(404, "no such image")),
        is_known=True,
        unobservable=unseen(
            "There is no image that containers could be created of.", _NEED_IMAGE | ac(3) | notes(14, 21, 23)
        ),
        may=ac(3) | notes(21, 23),
    ),
    lie(
        "pull-of-anything-succeeds",
        "A pull streams progress without an error, whether the image exists or not.",
        notes(13),
        on("image.pull", pretend(200, _PROGRESS)),
        is_known=True,
    ),
    lie(
        "create-needs-no-image",
        "A container is created from an image that was never pulled.",
        notes(14),
        on(_CREATE, asked(_of_another_image), role="missing"),
        is_known=True,
    ),
    lie(
        "network-never-created",
        "A network is only said to be created.",
        ac(4),
        on("network.create", _never_created),
        unobservable=unseen(
            "No container can be started on a network that is not there.",
            NEED_NETWORK | ac(7, 11, 12, 13, 15, 16) | notes(1, 2, 3, 4, 5, 11, 12, 15, 17, 18, 19, 27),
        ),
    ),
    lie("network-unlabelled", "A network's labels are dropped.", ac(4), on("network.create", asked(without_labels))),
    lie(
        "volume-never-created",
        "A volume is only said to be created.",
        ac(5),
        on("volume.create", _never_created),
        may=notes(24),
    ),
    lie("volume-unlabelled", "A volume's labels are dropped.", notes(24), on("volume.create", asked(without_labels))),
    lie(
        "cache-volume-unlabelled",
        "The cache volume's labels are dropped.",
        notes(24),
        on("volume.create", asked(without_labels), role="cache"),
    ),
    lie(
        "service-never-created",
        "A service is not created.",
        ac(6),
        on(_CREATE, _never_created, role="service"),
        unobservable=unseen(
            "There is no service container.", ac(17, 18, 21) | notes(25, 26) | ac(7, 8, 16) | notes(5, 6, 7, 19, 27)
        ),
    ),
    lie(
        "build-never-created",
        "A build is not created.",
        ac(9),
        on(_CREATE, _never_created, role="build"),
        unobservable=unseen(
            "There is no build container.",
            ac(17, 18, 21) | notes(25, 26) | ac(10, 11, 12, 13) | notes(4, 6, 7, 9, 11, 12, 15, 17, 18),
        ),
    ),
    lie(
        "helper-never-created",
        "A helper is not created.",
        ac(14),
        on(_CREATE, _never_created, role="helper"),
        unobservable=unseen(
            "There is no helper container.", ac(17, 18, 21) | notes(25, 26) | ac(15) | notes(1, 2, 3, 4)
        ),
    ),
    lie(
        "service-aliases-dropped",
        "A service joins the network without its aliases.",
        ac(8),
        on(_CREATE, asked(_without_aliases), role="service"),
        may=notes(6),
        unobservable=unseen("PostgreSQL answers under no alias that another name could be compared with.", notes(7)),
    ),
    lie(
        "service-alias-dropped",
        "A service joins the network with the first of its aliases only.",
        ac(8),
        on(_CREATE, asked(_one_alias), role="service"),
        may=notes(6),
    ),
    lie(
        "service-aliases-only-told",
        "A service shows its aliases, and nobody can reach it by them.",
        notes(6),
        on(_CREATE, asked(_without_aliases), role="service"),
        on(_INSPECT, edited(_shows_aliases), role="service"),
        unobservable=unseen("PostgreSQL answers under no alias that another name could be compared with.", notes(7)),
    ),
    lie(
        "service-alias-too-many",
        "A service answers to a name that nobody gave it.",
        notes(7),
        on(_CREATE, asked(_alias_too_many), role="service"),
    ),
    lie(
        "helper-mounts-only-told",
        "A helper shows the volumes, and writes elsewhere.",
        notes(4),
        on(_CREATE, asked(without_binds), role="helper"),
        on(_INSPECT, edited(_shows_mounts), role="helper"),
    ),
    lie(
        "helper-cache-not-mounted",
        "A helper shows the cache volume, and keeps elsewhere what is for the next job.",
        notes(4),
        on(_CREATE, asked(_without_cache), role="helper"),
        on(_INSPECT, edited(_shows_mounts), role="helper"),
    ),
    lie(
        "service-mounts-dropped",
        "A service has none of the volumes.",
        ac(6),
        on(_CREATE, asked(without_binds), role="service"),
    ),
    lie("build-cache-dropped", "A build lacks the cache.", ac(9), on(_CREATE, asked(_without_cache), role="build")),
    lie(
        "build-network-dropped",
        "A build container is on no network.",
        ac(9),
        on(_CREATE, asked(_without_network), role="build"),
        unobservable=unseen("The build container is on no network.", ac(17) | notes(6, 7, 25)),
    ),
    lie("build-unlabelled", "A build's labels are dropped.", ac(9), on(_CREATE, asked(without_labels), role="build")),
    lie("build-cmd-dropped", "Its command is dropped.", ac(9), on(_CREATE, asked(_without_command), role="build")),
    lie(
        "build-stdin-dropped",
        "A build's stdin is closed.",
        ac(9),
        on(_CREATE, asked(_closed_stdin), role="build"),
        may=ac(11, 12) | notes(15, 17),
        unobservable=unseen("A shell without stdin ends at once.", ac(12, 13) | notes(4, 6, 7, 11, 12, 15, 17, 18)),
    ),
    lie(
        "helper-mounts-dropped",
        "Its volumes are dropped.",
        ac(14),
        on(_CREATE, asked(without_binds), role="helper"),
        may=notes(4),
    ),
    lie(
        "helper-other-volume",
        "Its volumes are mixed up.",
        ac(14),
        on(_CREATE, asked(_other_volume), role="helper"),
        may=notes(4),
    ),
    lie(
        "helper-network-dropped",
        "A helper container is on no network.",
        ac(14),
        on(_CREATE, asked(_without_network), role="helper"),
        unobservable=unseen("The helper container is on no network.", ac(17) | notes(25)),
    ),
    lie(
        "service-not-started",
        "A service does not start.",
        ac(7) | notes(5),
        on("container.start", pretend(204), role="service"),
        unobservable=unseen("The service container never runs.", ac(8, 16) | notes(6, 7, 19, 27)),
        may=ac(8),
    ),
    lie(
        "build-not-started",
        "A build does not start.",
        ac(11),
        on("container.start", pretend(204), role="build"),
        unobservable=unseen("The build container never runs.", ac(12, 13) | notes(4, 6, 7, 11, 12, 15, 17, 18)),
        may=ac(12) | notes(15, 17),
    ),
    lie(
        "helper-not-started",
        "A helper does not start.",
        ac(15) | notes(1, 2, 3),
        on("container.start", pretend(204), role="helper"),
        unobservable=unseen("The helper container never runs.", notes(4)),
    ),
    lie(
        "kill-unheard",
        "A kill has no effect.",
        ac(16),
        on("container.kill", pretend(204)),
        may=notes(27),
        unobservable=unseen("Nothing was killed, so that nothing could end by itself.", notes(27)),
    ),
    lie(
        "kill-other-signal",
        "A kill sends another signal.",
        ac(16),
        on("container.kill", _other_signal),
        may=notes(27),
        unobservable=unseen("Nothing was killed, so that nothing could end by itself.", notes(27)),
    ),
    lie("kill-is-sigkill", "A kill always sends SIGKILL.", notes(27), on("container.kill", _sigkill)),
    lie(
        "disconnect-unheard",
        "A disconnect does nothing.",
        ac(17),
        on("network.disconnect", pretend(200)),
        is_known=True,
        may=notes(25),
    ),
    lie(
        "remove-unheard",
        "A delete removes nothing.",
        ac(18) | notes(9, 19),
        on("container.remove", pretend(204)),
        may=notes(25, 26),
        unobservable=STILL_THERE,
    ),
    lie(
        "remove-only-stops",
        "A delete only stops.",
        ac(18) | notes(9, 19),
        on("container.remove", _stops_instead),
        may=notes(25, 26),
        unobservable=STILL_THERE,
    ),
    lie(
        "remove-forgets-helper",
        "A delete removes no helper container.",
        ac(18),
        on("container.remove", pretend(204), role="helper"),
        may=notes(25, 26),
        unobservable=STILL_THERE,
    ),
    lie(
        "anonymous-volumes-stay",
        "A delete leaves the anonymous volumes of its container.",
        notes(26),
        on("container.remove", _without_volumes),
    ),
    lie(
        "remove-takes-named-volumes",
        "The delete of the last container takes the job's volumes along.",
        notes(26),
        on("container.remove", _with_named_volumes, role="helper"),
        may=ac(20, 22),
        unobservable=unseen("The volumes have gone with a container.", ac(20, 22)),
    ),
    lie(
        "network-remove-unheard",
        "A network stays.",
        ac(19) | notes(9),
        on("network.remove", pretend(204)),
        unobservable=NETWORK_STAYS,
    ),
    lie("volume-remove-unheard", "A delete removes no volume.", ac(20) | notes(9), on("volume.remove", pretend(204))),
    lie(
        "cache-remove-unheard",
        "A delete removes no cache volume.",
        ac(20) | notes(9),
        on("volume.remove", pretend(204), role="cache"),
    ),
)
