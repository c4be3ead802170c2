"""One run of the suite: what its hooks open, its jobs use and its end closes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.docker_api import DockerApi, wire
from support.ledger import Ledger
from support.recording import Exchange, Recorder, labelled
from support.settings import Settings
from support.target import Target

if TYPE_CHECKING:  # boto3 is big, and only ECS targets need it
    from support.aws.side import AwsSide


@dataclass
class Run:
    """``note`` puts a line into the evidence of the scenario that is being judged."""

    settings: Settings
    recorder: Recorder
    target: Target
    ledger: Ledger
    note: Callable[[str], None]
    aws: AwsSide | None = None

    def put(self, method: str, path: str) -> Exchange:
        """One look of the suite's own, e.g. ``GET /containers/no-such-container/json``."""
        with labelled(observes=True):
            return self.api.ask(wire(method, path))

    def backend_calls_during(self, exchange: Exchange) -> list[str]:
        """What a backend was asked during an exchange, as far as that can be seen; else the evidence says so."""
        self.note(f"whether a backend was contacted by {exchange.line()} could not be observed on {self.target.name}")
        return []

    @property
    def api(self) -> DockerApi:
        """The daemon under test."""
        return self.target.api
