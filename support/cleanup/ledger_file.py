"""The file behind a ledger: one JSON object per line, written through at once, locked as long as the run lives.

The kernel unlocks it however a run ends. So it is known whether a run is over, also across containers that share the
folder, and two sweeps do not come into each other's way.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from support.files import remedy
from support.verdicts import NotJudged, UsageError

Entry = dict[str, Any]


class RunIsAlive(NotJudged):
    """The ledger's run goes on, and with it all that it has created."""


class LedgerFile:
    """An open and locked file; ``found`` is what it held before."""

    def __init__(self, path: Path, file: IO[str], found: list[Entry]) -> None:
        self.path = path
        self.found = found
        self._file = file

    @classmethod
    def open(cls, path: Path, *, is_old: bool = False) -> LedgerFile:
        """Open and lock it. Raises ``RunIsAlive`` where another holds it.

        With ``is_old`` it must be there already: raises ``FileNotFoundError`` where its run has dropped it meanwhile.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("r+" if is_old else "a+", encoding="utf-8")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _cannot_note(path, error) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_old and not os.fstat(file.fileno()).st_nlink:
                raise FileNotFoundError(path)
            found = entries_of(path)
            file.seek(0, os.SEEK_END)
        except BlockingIOError:
            file.close()
            raise RunIsAlive(f"the run of {path} is alive") from None
        except FileNotFoundError:
            file.close()
            raise
        except OSError as error:
            file.close()
            raise UsageError(f"cannot lock {path}: {error.strerror}; set -D reports=DIR on another disk") from None
        return cls(path, file, found)

    def append(self, *entries: Entry) -> None:
        """Write entries through to the system, which keeps them when the process is killed.

        Raises ``NotJudged`` where there is no room.
        """
        lines = "".join(json.dumps(entry) + "\n" for entry in entries).encode()
        descriptor = self._file.fileno()
        size = os.fstat(descriptor).st_size
        try:
            if os.write(descriptor, lines) < len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            os.ftruncate(descriptor, size)  # half a line would spoil the next one
            if not size:
                self.path.unlink(missing_ok=True)
            raise _cannot_note(self.path, error) from None

    def drop(self) -> None:
        """Remove it, and only then let go of the lock."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of it; it stays."""
        self._file.close()


def _cannot_note(path: Path, error: OSError) -> NotJudged:
    return NotJudged(f"nothing is created that cannot be noted, and {path} cannot be written: {remedy(error)}")


def entries_of(path: Path) -> list[Entry]:
    """The entries of a file, also of one that is locked; none where it has gone meanwhile.

    A last line that a kill cut off is left out.
    """
    entries: list[Entry] = []
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return entries
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        entries += [entry] if isinstance(entry, dict) else []
    return entries
