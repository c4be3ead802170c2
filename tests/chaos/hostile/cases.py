"""Which route is answered with which trick: every trick that fits a route, of which a seed chooses."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.chaos.hostile.tricks import BODY, FRAMES, HEAD, JSON, Trick, tricks

ENOUGH = 240  # cases; the issue asks for 200


@dataclass(frozen=True)
class Route:
    """Calls of one kind, by method and path; ``kinds`` are those of the tricks that can be played on them.

    Where the call changes something, it is carried out before it is answered (``is_done``): a container that is
    created and deleted behind bad answers must not be left behind either.
    """

    name: str
    method: str
    path: str
    kinds: tuple[str, ...] = (HEAD, BODY, JSON)
    is_done: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Whether this request is one of its calls; ``path`` is without version and query."""
        return method == self.method and re.fullmatch(self.path, path) is not None


@dataclass(frozen=True)
class Case:
    """``name`` has no blanks."""

    name: str
    route: Route
    trick: Trick


_STREAM = (HEAD, BODY, FRAMES)
_EMPTY = (HEAD, BODY)
ROUTES = (
    Route("ping", "GET", "/_ping", _EMPTY),
    Route("ping-by-head", "HEAD", "/_ping", (HEAD,)),
    Route("version", "GET", "/version"),
    Route("info", "GET", "/info"),
    Route("events", "GET", "/events"),
    Route("pull", "POST", "/images/create", is_done=True),
    Route("image", "GET", "/images/.+/json"),
    Route("images", "GET", "/images/json"),
    Route("network-create", "POST", "/networks/create", is_done=True),
    Route("network", "GET", "/networks/.+"),
    Route("networks", "GET", "/networks"),
    Route("network-leave", "POST", "/networks/[^/]+/disconnect", _EMPTY, is_done=True),
    Route("network-delete", "DELETE", "/networks/.+", _EMPTY, is_done=True),
    Route("volume-create", "POST", "/volumes/create", is_done=True),
    Route("volume", "GET", "/volumes/.+"),
    Route("volumes", "GET", "/volumes"),
    Route("volume-delete", "DELETE", "/volumes/.+", _EMPTY, is_done=True),
    Route("create", "POST", "/containers/create", is_done=True),
    Route("inspect", "GET", "/containers/[^/]+/json"),
    Route("list", "GET", "/containers/json"),
    Route("attach", "POST", "/containers/[^/]+/attach", _STREAM),
    Route("start", "POST", "/containers/[^/]+/start", _EMPTY, is_done=True),
    Route("wait", "POST", "/containers/[^/]+/wait"),
    Route("logs", "GET", "/containers/[^/]+/logs", _STREAM),
    Route("stop", "POST", "/containers/[^/]+/stop", _EMPTY, is_done=True),
    Route("kill", "POST", "/containers/[^/]+/kill", _EMPTY, is_done=True),
    Route("delete", "DELETE", "/containers/[^/]+", _EMPTY, is_done=True),
)


def cases(seed: int, count: int = ENOUGH) -> list[Case]:
    """So many cases, each trick about as often as any other, each time on another route."""
    chance = random.Random(seed)
    rows = []
    for trick in tricks(seed):
        routes = [route for route in ROUTES if trick.kind in route.kinds]
        chance.shuffle(routes)
        rows.append([Case(f"{route.name}/{trick.name}", route, trick) for route in routes])
    chance.shuffle(rows)
    longest = max(len(row) for row in rows)
    return [row[at] for at in range(longest) for row in rows if at < len(row)][:count]
