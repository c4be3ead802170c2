"""Everything that a run creates in the daemon, noted before it is created (design rule 5).

The ledger is a file of one JSON line per note, written through at once: what a killed run left is found there by the
next one. Names carry the run's random id, and everything carries the run's label, so that what a run could not even
note is found by its label. What has neither is touched only if it is a volume that a container of ours brought.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from support.docker_api import DockerApi, wire
from support.recording import Exchange, labelled
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, done, not_yet, until

RUN_LABEL = "sockerless-acceptance.run"
_ORDER = ("container", "network", "volume")  # removed in this order: the later ones are in use by the earlier
_GONE_WITHIN = 10.0  # seconds, for one of them
_ALL_GONE_WITHIN = 120.0  # seconds


@dataclass(frozen=True)
class Note:
    """One resource: ``kind`` is ``container``, ``network`` or ``volume``."""

    kind: str
    name: str


class Ledger:
    """What this run created and has not yet seen removed."""

    def __init__(self, folder: Path, target_url: str, run_id: str = "", deadline_scale: float = 1.0) -> None:
        self.run_id = run_id or secrets.token_hex(5)
        self.path = folder / f"{self.run_id}.jsonl"
        self._scale = deadline_scale
        self._lock = threading.Lock()
        self._notes: list[Note] = []
        self._ids: list[str] = []
        self._volumes_before: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self._append({"run": self.run_id, "target": target_url})

    @property
    def label(self) -> dict[str, str]:
        """What everything of this run is labelled with."""
        return {RUN_LABEL: self.run_id}

    def name(self, purpose: str) -> str:
        """A name of this run, e.g. ``runner-net-3f9c1a2b4d-7c1e``: unique even within the run."""
        return f"{purpose}-{self.run_id}-{secrets.token_hex(2)}"

    def remember_volumes(self, api: DockerApi) -> None:
        """What volumes there are before the run's first container: none of them is ever taken for one of its own."""
        with labelled(observes=True):
            self._volumes_before = {volume["Name"] for volume in _volumes(api.ask(lambda client: client.volumes()))}

    def owns(self, entry: dict[str, Any]) -> bool:
        """Whether an inspect or list entry is of this run: by label or by name."""
        config = entry.get("Config")
        labels = [entry.get("Labels"), config.get("Labels") if isinstance(config, dict) else None]
        is_labelled = any(isinstance(each, dict) and each.get(RUN_LABEL) == self.run_id for each in labels)
        return is_labelled or any(self.names(name) for name in _names_of(entry))

    def names(self, text: str) -> bool:
        """Whether this is a name that ``name`` gave."""
        return f"-{self.run_id}-" in text

    def expect_anonymous(self, volume: str) -> None:
        """Note a volume that the daemon made by itself for a container of this run."""
        if volume not in self._volumes_before:
            self.expect("volume", volume)

    def expect(self, kind: str, name: str) -> None:
        """Note a resource before it is created (or, for a daemon's own additions, as soon as its name is known)."""
        note = Note(kind, name)
        with self._lock:
            if note in self._notes:
                return
            self._notes.append(note)
        self._append({"kind": kind, "name": name})

    def identify(self, container_id: str) -> None:
        """Note a container's ID: what a backend made for it in the cloud is found by it, by a later run too."""
        with self._lock:
            self._ids.append(container_id)
        self._append({"id": container_id})

    @property
    def tokens(self) -> list[str]:
        """What everything of this run can be told by: its own ID and those of its containers."""
        with self._lock:
            return [self.run_id, *self._ids]

    @property
    def open_notes(self) -> list[Note]:
        """What may still exist, in the order in which it was noted."""
        with self._lock:
            return list(self._notes)

    def clean_up(self, api: DockerApi) -> list[str]:
        """Remove all of it, last in first out; what could not be removed comes back, a line each.

        Two minutes for all of it; past them each removal is still asked for and looked at once.
        """
        with labelled(criterion="clean-up", observes=True):
            try:
                by_label = _labelled_with(api, self)
                for note in by_label:
                    self.expect(note.kind, note.name)
                leftovers = self._remove_all(api)
            except NotJudged as error:
                leftovers = [f"{note.kind} {note.name}: {error}" for note in self.open_notes]
        if not leftovers:
            self.path.unlink(missing_ok=True)
        return leftovers

    def _remove_all(self, api: DockerApi) -> list[str]:
        leftovers = []
        deadline = Deadline(_ALL_GONE_WITHIN * self._scale)
        for kind in _ORDER:
            for note in reversed([each for each in self.open_notes if each.kind == kind]):
                problem = self._remove(api, note, deadline.at_most(_GONE_WITHIN * self._scale))
                if problem:
                    leftovers.append(f"{note.kind} {note.name}: {problem}")
                else:
                    with self._lock:
                        self._notes.remove(note)
        return leftovers

    def _remove(self, api: DockerApi, note: Note, within: float) -> str:
        """Remove one resource by force and look whether it is gone; the problem in one line, or ``""``."""
        found = find(api, note)
        if found.status == 404:
            return ""
        if note.kind != "volume" and not self.names(note.name):
            # It was listed as ours; before it is removed the daemon has to say so once more.
            if not isinstance(found.body, dict) or found.status != 200:
                return f"whether it is this run's could not be seen: {found.line()}"
            if not self.owns(found.body):
                return ""
        answer = api.ask(_REMOVALS[note.kind](note.name))

        def is_gone() -> Seen[bool]:
            seen = find(api, note)
            return done(True) if seen.status == 404 else not_yet(seen.line())

        try:
            until(is_gone, f"{note.kind} {note.name} to be gone", within)
        except AssertionError:
            return f"still there after {answer.line()}"
        return ""

    def _append(self, entry: dict[str, Any]) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def find(api: DockerApi, note: Note) -> Exchange:
    """Inspect a resource by name: 200 where it exists, 404 where not."""
    return api.ask(_INSPECTIONS[note.kind](note.name))


_INSPECTIONS: dict[str, Any] = {
    "container": lambda name: lambda client: client.inspect_container(name),
    "network": lambda name: lambda client: client.inspect_network(name),
    "volume": lambda name: lambda client: client.inspect_volume(name),
}
_REMOVALS: dict[str, Any] = {
    "container": lambda name: wire("DELETE", f"/containers/{quote(name, safe='')}", force="true", v="true"),
    "network": lambda name: lambda client: client.remove_network(name),
    "volume": lambda name: wire("DELETE", f"/volumes/{quote(name, safe='')}", force="true"),
}


def _labelled_with(api: DockerApi, ledger: Ledger) -> list[Note]:
    """What the daemon lists under the run's label, looked at again: a wrong filter must not make us touch others'."""
    wanted = {"label": f"{RUN_LABEL}={ledger.run_id}"}
    containers = api.ask(lambda client: client.containers(all=True, filters=wanted))
    networks = api.ask(lambda client: client.networks(filters=wanted))
    volumes = api.ask(lambda client: client.volumes(filters=wanted))
    noted = {note.name for note in ledger.open_notes}

    def unnoted(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [entry for entry in entries if ledger.owns(entry) and noted.isdisjoint(_names_of(entry))]

    return [
        *(Note("container", entry["Id"]) for entry in unnoted(_entries(containers, "Id"))),
        *(Note("network", entry["Id"]) for entry in unnoted(_entries(networks, "Id"))),
        *(Note("volume", entry["Name"]) for entry in unnoted(_volumes(volumes))),
    ]


def _names_of(entry: dict[str, Any]) -> list[str]:
    """A container has several, each with a slash before it in Docker's lists."""
    several = entry.get("Names")
    names = [entry.get("Name"), *(several if isinstance(several, list) else [])]
    return [name.removeprefix("/") for name in names if isinstance(name, str)]


def _volumes(exchange: Exchange) -> list[dict[str, Any]]:
    return _entries(exchange, "Name", "Volumes")


def _entries(exchange: Exchange, named_by: str, under: str = "") -> list[dict[str, Any]]:
    """A list answer's objects that have a name or an ID; clean-up goes on whatever a broken daemon lists."""
    body = exchange.body.get(under) if under and isinstance(exchange.body, dict) else exchange.body
    entries = body if isinstance(body, list) else []
    return [
        each for each in entries if isinstance(each, dict) and each.get(named_by) and isinstance(each[named_by], str)
    ]
