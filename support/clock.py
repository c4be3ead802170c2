"""The time of day for comparisons with another machine's: deadlines are of the monotonic clock, and need none."""

from __future__ import annotations

import time

_AHEAD = time.time() - time.monotonic()


def steady_time() -> float:
    """Seconds since 1970, as this machine's clock had it when the process began: where that is set meanwhile, by a
    time server or by hand, everything before and after stays comparable."""
    return time.monotonic() + _AHEAD
