"""Text that a daemon or an exception made up, brought into a form that terminals, XML and people can take."""

from __future__ import annotations

import re
from collections.abc import Sequence

from support.redaction import cut_and_redact

# Everything that is not printable in XML 1.0, that moves a terminal's cursor, that turns the reading direction, or that
# shows nothing at all.
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u061b\u061d-\u180d\u180f-\u200a\u200c\u200d\u2010-\u2027\u202f-\u205f\u2070-\ud7ff"
    "\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U000dffff]"
)

_MOST = 64 * 1024  # characters of a text that are looked at
SHOWN = 4096  # characters of a line, and so of a value, on the console and in JUnit; the evidence has all of it
_LINES = 60  # of what shows a violation


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: object) -> str:
    """The text with control characters, surrogates and the like as escapes; lines stay lines.

    Whatever prints to a terminal passes its text through this, last of all.
    """
    return _UNPRINTABLE.sub(_escaped, str(text).replace("\r\n", "\n"))


def printable(text: object) -> str:
    """The text with control characters, surrogates and the like as escapes, without secrets; long ones are cut."""
    return visible(cut_and_redact(str(text), _MOST).replace("\r\n", "\n"))


def shorten(line: str, limit: int) -> str:
    """The line cut to ``limit`` characters, the cut marked."""
    return line if len(line) <= limit else line[: max(limit - 1, 0)] + "…"


def excerpt(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines as reports show them: long ones cut, and of many the first ones and the last two, the cuts marked."""
    cut = len(lines) - _LINES
    if cut > 0:
        mark = f"… {cut + 1} more lines in the evidence …"
        lines = [*lines[: _LINES - 3], mark, *lines[-2:]]
    return tuple(shorten(line, SHOWN) for line in lines)


def one_line(text: object, limit: int = 300) -> str:
    """The text as one printable line, white space run together."""
    return shorten(" ".join(printable(str(text)[: _MOST // 4]).split()), limit)


def slug(text: str) -> str:
    """The text as a file name that every file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:80] or "unnamed"
