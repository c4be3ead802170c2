"""Temporary folders of the suite's own, known again by a marker in them: also by whoever finds them after a SIGKILL.

The marker is locked as long as the process lives that made the folder, and the kernel unlocks it however that ends. A
folder without a marker is nobody's to remove, whatever a file says of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from support.attempt import attempt, problem_of

MARKER = ".acceptance-folder"  # the stand-in, which shares no code with the suite, writes it too
PREFIXES = ("acceptance-", "standin-", "falsify-")
_MARKER_LIMIT = 4096  # bytes
_MEMORY = "/dev/shm"  # noqa: S108 - where a falsification keeps its folders
_REMOVED_WITHIN = 60.0  # seconds, for what Python cannot remove

_held: dict[Path, IO[str]] = {}  # the markers of this process's folders, locked


@dataclass(frozen=True)
class Marked:
    """A folder of the suite's own; ``said`` is what its marker has, ``is_alive`` whether its maker lives."""

    path: Path
    said: dict[str, Any]
    is_alive: bool
    age_from: float  # when its marker was last written, in seconds since 1970

    @property
    def what(self) -> str:
        """What made it, e.g. ``./acceptance serve``."""
        said = self.said.get("what")
        return said if isinstance(said, str) and said else "the suite"


def make(prefix: str, what: str) -> Path:
    """A fresh temporary folder with a marker; ``what`` made it. ``remove`` takes it away."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        fresh = folder / f"{MARKER}.new"
        marker = fresh.open("w", encoding="utf-8")
        _held[folder] = marker
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        json.dump({"what": what, "pid": os.getpid()}, marker)
        marker.flush()
        fresh.rename(folder / MARKER)  # a marker is locked from its first moment on
    except BaseException:
        remove(folder)
        raise
    return folder


def remove(folder: Path) -> str:
    """Remove a folder of this process's with all that is in it; the problem in one line, or ``""``. Also if gone."""
    if (marker := _held.pop(folder, None)) is not None:
        problem_of(marker.close)
    return emptied(folder)


def emptied(folder: Path) -> str:
    """The folder removed, its marker last, however deep it is; the problem in one line, or ``""``."""
    inside, problem = attempt(list[Path](), lambda: [each for each in folder.iterdir() if each.name != MARKER])
    problems = [found for each in inside if (found := _gone(each))]
    if not problems:
        problem = problem_of(shutil.rmtree, folder)
    return f"folder {folder}: {(problems or [problem])[0]}" if os.path.lexists(folder) else ""


def _gone(path: Path) -> str:
    is_folder = path.is_dir() and not path.is_symlink()
    problem = problem_of(shutil.rmtree if is_folder else os.unlink, path)
    if problem and os.path.lexists(path):  # Python's own way ends at a thousand levels
        words = ["rm", "-rf", "--", str(path)]
        problem_of(lambda: subprocess.run(words, check=False, capture_output=True, timeout=_REMOVED_WITHIN))
    return problem if os.path.lexists(path) else ""


def marked(folder: Path, roots: Iterable[Path]) -> tuple[Marked | None, str]:
    """The folder as it is marked, or why it is none of ours; ``roots`` are where ours can be."""
    found, problem = attempt(None, _marked, folder, roots)
    return (None, problem) if problem else (found, "" if found else _NOT_OURS)


_NOT_OURS = "it has no marker of the suite's"


def _marked(folder: Path, roots: Iterable[Path]) -> Marked | None:
    place = Path(os.path.realpath(folder))
    seen = folder.lstat()
    is_inside = any(place.is_relative_to(root) and place != root for root in roots)
    if not (stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid() and is_inside):
        return None
    if place.name != folder.name or not folder.name.startswith(PREFIXES):
        return None
    descriptor = os.open(folder / MARKER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as marker:
        itself = os.fstat(descriptor)
        if not stat.S_ISREG(itself.st_mode) or itself.st_uid != seen.st_uid:
            return None
        said, _ = attempt(None, json.loads, marker.read(_MARKER_LIMIT))
        known = said if isinstance(said, dict) else {}
        return Marked(folder, known, _is_locked(descriptor), itself.st_mtime)


def _is_locked(descriptor: int) -> bool:
    """Whether its maker lives; yes where that cannot be known."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def roots(*more: Path) -> list[Path]:
    """Where temporary folders of the suite can be: those of this environment, and ``more``."""
    places = [tempfile.gettempdir(), *([] if "TMPDIR" in os.environ else [_MEMORY]), *map(str, more)]
    return list(dict.fromkeys(Path(os.path.realpath(place)) for place in places))


def found(places: Iterable[Path]) -> list[Path]:
    """What is called like a folder of the suite's, directly below these."""
    listed = [attempt(list[Path](), lambda place: sorted(place.iterdir()), place)[0] for place in places]
    return [each for entries in listed for each in entries if each.name.startswith(PREFIXES)]
