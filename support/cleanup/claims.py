"""What is a run's, by what the daemon itself says: by the run's label, by a name of its, or brought by what is its."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from support.api.client import DockerApi
from support.attempt import attempt
from support.cleanup.inventory import RUN_LABEL, Listed, Note, labels_of, listed, names_of

ANONYMOUS = re.compile(r"[0-9a-f]{64}")  # what Docker names a volume that nobody named
_ANONYMOUS_LABEL = "com.docker.volume.anonymous"
_RUNNERS_CACHE = re.compile(r"runner-r[0-9a-f]{8}-project-1-concurrent-0-cache-[0-9a-f]{32}")  # of the suite's runners
_CLOCKS_DIFFER = 300.0  # seconds by which the daemon's clock and ours may differ


def is_named(name: str, run: str) -> bool:
    """Whether a run gave this name: its ID, then four random digits."""
    return re.search(rf"-{re.escape(run)}-[0-9a-f]{{4}}(?![0-9a-f])", name) is not None


def owns(entry: Listed, run: str, called: str = "") -> bool:
    """Whether an inspect or list entry is of a run: by label, or by name where it has no run's label.

    ``called`` is the name by which it was found.
    """
    runs = [labels[RUN_LABEL] for labels in labels_of(entry) if RUN_LABEL in labels]
    return run in runs if runs else any(is_named(name, run) for name in (*names_of(entry), called))


def owns_volume(entry: Listed, run: str, began: float, ended: float) -> bool:
    """The same of a volume that a file says is the run's: also one that nobody named, made while the run lived."""
    if owns(entry, run) or any(_RUNNERS_CACHE.fullmatch(name) for name in names_of(entry)):
        return True
    is_anonymous = any(_ANONYMOUS_LABEL in labels for labels in labels_of(entry))
    made = created(entry)
    is_of_then = made is not None and began - _CLOCKS_DIFFER <= made <= ended + _CLOCKS_DIFFER
    return is_anonymous and is_of_then and any(ANONYMOUS.fullmatch(name) for name in names_of(entry))


def brought_by(container: Listed) -> set[str]:
    """The volumes without a name that a container mounts."""
    mounts = container.get("Mounts")
    names = [mount.get("Name") for mount in mounts if isinstance(mount, dict)] if isinstance(mounts, list) else []
    return {name for name in names if isinstance(name, str) and ANONYMOUS.fullmatch(name)}


def created(entry: Listed) -> float | None:
    """When a thing was made, in seconds since 1970; None where it does not say."""
    return moment(entry.get("Created", entry.get("CreatedAt")))


def moment(said: Any) -> float | None:
    """Seconds since 1970 of a number of them or of a time as Docker writes it; None where it is neither."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        return float(said) if 0 < said < 1e11 else None
    if not isinstance(said, str):
        return None
    seconds = re.sub(r"(\.\d{1,6})\d*", r"\1", said[:40])  # Docker writes nanoseconds
    parsed, _ = attempt(None, lambda: datetime.fromisoformat(seconds).timestamp())
    return parsed if parsed is not None and parsed > 0 else None


def labelled_as(api: DockerApi, run: str, noted: set[str]) -> list[Note]:
    """What the daemon lists under a run's label and is not noted; looked at again: a wrong filter must not make us
    touch others'."""
    return [
        Note(kind, entry["Name" if kind == "volume" else "Id"])
        for kind, entry in listed(api, f"{RUN_LABEL}={run}")
        if owns(entry, run) and noted.isdisjoint(names_of(entry))
    ]
