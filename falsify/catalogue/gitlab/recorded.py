"""Bugs that break real jobs, where recorded ones meet them: fields refused, restarts forgotten, results made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from falsify import runner_rules as rules
from falsify.lies import Layer, Lie, in_layer, on, runs
from falsify.proxy_session import Call, Forward, Handler, Rule
from falsify.response_rules import asked, cut, edited, pretend, refuse, withheld
from falsify.streaming import Bytes, client_bytes, daemon_frames, frames_of
from support.api.frames import encode
from support.api.messages import Answer, Request, Stream
from support.api.proxy_wire import exchange

_STAGES = ("predefined", "build")
_WITH_SERVICE = (1, 2, 3, 4, 6, 7, 10, 11, 12, 13)
_STOPS_AFTER = 5.0  # seconds after the end of stdin
_HEADERS = (("Host", "localhost"), ("Connection", "close"), ("Content-Length", "0"))
ALL = runs(*range(1, 14))


def _create(holds: Callable[[Call, Any], Any], why: str) -> Rule:
    return on("container.create", rules.refused_if(holds, why))


def _repeats_alias(call: Call, body: Any) -> bool:
    aliases = [alias for each in rules.lists_of_aliases(body) for alias in each]
    return rules.has_alias_twice(call, body) or any("_" in alias or "." in alias for alias in aliases)


def _other_address(call: Call, body: Any) -> None:
    body["Env"] = [
        "WAIT_FOR_SERVICE_TCP_ADDR=no-such-host" if each.startswith("WAIT_FOR_SERVICE_TCP_ADDR=") else each
        for each in body["Env"] or []
    ]


def _script_first(line: bytes) -> Handler:
    """A line that the container's shell reads before the client's script."""

    async def change(call: Call, source: Bytes) -> Bytes:
        yield line
        async for data in source:
            yield data

    return client_bytes(change)


def _script_last(line: bytes) -> Handler:
    async def change(call: Call, source: Bytes) -> Bytes:
        async for data in source:
            yield data
        yield line

    return client_bytes(change)


async def _ended_after_stdin(call: Call, forward: Forward) -> Answer:
    """What comes later than so many seconds after the end of stdin is lost."""
    answer = await forward(call)
    if answer.stream is None:
        return answer
    over = asyncio.Event()
    stream = answer.stream

    async def noticed() -> Bytes:
        async for data in stream.client:
            yield data
        asyncio.get_running_loop().call_later(_STOPS_AFTER, over.set)

    async def until_over() -> Bytes:
        async for frame in frames_of(stream.daemon):
            if not over.is_set():
                yield encode(frame)

    return answer.but(stream=Stream(noticed(), until_over()))


async def _emptied(call: Call, forward: Forward) -> Answer:
    name = call.request.json()["Name"]
    await exchange(call.upstream, Request("DELETE", f"/volumes/{name}?force=1", _HEADERS, b""))
    return await forward(call)


def _restarted(handler: Handler, *, role: str = "predefined", since: int = 2) -> Rule:
    return on("container.attach", handler, role=role, job="recorded", since=since)


def _lie(layer: Layer, identity: str, sentence: str, must: frozenset[str], *rules: Rule) -> Lie:
    """Whatever else a recorded job meets of it may be violated too: it is the same bug."""
    is_of_answers = layer in (Layer.STATUS, Layer.BODIES)
    prevents = "the rest of the job" if is_of_answers else ""
    return in_layer(layer)(f"recorded-{identity}", sentence, must, *rules, may=ALL - must, prevents=prevents)


_NO_OWN_NETWORK = "a network of this name is not known"
LIES = (
    _lie(
        Layer.STATUS,
        "flags-are-words",
        "A flag in a query is understood as true, and 1 is none.",
        runs(*_WITH_SERVICE),
        on("container.remove", rules.only_true, job="recorded"),
    ),
    _lie(
        Layer.STATUS,
        "image-unknown-by-id",
        "An image's ID leads to no image.",
        ALL - runs(9),
        on(
            "image.inspect",
            rules.refused_if(lambda call, _: "sha256:" in call.request.target, "no such image"),
            of_strangers=True,
        ),
    ),
    _lie(
        Layer.STATUS,
        "network-mode-empty",
        "An empty network mode is taken for a network's name.",
        ALL,
        _create(lambda _, body: body["HostConfig"]["NetworkMode"] == "", _NO_OWN_NETWORK),
    ),
    _lie(
        Layer.STATUS,
        "host-config-strict",
        "A field of the host's configuration that the daemon does not know is refused.",
        ALL,
        _create(lambda _, body: "ConsoleSize" in body["HostConfig"], "unknown field ConsoleSize"),
    ),
    _lie(
        Layer.STATUS,
        "restart-policy-refused",
        "A restart policy is refused, also that of never.",
        ALL - runs(9),
        _create(lambda _, body: body["HostConfig"]["RestartPolicy"]["Name"] == "no", "RestartPolicy is not supported"),
    ),
    _lie(
        Layer.STATUS,
        "networking-config-null",
        "A networking configuration of null is refused.",
        runs(1, 2, 3, 4, 5, 6, 7, 8, 9),
        _create(lambda _, body: body.get("NetworkingConfig", ()) is None, "NetworkingConfig must be an object"),
    ),
    _lie(
        Layer.STATUS,
        "network-driver-empty",
        "A network of no driver is refused.",
        ALL - runs(7),
        on("network.create", rules.refused_if(lambda _, body: body["Driver"] == "", "unknown driver")),
    ),
    _lie(
        Layer.STATUS,
        "network-ipam-null",
        "A network whose address management is null is refused.",
        ALL - runs(7),
        on("network.create", rules.refused_if(lambda _, body: body["IPAM"] is None, "IPAM must be an object")),
    ),
    _lie(
        Layer.STATUS,
        "aliases-strict",
        "An alias that comes twice, or is no host name, is refused.",
        runs(1, 2, 3, 4, 6, 10, 11, 12, 13),
        _create(_repeats_alias, "duplicate alias"),
    ),
    _lie(
        Layer.STATUS,
        "names-at-most-63",
        "A name of more than 63 characters is refused.",
        ALL,
        _create(rules.name_is_long, "the name is too long"),
    ),
    _lie(
        Layer.STATUS,
        "hosts-at-most-32",
        "A host name of more than 32 characters is refused.",
        ALL - runs(9),
        _create(rules.hostname_is_long, "the host name is too long"),
    ),
    _lie(
        Layer.STATUS,
        "labels-at-most-12",
        "More than 12 labels are refused.",
        ALL,
        _create(rules.has_many_labels, "too many labels"),
    ),
    _lie(
        Layer.STATUS,
        "label-values-strict",
        "A label's value with a colon or a slash is refused.",
        ALL,
        _create(rules.has_signs, "invalid label value"),
    ),
    _lie(
        Layer.EFFECTS,
        "command-on-one-line",
        "Line feeds in a command are taken for blanks.",
        ALL - runs(9),
        on("container.create", asked(rules.command_of_one_line), role="build", job="recorded"),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "third-start-500",
        "A container cannot be started a third time.",
        ALL - runs(3, 9, 12),
        on("container.start", refuse(500, "it was started before"), role="predefined", job="recorded", since=3),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "third-start-unheard",
        "A third start of a container does nothing.",
        ALL - runs(3, 9, 12),
        on("container.start", pretend(204), role="predefined", job="recorded", since=3),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "volumes-only-at-first",
        "What a container writes into its volumes from its second start on is not in them.",
        runs(1, 2, 4, 5, 6, 7, 8, 10, 11, 13),
        _restarted(_script_last(b"\nrm -rf /builds/grp\n")),
    ),
    _lie(
        Layer.STREAMS,
        "output-ends-5-s-after-stdin",
        "Output that comes later than 5 s after the end of stdin is lost.",
        runs(10),
        on("container.attach", _ended_after_stdin, role="build", job="recorded"),
    ),
    _lie(
        Layer.TIMING,
        "wait-headers-withheld",
        "A wait's headers come with its body.",
        ALL,
        on("container.wait", withheld(), role="cacheinit", job="recorded"),
    ),
    _lie(
        Layer.BODIES,
        "address-with-prefix",
        "A container's address carries the length of its network's prefix.",
        runs(*_WITH_SERVICE),
        on("container.inspect", edited(rules.with_prefix), job="recorded"),
    ),
    _lie(
        Layer.BODIES,
        "network-address-without-prefix",
        "A container's address in a network's list lacks the length of the prefix.",
        runs(10, 11, 12, 13),
        on("network.inspect", edited(rules.without_prefix), job="recorded"),
    ),
    _lie(
        Layer.BODIES,
        "exposed-ports-missing",
        "A container's inspection does not name the ports that its image exposes.",
        runs(*_WITH_SERVICE),
        on("container.inspect", cut("Config.ExposedPorts"), role="service", job="recorded"),
    ),
    _lie(
        Layer.EFFECTS,
        "short-id-does-not-resolve",
        "A container's 12-character ID does not resolve in its network.",
        runs(1, 2, 3, 4, 10, 11, 12, 13),
        on("container.create", asked(_other_address), role="healthcheck", job="recorded"),
    ),
    _lie(
        Layer.EFFECTS,
        "variables-at-most-40",
        "Of many variables only the first 40 arrive.",
        ALL - runs(9),
        on("container.create", asked(rules.first_variables(40)), role=_STAGES, job="recorded"),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "own-files-lost-at-restart",
        "A container's own files are gone at its next start.",
        ALL - runs(3, 9, 12),
        _restarted(_script_first(b"rm -f /tmp/own\n")),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "stderr-lost-at-restart",
        "From its second start on a container's stderr is lost.",
        ALL - runs(9),
        _restarted(daemon_frames(rules.without_stderr)),
    ),
    _lie(
        Layer.ONLY_FIRST,
        "no-network-at-restart",
        "From its second start on a container has no network.",
        runs(1, 2, 3, 4, 7, 10, 11, 12, 13),
        _restarted(_script_first(b"nc() { return 1; }\n")),
    ),
    _lie(
        Layer.EFFECTS,
        "volume-emptied-with-its-last-container",
        "A named volume is empty once its last container is gone.",
        runs(5),
        on("volume.create", _emptied, role="cache", job="recorded", since=2),
    ),
)
