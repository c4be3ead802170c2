"""What carries the label of a run that has no ledger here: it may be alive elsewhere, or be over and swept by nobody.

Which of the two is known by age alone: a run creates things until its end, and none of its jobs lasts longer than the
settings say.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.api.client import DockerApi
from support.api.recording import labelled
from support.cleanup.claims import created, moment
from support.cleanup.inventory import RUN_LABEL, labels_of, listed
from support.cleanup.ledger_file import RUN_ID
from support.settings import Settings
from support.text import one_line
from support.verdicts import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_JOBS = 2  # in a row: a run that created nothing for so long has ended


@dataclass
class Things:
    """Of one run, when each of its things was made: seconds since 1970, None where that is not said."""

    times: list[float | None] = field(default_factory=list)

    @property
    def oldest(self) -> float:
        """When the first was made; now where that is not said."""
        return min((time for time in self.times if time is not None), default=time.time())

    def why_not(self, now: float, older_than: float) -> str:
        """Why they may be a live run's, or ``""``."""
        known = [each for each in self.times if each is not None]
        if len(known) < len(self.times):
            return "when they were made is not said"
        age = now - max(known)
        if age >= older_than:
            return ""
        return f"the last was made {_spoken(max(age, 0))} ago, which is less than {_spoken(older_than)}"


def runs_at(api: DockerApi) -> dict[str, Things]:
    """The IDs of all runs that something in the daemon is labelled with."""
    with labelled(criterion="sweep", observes=True):
        entries = [entry for _, entry in listed(api, RUN_LABEL)]
    found: dict[str, Things] = {}
    for entry in entries:
        for run in {str(labels[RUN_LABEL]) for labels in labels_of(entry) if RUN_LABEL in labels}:
            found.setdefault(run, Things()).times.append(created(entry))
    return found


def settled(
    found: Mapping[str, Things], known: Iterable[str], now: float, older_than: float, where: str
) -> tuple[dict[str, Things], list[str]]:
    """The runs of which nobody else can take care, and of each other one that is not known a line that says why not."""
    adopted, lines = {}, []
    for run, things in sorted(found.items()):
        if run in known:
            continue
        if not RUN_ID.fullmatch(run):
            lines.append(
                f"{len(things.times)} things {where} carry the label of {one_line(run, 40)!r}, which is no run's ID"
            )
        elif why := things.why_not(now, older_than):
            lines.append(
                f"run {run} has {len(things.times)} things {where}, is in no ledger here and perhaps alive: {why}; "
                f"sweep later, with its -D reports=…, or --run {run} where it is over"
            )
        else:
            adopted[run] = things
    return adopted, lines


def clock_of(info: Mapping[str, Any]) -> float:
    """What time it is for a daemon, by its ``/info``; by this machine where it does not say."""
    return moment(info.get("SystemTime")) or time.time()


def longest(settings: Settings) -> float:
    """After how many seconds without anything new a run is over."""
    return _JOBS * settings.job_timeout * max(settings.deadline_scale, 1.0)


def seconds_of(text: str) -> float:
    """Seconds of ``90s``, ``30m``, ``2h`` or ``1d``. Raises ``UsageError``."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhd])", text)
    if match is None:
        raise UsageError(f"--older-than {one_line(text, 40)!r} is no age: write 90s, 30m, 2h or 1d")
    return float(match[1]) * _UNITS[match[2]]


def _spoken(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 300
        else f"{seconds / 60:.0f} min"
        if seconds < 2 * 3600
        else f"{seconds / 3600:.0f} h"
    )
