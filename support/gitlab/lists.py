"""What the daemon lists while a job exists, and after it (TST-011 AC-8, AC-13, AC-15, AC-16, AC-18, AC-21)."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from support.api.client import wire
from support.api.recording import Exchange
from support.container import Container
from support.driver import Driver
from support.gitlab.network import Network
from support.once import once

_LISTS = "TST-011-AC-21"


class Lists:
    """Lists of all containers and networks as AC-21 asks for them, and of the containers with the run's label."""

    def __init__(self, driver: Driver, containers: Sequence[Container], network: Network) -> None:
        self.lock: threading.RLock = driver.lock
        self._driver = driver
        self._containers = containers
        self._network = network

    @once
    def before(self) -> tuple[Exchange, Exchange]:
        """``GET /containers/json?all=true`` and ``GET /networks`` while the job exists."""
        for thing in (*self._containers, self._network):
            thing.must_be_there()
        return self._both()

    @once
    def after(self) -> tuple[Exchange, Exchange]:
        """The same once the job's containers and network are deleted."""
        return self._both()

    @once
    def long_after(self) -> tuple[Exchange, Exchange]:
        """The same again, at least a second later."""
        self.after()
        for thing in (*self._containers, self._network):
            self._driver.a_second_after(thing.deleted_at)
        return self._both()

    @once
    def of_run(self) -> Exchange:
        """All containers with the run's label, before the first of them is killed."""
        return self._containers[0].list_all()

    @once
    def of_run_at_end(self) -> Exchange:
        """The same before the first of them is deleted."""
        return self._containers[0].list_all()

    @once
    def of_run_after(self) -> Exchange:
        """The same after the last of them is deleted."""
        return self._containers[0].list_all()

    def _both(self) -> tuple[Exchange, Exchange]:
        return (
            self._driver.observe(wire("GET", "/containers/json", all="true"), _LISTS),
            self._driver.observe(wire("GET", "/networks"), _LISTS),
        )
