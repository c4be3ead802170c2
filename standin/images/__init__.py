"""The image catalogue: what a pull can find, and what containers of it are made of.

There are three: the images of TST-011, and that of GitLab Runner's helper.
"""

from __future__ import annotations

from types import MappingProxyType

from standin.images import helper
from standin.images.image import PATH, Image, architecture

__all__ = ["CATALOGUE", "PATH", "Image", "architecture", "find", "named", "resolve"]

_SHORT_ID = 12

CATALOGUE = (
    Image(
        "alpine",
        "latest",
        MappingProxyType({"Env": [f"PATH={PATH}"], "Cmd": ["/bin/sh"], "WorkingDir": "/"}),
        size=8_300_000,
        created="2025-10-08T11:04:56Z",
        applets={"nc": "nc.py"},
        borrowed=("getent",),
    ),
    Image(
        "postgres",
        "16-alpine",
        MappingProxyType(
            {
                "Env": [
                    f"PATH={PATH}",
                    "LANG=en_US.utf8",
                    "PG_MAJOR=16",
                    "PG_VERSION=16.14",
                    "PGDATA=/var/lib/postgresql/data",
                ],
                "Cmd": ["postgres"],
                "Entrypoint": ["docker-entrypoint.sh"],
                "ExposedPorts": {"5432/tcp": {}},
                "Volumes": {"/var/lib/postgresql/data": {}},
                "WorkingDir": "/",
                "StopSignal": "SIGINT",
            }
        ),
        size=275_000_000,
        created="2025-11-14T19:09:31Z",
        applets={"nc": "nc.py", "docker-entrypoint.sh": "postgres.py"},
        borrowed=("getent",),
        user="postgres",
        bundle="/opt/postgresql",
    ),
)


def find(repository: str, tag: str) -> Image | None:
    """What a pull of that repository (short, as the engine shows it) and tag or digest finds."""
    for image in (*CATALOGUE, *helper.known.values()):
        if repository == image.repository and tag in (image.tag, image.digest):
            return image
    return helper.image(repository, tag)


def resolve(reference: str) -> Image | None:
    """The image of a tag, a digest or an id (whole, or at least 12 digits of it); None if there is none."""
    digits = reference.removeprefix("sha256:")
    for image in (*CATALOGUE, *helper.known.values()) if len(digits) >= _SHORT_ID else ():
        if image.id.removeprefix("sha256:").startswith(digits):
            return image
    return find(*named(reference))


def named(reference: str) -> tuple[str, str]:
    """The repository that a reference names, short as the engine shows it, and its tag or digest (else ``latest``)."""
    name, _, digest = reference.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return (folder + slash + last).removeprefix("docker.io/").removeprefix("library/"), digest or tag or "latest"
