"""What killed processes of the suite left on this machine and no ledger names: above all ``serve`` and ``falsify``."""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import psutil

from support import folders
from support.attempt import attempt, problem_of
from support.daemon import FOLDER_OF_DAEMON

_ANSWERS_WITHIN = 1.0  # seconds


@dataclass(frozen=True)
class Abandoned:
    """A marked folder whose maker was killed, and the socket that it served at elsewhere (``""``: none)."""

    folder: folders.Marked
    socket: str

    @property
    def lines(self) -> list[str]:
        """What is there, a line each."""
        whose = f"on this machine, of {self.folder.what}, which was killed"
        things = [*([f"socket {self.socket}"] if self.socket else []), f"folder {self.folder.path}"]
        return [f"{thing}, {whose}" for thing in things]

    def remove(self) -> list[str]:
        """Remove it; what could not be removed comes back, a line each."""
        problem = problem_of(os.unlink, self.socket) if self.socket and _is_dead(self.folder) else ""
        gone = folders.emptied(self.folder.path)
        return [*([f"socket {self.socket}: {problem}"] if problem else []), *([gone] if gone else [])]


def abandoned(reports: Path, known: Collection[Path], older_than: float) -> tuple[list[Abandoned], list[str]]:
    """What is marked, dead, older than so many seconds and not ``known`` to a ledger; and a line for what is in use."""
    places = folders.roots(reports)
    busy = _folders_of_daemons()
    found, lines = [], []
    for path in folders.found(places):
        marked, _ = folders.marked(path, places)
        if marked is None or marked.is_alive or path in known or time.time() - marked.age_from < older_than:
            continue
        if str(path) in busy:
            lines.append(
                f"folder {path} is a killed run's whose daemon goes on, process {busy[str(path)]}: sweep with its "
                f"-D reports=…"
            )
            continue
        found.append(Abandoned(marked, str(marked.said["socket"]) if _is_dead(marked) else ""))
    return found, lines


def _is_dead(marked: folders.Marked) -> bool:
    """Whether the very socket that the marker names is there, this user's, and nobody answers at it."""
    return attempt(False, _refuses, marked.said.get("socket"), marked.said.get("inode"))[0]


def _refuses(path: object, inode: object) -> bool:
    if not isinstance(path, str) or not path.startswith("/"):
        return False
    seen = os.lstat(path)
    if not stat.S_ISSOCK(seen.st_mode) or seen.st_uid != os.geteuid() or seen.st_ino != inode:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_ANSWERS_WITHIN)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
    return False


def _folders_of_daemons() -> dict[str, int]:
    """The folders that the suite made for daemons which run, and their processes."""
    found = {}
    for process in psutil.process_iter():
        folder, _ = attempt("", lambda process: process.environ().get(FOLDER_OF_DAEMON, ""), process)
        if folder:
            found[folder] = process.pid
    return found
