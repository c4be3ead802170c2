"""An answer against the recorded one, field by field: type, pattern and value, as contract tests do.

``MAY_DIFFER`` lists what is no difference, and why; ``differences`` give both sides, what was seen first.
"""

from __future__ import annotations

from typing import Any

from support.recordings.roles import Roles

MAY_DIFFER = {
    "zero values": "null, empty, 0, false and a missing field are one to clients written in Go, as Docker's own is",
    "an image before it is pulled": "it may be there already, or not yet",
    "more fields, more entries": "a recording has the fields that clients read; an engine may have more of them, a "
    "variable of the image in Env, its short ID in Aliases, networks of others in a list",
    "the order of lists": "of volumes, aliases, variables and networks; that of Cmd, Entrypoint and Args counts",
    "error messages": "their status counts, and that they have a message; each daemon words them itself",
    "an image that cannot be pulled": "404 where the registry does not know it, 500 where there is none to be asked",
    "warnings of a create": "an engine warns of what its kernel lacks",
    "frames": "how output is cut into frames, how stdout and stderr mingle; the order in each counts",
    "the type of a stream": "frames may be called application/vnd.docker.raw-stream, and logs may have no type at all, "
    "as Docker answers API versions before 1.42; clients know from Tty whether there are frames",
    "times and paths": "their form counts",
}
_FRAMED, _RAW = (f"application/vnd.docker.{form}-stream" for form in ("multiplexed", "raw"))
_ORDERED = ("Cmd", "Entrypoint", "Args")


def difference(expected: Any, seen: Any, roles: Roles, at: str = "") -> str:
    """The first difference between a recorded value and the one that came, ``""`` where there is none."""
    if expected in ([], {}) and type(seen) is type(expected) and not _is_ordered(at):
        return ""  # there may be more in it
    if is_zero(expected):
        is_readable = seen is None or expected is None or type(seen) is type(expected)
        return "" if is_zero(seen) and is_readable else _both(at, seen, expected)
    if isinstance(expected, dict):
        return _of_objects(expected, seen, roles, at)
    if isinstance(expected, list):
        return _of_lists(expected, seen, roles, at)
    if isinstance(expected, str):
        return "" if isinstance(seen, str) and roles.fits(expected, seen) else _both(at, seen, roles.fill(expected))
    # JSON's true is no 1: typed clients cannot read the one as the other.
    return "" if type(seen) is type(expected) and seen == expected else _both(at, seen, expected)


def fits_header(path: str, name: str, expected: str, seen: str | None, roles: Roles) -> bool:
    """Whether an answer's header, None where it is missing, is as recorded; ``path`` is the call's."""
    if name == "content-type" and expected == _FRAMED:
        return seen in (_FRAMED, _RAW) or (seen is None and path.endswith("/logs"))
    return seen is not None and roles.fits(expected, seen)


def is_zero(value: Any) -> bool:
    """Whether a client cannot distinguish it from a missing field."""
    return value is None or value in ("", [], {}) or value is False or (value == 0 and not isinstance(value, str))


def _of_objects(expected: dict[str, Any], seen: Any, roles: Roles, at: str) -> str:
    if not isinstance(seen, dict):
        return _both(at, seen, roles.fill(expected))
    for key, value in expected.items():
        name = roles.fill(key)
        where = f"{at}.{name}" if at else name
        if name not in seen and not is_zero(value):
            return f"Seen: no {where}\nExpected: {where} is {roles.fill(value)!r}"
        found = difference(value, seen.get(name), roles, where)
        if found:
            return found
    return ""


def _of_lists(expected: list[Any], seen: Any, roles: Roles, at: str) -> str:
    if not isinstance(seen, list):
        return _both(at, seen, roles.fill(expected))
    if _is_ordered(at):
        if len(seen) != len(expected):
            return _both(at, seen, roles.fill(expected))
        pairs = zip(expected, seen, strict=True)
        return next(filter(None, (difference(*pair, roles, f"{at}[{n}]") for n, pair in enumerate(pairs))), "")
    for each in expected:
        if all(difference(each, entry, roles, at) for entry in seen):
            return f"Seen: {at or 'the list'} is {seen!r}\nExpected: {at or 'the list'} has {roles.fill(each)!r}"
    return ""


def _is_ordered(at: str) -> bool:
    return at.rpartition(".")[2] in _ORDERED


def _both(at: str, seen: Any, expected: Any) -> str:
    return f"Seen: {at or 'the body'} is {seen!r}\nExpected: {at or 'the body'} is {expected!r}"
