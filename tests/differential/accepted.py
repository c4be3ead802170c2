"""Differences between engine and stand-in that are meant, each with its reason. Ten at most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.differential.compare import Difference


@dataclass(frozen=True)
class Accepted:
    """``where``, ``engine`` and ``standin`` are regular expressions for a whole difference of the named ``calls``."""

    where: str
    engine: str
    standin: str
    reason: str
    calls: str = ".*"

    def covers(self, call: str, difference: Difference) -> bool:
        """Whether this is the difference that is meant."""
        parts = (self.calls, call), (self.where, difference.where)
        values = (self.engine, str(difference.engine)), (self.standin, str(difference.standin))
        return all(re.fullmatch(pattern, text, re.DOTALL) for pattern, text in (*parts, *values))


ACCEPTED: tuple[Accepted, ...] = (
    Accepted(
        where=r"header api-version|body\.ApiVersion|body\.message",
        engine=r"(.*API version is )?1\.4[5-9]|(.*API version is )?1\.5\d",
        standin=r"(.*API version is )?1\.44",
        reason="the stand-in speaks the contract's 1.44, a newer engine its own version (TST-011 AC-1)",
    ),
)
