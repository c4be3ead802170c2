"""Right the first time, wrong the second: what a test that asks once never sees."""

from __future__ import annotations

from typing import Any

from falsify.call_target import CallTarget
from falsify.catalogue.gitlab.needs import NEED_VOLUMES, STILL_THERE
from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.proxy_session import Call, Per
from falsify.response_rules import body, cut, edited, header, pretend, put, refuse
from falsify.stateful_rules import stale, undead
from falsify.streaming import Bytes, client_bytes, daemon_bytes, silence

lie = in_layer(Layer.ONLY_FIRST)

_INSPECT = "container.inspect"
_EXPECTED_ALIASES = ("postgres", "db")


async def _nothing(call: Call, source: Bytes) -> Bytes:
    """No bytes, and no end."""
    await silence()
    yield b""


def _forgets_aliases(call: Call, content: Any) -> None:
    for network in content["NetworkSettings"]["Networks"].values():
        network["Aliases"] = [alias for alias in network.get("Aliases") or [] if alias not in _EXPECTED_ALIASES]


def _lists_who_left(call: Call, content: Any) -> None:
    known = call.memory.setdefault("once here", {})
    known |= {each.id: {"Name": each.name} for each in call.session.created if _was_on(each, call)}
    content["Containers"] = known | (content.get("Containers") or {})


def _was_on(container: CallTarget, call: Call) -> bool:
    is_ours = container.kind == "container" and container.job == call.target.job
    return is_ours and call.session.has_happened("container.start", container)


def lists_deleted(call: Call, content: Any) -> None:
    """A network's inspect with the job's deleted containers among those on it."""
    deleted = {each.id: {"Name": each.name} for each in call.session.created if _was_deleted(each, call)}
    content["Containers"] = deleted | (content.get("Containers") or {})


def _was_deleted(container: CallTarget, call: Call) -> bool:
    is_ours = container.kind == "container" and container.job == call.target.job
    return is_ours and call.session.has_happened("container.remove", container)


def _lists_the_dead(call: Call, content: Any) -> Any:
    dead = [each for each in call.session.created if call.session.has_happened("container.remove", each)]
    return content + [{"Id": each.id, "Names": [f"/{each.name}"], "Labels": {}, "State": "dead"} for each in dead]


LIES = (
    lie(
        "ping-announces-1.45-later",
        "Pings announce 1.44 once and 1.45 from then on.",
        ac(1),
        on("ping", header("Api-Version", "1.45"), since=2),
    ),
    lie(
        "image-config-once",
        "An image's Config is shown once.",
        ac(3),
        on("image.inspect", cut("Config"), since=2),
        may=notes(23),
    ),
    lie(
        "service-known-once",
        "A service container is known to its first inspect only.",
        ac(7) | notes(5),
        on(_INSPECT, refuse(404, "no such container"), role="service", since=2),
        may=ac(6, 8, 16, 17) | notes(27),
    ),
    lie(
        "build-known-once",
        "A build container is known to its first inspect only.",
        ac(10),
        on(_INSPECT, refuse(404, "no such container"), role="build", since=2),
        may=ac(9, 11, 13, 17) | notes(12, 17, 18),
    ),
    lie(
        "service-aliases-until-start",
        "A service shows its aliases until it is started.",
        ac(8),
        on(_INSPECT, edited(_forgets_aliases), role="service", after="container.start"),
    ),
    lie(
        "service-network-until-start",
        "A service shows its networks until it is started.",
        ac(8),
        on(_INSPECT, put("NetworkSettings.Networks", {}), role="service", after="container.start"),
        may=ac(6),
    ),
    lie(
        "second-attach-is-dead",
        "The first attach of a job works, the second hands over a connection that carries nothing.",
        ac(15) | notes(15),
        on("container.attach", client_bytes(_nothing), only=2, per=Per.JOB),
        on("container.attach", daemon_bytes(_nothing), only=2, per=Per.JOB),
        unobservable=unseen("Whether the shell was told to exit cannot be seen.", notes(12)),
    ),
    lie(
        "second-disconnect-unheard",
        "Only the first disconnect from a network does anything.",
        ac(17),
        on("network.disconnect", pretend(200), since=2),
        may=notes(25),
    ),
    lie(
        "second-disconnect-500",
        "Only the first disconnect from a network succeeds.",
        ac(17),
        on("network.disconnect", refuse(500), since=2),
        may=notes(25),
    ),
    lie(
        "network-known-once",
        "A network is known to its first inspect only.",
        ac(17),
        on("network.inspect", refuse(404, "no such network"), since=2),
        may=ac(4, 19) | notes(9, 25),
    ),
    lie(
        "network-lists-who-left",
        "A network lists who was once on it.",
        notes(25),
        on("network.inspect", edited(_lists_who_left)),
        is_known=True,
    ),
    lie(
        "network-lists-who-is-deleted",
        "A network goes on to list the containers that were deleted.",
        notes(25),
        on("network.inspect", edited(lists_deleted)),
        is_known=True,
    ),
    lie(
        "second-remove-unheard",
        "Only the first delete of a job removes its container.",
        ac(18),
        on("container.remove", pretend(204), since=2, per=Per.JOB),
        may=notes(25, 26),
        unobservable=STILL_THERE,
    ),
    lie(
        "removed-returns",
        "A deleted container is unknown to inspect, and listed again.",
        ac(21),
        on("container.list", edited(_lists_the_dead)),
        may=ac(18),
    ),
    lie(
        "second-volume-remove-unheard",
        "Only the first delete of a job removes its volume.",
        ac(20) | notes(9),
        on("volume.remove", pretend(204), since=2, per=Per.JOB),
    ),
    lie(
        "second-volume-500",
        "Only the first volume of a job can be created.",
        ac(22),
        on("volume.create", refuse(500), since=2, per=Per.JOB),
        unobservable=unseen("There is no volume that containers could mount.", NEED_VOLUMES),
        may=ac(5) | notes(20),
    ),
    lie(
        "containers-stale",
        "The list of containers never changes again.",
        ac(21),
        on("container.list", stale()),
        may=ac(8, 9, 14, 16, 18) | ac(6),
    ),
    lie(
        "networks-stale",
        "The list of networks never changes again.",
        ac(21),
        on("network.list", stale()),
        may=ac(19),
    ),
    lie(
        "containers-null-later",
        "The list of containers is null from the second time on.",
        ac(21),
        on("container.list", body(b"null\n"), since=2),
        may=ac(6, 9, 14, 18),
    ),
    lie(
        "deleted-network-known",
        "A deleted network is still known to inspect.",
        ac(19) | notes(9),
        on("network.inspect", undead()),
    ),
    lie(
        "deleted-volume-known",
        "A deleted volume is still known to inspect.",
        ac(20) | notes(9),
        on("volume.inspect", undead()),
    ),
    lie(
        "deleted-container-known",
        "A deleted container is still known to inspect.",
        ac(18) | notes(9, 19),
        on(_INSPECT, undead()),
    ),
)
