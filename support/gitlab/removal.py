"""A container's way out of its job: off the network, then deleted (TST-011 AC-17, AC-18)."""

from __future__ import annotations

import threading

from support.api.recording import Exchange
from support.container import Container
from support.gitlab.network import Network
from support.once import once
from support.thing import succeeded
from support.verdicts import NotJudged
from support.waiting import Deadline

_DISCONNECTS, _DELETES = "TST-011-AC-17", "TST-011-AC-18"


class Removal:
    """Of one container, from the network that it is on."""

    def __init__(self, container: Container, network: Network) -> None:
        self.lock: threading.RLock = container.lock
        self.container = container
        self.network = network
        self.disconnected_at = Deadline(0.0)  # set when it is
        self._driver = container.driver

    @once
    def before_disconnect(self) -> Exchange:
        """Inspected before the disconnect, at least a second after its end."""
        self.container.must_be_there()
        return self.container.inspect()

    @once
    def disconnect(self) -> Exchange:
        """``POST /networks/{id}/disconnect`` with ``Force: true`` (AC-17)."""
        self.before_disconnect()
        self.network.must_be_there()
        container, network = self.container.reference(), self.network.reference()
        answer = self._driver.ask(
            lambda client: client.disconnect_container_from_network(container, network, force=True),
            _DISCONNECTS,
            self.container.plan.role,
        )
        self.disconnected_at = Deadline(0.0)
        return self.network.unless_missing(self.container.unless_missing(answer))

    @once
    def after_disconnect(self) -> Exchange:
        """Inspected after the disconnect."""
        self.disconnect()
        return self.container.inspect()

    @once
    def before_delete(self) -> Exchange:
        """Inspected before the delete, at least a second after the disconnect: what it left must stay so."""
        self.container.must_be_there()
        self._driver.a_second_after(self.disconnected_at)
        return self.container.inspect()

    @once
    def delete(self) -> Exchange:
        """``DELETE /containers/{id}?force=true&v=true`` (AC-18)."""
        self.before_delete()
        answer = self.container.send_delete(_DELETES)
        self.container.deleted_at = Deadline(0.0)
        return answer

    def must_be_deleted(self) -> None:
        """Raises ``NotJudged``, with the delete's answer, where it was refused."""
        if not succeeded(self.delete()):
            raise NotJudged(f"{self.container} was not deleted: {self.delete().line()} ({_DELETES})")

    @once
    def after_delete(self) -> list[Exchange]:
        """Inspected by ID, by the ID's beginning and by name, when it is to be unknown."""
        self.delete()
        return self.container.unknown()

    @once
    def long_after_delete(self) -> list[Exchange]:
        """The same again, at least a second later."""
        self.after_delete()
        self._driver.a_second_after(self.container.deleted_at)
        return self.container.unknown()
