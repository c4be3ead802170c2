"""The table of calls: each names the document or recorded trace that needs it, and no other call is served."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from standin.http import VERSION_HEADERS, ApiError, Handler, Hijack, Request, Response
from standin.state import Daemon

Served = TypeVar("Served", bound=Callable[..., Awaitable[Response | Hijack]])


@dataclass(frozen=True)
class Route:
    """One call: ``needed_by`` is a criterion, a recorded trace, or a command of Debian's docker client."""

    method: str
    path: str
    needed_by: str
    function: Callable[..., Awaitable[Response | Hijack]]
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def route(method: str, path: str, needed_by: str) -> Callable[[Served], Served]:
    """Serve ``method path``; a ``{name}`` in the path may hold slashes, as image names do."""
    pattern = re.compile(r"(?:/v(?P<version>[0-9.]+))?" + re.sub(r"{(\w+)}", r"(?P<\1>.+)", path))

    def register(function: Served) -> Served:
        ROUTES.append(Route(method, path, needed_by, function, pattern))
        return function

    return register


def dispatcher(daemon: Daemon) -> Handler:
    """The function that answers every request."""

    async def handle(request: Request) -> Response | Hijack:
        for entry in ROUTES:
            if entry.method == request.method and (match := entry.pattern.fullmatch(request.path)):
                names = match.groupdict()
                check_version(names.pop("version") or "1.44")
                return await entry.function(daemon, request, **names)
        # The engine answers the wrong method on a known path the same way, whatever the version.
        raise ApiError(404, "page not found", ())

    return handle


def check_version(asked: str) -> None:
    """400 in the engine's words for a version that is not served."""
    numbers = tuple(int(part) for part in asked.split(".") if part)
    if numbers > (1, 44):
        limit = "too new. Maximum supported API version is 1.44"
    elif numbers < (1, 24):
        limit = "too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
    else:
        return
    raise ApiError(400, f"client version {asked} is {limit}", VERSION_HEADERS)
