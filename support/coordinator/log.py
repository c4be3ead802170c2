"""A job's log as its reader sees it: lines, without colours and without the runner's timestamps."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# As FF_TIMESTAMPS writes them: time, stream number, O or E, and "+" where the line goes on one before it.
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f]{2}[OE]([ +])")


def lines_of(log: bytes) -> list[str]:
    """The log's lines, empty ones left out."""
    lines: list[str] = []
    for raw in log.decode("utf-8", "replace").split("\n"):
        text = raw.rstrip("\r").rpartition("\r")[2]
        stamp = _STAMP.match(text)
        line = _CONTROL.sub("", text[stamp.end() :] if stamp else text)
        if stamp and stamp[1] == "+" and lines:
            lines[-1] += line
        elif line.strip():
            lines.append(line.rstrip())
    return lines
