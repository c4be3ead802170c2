"""The image of GitLab Runner's helper: the real program where ``--helper`` names it, an applet otherwise.

Its names are the stock ones, in any flavour, version and architecture, and the one that a local build goes by.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from standin.images.image import PATH, Image

PROGRAM = "gitlab-runner-helper"
REPOSITORIES = (
    "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper",
    "gitlab/gitlab-runner-helper",
    "gitlab-runner-helper",
)
_BUILD = """\
#!/bin/sh
umask 0000
if command -v bash >/dev/null; then exec bash "$@"; fi
exec sh "$@"
"""
known: dict[tuple[str, str], Image] = {}  # those asked for, by repository and tag
_real: list[Path] = []


def provide(place: Path) -> None:
    """Take the real program from ``place``, a file or the folder that holds it; FileNotFoundError where it is not."""
    program = (place / PROGRAM if place.is_dir() else place).resolve()
    if not program.is_file():
        raise FileNotFoundError(f"{place}: there is no {PROGRAM}; give --helper its file or its folder")
    _real[:] = [program]


def image(repository: str, tag: str) -> Image | None:
    """The helper's image of that name; None for any other name."""
    if repository not in REPOSITORIES or tag.startswith("sha256:"):
        return None
    if (repository, tag) not in known:
        known[repository, tag] = _image(repository, tag)
    return known[repository, tag]


def _image(repository: str, tag: str) -> Image:
    own: dict[str, str | Path] = {"gitlab-runner-build": _BUILD}
    if _real:
        own[PROGRAM] = _real[0]
    return Image(
        repository,
        tag,
        MappingProxyType({"Env": [f"PATH={PATH}"], "Cmd": ["sh"], "WorkingDir": "/"}),
        size=52_000_000,
        created="2025-10-08T11:04:56Z",
        applets={} if _real else {PROGRAM: "helper.py"},
        borrowed=("bash", "git"),
        own=own,
    )
