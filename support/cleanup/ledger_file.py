"""The file behind a ledger: one JSON object per line, written through at once, locked as long as the run lives.

The kernel unlocks it however a run ends. So it is known whether a run is over, also across containers that share the
folder, and two sweeps do not come into each other's way.

A file is read as somebody else's who may mean harm: what is not as a run writes it is ``Malformed``, and nothing in it
counts. A last line that a kill cut off is no fault.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from support.api.endpoint import parse
from support.attempt import attempt
from support.files import remedy
from support.verdicts import NotJudged, UsageError

Entry = dict[str, Any]
RUN_ID = re.compile(r"[0-9a-f]{8,40}e?")
CONTAINER_ID = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,254}")
_SIZE_LIMIT = 8 * 1024 * 1024  # bytes; a run notes some 100 of each thing
_LINE_LIMIT = 16 * 1024  # bytes
_MOST_PIDS = 2**31
_YEAR_9999 = 2.5e11  # seconds since 1970


class RunIsAlive(NotJudged):
    """The ledger's run goes on, and with it all that it has created."""


class Malformed(NotJudged):
    """A file that no run wrote, or that was broken since; the text says how."""


class LedgerFile:
    """An open and locked file; ``found`` is what it held before."""

    def __init__(self, path: Path, file: IO[str], found: list[Entry]) -> None:
        self.path = path
        self.found = found
        self._file = file

    @classmethod
    def open(cls, path: Path, *, is_old: bool = False) -> LedgerFile:
        """Open and lock it. Raises ``RunIsAlive`` where another holds it, ``Malformed``, ``UsageError``.

        With ``is_old`` it must be there already: raises ``FileNotFoundError`` where its run has dropped it meanwhile.
        """
        file = _opened(path, is_old=is_old)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_old and not os.fstat(file.fileno()).st_nlink:
                raise FileNotFoundError(path)
            found, whole = _entries_in(file.fileno())
            if whole < os.fstat(file.fileno()).st_size:
                os.ftruncate(file.fileno(), whole)  # what comes next begins a line
        except BlockingIOError:
            file.close()
            raise RunIsAlive(f"the run of {path} is alive") from None
        except (FileNotFoundError, Malformed):
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
            if os.pwrite(descriptor, lines, size) < len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            os.ftruncate(descriptor, size)  # half a line would spoil the next one
            if not size:
                self.path.unlink(missing_ok=True)
            raise _cannot_note(self.path, error) from None

    @property
    def last_written(self) -> float:
        """When, in seconds since 1970."""
        return os.fstat(self._file.fileno()).st_mtime

    def drop(self) -> None:
        """Remove it, and only then let go of the lock."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of it; it stays."""
        self._file.close()


def _cannot_note(path: Path, error: OSError) -> NotJudged:
    return NotJudged(f"nothing is created that cannot be noted, and {path} cannot be written: {remedy(error)}")


def _opened(path: Path, *, is_old: bool) -> IO[str]:
    """A regular file of this user's; one that is not there yet is made, unless it must be old."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | (0 if is_old else os.O_CREAT)
    try:
        if not is_old:
            path.parent.mkdir(parents=True, exist_ok=True)
        _must_be_ours(path)
        return os.fdopen(os.open(path, flags, 0o600), "r+", encoding="utf-8")
    except FileNotFoundError:
        if is_old:
            raise
        raise UsageError(f"cannot write {path}: its folder is gone; set -D reports=DIR") from None
    except OSError as error:
        if is_old:
            raise Malformed(f"it cannot be opened: {error.strerror}") from None
        raise _cannot_note(path, error) from None


def _must_be_ours(path: Path) -> None:
    """Nothing but a regular file of this user's is opened at all: some devices do something when they are."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(seen.st_mode):
        raise Malformed(f"it is {_KINDS.get(stat.S_IFMT(seen.st_mode), 'no regular file')}")
    if seen.st_uid != os.geteuid():
        raise Malformed(f"it belongs to another user, {seen.st_uid}")


_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def entries_of(path: Path) -> list[Entry]:
    """The entries of a file, also of one that is locked; none where it has gone meanwhile. Raises ``Malformed``."""
    _must_be_ours(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Malformed(f"it cannot be opened: {error.strerror}") from None
    try:
        return _entries_in(descriptor)[0]
    finally:
        os.close(descriptor)


def _entries_in(descriptor: int) -> tuple[list[Entry], int]:
    """The entries, and the size of the lines that hold them. Raises ``Malformed``."""
    if os.fstat(descriptor).st_size > _SIZE_LIMIT:
        raise Malformed(f"it is larger than {_SIZE_LIMIT} bytes")
    content, problem = attempt(b"", os.pread, descriptor, _SIZE_LIMIT, 0)
    if problem:
        raise Malformed(f"it cannot be read: {problem}")
    lines = content.split(b"\n")
    cut = lines.pop()  # behind the last line feed there is nothing, or what a kill cut off
    entries = [_entry(line, number) for number, line in enumerate(lines, 1)]
    if entries and not _is_header(entries[0]):
        raise Malformed("its first line is not a run's")
    return entries, len(content) - len(cut)


def _entry(line: bytes, number: int) -> Entry:
    if len(line) > _LINE_LIMIT:
        raise Malformed(f"line {number} is longer than {_LINE_LIMIT} bytes")
    entry, problem = attempt(None, json.loads, line)
    if problem or not isinstance(entry, dict):
        raise Malformed(f"line {number} is {'not JSON' if problem else 'no JSON object'}")
    for name, is_so in _FIELDS.items():
        if name in entry and not attempt(False, is_so, entry[name])[0]:
            raise Malformed(f"line {number} has no usable {name!r}")
    if ("kind" in entry) != ("name" in entry):
        raise Malformed(f"line {number} is half a note")
    return entry


def _is_url(value: object) -> bool:
    return isinstance(value, str) and bool(parse(value))


def _is_daemon(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    pid = value.get("pid")
    is_pid = isinstance(pid, int) and not isinstance(pid, bool) and 0 < pid < _MOST_PIDS
    return is_pid and all(isinstance(value.get(each, ""), str) for each in ("born", "what", "folder"))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _YEAR_9999


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and "\0" not in value


# What a run writes under these names; other names are of later versions, and left alone.
_FIELDS: dict[str, Callable[[Any], bool]] = {
    "run": lambda value: isinstance(value, str) and RUN_ID.fullmatch(value) is not None,
    "target": _is_url,
    "began": _is_time,
    "daemon": _is_daemon,
    "folder": _is_path,
    "id": lambda value: isinstance(value, str) and CONTAINER_ID.fullmatch(value) is not None,
    "kind": lambda value: value in ("container", "network", "volume"),
    "name": lambda value: isinstance(value, str) and _NAME.fullmatch(value) is not None,
}


def _is_header(entry: Entry) -> bool:
    return {"run", "target", "began"} <= entry.keys()
