"""What a good daemon may do otherwise: nothing of it may turn anything red."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from support.endpoint import Endpoint
from support.falsify import varying
from support.falsify.lies import on
from support.falsify.scene import Rule, Scene
from support.falsify.strangers import come_and_go
from support.falsify.streaming import daemon_bytes, daemon_frames
from support.falsify.telling import edited, header, late, later, no_header, status


@dataclass(frozen=True)
class Variation:
    """``sentence`` says what is different; ``beside`` goes on in the daemon while the run does."""

    id: str
    sentence: str
    rules: tuple[Rule, ...] = ()
    beside: Callable[[Scene, Endpoint], Coroutine[Any, Any, None]] | None = None


VARIATIONS: tuple[Variation, ...] = (
    Variation("header-names-lower", "Header names are in lower case.", varying.everywhere(varying.named(str.lower))),
    Variation("header-names-upper", "Header names are in capitals.", varying.everywhere(varying.named(str.upper))),
    Variation("headers-more", "Answers have headers that nobody knows.", varying.everywhere(header("X-Future", "1"))),
    Variation("headers-no-server", "Answers do not say who gives them.", varying.everywhere(no_header("Server"))),
    Variation("charset", "JSON is said to be in UTF-8.", varying.everywhere(varying.headers(varying.with_charset))),
    Variation("chunks-of-7", "Bodies come in chunks of 7 bytes.", varying.everywhere(varying.in_chunks(7))),
    Variation(
        "lengths",
        "Bodies come at once, with their length.",
        (on(varying.BUFFERED, varying.with_length, of_strangers=True),),
    ),
    Variation("connections-close", "Every answer closes its connection.", varying.everywhere(varying.closing)),
    Variation("connections-stay", "Answers say keep-alive.", varying.everywhere(header("Connection", "keep-alive"))),
    Variation("reasons-other", "Statuses come with other words.", varying.everywhere(varying.reason("As You Like It"))),
    Variation("reasons-none", "Statuses come without words.", varying.everywhere(varying.reason(""))),
    Variation(
        "json-reversed",
        "JSON keys come in reverse.",
        varying.everywhere(varying.json_as(lambda v: varying.dump(varying.in_reverse(v)))),
    ),
    Variation(
        "json-spacious",
        "JSON comes indented.",
        varying.everywhere(varying.json_as(lambda v: json.dumps(v, indent=4).encode())),
    ),
    Variation("json-compact", "JSON has no white space.", varying.everywhere(varying.json_as(varying.compact))),
    Variation(
        "json-more-keys",
        "Objects have keys that nobody knows.",
        varying.everywhere(varying.json_as(varying.extras_at_top)),
    ),
    Variation(
        "answers-200-ms", "Every answer takes 200 ms more.", varying.everywhere(late(0.2)) + varying.streams(late(0.2))
    ),
    Variation("requests-200-ms", "Every request takes 200 ms to arrive.", varying.everywhere(later(0.2))),
    Variation("start-takes-1-s", "A start takes a second.", (on("container.start", later(1.0)),)),
    Variation("aliases-more", "Containers have their name and ID as aliases.", varying.aliased(varying.with_names)),
    Variation("aliases-twice", "Aliases are told twice.", varying.aliased(lambda aliases: aliases + aliases)),
    Variation("aliases-sorted", "Aliases come in another order.", varying.aliased(sorted)),
    Variation("bytes-one-by-one", "Streams come byte by byte.", varying.streams(daemon_bytes(varying.byte_by_byte))),
    Variation(
        "frames-of-one-byte",
        "Every byte of output has its frame.",
        varying.streams(daemon_frames(varying.frame_per_byte)),
    ),
    Variation("frames-split", "Frames are split anywhere.", varying.streams(daemon_frames(varying.split_anywhere))),
    Variation("frames-empty", "There are empty frames.", varying.streams(daemon_frames(varying.with_empty_frames))),
    Variation(
        "output-a-little-late", "Output comes 100 ms late.", varying.streams(daemon_bytes(varying.a_little_late))
    ),
    Variation(
        "101-switching-protocols", "101 is Switching Protocols.", varying.streams(varying.reason("Switching Protocols"))
    ),
    Variation("101-upgraded", "101 is UPGRADED.", varying.streams(varying.reason("UPGRADED"))),
    Variation("101-raw-stream", "Streams are said to be raw.", varying.raw("raw")),
    Variation("101-multiplexed-stream", "Streams are said to be multiplexed.", varying.raw("multiplexed")),
    Variation("wait-error-null", "A wait tells Error as null.", varying.wait(varying.says_null)),
    Variation(
        "wait-200-ms", "A wait's answer follows the exit after 200 ms.", varying.wait(lambda content: content, 0.2)
    ),
    Variation("stop-304", "A stop says that it had stopped already.", (on("container.stop", status(304)),)),
    Variation(
        "image-entrypoint-empty",
        "No entrypoint is [].",
        varying.image(varying.at("Config.Entrypoint", lambda v: v or [])),
    ),
    Variation(
        "image-longer-name",
        "An image is told with its registry.",
        varying.inspect(varying.at("Config.Image", varying.qualified)),
    ),
    Variation(
        "labels-more",
        "Containers have labels of the daemon's.",
        varying.inspect(varying.at("Config.Labels", varying.labelled)),
    ),
    Variation(
        "mounts-more", "Containers have a mount of the daemon's.", varying.inspect(edited(varying.another_mount))
    ),
    Variation(
        "networks-more", "Containers are on another network too.", varying.inspect(edited(varying.on_bridge_too))
    ),
    Variation(
        "network-of-others", "Others are on the job's network.", varying.network(edited(varying.network_of_others))
    ),
    Variation(
        "network-lists-null",
        "A network without containers has no list.",
        varying.network(varying.empty_containers_null),
    ),
    Variation("progress-in-one-line", "Progress messages follow without a break.", varying.pull(varying.lines(b""))),
    Variation(
        "progress-in-crlf", "Progress messages come in lines of their own.", varying.pull(varying.lines(b"\r\n\r\n"))
    ),
    Variation("others-come-and-go", "Others use the same daemon.", beside=come_and_go),
)
