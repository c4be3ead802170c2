"""What a call is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"(?<=^/)(containers|networks|volumes|exec)/(?!(?:create|json)$)[^/]+|(?<=^/)images/.+(?=/json$)")

END = b""  # among what is written: a half-close


@dataclass(frozen=True)
class Call:
    """One request, and what it presupposes. ``{id}`` and the like stand for what was brought about (``stage.py``).

    ``given``: what to bring about first, separated by commas. ``request``: method, path and query, not encoded.
    ``body``: as it is sent. ``meanwhile``: done once the answer's head has come; bytes are written to the connection,
    texts are calls of their own. ``hijack``: "upgrade" when the client asks for the connection, "bare" when it takes
    it unasked, as Docker allows for attach and exec.
    """

    name: str
    given: str
    request: str
    body: str = ""
    media: str = "application/json"
    meanwhile: tuple[bytes | str, ...] = ()
    hijack: str = ""
    version: str = "/v1.44"

    @property
    def route(self) -> str:
        """Method and path, with ``*`` for a name: ``GET /containers/*/json``."""
        method, _, target = self.request.partition(" ")
        path = target.partition("?")[0]
        return f"{method} {_NAME.sub(lambda match: match[0].partition('/')[0] + '/*', path)}"
