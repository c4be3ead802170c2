"""What a good daemon, or AWS, may do otherwise: nothing of it may turn anything red."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from falsify import varying, varying_output
from falsify.aws_response_rules import denied_in_xml, lagging, missing_at_first, throttled_every, with_strangers
from falsify.environments import KEYS, OTHERS, Environment, beside_keys, in_profile
from falsify.lies import Alteration, on
from falsify.proxy_session import ProxySession, Rule
from falsify.response_rules import asked_late, edited, header, late, no_header, put, status
from falsify.stateful_rules import delayed
from falsify.strangers import come_and_go
from falsify.streaming import daemon_bytes, daemon_frames
from falsify.varying import everywhere
from falsify.varying_output import streams
from support.api.endpoint import Endpoint
from support.api.messages import made, refusal

_INSPECT, _NETWORK = "container.inspect", "network.inspect"
_AWS = ("ecs:DescribeTasks", "ecs:ListTasks", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups")


@dataclass(frozen=True)
class Variation(Alteration):
    """``sentence`` says what is different; ``beside`` goes on in the daemon while the run does.

    ``document`` is the only one whose runs can meet it; empty where all can. ``environment`` changes what the suite
    finds around it. Behind one that ``is_whole`` also the scenarios are run that run the suite by itself many times.
    """

    id: str
    sentence: str
    rules: tuple[Rule, ...] = ()
    beside: Callable[[ProxySession, Endpoint], Coroutine[Any, Any, None]] | None = None
    document: str = ""
    environment: Environment | None = None
    is_whole: bool = False


_HTTP = (
    Variation("header-names-lower", "Header names are in lower case.", everywhere(varying.named(str.lower))),
    Variation("header-names-upper", "Header names are in capitals.", everywhere(varying.named(str.upper))),
    Variation("headers-more", "Answers have headers that nobody knows.", everywhere(header("X-Future", "1"))),
    Variation("headers-no-server", "Answers do not say who gives them.", everywhere(no_header("Server"))),
    Variation("charset", "JSON is said to be in UTF-8.", everywhere(varying.headers(varying.with_charset))),
    Variation("chunks-of-7", "Bodies come in chunks of 7 bytes.", everywhere(varying.in_chunks(7))),
    Variation("lengths", "Bodies come at once, with their length.", varying.buffered(varying.with_length)),
    Variation("connections-close", "Every answer closes its connection.", everywhere(varying.closing)),
    Variation("connections-stay", "Answers say keep-alive.", everywhere(header("Connection", "keep-alive"))),
    Variation("reasons-other", "Statuses come with other words.", everywhere(varying.reason("As You Like It"))),
    Variation("reasons-none", "Statuses come without words.", everywhere(varying.reason(""))),
    Variation("json-reversed", "JSON keys come in reverse.", everywhere(varying.json_as(varying.key_order_reversed))),
    Variation("json-spacious", "JSON comes indented.", everywhere(varying.json_as(varying.spacious))),
    Variation("json-compact", "JSON has no white space.", everywhere(varying.json_as(varying.compact))),
    Variation("json-more-keys", "Objects have unknown keys.", everywhere(varying.json_as(varying.extras_at_top))),
    Variation("answers-200-ms", "Every answer takes 200 ms more.", everywhere(late(0.2)) + streams(late(0.2))),
    Variation("requests-200-ms", "Every request takes 200 ms to arrive.", everywhere(asked_late(0.2))),
    Variation("start-takes-1-s", "A start takes a second.", (on("container.start", asked_late(1.0)),)),
    Variation("bytes-one-by-one", "Streams come byte by byte.", streams(daemon_bytes(varying_output.byte_by_byte))),
    Variation("frames-of-one-byte", "Every byte has its frame.", streams(daemon_frames(varying_output.frame_per_byte))),
    Variation("frames-split", "Frames are split anywhere.", streams(daemon_frames(varying_output.split_anywhere))),
    Variation("frames-joined", "Frames of one stream are joined.", streams(daemon_frames(varying_output.joined))),
    Variation("frames-empty", "There are empty frames.", streams(daemon_frames(varying_output.with_empty_frames))),
    Variation("output-a-little-late", "Output comes 100 ms late.", streams(daemon_bytes(varying_output.a_little_late))),
    Variation("101-switching-protocols", "101 has RFC 9110's words.", streams(varying.reason("Switching Protocols"))),
    Variation("101-upgraded", "101 is UPGRADED.", streams(varying.reason("UPGRADED"))),
    Variation("101-raw-stream", "Streams are said to be raw.", varying_output.said_to_be("raw")),
    Variation(
        "101-multiplexed-stream", "Streams are said to be multiplexed.", varying_output.said_to_be("multiplexed")
    ),
    Variation("image-longer-name", "An image is named with its registry.", (on(_INSPECT, varying.image_qualified()),)),
    Variation("labels-more", "Containers have labels of the daemon's.", (on(_INSPECT, varying.labels_more()),)),
    Variation("others-come-and-go", "Others use the same daemon.", beside=come_and_go),
)
_JOBS = (
    Variation("aliases-more", "Containers have other aliases too.", varying.aliased(varying.with_names)),
    Variation(
        "service-start-does-not-block",
        "A service's start is answered before it has started.",
        (on("container.start", delayed(204, 1.5), role="service"),),
    ),
    Variation("aliases-twice", "Aliases are listed twice.", varying.aliased(lambda aliases: aliases + aliases)),
    Variation("aliases-sorted", "Aliases come in another order.", varying.aliased(sorted)),
    Variation("wait-error-null", "A wait reports Error as null.", varying.waited(varying.says_null)),
    Variation("wait-200-ms", "A wait's answer follows the exit late.", varying.waited(lambda content: content, 0.2)),
    Variation(
        "stop-304",
        "A stop of what is stopped is answered by 304.",
        (on("container.stop", status(304), job=("runner", "whole")),),  # the second job stops what runs
    ),
    Variation("image-entrypoint-empty", "No entrypoint is [].", (on("image.inspect", varying.entrypoint_empty()),)),
    Variation("mounts-more", "Containers have a mount more.", (on(_INSPECT, edited(varying.another_mount)),)),
    Variation("build-without-cache", "Mounts lacks the cache; Binds has it.", varying.mounts_lack("build", "/cache")),
    Variation("helper-mounts-null", "Mounts is null.", (on(_INSPECT, put("Mounts", None), role="helper"),)),
    Variation("networks-more", "Containers are on a network more.", (on(_INSPECT, edited(varying.on_bridge_too)),)),
    Variation("network-of-others", "Others are on it.", (on(_NETWORK, edited(varying.network_of_others)),)),
    Variation("network-lists-null", "Nobody is on it: no list.", (on(_NETWORK, varying.empty_containers_null),)),
    Variation("progress-in-one-line", "Progress comes without a break.", varying.pulled(varying.in_one_line)),
    Variation("progress-unknown", "Progress has unknown types.", varying.pulled(varying.unknown_types)),
    Variation("progress-in-crlf", "Progress comes line by line.", varying.pulled(varying.in_crlf)),
)
_TASKS = (
    Variation(
        "logs-of-one-byte", "Every byte of logs has its frame.", varying_output.log_frames(varying_output.one_byte_each)
    ),
    Variation(
        "logs-joined", "Logs of one stream are one frame.", varying_output.log_frames(varying_output.neighbours_joined)
    ),
    Variation(
        "logs-inside-bound",
        "Logs are delivered late, inside their bound.",
        (on("container.logs", varying_output.delivered_late),),
    ),
    Variation(
        "tasks-lag",
        "AWS reports of tasks what was the case 200 ms ago.",
        (on("ecs:DescribeTasks", lagging(0.2), role="suite"),),
    ),
    Variation(
        "tasks-missing-at-first",
        "AWS does not know a new task at once.",
        (on("ecs:DescribeTasks", missing_at_first(2), role="suite"),),
    ),
    Variation("tasks-of-others", "Others' tasks come and go.", (on("ecs:ListTasks", with_strangers(), role="suite"),)),
    Variation(
        "agent-logs-too",
        "CloudWatch holds a line of the agent's.",
        (on("logs:GetLogEvents", edited(varying.an_event_more), role="suite"),),
    ),
    Variation(
        "extra-line-everywhere",
        "Logs begin with a line that the container did not write, and CloudWatch has it too.",
        (on("logs:GetLogEvents", edited(varying.an_event_first)),),
    ),
    Variation(
        "agent-logs-first",
        "CloudWatch holds what the agent wrote before it holds what its container did.",
        (on("logs:GetLogEvents", varying.the_agents_events_first, role="suite"),),
    ),
    Variation(
        "refused-start-created",
        "What could not be started is created.",
        (on(_INSPECT, put("State.Status", "created"), role="unpullable"),),
    ),
    Variation(
        "inspects-wait-for-start",
        "A start takes long, and inspects wait for it.",
        (
            on("container.start", varying.long_start, role="unpullable"),
            on(_INSPECT, varying.after_start, role="unpullable"),
        ),
    ),
    Variation(
        "subnets-denied-later",
        "The subnets may be described once.",
        (on("ec2:DescribeSubnets", denied_in_xml("UnauthorizedOperation"), role="suite", since=2),),
        is_whole=True,
    ),
    Variation("keys-in-profile", "AWS's keys are a profile's.", environment=in_profile(KEYS)),
    Variation("default-profile-there", "Others' keys are in a default profile.", environment=beside_keys(OTHERS)),
    Variation("daemon-throttled", "AWS throttles the daemon.", (on(_AWS, throttled_every(5), role="daemon"),)),
    Variation("aws-throttles", "AWS throttles every fifth call.", (on(_AWS, throttled_every(5), role="suite"),)),
)
_DRIFT = (
    Variation(
        "pulls-fail-with-ids",
        "What refuses a pull has the ID of AWS's request in its message.",
        varying.refused_pulls(lambda message: refusal(500, f"{message}, RequestID: {uuid4()}")),
    ),
    Variation(
        "pulls-fail-in-progress",
        "A pull fails in its progress, in the field that Docker's own client reads.",
        varying.refused_pulls(lambda message: made(200, {"errorDetail": {"message": message}})),
    ),
)
_WHOLE = (  # what the suite's runs of itself meet too, once of each kind
    *("header-names-lower", "headers-more", "chunks-of-7", "lengths", "connections-close", "reasons-none"),
    *("json-reversed", "json-spacious", "json-more-keys", "answers-200-ms", "others-come-and-go"),
)
VARIATIONS: tuple[Variation, ...] = (
    *(replace(each, is_whole=each.id in _WHOLE) for each in _HTTP),
    *(replace(each, document="TST-011") for each in _JOBS),
    *(replace(each, document="TST-010", is_whole=True) for each in _TASKS),
    *(replace(each, document="DRIFT") for each in _DRIFT),
)
