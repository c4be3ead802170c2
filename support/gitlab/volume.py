"""A job's volumes, as GitLab Runner makes and deletes them (TST-011 AC-5, AC-20, N-20, N-24)."""

from __future__ import annotations

from support.api.recording import Exchange
from support.driver import Driver
from support.once import once
from support.thing import Thing, labelled_list
from support.waiting import Deadline

_CREATES, _CREATES_AGAIN, _DELETES = "TST-011-AC-05", "TST-011-N-20", "TST-011-AC-20"


class Volume(Thing):
    """``runner-<hash>-build`` or ``runner-<hash>-cache``, mounted at ``target``."""

    kind = "volume"

    def __init__(self, driver: Driver, guid: str, purpose: str, target: str, labels: dict[str, str]) -> None:
        super().__init__(driver, f"runner-{guid}-{purpose}", f"the {purpose} volume", _CREATES)
        self.purpose = purpose
        self.target = target
        self.labels = labels

    def at(self, target: str) -> str:
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

    def inspect(self, reference: str = "") -> Exchange:
        volume = reference or self.name
        return self.driver.observe(lambda client: client.inspect_volume(volume), _CREATES)

    def list_all(self) -> Exchange:
        return labelled_list(self.driver, "/volumes", _CREATES)

    @once
    def before_deletes(self) -> Exchange:
        """Inspected before the job's first container is deleted, which must not take it along (N-26)."""
        self.must_be_there()
        return self.inspect()

    @once
    def after_deletes(self) -> Exchange:
        """Inspected after the job's last container was deleted (N-26)."""
        self.before_deletes()
        return self.inspect()

    @once
    def delete(self) -> Exchange:
        """``DELETE /volumes/{name}``, AC-20."""
        self.must_be_there()
        answer = self.driver.ask(lambda client: client.remove_volume(self.name), _DELETES, self.purpose)
        self.deleted_at = Deadline(0.0)
        return self.unless_missing(answer)

    @once
    def after_delete(self) -> Exchange:
        """Inspected when it is to be unknown."""
        self.delete()
        return self.inspect()

    @once
    def long_after_delete(self) -> Exchange:
        """The same again, at least a second later."""
        self.after_delete()
        self.driver.a_second_after(self.deleted_at)
        return self.inspect()
