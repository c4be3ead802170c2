"""Times as Docker writes and reads them: integers of nanoseconds inside, RFC 3339 in UTC outside."""

from __future__ import annotations

import re
import time

SECOND = 1_000_000_000  # nanoseconds


def stamp(time_ns: int, *, trimmed: bool = True) -> str:
    """RFC 3339 with nanoseconds; inspect trims trailing zeros, logs do not. 0 is Go's zero time."""
    if not time_ns:
        return "0001-01-01T00:00:00Z"
    seconds, fraction = divmod(time_ns, SECOND)
    digits = f".{fraction:09d}"
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + (digits.rstrip(".0") if trimmed else digits) + "Z"


def moment(text: str) -> int:
    """Nanoseconds of ``since`` and ``until``, given as Unix seconds with or without a fraction; else ``ValueError``."""
    match = re.fullmatch(r"(\d+)(?:\.(\d{1,9}))?", text)
    if not match:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(match[1]) * SECOND + int((match[2] or "").ljust(9, "0"))


def since(time_ns: int) -> str:
    """How long ago, in the engine's words: "Less than a second", "About a minute", "3 hours"."""
    seconds = max(0, time.time_ns() - time_ns) // SECOND
    if seconds < 2:
        return ("Less than a second", "1 second")[seconds]
    minutes, hours = seconds // 60, (seconds + 1800) // 3600
    if minutes < 60:
        return (f"{seconds} seconds", "About a minute")[minutes] if minutes < 2 else f"{minutes} minutes"
    return "About an hour" if hours < 2 else f"{hours} hours" if hours < 48 else f"{hours // 24} days"
