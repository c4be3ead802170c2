"""Named and anonymous volumes: folders of the daemon's own."""

from __future__ import annotations

import re
import shutil

from standin.http import ApiError
from standin.state import Daemon, Json, Volume, new_id

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def check_name(name: str) -> None:
    """400 in the engine's words for a name that cannot be a folder's."""
    if not NAME.fullmatch(name):
        reason = 'includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed'
        hint = "If you intended to pass a host directory, use absolute path"
        raise ApiError(400, f'create {name}: "{name}" {reason}. {hint}')


def create(daemon: Daemon, name: str, settings: Json) -> Volume:
    """A new volume; without a name an anonymous one, which goes with its container."""
    labels = settings.get("Labels") if name else {"com.docker.volume.anonymous": ""}
    path = daemon.folder / "volumes" / (name or new_id()) / "_data"
    path.mkdir(parents=True)
    volume = Volume(path.parent.name, path, labels, settings.get("DriverOpts"), anonymous=not name)
    daemon.volumes[volume.name] = volume
    daemon.events.emit("volume", "create", volume.name, {"driver": "local"})
    return volume


def remove(daemon: Daemon, volume: Volume) -> None:
    """Forget a volume and its files; 409 while a container refers to it."""
    if users := daemon.users_of(volume):
        raise ApiError(409, f"remove {volume.name}: volume is in use - [{', '.join(user.id for user in users)}]")
    del daemon.volumes[volume.name]
    shutil.rmtree(volume.path.parent)
    daemon.events.emit("volume", "destroy", volume.name, {"driver": "local"})
