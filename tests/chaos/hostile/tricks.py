"""What hostile daemons answer: each trick is a function from a request to the bytes of its answer, in pieces.

A piece that is a number is a pause, in seconds. Endless tricks end when the client closes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

HEAD, BODY, JSON, FRAMES = "head", "body", "json", "frames"  # what a trick needs of its route
CANARY = b"canary-8c1f"  # in cookies and redirects: nobody may send it back
Pieces = Iterable[bytes | float]


@dataclass
class Asked:
    """A request, and the daemon's own answer to it where the trick needs one."""

    head: bytes
    body: bytes
    truth: bytes = b""

    @property
    def line(self) -> str:
        """Its first line."""
        return self.head.partition(b"\r\n")[0].decode("latin-1")

    @property
    def method(self) -> str:
        """As sent."""
        return self.line.partition(" ")[0]

    @property
    def path(self) -> str:
        """Without version and query."""
        return re.sub(r"^/v[\d.]+", "", self.line.split(" ")[1].partition("?")[0])

    def closing(self) -> bytes:
        """The request as it was, but the only one on its connection (which a hand-over is already)."""
        head = self.head
        if not re.search(rb"(?i)\r\nupgrade:", head):
            head = re.sub(rb"(?i)\r\nconnection:[^\r\n]*", b"", head) + b"\r\nConnection: close"
        return head + b"\r\n\r\n" + self.body

    @property
    def status(self) -> bytes:
        """A first line that fits what was asked."""
        if self.path.endswith(("/attach", "/exec/start")):
            return b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        return b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Trick:
    """``kind`` is what it needs of its route; ``needs_truth`` asks the daemon first."""

    name: str
    kind: str
    play: Callable[[Asked], Pieces]
    needs_truth: bool = False


def tricks(seed: int) -> list[Trick]:
    """All of them; what is random in them comes from the seed."""
    from tests.chaos.hostile import tricks_body, tricks_frames, tricks_head, tricks_json  # noqa: PLC0415

    return [*tricks_head.TRICKS, *tricks_body.tricks(seed), *tricks_json.TRICKS, *tricks_frames.TRICKS]
