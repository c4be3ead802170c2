"""What large answers took is given back to the system: glibc by itself keeps it, for each thread that ever read one."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # parameters of mallopt(3)
_ARENAS = 2
_LARGE = 128 * 1024  # bytes; what is larger is a mapping of its own, which ends when it is freed


def give_back_soon() -> None:
    """From now on, in this process; where the C library has other ways, nothing happens."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
