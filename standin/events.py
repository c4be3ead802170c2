"""What happened to containers, networks, volumes and images, for ``/events``."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

from standin.clock import SECOND

KEPT = 256  # as many past events as the engine keeps


class Events:
    """The past events, and everyone who listens to those to come."""

    def __init__(self) -> None:
        self._past: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()

    def emit(self, kind: str, action: str, actor: str, attributes: Mapping[str, str]) -> None:
        """``kind`` is container, network, volume or image; ``actor`` its id or name."""
        now = time.time_ns()
        event: dict[str, Any] = {"status": action, "id": actor} if kind in ("container", "image") else {}
        if kind == "container":
            event["from"] = attributes["image"]
        event |= {"Type": kind, "Action": action, "Actor": {"ID": actor, "Attributes": dict(attributes)}}
        event |= {"scope": "local", "time": now // SECOND, "timeNano": now}
        self._past.append(event)
        for listener in self._listeners:
            listener.put_nowait(event)

    async def stream(self, since_ns: int | None, until_ns: int | None) -> AsyncIterator[dict[str, Any]]:
        """Past events if either bound is given, then those to come, up to ``until_ns``."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            for event in list(self._past) if since_ns is not None or until_ns is not None else ():
                if event["timeNano"] >= (since_ns or 0) and (until_ns is None or event["timeNano"] <= until_ns):
                    yield event
            while until_ns is None or time.time_ns() < until_ns:
                left = None if until_ns is None else (until_ns - time.time_ns()) / SECOND
                try:
                    yield await asyncio.wait_for(queue.get(), left)
                except TimeoutError:
                    return
        finally:
            self._listeners.discard(queue)
