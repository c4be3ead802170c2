"""A job's volumes, as GitLab Runner makes and deletes them (TST-011 AC-5, AC-20, N-20, N-24)."""

from __future__ import annotations

from support.api.recording import Exchange
from support.driver import Driver
from support.once import once
from support.thing import Thing

_CREATES, _CREATES_AGAIN, _DELETES = "TST-011-AC-05", "TST-011-N-20", "TST-011-AC-20"


class Volume(Thing):
    """``runner-<hash>-build`` or ``runner-<hash>-cache``, mounted at ``target``."""

    kind = "volume"
    listed_at = "/volumes"

    def __init__(self, driver: Driver, guid: str, purpose: str, target: str, labels: dict[str, str]) -> None:
        super().__init__(driver, f"runner-{guid}-{purpose}", f"the {purpose} volume", _CREATES)
        self.purpose = purpose
        self.target = target
        self.labels = labels

    def bound_to(self, target: str) -> str:
        """As ``HostConfig.Binds`` has it."""
        return f"{self.name}:{target}"

    def reference(self) -> str:
        """Volumes have no ID."""
        return self.name

    @once
    def create(self) -> Exchange:
        """``POST /volumes/create``, AC-5."""
        self.driver.ledger.expect("volume", self.name)
        return self._send_create(_CREATES)

    @once
    def create_again(self) -> Exchange:
        """The same once more: the runner keeps its cache volumes, and creates them again in each job (N-20)."""
        self.must_be_there()
        return self._send_create(_CREATES_AGAIN)

    def _send_create(self, criterion: str) -> Exchange:
        return self.driver.ask(
            lambda client: client.create_volume(self.name, labels=self.labels), criterion, self.purpose
        )

    @once
    def delete(self) -> Exchange:
        """``DELETE /volumes/{name}``, AC-20."""
        self.must_be_there()
        return self.unless_missing(
            self.driver.ask(lambda client: client.remove_volume(self.name), _DELETES, self.purpose)
        )
