"""The two images that the documents name: what the catalogue tells of them, and what they bring along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Image:
    """An image as ``GET /images/{name}/json`` tells it; ``repository`` is short (``alpine``)."""

    repository: str
    tag: str
    id: str  # sha256:…, of the configuration
    digest: str  # sha256:…, of the manifest: what `alpine@sha256:…` names
    config: Mapping[str, Any]  # Docker's Config; absent means none
    layers: tuple[str, ...]  # sha256:… each
    size: int  # bytes
    created: str  # RFC 3339


_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CATALOGUE: tuple[Image, ...] = (
    Image(
        "alpine",
        "latest",
        "sha256:" + "a" * 64,
        "sha256:" + "b" * 64,
        {"Env": [_PATH], "Cmd": ["/bin/sh"], "WorkingDir": "/"},
        ("sha256:" + "c" * 64,),
        8_000_000,
        "2025-02-14T03:28:36Z",
    ),
)
