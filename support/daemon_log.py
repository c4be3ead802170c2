"""``python -m support.daemon_log FILE``: keeps what a daemon of ours prints, without secrets and of a bounded size.

A process of its own: where the suite is killed the daemon goes on, is ended by the sweep later, and must not meet its
end by printing to nobody. This ends when the last one that could print has. What no disk has room for is lost.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from support.redaction import redact_text

_HEAD = 128 * 1024  # bytes of its first words, which stay
_TAIL = 128 * 1024  # bytes of its last words
_MOST = 2 * (_HEAD + _TAIL)  # bytes of a file, which is then cut to both
_CHUNK = 65536  # bytes
_AWAITED = 16 * 1024  # bytes that are awaited until a line, or a key in several lines, is whole
_KEY_BEGINS, _KEY_ENDS = b"-----BEGIN ", b"-----END "
_ROOT = Path(__file__).resolve().parent.parent


def start(log: Path) -> subprocess.Popen[bytes]:
    """The process that keeps a log; a daemon prints to its standard input. Raises ``OSError``."""
    return subprocess.Popen(
        [sys.executable, "-S", "-P", "-m", "support.daemon_log", str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        start_new_session=True,  # Ctrl-C is for the suite
    )


def main(log: Path) -> None:
    """Until nobody can print any more, or SIGTERM says that it is over."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    file: IO[bytes] | None = None
    with suppress(OSError):
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = log.open("w+b", buffering=0)
        log.chmod(0o600)
    begun, kept = b"", _Kept(file)
    try:
        while chunk := os.read(0, _CHUNK):
            whole, begun = _split(begun + chunk)
            kept.add(whole)
    finally:
        kept.add(begun)


class _Kept:
    """The first and the last of what was added, in a file; where there is none, nothing."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self._size = 0  # of the file
        self._added = 0  # bytes

    def add(self, said: bytes) -> None:
        if self._file is None or not said:
            return
        text = redact_text(said.decode("utf-8", "backslashreplace")).encode("utf-8", "backslashreplace")
        with suppress(OSError):
            written = self._file.write(text) or 0
            self._size += written
            self._added += written
            if self._size > _MOST:
                self._cut(self._file)

    def _cut(self, file: IO[bytes]) -> None:
        file.seek(self._size - _TAIL)
        tail = file.read(_TAIL).partition(b"\n")[2]
        file.seek(_HEAD)
        file.write(f"\n… {self._added - _HEAD - len(tail)} bytes left out …\n".encode() + tail)
        file.truncate()
        self._size = file.tell()


def _split(said: bytes) -> tuple[bytes, bytes]:
    """What is whole, and what is awaited of a line or of a key that has begun."""
    at = said.rfind(b"\n") + 1
    begins = said.rfind(_KEY_BEGINS)
    if begins >= 0 and said.find(_KEY_ENDS, begins) < 0:
        at = min(at, begins)
    return (said[:at], said[at:]) if len(said) - at <= _AWAITED else (said, b"")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
