"""What a simulator can be told to do: how long things take, what it refuses, what it does not know yet."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

from standin.aws.wire import refusal

ACCOUNT = "123456789012"
Range = tuple[float, float]


@dataclass(frozen=True)
class Latency:
    """Seconds, drawn between two bounds per task: until RUNNING, from a line to its event, from the exit to STOPPED."""

    start: Range = (1.2, 1.2)
    delivery: Range = (2.0, 2.0)
    stop: Range = (0.2, 0.2)


LATENCIES = {
    "quick": Latency(),  # enough to exercise polling
    "real": Latency(start=(10.0, 45.0), delivery=(5.0, 15.0), stop=(2.0, 6.0)),  # as TST-010's notes tell of AWS
}


@dataclass
class Fault:
    """Calls that are refused: ``kind`` is throttle, deny, expire or unknown; ``caller`` and ``action`` are patterns."""

    kind: str
    caller: str
    action: str
    times: int | None = None
    seconds: float | None = None  # counted from the first call that it strikes
    _until: float | None = None

    def strikes(self, caller: str, action: str) -> bool:
        """Whether this call is refused; counts it."""
        if not (fnmatchcase(caller, self.caller) and fnmatchcase(action, self.action)):
            return False
        if self.times is not None:
            self.times -= 1
            return self.times >= 0
        if self.seconds is not None and self._until is None:
            self._until = time.monotonic() + self.seconds
        return self._until is None or time.monotonic() < self._until


class Control:
    """The switches of one simulator, to be turned while it runs."""

    def __init__(self, latency: Latency, seed: int = 0) -> None:
        self.latency = latency
        self.random = random.Random(seed)  # noqa: S311 - latencies, ids and addresses; nothing secret
        self.missing = 0  # so many first DescribeTasks do not know a new task yet
        self.page = 100  # the most that one page of a list or of log events holds
        self.faults: list[Fault] = []

    def draw(self, bounds: Range) -> float:
        return self.random.uniform(*bounds)

    def id(self, kind: str) -> str:
        """An identifier as EC2 makes them: ``subnet-`` and 17 hex digits."""
        return f"{kind}-{self.random.getrandbits(68):017x}"

    def add(self, option: str) -> Fault:
        """A fault by its text: ``throttle=ecs:RunTask=5`` (calls) or ``=20s``, ``deny=suite/logs:*``, ``expire=*``.

        The caller, ``suite`` or ``daemon``, may be left out. ``ValueError`` for anything else.
        """
        form = r"(throttle|deny|expire|unknown)=(?:(\w+)/)?([\w:*]+)(?:=(\d+)|=(\d+(?:\.\d+)?)s)?"
        match = re.fullmatch(form, option)
        if match is None:
            raise ValueError(
                f"{option!r} is no fault: write throttle|deny|expire|unknown=[caller/]service:Action[=N|=Ns]"
            )
        kind, caller, action, times, seconds = match.groups()
        limits = (int(times) if times else None, float(seconds) if seconds else None)
        fault = Fault(kind, caller or "*", action, *limits)
        self.faults.append(fault)
        return fault

    def check(self, caller: str, service: str, action: str) -> None:
        """Raise the error of the first fault that strikes this call."""
        name = f"{service}:{action}"
        fault = next((fault for fault in self.faults if fault.strikes(caller, name)), None)
        if fault is None:
            return
        if fault.kind == "throttle":
            raise refusal(service, "throttled", "Rate exceeded")
        if fault.kind == "expire":
            raise refusal(service, "expired", "The security token included in the request is expired")
        if fault.kind == "unknown":
            raise refusal(service, "unknown action", f"Unknown operation: {action}")
        who = f"User: arn:aws:iam::{ACCOUNT}:user/{caller} is not authorized to perform: {name}"
        raise refusal(service, "denied", f"{who} because no identity-based policy allows the {name} action")


class Journal:
    """What happened, for benchmarks and the check of IAM actions: one JSON object per line, written at once.

    ``t`` is seconds since the simulator began, ``at`` seconds since 1970. ``event`` is ``call`` (with action, caller,
    error, ``took``, seconds, and ``on``, the parameters that name what it is about), ``delivered`` or ``lost`` (with
    stream, lines, and ``written``, the ``t`` of the first line), or the new status of a task.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path.absolute() if path else None
        self._began, self._began_at = time.monotonic(), time.time()
        self.entries: list[dict[str, Any]] = []
        self._file: IO[str] | None = path.open("w", buffering=1) if path else None

    def moment(self, at: float) -> float:
        """A time of day on the scale of ``t``."""
        return round(at - self._began_at, 3)

    def note(self, event: str, **details: object) -> None:
        entry = {"t": round(time.monotonic() - self._began, 3), "at": round(time.time(), 3), "event": event, **details}
        self.entries.append(entry)
        if self._file:
            self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """What is still delivered afterwards is noted no more."""
        if self._file:
            self._file.close()
            self._file = None
