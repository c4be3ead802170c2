"""As much of Docker as names, labels and removals need, in memory and every image there; ``lie`` may answer first."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.core.fakes import Peer, Request, answer, answering

Made = dict[str, Any]


@dataclass
class MemoryDocker:
    """Containers and networks by ID, volumes by name; ``requests`` in their order."""

    containers: dict[str, Made] = field(default_factory=dict)
    networks: dict[str, Made] = field(default_factory=dict)
    volumes: dict[str, Made] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    lie: Callable[[Request], bytes | None] = lambda _: None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def serve(self, peer: Peer) -> None:
        answering(self.respond)(peer)

    def respond(self, request: Request) -> bytes:
        with self._lock:
            self.requests.append(request)
            lie = self.lie(request)
            return self.truth(request) if lie is None else lie

    def truth(self, request: Request) -> bytes:
        """What Docker answers."""
        kind, _, rest = request.path.removeprefix("/").partition("/")
        if request.path in _FIXED:
            return _FIXED[request.path]
        if kind == "images":
            return answer(200, {"status": "it is there"})
        if kind not in ("containers", "networks", "volumes"):
            return answer(404, {"message": f"no route {request.path}"})
        if rest == "create":
            return self._create(kind, request)
        if request.method == "GET" and rest in ("", "json"):
            made = [_listed(kind, each) for each in getattr(self, kind).values() if _wanted(each, request)]
            return answer(200, {"Volumes": made, "Warnings": []} if kind == "volumes" else made)
        return self._one(kind, re.sub(r"/json$", "", rest), request)

    def add(self, kind: str, name: str, **more: Any) -> Made:
        """Something that is there."""
        made = {"Id": secrets.token_hex(32), "Name": name, "Labels": {}, "Mounts": []} | more
        getattr(self, kind)[made["Name"] if kind == "volumes" else made["Id"]] = made
        return made

    def names(self) -> list[str]:
        """What there is."""
        return [made["Name"] for each in (self.containers, self.networks, self.volumes) for made in each.values()]

    def deleted(self) -> list[str]:
        """What was asked to be deleted, in order."""
        return [request.path for request in self.requests if request.method == "DELETE"]

    def _create(self, kind: str, request: Request) -> bytes:
        asked = request.json
        name = request.query.get("name") or asked.get("Name")
        made = self.add(kind, name, Labels=asked.get("Labels") or {})
        return answer(201, made if kind == "volumes" else {"Id": made["Id"], "Warnings": []})

    def _one(self, kind: str, key: str, request: Request) -> bytes:
        store: dict[str, Made] = getattr(self, kind)
        found = next((id_ for id_, made in store.items() if key in (id_, made["Name"])), None)
        if found is None:
            return answer(404, {"message": f"no such {kind[:-1]}: {key}"})
        if request.method == "GET":
            made = store[found]
            inside = {"Config": {"Labels": made["Labels"]}, "Name": f"/{made['Name']}"} if kind == "containers" else {}
            return answer(200, made | inside)
        del store[found]
        return answer(204)


_FIXED = {
    "/_ping": answer(200, b"OK", kind="text/plain", api_version="1.44"),
    "/version": answer(200, {"ApiVersion": "1.44", "Version": "0", "Platform": {"Name": "Memory"}}),
    "/info": answer(200, {"Driver": "memory", "Name": "memory"}),
}


def _listed(kind: str, made: Made) -> Made:
    return made | {"Names": [f"/{made['Name']}"]} if kind == "containers" else made


def _wanted(made: Made, request: Request) -> bool:
    labels = json.loads(request.query.get("filters") or "{}").get("label", [])
    return all(
        name in made["Labels"] if not sign else made["Labels"].get(name) == value
        for name, sign, value in (label.partition("=") for label in labels)
    )
