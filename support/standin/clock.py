"""Times as Docker writes and reads them: integers of nanoseconds inside, RFC 3339 in UTC outside."""

from __future__ import annotations

import re
import time
from datetime import datetime

NEVER = "0001-01-01T00:00:00Z"
SECOND = 1_000_000_000


def stamp(time_ns: int, *, trimmed: bool = True) -> str:
    """RFC 3339 with nanoseconds; inspect trims trailing zeros, logs do not. 0 is the engine's "never"."""
    if not time_ns:
        return NEVER
    seconds, fraction = divmod(time_ns, SECOND)
    digits = f"{fraction:09d}"
    digits = digits.rstrip("0") if trimmed else digits
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + (f".{digits}" if digits else "") + "Z"


def moment(text: str) -> int:
    """Nanoseconds of ``since`` and ``until``: seconds with an optional fraction, RFC 3339, or a Go duration ago.

    ``ValueError`` for anything else.
    """
    if match := re.fullmatch(r"(\d+)(?:\.(\d{1,9}))?", text):
        return int(match[1]) * SECOND + int((match[2] or "").ljust(9, "0"))
    units = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3}
    if re.fullmatch(r"(\d+(\.\d+)?(ms|[hms]))+", text):
        parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[hms])", text)
        return time.time_ns() - int(sum(float(number) * units[unit] for number, unit in parts) * SECOND)
    whole, _, fraction = text.removesuffix("Z").partition(".")
    parsed = datetime.fromisoformat(whole + ("+00:00" if text.endswith("Z") else ""))
    return int(parsed.timestamp()) * SECOND + int(fraction.ljust(9, "0") or 0)


def since(time_ns: int) -> str:
    """How long ago, in the engine's words: "Less than a second", "About a minute", "3 hours"."""
    seconds = max(0, time.time_ns() - time_ns) // SECOND
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    for limit, size, unit in ((60, 1, "seconds"), (120, 0, "About a minute"), (3600, 60, "minutes")):
        if seconds < limit:
            return f"{seconds // size} {unit}" if size else unit
    hours = (seconds + 1800) // 3600
    if hours == 1:
        return "About an hour"
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
