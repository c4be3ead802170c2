"""The table of calls: each names the document or recorded trace that needs it, and no other call is served."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from support.standin.http import ApiError, Handler, Hijack, Request, Response
from support.standin.state import Daemon

API_VERSION = (1, 44)
MIN_API_VERSION = (1, 24)
RouteFunction = Callable[..., Awaitable[Response | Hijack]]
Served = TypeVar("Served", bound=RouteFunction)


@dataclass(frozen=True)
class Route:
    """One call: ``needed_by`` is a criterion, a recorded trace, or a command of Debian's docker client."""

    method: str
    path: str
    needed_by: str
    function: RouteFunction
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def route(method: str, path: str, needed_by: str) -> Callable[[Served], Served]:
    """Serve ``method path``; a ``{name}`` in the path may hold slashes, as image names do."""
    pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>.+)", path))

    def register(function: Served) -> Served:
        ROUTES.append(Route(method, path, needed_by, function, pattern))
        return function

    return register


def dispatcher(daemon: Daemon) -> Handler:
    """The function that answers every request."""

    async def handle(request: Request) -> Response | Hijack:
        version, path = split_version(request.path)
        for entry in ROUTES:
            if entry.method == request.method and (match := entry.pattern.fullmatch(path)):
                check_version(version)
                return await entry.function(daemon, request, **match.groupdict())
        # The engine answers the wrong method on a known path the same way, whatever the version.
        raise ApiError(404, "page not found")

    return handle


def split_version(path: str) -> tuple[str, str]:
    """``/v1.44/info`` is ``("1.44", "/info")``; without a version it is ``""``."""
    match = re.fullmatch(r"/v([0-9.]+)(/.*)", path)
    return (match[1], match[2]) if match else ("", path)


def check_version(asked: str) -> None:
    """400 in the engine's words for a version that is not served."""
    numbers = tuple(int(part) for part in asked.split(".") if part)[:2] or API_VERSION
    if numbers > API_VERSION:
        raise ApiError(400, f"client version {asked} is too new. Maximum supported API version is 1.44")
    if numbers < MIN_API_VERSION:
        minimum = "Minimum supported API version is 1.24, please upgrade your client to a newer version"
        raise ApiError(400, f"client version {asked} is too old. {minimum}")
