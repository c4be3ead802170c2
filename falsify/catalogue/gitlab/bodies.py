"""Lies in bodies: missing, empty, wrong, null, or of another."""

from __future__ import annotations

from typing import Any

from falsify.docker_calls import OPERATIONS
from falsify.lies import Layer, ac, in_layer, notes, on
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import body, cut, edited, in_passing, put
from support.api.messages import Answer

lie = in_layer(Layer.BODIES)

_INSPECT = "container.inspect"
_DRIVEN = ("runner", "whole")  # the second job would use the wrong container in all that it does
_ERROR_IN_STREAM = (
    b'{"status":"Pulling from library/alpine"}\r\n{"errorDetail":{"message":"denied"},"error":"denied"}\r\n'
)


def _of_sibling(role: str) -> Handler:
    """The ID of another container of the job."""

    def edit(call: Call, content: Any) -> None:
        job = call.target.job
        for sibling in call.session.created:
            if (sibling.kind, sibling.role, sibling.job) == ("container", role, job):
                content["Id"] = sibling.id

    return edited(edit)


def _each_network(key: str, value: Any) -> Handler:
    def edit(call: Call, content: Any) -> None:
        for network in content["NetworkSettings"]["Networks"].values():
            network[key] = value

    return edited(edit)


def _errors(content: bytes) -> Handler:
    """Errors with these bytes as their body."""

    async def handler(call: Call, forward: Forward) -> Answer:
        answer = await forward(call)
        return answer.but(body=content) if answer.status >= 400 else answer

    return handler


def _id_is_name(call: Call, content: Any) -> None:
    content["Id"] = call.target.name


def _short_id(call: Call, content: Any) -> None:
    content["Id"] = content["Id"][:12]


def _image(reference: str) -> Handler:
    return put("Config.Image", reference)


def _wait_says(content: bytes) -> Rule:
    """When the container has exited, as it should, and this."""
    return on("container.wait", in_passing(lambda _content: content), role="build")


def _lists_nothing(call: Call, content: Any) -> Any:
    return []


_LOST = b'{"StatusCode":0,"Error":{"Message":"lost"}}\n'
_WAITS = ac(13) | notes(12)
_ANY = tuple(sorted(OPERATIONS))

LIES = (
    lie("pull-says-nothing", "A pull streams nothing at all.", ac(2), on("image.pull", body(b""))),
    lie("pull-says-words", "A pull streams plain text.", ac(2), on("image.pull", body(b"Pulling alpine... done\n"))),
    lie("pull-says-error", "A pull's stream ends in an error.", ac(2), on("image.pull", body(_ERROR_IN_STREAM))),
    lie("pull-says-list", "A pull streams one JSON array.", ac(2), on("image.pull", body(b'[{"status":"done"}]\n'))),
    lie(
        "image-without-config",
        "Image metadata has no Config.",
        ac(3),
        on("image.inspect", cut("Config")),
        may=notes(23),
    ),
    lie(
        "image-config-null",
        "An image's Config is null.",
        ac(3),
        on("image.inspect", put("Config", None)),
        may=notes(23),
    ),
    lie(
        "image-without-env",
        "An image's Config has no Env.",
        ac(3),
        on("image.inspect", cut("Config.Env")),
        may=notes(23),
    ),
    lie("image-env-empty", "An image's Env is empty.", notes(23), on("image.inspect", put("Config.Env", []))),
    lie(
        "image-cmd-a-text",
        "An image's Cmd is a text.",
        ac(3),
        on("image.inspect", put("Config.Cmd", "/bin/sh")),
        may=notes(23),
    ),
    lie(
        "image-without-entrypoint",
        "An image's Config has no Entrypoint, not even null.",
        ac(3),
        on("image.inspect", cut("Config.Entrypoint")),
    ),
    lie("network-without-id", "A new network has no ID.", ac(4), on("network.create", cut("Id"))),
    lie("network-id-empty", "A new network's ID is empty.", ac(4), on("network.create", put("Id", ""))),
    lie("network-id-its-name", "A new network's ID is its name.", ac(4), on("network.create", edited(_id_is_name))),
    lie("network-other-name", "A network is named otherwise.", ac(4), on("network.inspect", put("Name", "bridge"))),
    lie("network-labels-null", "A network's labels are null.", ac(4), on("network.inspect", put("Labels", None))),
    lie(
        "volume-empty",
        "A new volume's answer is an empty object.",
        ac(5),
        on("volume.create", body(b"{}\n")),
        may=notes(20),
    ),
    lie(
        "volume-null",
        "A new volume's answer is null.",
        ac(5),
        on("volume.create", body(b"null\n")),
        may=notes(20),
    ),
    lie(
        "volume-other-name",
        "A new volume is named otherwise.",
        ac(5),
        on("volume.create", put("Name", "data")),
        may=notes(20),
    ),
    lie("volume-without-driver", "A volume has no driver.", notes(24), on("volume.inspect", cut("Driver"))),
    lie("volume-labels-null", "A volume's labels are null.", notes(24), on("volume.inspect", put("Labels", None))),
    lie(
        "service-id-null",
        "A new service container's ID is null.",
        ac(6),
        on("container.create", put("Id", None), role="service"),
    ),
    lie(
        "service-id-short",
        "A new service container's ID has 12 digits.",
        ac(6),
        on("container.create", edited(_short_id), role="service"),
    ),
    lie(
        "service-without-aliases",
        "A service shows no aliases.",
        ac(8),
        on(_INSPECT, _each_network("Aliases", None), role="service"),
        is_known=True,
    ),
    lie(
        "service-one-alias",
        "A service shows one alias of two.",
        ac(8),
        on(_INSPECT, _each_network("Aliases", ["postgres"]), role="service"),
    ),
    lie("service-other-image", "A service's image is another.", ac(6), on(_INSPECT, _image("redis:7"), role="service")),
    lie(
        "build-id-of-service",
        "A new build container is given the service's ID.",
        ac(9),
        on("container.create", _of_sibling("service"), role="build", job=_DRIVEN),
    ),
    lie(
        "helper-id-of-build",
        "A new helper container is given the build container's ID.",
        ac(14),
        on("container.create", _of_sibling("build"), role="helper", job=_DRIVEN),
    ),
    lie("build-cmd-null", "A build's command is null.", ac(9), on(_INSPECT, put("Config.Cmd", None), role="build")),
    lie(
        "build-stdin-closed",
        "A build container's stdin is said to be closed.",
        ac(9),
        on(_INSPECT, put("Config.OpenStdin", False), role="build"),
    ),
    lie("build-labels-empty", "A build has no labels.", ac(9), on(_INSPECT, put("Config.Labels", {}), role="build")),
    lie(
        "helper-without-networks",
        "A helper container is on no network.",
        ac(14),
        on(_INSPECT, put("NetworkSettings.Networks", {}), role="helper"),
    ),
    lie("wait-empty", "A wait's answer is an empty object.", _WAITS | notes(18), _wait_says(b"{}\n")),
    lie("wait-status-null", "A wait's StatusCode is null.", _WAITS | notes(18), _wait_says(b'{"StatusCode":null}\n')),
    lie("wait-status-text", "A wait's StatusCode is a text.", _WAITS | notes(18), _wait_says(b'{"StatusCode":"0"}\n')),
    lie("wait-status-1", "A good script's StatusCode is 1.", _WAITS | notes(18), _wait_says(b'{"StatusCode":1}\n')),
    lie("wait-with-error", "A wait's answer carries an error.", _WAITS | notes(18), _wait_says(_LOST)),
    lie(
        "wait-always-0",
        "A wait reports 0, whatever the script's status was.",
        notes(12, 18),
        _wait_says(b'{"StatusCode":0}\n'),
        is_known=True,
    ),
    lie(
        "helper-wait-137",
        "A helper's StatusCode is 137.",
        ac(15),
        on("container.wait", put("StatusCode", 137), role="helper"),
    ),
    lie(
        "service-state-null",
        "A service's State is null.",
        ac(7) | notes(5),
        on(_INSPECT, put("State", None), role="service"),
        may=ac(8, 16) | notes(27),
    ),
    lie(
        "service-no-status",
        "A State has no Status.",
        ac(7) | notes(5),
        on(_INSPECT, cut("State.Status"), role="service"),
        may=ac(8, 16) | notes(27),
    ),
    lie(
        "containers-none",
        "No containers are ever listed.",
        ac(21),
        on("container.list", edited(_lists_nothing)),
        may=ac(6, 9, 14),
    ),
    lie(
        "containers-null",
        "The list of containers is null.",
        ac(21),
        on("container.list", body(b"null\n")),
        may=ac(6, 9, 14, 18),
    ),
    lie(
        "networks-object",
        "The list of networks is an object.",
        ac(21),
        on("network.list", body(b"{}\n")),
        may=ac(4, 19),
    ),
    lie("errors-empty", "Errors have no body.", notes(8, 13, 14), on(_ANY, _errors(b""), of_strangers=True)),
    lie(
        "errors-html",
        "Errors are pages.",
        notes(8, 13, 14),
        on(_ANY, _errors(b"<html><body>404</body></html>"), of_strangers=True),
    ),
    lie(
        "errors-otherwise",
        "Errors have other keys.",
        notes(8, 13, 14),
        on(_ANY, _errors(b'{"error":"not found"}'), of_strangers=True),
    ),
    lie(
        "errors-say-nothing",
        "Errors have an empty message.",
        notes(8, 13, 14),
        on(_ANY, _errors(b'{"message":""}'), of_strangers=True),
    ),
)
