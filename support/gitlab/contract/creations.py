"""Containers and a network that are only created, each with one thing that the runner's own have (RUN-46 on)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hamcrest import all_of, anything, has_entries, has_items, instance_of
from hamcrest.core.matcher import Matcher

from support import expectations as expected
from support.api.client import posted
from support.api.recording import Exchange
from support.gitlab.contract.recorded import HOST_CONFIG, NETWORK, RESTART_POLICY
from support.gitlab.job import LABELS
from support.gitlab.network import Network
from support.gitlab.small_job import SmallJob
from support.matchers import has_json, text_like
from support.once import once
from support.run import Run
from support.thing import Thing
from support.verdicts import chosen

_CHARACTERS = 100
_LABELS = 25
_HOSTNAME = "runner-abcdefghi-project-77-concurrent-0"
ALIASES = ["postgres", "postgres", "db", "a__b"]


@dataclass(frozen=True)
class Creation:
    """``what`` is how the feature says it; ``shows`` is what an inspection must show then."""

    what: str
    criterion: str
    thing: Thing
    shows: Matcher[Any]


class VerbatimNetwork(Network):
    """Created from the body that the runner sends."""

    @once
    def create(self) -> Exchange:
        """``POST /networks/create`` with an empty driver and without address management."""
        self.driver.ledger.expect("network", self.name)
        body = {**NETWORK, "Name": self.name, "Labels": self.labels}
        return self.driver.ask(posted("/networks/create", body), "RUN-51", "network")


class Creations(SmallJob):
    """Nothing of it is ever started."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "creations", "RUN-46")
        many = {f"{LABELS}.label-{number}": f"value {number}" for number in range(1, _LABELS + 1)}
        signs = {f"{LABELS}.job.url": "http://localhost:8080/group/project/-/jobs/4242"}
        long_name = f"runner-{self.guid}-"
        endpoint = {self.network.name: {"Aliases": ALIASES}}
        made = [
            self._container(
                "the aliases postgres, postgres, db and a__b",
                "RUN-46",
                "aliased",
                {"NetworkingConfig": {"EndpointsConfig": endpoint}},
                has_json(["NetworkSettings", "Networks", self.network.name, "Aliases"], has_items(*ALIASES)),
            ),
            self._container(
                "a name of 100 characters", "RUN-58", "named", {}, anything(), long_name.ljust(_CHARACTERS, "n")
            ),
            self._container(
                "25 labels", "RUN-59", "labelled", {"Labels": many}, has_json("Config.Labels", has_entries(many))
            ),
            self._container(
                "a label whose value has colons and slashes",
                "RUN-60",
                "marked",
                {"Labels": signs},
                has_json("Config.Labels", has_entries(signs)),
            ),
            self._container(
                "a NetworkingConfig that is null", "RUN-50", "unconfigured", {"NetworkingConfig": None}, anything()
            ),
            self._container(
                'the restart policy "no"',
                "RUN-61",
                "once",
                {"HostConfig": {"RestartPolicy": RESTART_POLICY}},
                has_json("HostConfig.RestartPolicy.Name", "no"),
            ),
            self._container(
                "every field of HostConfig that the runner sends",
                "RUN-62",
                "whole",
                {"HostConfig": HOST_CONFIG},
                has_json(["NetworkSettings", "Networks", self.network.name], instance_of(dict)),
            ),
            self._container(
                "a hostname of 40 characters",
                "RUN-63",
                "hosted",
                {"Hostname": _HOSTNAME},
                has_json("Config.Hostname", _HOSTNAME),
            ),
            self._network(),
        ]
        self.all = {each.what: each for each in made}

    def _container(  # noqa: PLR0913, PLR0917 - what is asked for, and what must be shown
        self, what: str, criterion: str, role: str, body: dict[str, Any], shows: Matcher[Any], name: str = ""
    ) -> Creation:
        host = {"NetworkMode": self.network.name, **body.pop("HostConfig", {})}
        container = self.verbatim(role, criterion, {"Cmd": ["true"], **body, "HostConfig": host}, name)
        return Creation(what, criterion, container, _both(expected.is_container(container), shows))

    def _network(self) -> Creation:
        network = VerbatimNetwork(self.driver, f"{self.guid}-plain", self.labels())
        shows = _both(has_json("Name", network.name), has_json("Driver", text_like(".")))
        return Creation("an empty Driver and an IPAM that is null", "RUN-51", network, shows)

    def with_(self, what: str) -> Creation:
        """The creation with this. Raises ``UsageError`` where a sentence asks for another."""
        return chosen(what, self.all, "what is created")


def _both(first: Matcher[Any], second: Matcher[Any]) -> Matcher[Any]:
    return all_of(first, second)
