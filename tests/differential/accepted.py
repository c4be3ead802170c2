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
    Accepted(
        where=r"status|body\.message",
        engine=r"500|Get .*: no such host",
        standin=r"404|pull access denied for .*|manifest for .* not found: manifest unknown: manifest unknown",
        reason="the engine looks further in a registry that is out of reach; the stand-in has no other than its own",
        calls=r"pull what no registry knows|pull a tag that does not exist",
    ),
    Accepted(
        where=r"status|body\.message",
        engine=r"500|Get \"http:\": http: no Host in request URL",
        standin=r"404|pull access denied for .*",
        reason="the engine asks a registry without a name for an image without a name",
        calls="pull nothing",
    ),
    Accepted(
        where=r"body\.message",
        engine=r"invalid JSON: json: cannot unmarshal .*",
        standin=r"invalid JSON: .*",
        reason="the engine names types of its own source",
        calls=r"create from a JSON list|create with a field of another type",
    ),
    Accepted(
        where=r"status|body\..*",
        engine=r"201|<containers 0>|\[]|\(absent\)",
        standin=r"400|\(absent\)|no command specified",
        reason="the engine makes a container of no image, which nothing can start",
        calls="create without an image",
    ),
)
