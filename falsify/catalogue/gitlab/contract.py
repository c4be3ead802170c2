"""Lies about what GitLab Runner's jobs rely on beyond TST-011: bugs that broke real jobs, or made them wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from falsify import runner_rules as rules
from falsify.lies import Layer, Lie, in_layer, on, runs
from falsify.lies import jobs as of_jobs
from falsify.proxy_session import Call, Handler
from falsify.response_rules import asked, cut, edited, pretend, refuse
from falsify.streaming import client_bytes, daemon_bytes, daemon_frames

_CREATE, _ATTACH, _INSPECT = "container.create", "container.attach", "container.inspect"

status_lie, body_lie, effect_lie = in_layer(Layer.STATUS), in_layer(Layer.BODIES), in_layer(Layer.EFFECTS)
second_lie, stream_lie = in_layer(Layer.ONLY_FIRST), in_layer(Layer.STREAMS)


def _second(handler: Handler, operation: str = _ATTACH) -> Any:
    return on(operation, handler, role="build", job="stages", since=2)


def _create_refused(identity: str, sentence: str, number: int, is_so: Callable[[Call, Any], bool]) -> Lie:
    return status_lie(
        identity, sentence, runs(number), on(_CREATE, rules.refused_if(is_so), job=("creations", "stages"))
    )


LIES = (
    # --- refused ---
    _create_refused("alias-twice-refused", "An alias that occurs twice is refused.", 46, rules.has_alias_twice),
    _create_refused("names-over-63-refused", "A name of more than 63 characters is refused.", 58, rules.name_is_long),
    _create_refused(
        "labels-over-12-refused",
        "More than 12 labels are refused.",
        59,
        rules.has_many_labels,
    ),
    _create_refused("label-signs-refused", "Colons and slashes in a label's value are refused.", 60, rules.has_signs),
    _create_refused(
        "hostnames-over-32-refused",
        "A hostname of more than 32 characters is refused.",
        63,
        rules.hostname_is_long,
    ),
    _create_refused(
        "restart-policy-refused",
        "A restart policy is refused, whatever it says.",
        61,
        lambda _, c: bool(c["HostConfig"].get("RestartPolicy")),
    ),
    _create_refused(
        "host-config-fields-refused",
        "A field of HostConfig that the daemon does not use is refused.",
        62,
        lambda _, c: "ConsoleSize" in c["HostConfig"],
    ),
    _create_refused(
        "networking-config-null-refused",
        "A NetworkingConfig that is null is refused.",
        50,
        lambda _, c: "NetworkingConfig" in c and c["NetworkingConfig"] is None,
    ),
    status_lie(
        "network-driver-empty-refused",
        "A network without a driver is refused.",
        runs(51),
        on("network.create", rules.refused_if(lambda _, c: c.get("Driver") == "", 'plugin "" not found', 404)),
    ),
    status_lie(
        "network-mode-taken-literally",
        "An empty NetworkMode is taken for a network's name.",
        runs(49),
        on("container.start", refuse(404, "network  not found"), role="plain"),
    ),
    status_lie(
        "image-inspect-not-by-id",
        "An image is not found by its ID.",
        runs(55),
        on(
            "image.inspect",
            rules.image_unknown_if(lambda name: name.startswith("sha256:"), "No such image"),
            of_strangers=True,
        ),
    ),
    status_lie(
        "image-inspect-not-by-digest",
        "An image is not found by its digest.",
        runs(56),
        on(
            "image.inspect", rules.image_unknown_if(lambda name: "@sha256:" in name, "No such image"), of_strangers=True
        ),
    ),
    status_lie(
        "image-route-without-slashes",
        "The route of an image's inspection takes no slash.",
        runs(57),
        on("image.inspect", rules.image_unknown_if(lambda name: "/" in name, "page not found"), of_strangers=True),
    ),
    effect_lie(
        "flags-only-as-true",
        "A query's flag counts only where it is written as true.",
        runs(67) | of_jobs(5, 10),
        on((_ATTACH, "container.list", "container.remove", "container.logs"), rules.only_true),
    ),
    effect_lie(
        "anonymous-volumes-stay-by-1",
        "A delete by v=1 leaves the anonymous volumes of its container.",
        runs(67),
        on("container.remove", rules.volumes_only_by_true, job="stages"),
    ),
    # --- starts of one container ---
    second_lie(
        "third-start-refused",
        "A container's third start is refused.",
        runs(31),
        on("container.start", refuse(409, "it was started twice"), role="build", job="stages", since=3),
    ),
    second_lie(
        "volumes-only-at-first-start",
        "A container has its volumes at its first start only.",
        runs(32),
        _second(rules.instead(b"/builds/", b"/no-such-folder/")),
    ),
    second_lie(
        "own-files-lost-at-second-start",
        "A container's own files are lost when it is started again.",
        runs(33),
        _second(rules.instead(b"/own-file", b"/no-such-file")),
    ),
    second_lie(
        "stderr-only-at-first-start",
        "From its second start on a container has no stderr.",
        runs(34),
        _second(daemon_frames(rules.without_stderr)),
    ),
    second_lie(
        "network-only-at-first-start",
        "From its second start on a container is on no network.",
        runs(35),
        _second(rules.instead(b" postgres 5432", b" no-such-host 5432")),
    ),
    second_lie(
        "second-exit-status-0",
        "From its second start on a container's exit status is 0.",
        runs(31, 36),
        _second(edited(lambda _, content: content.update(StatusCode=0)), "container.wait"),
    ),
    # --- streams ---
    stream_lie(
        "silent-stream-closed",
        "A stream that is silent for 20 s is closed.",
        runs(37, 38),
        on(_ATTACH, daemon_bytes(rules.closed_in_silence), job="quiet"),
    ),
    stream_lie(
        "output-ends-after-stdin",
        "Output ends 5 s after the end of stdin.",
        runs(38),
        on(_ATTACH, client_bytes(rules.end_of_stdin), job="quiet"),
        on(_ATTACH, daemon_frames(rules.nothing_late), job="quiet"),
    ),
    stream_lie(
        "frames-in-disorder",
        "Of much output two frames change places.",
        runs(39),
        on(_ATTACH, daemon_frames(rules.in_disorder), job="flood"),
    ),
    stream_lie(
        "long-script-cut",
        "Of a script more than its first megabyte is lost.",
        runs(40),
        on(_ATTACH, client_bytes(rules.cut_script), job="flood"),
        unobservable=dict.fromkeys(("RUN-39", "RUN-41", "RUN-42"), "All that is to be written is written by its end."),
    ),
    stream_lie(
        "bytes-of-seven-bits",
        "Bytes above 127 are changed.",
        runs(41),
        on(_ATTACH, daemon_frames(rules.seven_bits), job="flood"),
    ),
    stream_lie(
        "nothing-after-closed-stdin",
        "What a script writes after it closed its stdin is lost.",
        runs(39, 42),
        on(_ATTACH, daemon_frames(rules.without_line), job="flood"),
    ),
    # --- wrongly, and without a word ---
    effect_lie(
        "variables-over-60-lost",
        "Of a container's variables only 60 arrive.",
        runs(52),
        on(_CREATE, asked(rules.first_variables(60)), role="build", job="stages"),
    ),
    effect_lie(
        "empty-variables-lost",
        "A variable that is empty does not arrive.",
        runs(52),
        on(_CREATE, asked(rules.without_empty_variables), role="build", job="stages"),
    ),
    effect_lie(
        "variables-of-one-line",
        "Of a variable of several lines only the first arrives.",
        runs(52),
        on(_CREATE, asked(rules.variables_of_one_line), role="build", job="stages"),
    ),
    effect_lie(
        "command-of-one-line",
        "The line feeds of a command are changed.",
        runs(54),
        on(_CREATE, asked(rules.command_of_one_line), role="reader"),
        unobservable={"RUN-53": "The container that would read the volume runs no shell."},
    ),
    effect_lie(
        "named-volume-emptied",
        "A named volume is emptied with its last container.",
        runs(53),
        on(_CREATE, asked(rules.without_binds), role="reader"),
    ),
    effect_lie(
        "short-id-does-not-resolve",
        "The first 12 characters of an ID do not resolve.",
        runs(43),
        on(_ATTACH, client_bytes(rules.by_an_unknown_id), role="build", job="stages", only=1),
    ),
    effect_lie(
        "alias-leaks",
        "An alias is known in other networks.",
        runs(45),
        on(_ATTACH, daemon_frames(rules.leaked), role="neighbour"),
    ),
    body_lie(
        "exposed-ports-missing",
        "A container does not show the ports of its image.",
        runs(44),
        on(_INSPECT, cut("Config.ExposedPorts"), role="service", job="stages"),
    ),
    body_lie(
        "address-with-prefix",
        "A container's address has a prefix.",
        runs(47),
        on(_INSPECT, edited(rules.with_prefix), role="service", job="stages"),
    ),
    body_lie(
        "network-address-without-prefix",
        "In its network a container's address has no prefix.",
        runs(48),
        on("network.inspect", edited(rules.without_prefix), job="stages"),
    ),
    # --- exec, stop, clean-up ---
    status_lie(
        "exec-in-running-refused",
        "No command can be run in a running container.",
        runs(64),
        on("container.exec", refuse(501, "not implemented"), role="neighbour"),
    ),
    status_lie(
        "exec-in-exited-created",
        "A command can be run in a container that has exited.",
        runs(65),
        on("container.exec", pretend(201, {"Id": "0" * 64}), role="build", job="stages"),
    ),
    effect_lie("stop-kills", "A stop is a SIGKILL.", runs(66), on("container.stop", rules.kills, role="neighbour")),
    status_lie(
        "deletes-one-by-one",
        "While a container is deleted no other can be.",
        runs(68),
        on("container.remove", refuse(409, "another is being deleted"), role="plain"),
    ),
)
