"""What is seen only by asking again and elsewhere: a second later, in a list, of every container, about whom it is.

Right at first and wrong a second later; inspect says one thing and a list another; wrong of one container or volume of
several; an answer about another object. A criterion is violated by what changes without being asked to.
"""

from __future__ import annotations

from falsify.catalogue.gitlab.needs import STILL_THERE
from falsify.lies import Layer, ac, in_layer, notes, on, unseen
from falsify.list_rules import having, listed, missing, removed_listed
from falsify.proxy_session import Handler, Rule
from falsify.response_rules import header, in_state, pretend, put, refuse
from falsify.stateful_rules import back_on_network, has_exited, is_running, later, undead

first_lie = in_layer(Layer.ONLY_FIRST)
state_lie = in_layer(Layer.STATES)
body_lie = in_layer(Layer.BODIES)
effect_lie = in_layer(Layer.EFFECTS)

_INSPECT, _LIST, _START = "container.inspect", "container.list", "container.start"
_OTHER_ID = "f" * 64


def _inspect(role: str, handler: Handler, after: str = "") -> Rule:
    return on(_INSPECT, handler, role=role, after=after)


_A_SECOND_LATER = (
    first_lie(
        "version-changes-later",
        "A second after its first ping the daemon announces another API version.",
        ac(1),
        on("ping", later(header("Api-Version", "1.45"))),
        may=notes(16),
    ),
    first_lie(
        "image-forgotten-later",
        "A pulled image is unknown a second later.",
        ac(2),
        on("image.inspect", later(refuse(404, "no such image"))),
        may=ac(3) | notes(8, 21, 23),
    ),
    first_lie(
        "network-unlabelled-later",
        "A network has lost its labels a second later.",
        ac(4),
        on("network.inspect", later(put("Labels", {}))),
    ),
    first_lie(
        "volume-forgotten-later",
        "A volume is unknown a second later.",
        ac(5),
        on("volume.inspect", later(refuse(404, "no such volume"))),
        may=ac(20) | notes(24, 26),
    ),
    first_lie(
        "service-off-network-later",
        "A started service is on no network a second later.",
        ac(8),
        _inspect("service", later(put("NetworkSettings.Networks", {}), is_running)),
        may=ac(6, 17),
    ),
    first_lie(
        "service-exits-later",
        "A running service has exited a second later, which nobody asked for.",
        ac(8),
        _inspect("service", later(in_state("exited", ExitCode=1), is_running)),
        may=ac(16) | notes(5, 6, 7, 19),
        unobservable=unseen("The service container is said not to run.", notes(6, 7, 19)),
    ),
    first_lie(
        "build-unlabelled-later",
        "A build container has lost its labels a second later.",
        ac(9),
        _inspect("build", later(put("Config.Labels", {}))),
    ),
    first_lie(
        "build-runs-again-later",
        "A build container that has exited is running a second later.",
        ac(13),
        _inspect("build", later(in_state("running"), has_exited)),
        may=notes(12, 17, 18),
    ),
    first_lie(
        "build-exit-code-changes-later",
        "A build container's exit code is another a second later.",
        ac(13),
        _inspect("build", later(put("State.ExitCode", 1), has_exited)),
        may=notes(12, 17, 18),
    ),
    first_lie(
        "build-vanishes-later",
        "A build container that has exited is unknown a second later.",
        ac(13),
        _inspect("build", later(refuse(404, "no such container"), has_exited)),
        may=ac(9, 17, 18) | notes(12, 17, 18),
    ),
    first_lie(
        "helper-runs-again-later",
        "A helper container that has exited is running a second later.",
        ac(15),
        _inspect("helper", later(in_state("running"), has_exited)),
    ),
    first_lie(
        "helper-exit-code-changes-later",
        "A helper container's exit code is another a second later.",
        ac(15),
        _inspect("helper", later(put("State.ExitCode", 1), has_exited)),
    ),
    first_lie(
        "killed-runs-again-later",
        "A killed container is running a second later.",
        ac(16),
        _inspect("service", later(in_state("running"), has_exited)),
    ),
    first_lie(
        "killed-vanishes-later",
        "A killed container is unknown a second later, and nobody deleted it.",
        ac(16),
        _inspect("service", later(refuse(404, "no such container"), has_exited)),
        may=ac(17, 18),
    ),
    first_lie(
        "back-on-network-later",
        "A disconnected container is on the network again a second later.",
        ac(17),
        on(_INSPECT, back_on_network()),
    ),
    first_lie(
        "removed-container-back-later",
        "A deleted container is there again a second later.",
        ac(18),
        on(_INSPECT, undead(seconds=1.0)),
        may=notes(9, 19),
    ),
    first_lie(
        "removed-service-back-later",
        "A deleted service container, and no other one, is there again a second later.",
        ac(18),
        _inspect("service", undead(seconds=1.0)),
        may=notes(9, 19),
    ),
    first_lie(
        "removed-network-back-later",
        "A deleted network is there again a second later.",
        ac(19),
        on("network.inspect", undead(seconds=1.0)),
        may=notes(9),
    ),
    first_lie(
        "removed-volume-back-later",
        "A deleted volume is there again a second later.",
        ac(20),
        on("volume.inspect", undead(seconds=1.0)),
        may=notes(9),
    ),
    first_lie(
        "removed-cache-back-later",
        "A deleted cache volume, and no other one, is there again a second later.",
        ac(20),
        on("volume.inspect", undead(seconds=1.0), role="cache"),
        may=notes(9),
    ),
    first_lie(
        "containers-listed-again-later",
        "Deleted containers are listed again a second later.",
        ac(21),
        on(_LIST, removed_listed("container", after=1.0)),
        may=ac(18) | notes(9, 19),
    ),
    first_lie(
        "network-listed-again-later",
        "A deleted network is listed again a second later.",
        ac(21),
        on("network.list", removed_listed("network", after=1.0)),
        may=ac(19) | notes(9),
    ),
)
_OTHERWISE_IN_A_LIST = (
    state_lie(
        "service-listed-exited",
        "A running service is listed as exited.",
        ac(8),
        on(_LIST, listed("service", having(State="exited"), after=_START)),
        may=notes(5),
    ),
    state_lie(
        "build-listed-created",
        "A started build container is listed as created.",
        ac(13),
        on(_LIST, listed("build", having(State="created"), after=_START)),
        may=ac(11),
    ),
    state_lie(
        "build-listed-running",
        "A build container that has exited is listed as running.",
        ac(13),
        on(_LIST, listed("build", having(State="running"), after=_START)),
        may=notes(12),
    ),
    state_lie(
        "killed-listed-running",
        "A killed container is listed as running.",
        ac(16),
        on(_LIST, listed("service", having(State="running"), after="container.kill")),
    ),
    body_lie("service-unlisted", "A service is not listed.", ac(6, 21), on(_LIST, missing("container", "service"))),
    body_lie("build-unlisted", "A build is not listed.", ac(9, 21), on(_LIST, missing("container", "build"))),
    body_lie("helper-unlisted", "A helper is not listed.", ac(14, 21), on(_LIST, missing("container", "helper"))),
    body_lie(
        "label-filter-lacks-service",
        "A list that is filtered by label lacks the service.",
        ac(6),
        on(_LIST, missing("container", "service", by="label")),
    ),
    body_lie(
        "id-filter-lacks-helper",
        "A list that is filtered by ID lacks the helper.",
        ac(14),
        on(_LIST, missing("container", "helper", by="id")),
    ),
    body_lie(
        "build-listed-without-labels",
        "A build container is listed without labels.",
        ac(9),
        on(_LIST, listed("build", having(Labels={}))),
        may=ac(21),
    ),
    body_lie(
        "helper-listed-with-other-image",
        "A helper container is listed with another image.",
        ac(14),
        on(_LIST, listed("helper", having(Image="busybox:latest"))),
    ),
    body_lie(
        "network-unlisted", "A network is not listed.", ac(4, 21), on("network.list", missing("network", "network"))
    ),
    body_lie(
        "volume-unlisted",
        "A volume is not listed.",
        notes(24),
        on("volume.list", missing("volume", "build")),
        may=ac(5),
    ),
    effect_lie(
        "label-filter-lists-removed",
        "A list that is filtered by label has deleted containers.",
        ac(18),
        on(_LIST, removed_listed("container", by="label")),
        may=ac(21) | notes(9, 19),
    ),
    effect_lie(
        "id-filter-lists-removed",
        "A list that is filtered by ID has deleted containers.",
        ac(18),
        on(_LIST, removed_listed("container", by="id")),
        may=notes(19),
    ),
    effect_lie(
        "label-filter-lists-removed-network",
        "A list that is filtered by label has deleted networks.",
        ac(19),
        on("network.list", removed_listed("network", by="label")),
        may=ac(21) | notes(9),
    ),
    effect_lie(
        "removed-volumes-listed",
        "Deleted volumes are listed.",
        ac(20),
        on("volume.list", removed_listed("volume")),
        may=notes(9),
    ),
)
_ONE_OF_SEVERAL = (
    effect_lie(
        "service-disconnect-unheard",
        "A disconnect of the service does nothing, of others it does.",
        ac(17),
        on("network.disconnect", pretend(200), only=1),
    ),
    effect_lie(
        "helper-disconnect-unheard",
        "The third disconnect from a network does nothing.",
        ac(17),
        on("network.disconnect", pretend(200), only=3),
    ),
    effect_lie(
        "remove-forgets-service",
        "A delete removes no service container.",
        ac(18) | notes(19),
        on("container.remove", pretend(204), role="service"),
        may=notes(9),
        unobservable=STILL_THERE,
    ),
    effect_lie(
        "remove-forgets-build",
        "A delete removes no build container.",
        ac(18) | notes(9),
        on("container.remove", pretend(204), role="build"),
        unobservable=STILL_THERE,
    ),
    effect_lie(
        "build-volume-remove-unheard",
        "A delete removes no build volume.",
        ac(20) | notes(9),
        on("volume.remove", pretend(204), role="build"),
    ),
)
_OF_ANOTHER = (
    body_lie(
        "image-of-another",
        "An image's inspect is about another image.",
        ac(3),
        on("image.inspect", put("RepoTags", ["busybox:latest"])),
        may=ac(2) | notes(21, 23),
    ),
    body_lie(
        "network-of-another",
        "A network's inspect is about another network.",
        ac(4),
        on("network.inspect", put("Id", _OTHER_ID)),
        may=ac(17) | notes(25),
    ),
    body_lie(
        "volume-of-another",
        "A volume's inspect is about another volume.",
        ac(5),
        on("volume.inspect", put("Name", "somebody-elses")),
        may=notes(20, 24),
    ),
    body_lie(
        "service-of-another",
        "A service's inspect has another ID.",
        ac(6, 8),
        _inspect("service", put("Id", _OTHER_ID)),
        may=ac(7, 16, 17) | notes(5),
    ),
    body_lie(
        "started-service-of-another",
        "A started service's inspect has another name.",
        ac(8),
        _inspect("service", put("Name", "/somebody-elses"), _START),
        may=ac(6, 7, 16, 17) | notes(5),
    ),
    body_lie(
        "build-of-another",
        "A build container's inspect has another ID.",
        ac(9),
        _inspect("build", put("Id", _OTHER_ID)),
        may=ac(10, 11, 13, 17) | notes(12, 17, 18),
    ),
    body_lie(
        "started-build-of-another",
        "A started build container's inspect has another name.",
        ac(11),
        _inspect("build", put("Name", "/somebody-elses"), _START),
        may=ac(9, 13, 17) | notes(12, 17, 18),
    ),
    body_lie(
        "helper-of-another",
        "A helper container's inspect has another name.",
        ac(14),
        _inspect("helper", put("Name", "/somebody-elses")),
        may=ac(15, 17),
    ),
    body_lie(
        "killed-of-another",
        "A killed container's inspect has another ID.",
        ac(16),
        _inspect("service", put("Id", _OTHER_ID), "container.kill"),
        may=ac(17),
    ),
    body_lie(
        "build-listed-under-another-id",
        "A build container is listed under another ID.",
        ac(9),
        on(_LIST, listed("build", having(Id=_OTHER_ID))),
        may=ac(13, 21),
    ),
)
LIES = (*_A_SECOND_LATER, *_OTHERWISE_IN_A_LIST, *_ONE_OF_SEVERAL, *_OF_ANOTHER)
