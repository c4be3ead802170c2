"""A network, volume, image or container that the suite asked for, and whether it is there.

It is there if the answer to its creation, an inspection or a list says so. One that says otherwise hides nothing.
"""

from __future__ import annotations

import json
from typing import Any

from support.api.client import raw_call
from support.api.recording import Exchange
from support.cleanup.inventory import RUN_LABEL, inspection, names_of
from support.driver import Driver
from support.once import kept, once
from support.verdicts import NotJudged

_ID_SHORT = 12  # characters of an ID that people, and the daemon's own host names, use


class Thing:
    """What a call of ``criterion`` is to bring about under ``name``; ``str()`` is what messages call it."""

    kind = ""  # as the ledger knows it
    listed_at = ""  # the path of the list of its kind

    def __init__(self, driver: Driver, name: str, called: str, criterion: str) -> None:
        self.lock = driver.lock
        self.driver = driver
        self.name = name
        self.criterion = criterion
        self.known_id = ""  # once the daemon has shown it to be this one's
        self._called = called

    def __str__(self) -> str:
        return self._called

    # --- what the daemon is asked ------------------------------------------------------------------

    def create(self) -> Exchange:
        """The call that is to bring it about, made once."""
        raise NotImplementedError

    def inspect(self, reference: str = "") -> Exchange:
        """Inspect it, by ``reference()`` unless another is given."""
        return self.driver.observe(inspection(self.kind, reference or self.reference()), self.criterion)

    def list_all(self) -> Exchange:
        """The list of its kind, as far as the daemon filters it by the run's label."""
        return labelled_list(self.driver, self.listed_at, self.criterion)

    # --- facts ----------------------------------------------------------------------------------------------------

    def was_made(self) -> bool:
        """Whether its creation says that it was: by any good status."""
        return succeeded(self.create())

    def is_there(self) -> bool:
        """Whether its creation or, where that was refused, anything else shows it."""
        return self.was_made() or kept(self, "seen", self.is_seen)

    def must_be_there(self) -> None:
        """Raises ``NotJudged``, with the exchange that was to bring it about, where nothing shows it."""
        if not self.is_there():
            raise NotJudged(f"there is no {self.bare}: {self.create().line()} ({self.criterion})")

    def is_seen(self) -> bool:
        """Whether an inspection by ID or name, or the list, shows it now."""
        is_shown = any(self.is_shown_by(self.inspect(each)) for each in self.references())
        return is_shown or self.entry_in(self.list_all()) is not None

    def unless_missing(self, answer: Exchange) -> Exchange:
        """An answer about it. Raises ``NotJudged`` where the answer is a refusal and nothing shows the thing."""
        if not succeeded(answer) and not self.is_seen():
            raise NotJudged(
                f"there is no {self.bare} any more, though {self.create().line()} ({self.criterion}): {answer.line()}"
            )
        return answer

    @property
    def bare(self) -> str:
        """What it is called, without the article."""
        return self._called.removeprefix("the ")

    @once
    def reference(self) -> str:
        """Its ID, once the daemon has shown it to be this one's; else its name, which is ours in any case."""
        given = text_at(self.create(), "Id")
        if given and (self._is_of(given, self.as_created()) or self._is_of(given, self.list_all())):
            self.identified(given)
            return given
        seen = self.inspect(self.name)
        if self.is_shown_by(seen):
            self.identified(text_at(seen, "Id"))
        return self.name

    def _is_of(self, given: str, seen: Exchange) -> bool:
        entry = seen.body if isinstance(seen.body, dict) else self.entry_in(seen)
        return isinstance(entry, dict) and self.name in names_of(entry) and entry.get("Id") == given

    def identified(self, identity: str) -> None:
        """The daemon has shown that this ID is its."""
        self.known_id = identity

    @once
    def as_created(self) -> Exchange:
        """Inspected by the ID that its creation gave (else by its name), before anything else is done with it."""
        return self.inspect(text_at(self.create(), "Id") or self.name)

    def at(self, moment: str) -> Exchange:
        """Inspected at this moment of its job, once for all who read it."""
        return kept(self, f"at {moment}", self.inspect)

    def list_at(self, moment: str) -> Exchange:
        """The list of its kind at this moment of its job."""
        return kept(self, f"list {moment}", self.list_all)

    def gone_at(self, moment: str) -> list[Exchange]:
        """Inspected by each of its references at this moment, when it is to be unknown."""
        return kept(self, f"gone {moment}", lambda: [self.inspect(each) for each in self.references()])

    def references(self) -> list[str]:
        """All that it may be asked for by."""
        return list(dict.fromkeys((self.reference(), self.name)))

    def is_shown_by(self, seen: Exchange) -> bool:
        """Whether an inspection shows it: itself, not another."""
        return seen.status == 200 and isinstance(seen.body, dict) and self._is_it(seen.body)

    def entry_in(self, listed: Exchange) -> dict[str, Any] | None:
        """Its entry in a list, by its name or its ID; None where there is none, or no list."""
        entries = [each for each in entries_of(listed) if self._is_it(each)]
        return entries[0] if entries else None

    def _is_it(self, entry: dict[str, Any]) -> bool:
        return self.name in names_of(entry) or bool(self.known_id and entry.get("Id") == self.known_id)


def succeeded(answer: Exchange) -> bool:
    """Whether an answer is complete and of a good status, whatever else is wrong with it."""
    return answer.status is not None and not answer.error and (answer.status < 300 or answer.status == 304)


def text_at(answer: Exchange, key: str) -> str:
    """The text that an answer carries under ``key``, e.g. its ``Id``; ``""`` where it has none."""
    value = answer.body.get(key) if isinstance(answer.body, dict) else None
    return value if isinstance(value, str) else ""


def entries_of(listed: Exchange) -> list[dict[str, Any]]:
    """The objects of a list, also of Docker's ``{"Volumes": […]}``; none where it is no list."""
    body = listed.body.get("Volumes") if isinstance(listed.body, dict) else listed.body
    return [each for each in body if isinstance(each, dict)] if isinstance(body, list) and listed.status == 200 else []


def short(identity: str) -> str:
    """The first 12 characters of an ID."""
    return identity[:_ID_SHORT]


def labelled_list(driver: Driver, path: str, criterion: str, **query: str) -> Exchange:
    """``GET path`` of what carries the run's label."""
    return filtered_list(driver, path, criterion, {"label": [f"{RUN_LABEL}={driver.ledger.run_id}"]}, **query)


def filtered_list(driver: Driver, path: str, criterion: str, wanted: dict[str, list[str]], **query: str) -> Exchange:
    """``GET path`` of what these filters let pass."""
    filters = json.dumps(wanted, separators=(",", ":"))
    return driver.observe(raw_call("GET", path, filters=filters, **query), criterion)
