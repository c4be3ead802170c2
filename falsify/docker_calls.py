"""What a request to the Docker API is called here, and what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from falsify.call_target import KINDS, CallTarget
from support.api.messages import Request

if TYPE_CHECKING:
    from falsify.proxy_session import ProxySession

_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")
_ONE = r"(?P<of>[^/]+)"
# A name is what lies say: ``on("container.start", …)``. The first row that fits counts.
_ROWS = (
    ("ping", "GET|HEAD", r"/_ping"),
    ("version", "GET", r"/version"),
    ("info", "GET", r"/info"),
    ("events", "GET", r"/events"),
    ("image.pull", "POST", r"/images/create"),
    ("image.list", "GET", r"/images/json"),
    ("image.inspect", "GET", r"/images/(?P<of>.+)/json"),
    ("network.create", "POST", r"/networks/create"),
    ("network.list", "GET", r"/networks"),
    ("network.disconnect", "POST", rf"/networks/{_ONE}/disconnect"),
    ("network.inspect", "GET", rf"/networks/{_ONE}"),
    ("network.remove", "DELETE", rf"/networks/{_ONE}"),
    ("volume.create", "POST", r"/volumes/create"),
    ("volume.list", "GET", r"/volumes"),
    ("volume.inspect", "GET", rf"/volumes/{_ONE}"),
    ("volume.remove", "DELETE", rf"/volumes/{_ONE}"),
    ("container.create", "POST", r"/containers/create"),
    ("container.list", "GET", r"/containers/json"),
    ("container.inspect", "GET", rf"/containers/{_ONE}/json"),
    ("container.logs", "GET", rf"/containers/{_ONE}/logs"),
    ("container.exec", "POST", rf"/containers/{_ONE}/exec"),
    ("container.attach", "POST", rf"/containers/{_ONE}/attach"),
    ("container.start", "POST", rf"/containers/{_ONE}/start"),
    ("container.wait", "POST", rf"/containers/{_ONE}/wait"),
    ("container.kill", "POST", rf"/containers/{_ONE}/kill"),
    ("container.stop", "POST", rf"/containers/{_ONE}/stop"),
    ("container.remove", "DELETE", rf"/containers/{_ONE}"),
    ("exec.start", "POST", rf"/exec/{_ONE}/start"),
    ("exec.inspect", "GET", rf"/exec/{_ONE}/json"),
)
_ROUTES = tuple((name, re.compile(methods), re.compile(path)) for name, methods, path in _ROWS)
OTHER = "other"
OPERATIONS = frozenset((OTHER, *(name for name, _, _ in _ROWS)))


def operation(request: Request) -> tuple[str, str]:
    """The operation's name, and the id or name that its path speaks of, empty where it speaks of none."""
    path = unquote(_VERSION.sub("", request.path))
    for name, methods, route in _ROUTES:
        found = route.fullmatch(path)
        if found and methods.fullmatch(request.method):
            return name, found.groupdict().get("of") or ""
    return OTHER, ""


def recognise(request: Request, session: ProxySession) -> tuple[str, CallTarget]:
    """The operation, and whom it is about."""
    name, reference = operation(request)
    kind, _, act = name.partition(".")
    if act == "create":
        return name, session.with_job(CallTarget.named(kind, asked_name(request)))
    is_stranger = kind in KINDS and bool(reference)
    return name, session.known(kind, reference) or CallTarget(kind, reference, is_stranger=is_stranger)


def asked_name(request: Request) -> str:
    """The name that a create asks for, wherever it has it."""
    query = parse_qs(urlsplit(request.target).query)
    body = request.json()
    name = body.get("Name") if isinstance(body, dict) else None
    return query.get("name", [""])[0] or (name if isinstance(name, str) else "")
