"""One run of the suite: what its hooks open, its jobs use and its end closes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.api.client import DockerApi, raw_call
from support.api.recording import Exchange, Recorder, labelled
from support.cleanup.ledger import Ledger
from support.clock import steady_time
from support.settings import Settings
from support.target import Target

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.backend import AwsBackend


ANSWER_SLACK = 15.0  # seconds beyond its own time-out in which a daemon may still answer a start


@dataclass
class Run:
    """``note`` puts a line into the evidence of the scenario that is being judged."""

    settings: Settings
    recorder: Recorder
    target: Target
    ledger: Ledger
    note: Callable[[str], None]
    aws: AwsBackend | None = None

    def ask(self, method: str, path: str) -> Exchange:
        """One observation of the suite's own, e.g. ``GET /containers/no-such-container/json``."""
        with labelled(observes=True):
            return self.api.ask(raw_call(method, path))

    def backend_calls_during(self, exchange: Exchange) -> list[str]:
        """What the daemon asked of AWS during an exchange, where a simulator tells; else the evidence says so."""
        journal = self.target.simulator.get("journal")
        if journal is None:
            self.note(f"whether a backend was contacted could not be observed on {self.target.name}")
            return []
        began = steady_time() - (time.monotonic() - exchange.sent)
        ended = began + (exchange.done_after or 0.0)
        entries = [json.loads(line) for line in Path(journal).read_text(encoding="utf-8").splitlines()]
        return [
            f"{entry['action']} was called during {exchange.line()}"
            for entry in entries
            if entry["event"] == "call" and entry["caller"] == "daemon" and began <= entry["at"] <= ended
        ]

    @property
    def api(self) -> DockerApi:
        """The daemon under test."""
        return self.target.api
