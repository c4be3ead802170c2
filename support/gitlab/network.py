"""A job's own network (TST-011 AC-4, AC-19)."""

from __future__ import annotations

from support.api.recording import Exchange
from support.driver import Driver
from support.once import once
from support.thing import Thing

_CREATES, _DELETES = "TST-011-AC-04", "TST-011-AC-19"


class Network(Thing):
    """``runner-net-<guid>``."""

    kind = "network"
    listed_at = "/networks"

    def __init__(self, driver: Driver, guid: str, labels: dict[str, str]) -> None:
        super().__init__(driver, f"runner-net-{guid}", "the network of the job", _CREATES)
        self.labels = labels

    @once
    def create(self) -> Exchange:
        """``POST /networks/create``, AC-4."""
        self.driver.ledger.expect("network", self.name)
        return self.driver.ask(lambda client: client.create_network(self.name, labels=self.labels), _CREATES, "network")

    @once
    def delete(self) -> Exchange:
        """``DELETE /networks/{id}``, AC-19."""
        self.must_be_there()
        network = self.reference()
        return self.unless_missing(self.driver.ask(lambda client: client.remove_network(network), _DELETES, "network"))
