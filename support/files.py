"""Files that a run leaves: private to the user whatever the umask, and whole or not there at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_umask_before: list[int] = []


def keep_private() -> None:
    """From now on this process creates files and folders that only the user can read."""
    if not _umask_before:
        _umask_before.append(os.umask(0o077))


def users_umask() -> int:
    """The umask that the user has, for programs that are not ours; -1, as ``Popen`` takes it, where it still holds."""
    return _umask_before[0] if _umask_before else -1


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A file to write to, which becomes ``path`` once all of it is written; until then, what was there stays."""
    # One name for each process: who writes it anew, after a second Ctrl-C, leaves nothing behind of the first attempt.
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            os.fchmod(descriptor, 0o600)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def drop_unfinished(folder: Path) -> None:
    """Remove the files below it that nobody writes to any more and that never became what they were to be."""
    for fresh in folder.rglob(".*.new"):
        if not re.fullmatch(r"\..+\.\d+\.new", fresh.name) or not fresh.is_file():
            continue
        with suppress(OSError), fresh.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # whoever writes to it holds this
            fresh.unlink()


def remedy(error: OSError) -> str:
    """Why something could not be written below the reports folder, and what to do about it."""
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"{error.strerror or error}; {'make room there, or ' if is_full else ''}set -D reports=DIR"


def write_whole(path: Path, text: str) -> None:
    """Write the file to a new one beside it and rename that. Raises ``OSError``."""
    with whole_file(path) as file:
        file.write(text)
