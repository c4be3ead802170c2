"""What a request to AWS is called here, and who makes it: ``ecs:DescribeTasks`` by ``suite`` or ``daemon``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from falsify.call_target import CallTarget
from support.api.messages import Request, header_of

if TYPE_CHECKING:
    from falsify.proxy_session import ProxySession

_JSON_SERVICES = {"AmazonEC2ContainerService": "ecs", "Logs": "logs"}
_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
_ACTION = re.compile(r"(ecs|logs|ec2|sts):[A-Z][A-Za-z]+")


# All that the suite asks of AWS.
OF_SUITE = (
    *(f"ecs:{name}" for name in ("DescribeClusters", "DescribeTaskDefinition", "DescribeTasks", "ListTasks")),
    *(f"ecs:{name}" for name in ("ListTaskDefinitions", "StopTask", "DeregisterTaskDefinition")),
    *(f"logs:{name}" for name in ("DescribeLogGroups", "DescribeLogStreams", "GetLogEvents")),
    *(f"logs:{name}" for name in ("DeleteLogGroup", "DeleteLogStream")),
    *(f"ec2:{name}" for name in ("DescribeSubnets", "DescribeSecurityGroups", "DescribeNetworkInterfaces")),
    "sts:GetCallerIdentity",
)


def is_aws_action(name: str) -> bool:
    """Whether this can be what a call is called."""
    return _ACTION.fullmatch(name) is not None


def recognise(request: Request, session: ProxySession) -> tuple[str, CallTarget]:
    """The action, and its caller, known by the access key: ``suite`` for the session's, ``daemon`` for any other."""
    signed = _SIGNED.search(header_of(request.headers, "Authorization") or "")
    caller = "suite" if signed and signed["key"] == session.suite_key else "daemon"
    target = header_of(request.headers, "X-Amz-Target") or ""
    if target:
        prefix, _, action = target.partition(".")
        service = next((name for start, name in _JSON_SERVICES.items() if prefix.startswith(start)), "")
    else:
        service = signed["service"] if signed else ""
        action = parse_qs(request.body.decode("utf-8", "replace")).get("Action", [""])[0]
    return f"{service}:{action}", CallTarget("aws", caller, caller)
