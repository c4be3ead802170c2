"""Names of things that only the daemon can give, such as ``{container build}``, and of values that change.

A recording has a name where the daemon gave an ID, a digest or an address. The first answer in which a name stands
binds it; from then on it means what was given, in requests and answers alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_HEX = "[0-9a-f]{64}"
_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}"
# What the daemon may give for a name of each kind.
KINDS = {"container": _HEX, "network": _HEX, "exec": _HEX, "image": _HEX, "digest": _HEX, "address": _IPV4}
# Values that are another each time, and their form.
CHANGING = {
    "text": r"(?s:.+)",
    "id": _HEX,
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)",
    "path": r"/(?s:.*)",
    "cidr": rf"{_IPV4}/\d+",
    "version": r"\d+(?:\.\d+)+\S*",
}
_NAME = re.compile(rf"\{{(?:run|any (?:{'|'.join(CHANGING)})|(?:short )?(?:{'|'.join(KINDS)}) [^{{}}]+)\}}")
_SHORT = "short "
_ID_SHORT = 12  # characters of an ID that people and clients use


class Roles:
    """What each name means in one replay; ``{run}`` is what makes the names of created things this run's."""

    def __init__(self, run: str) -> None:
        self._bound = {"run": run}

    def fill(self, value: Any) -> Any:
        """A copy of a request's value, keys included, in which bound names are what they mean."""
        if isinstance(value, str):
            return _NAME.sub(lambda found: self._meaning(found[0]) or found[0], value)
        if isinstance(value, dict):
            return {self.fill(key): self.fill(each) for key, each in value.items()}
        return [self.fill(each) for each in value] if isinstance(value, list) else value

    def fits(self, template: str, seen: str) -> bool:
        """Whether a text is as its template says; if so, names that were not bound are bound by it."""
        parts: list[str] = []
        names: list[str] = []
        at = 0
        for found in _NAME.finditer(template):
            parts.append(re.escape(template[at : found.start()]))
            parts.append(self._pattern(found[0][1:-1], names))
            at = found.end()
        match = re.fullmatch("".join([*parts, re.escape(template[at:])]), seen)
        if match is None:
            return False
        for number, name in enumerate(names):
            self._bound[name] = match[f"new{number}"]
        return True

    def _meaning(self, name: str) -> str:
        bare = name[1:-1]
        is_short = bare.startswith(_SHORT)
        bound = self._bound.get(bare.removeprefix(_SHORT), "")
        return bound[:_ID_SHORT] if is_short else bound

    def _pattern(self, name: str, new: list[str]) -> str:
        meaning = self._meaning(f"{{{name}}}")
        if meaning:
            return re.escape(meaning)
        kind, _, of = name.partition(" ")
        if kind == "any":
            return f"(?:{CHANGING[of]})"
        if kind == "short":  # the whole ID is not known yet: nothing to hold it against
            return "[0-9a-f]{12}"
        if name in new:
            return f"(?P=new{new.index(name)})"
        new.append(name)
        return f"(?P<new{len(new) - 1}>{KINDS[kind]})"


def renamed(value: Any, rename: Callable[[str], str]) -> Any:
    """A copy of a JSON-like value with each of its texts, keys included, renamed."""
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, dict):
        return {rename(key): renamed(each, rename) for key, each in value.items()}
    return [renamed(each, rename) for each in value] if isinstance(value, list) else value
