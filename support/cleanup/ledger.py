"""Everything that a run creates in the daemon, noted before it is created.

The ledger is a file of one JSON line per note, written through at once: what a killed run left is found there by the
next one. Names carry the run's random id, and everything carries the run's label, so that what a run could not even
note is found by its label. What has neither is touched only if it is a volume that a container of ours brought.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from support.api.client import DockerApi
from support.api.recording import Exchange, labelled
from support.cleanup.inventory import RUN_LABEL, Note, find, listed, names_of, remove, volumes_of
from support.cleanup.ledger_file import Entry, LedgerFile, RunIsAlive, entries_of
from support.cleanup.processes import Started
from support.verdicts import NotJudged
from support.waiting import Deadline

_ORDER = ("container", "network", "volume")  # removed in this order: the later ones are in use by the earlier
_ID = re.compile(r"[0-9a-f]{64}")
_GONE_WITHIN = 10.0  # seconds, for one of them
_ALL_GONE_WITHIN = 120.0  # seconds


class Ledger:
    """What this run created and has not yet seen removed; ``began`` is in seconds since 1970.

    ``gone_within`` is how many seconds each thing has to be gone after it was deleted.
    """

    def __init__(self, path: Path, target_url: str, deadline_scale: float) -> None:
        self.run_id = path.stem
        self.path = path
        self.target_url = target_url
        self.began = time.time()
        self.daemon: Started | None = None
        self.folders: list[Path] = []
        self.gone_within = _GONE_WITHIN
        self._scale = deadline_scale
        self._lock = threading.Lock()
        self._notes: list[Note] = []
        self._ids: list[str] = []
        self._volumes_before: set[str] | None = None
        self._beside: list[Ledger] = []
        self._file: LedgerFile | None = None

    @classmethod
    def open(cls, folder: Path, target_url: str, run_id: str = "", deadline_scale: float = 1.0) -> Ledger:
        """The ledger of a run, whose ID is made up where none is given.

        Where its file is there already, it is that of a run that is over, and all that is in it is taken up. Raises
        ``RunIsAlive`` where it is not over.
        """
        ledger = cls(folder / f"{run_id or secrets.token_hex(5)}.jsonl", target_url, deadline_scale)
        ledger._file = ledger._taken_up(LedgerFile.open(ledger.path))
        return ledger

    @classmethod
    def of_dead_run(cls, path: Path, deadline_scale: float = 1.0) -> Ledger | None:
        """The ledger in a file that a run left; None where the run is alive, or was killed before its first line."""
        header = next(iter(entries_of(path)), {})
        if header.get("run") != path.stem or not isinstance(header.get("target"), str):
            return None
        try:
            file = LedgerFile.open(path, is_old=True)
        except (RunIsAlive, FileNotFoundError):
            return None
        ledger = cls(path, header["target"], deadline_scale)
        ledger._file = ledger._taken_up(file)
        return ledger

    def beside(self) -> Ledger:
        """A ledger with an ID of its own, for what is cleaned up by itself: at the latest when this one is."""
        other = Ledger.open(self.path.parent, self.target_url, deadline_scale=self._scale)
        other._volumes_before, other.gone_within = self._volumes_before, self.gone_within
        self._beside.append(other)
        return other

    @staticmethod
    def dead_runs(folder: Path) -> list[str]:
        """The IDs of runs that were killed before they could clean up, and that nobody has swept since."""
        found = [Ledger.of_dead_run(path) for path in sorted(folder.glob("*.jsonl"))]
        for ledger in found:
            if ledger is not None:
                ledger.release()
        return [ledger.run_id for ledger in found if ledger is not None]

    @property
    def label(self) -> dict[str, str]:
        """What everything of this run is labelled with."""
        return {RUN_LABEL: self.run_id}

    def name(self, purpose: str) -> str:
        """A name of this run, e.g. ``runner-net-3f9c1a2b4d-7c1e``: unique even within the run."""
        return f"{purpose}-{self.run_id}-{secrets.token_hex(2)}"

    def remember_volumes(self, api: DockerApi) -> None:
        """What volumes there are before the run's first container: none of them is ever taken for one of its own.

        Where the daemon does not list them, no volume at all is.
        """
        with labelled(observes=True):
            seen = api.ask(lambda client: client.volumes())
        listed_ones = seen.body.get("Volumes", ()) if isinstance(seen.body, dict) else ()
        if seen.status == 200 and isinstance(listed_ones, list | None):
            self._volumes_before = {volume["Name"] for volume in volumes_of(seen)}

    def owns(self, entry: dict[str, Any]) -> bool:
        """Whether an inspect or list entry is of this run: by label or by name."""
        config = entry.get("Config")
        labels = [entry.get("Labels"), config.get("Labels") if isinstance(config, dict) else None]
        is_labelled = any(isinstance(each, dict) and each.get(RUN_LABEL) == self.run_id for each in labels)
        return is_labelled or any(self.names(name) for name in names_of(entry))

    def names(self, text: str) -> bool:
        """Whether this is a name that ``name`` gave."""
        return f"-{self.run_id}-" in text

    def expect_anonymous(self, volume: str) -> bool:
        """Note a volume that a container of this run brought, if the daemon made it by itself; whether it did.

        Docker names such volumes by 64 hexadecimal digits; one that is called otherwise is somebody's.
        """
        if self._volumes_before is None or volume in self._volumes_before or not _ID.fullmatch(volume):
            return False
        self.expect("volume", volume)
        return True

    def expect(self, kind: str, name: str) -> None:
        """Note a resource before it is created (or, for a daemon's own additions, as soon as its name is known)."""
        note = Note(kind, name)
        if note not in self.open_notes:
            self._append({"kind": kind, "name": name})  # first: what cannot be noted must not be created
            with self._lock:
                self._notes.append(note)

    def identify(self, container_id: str) -> None:
        """Note a container's ID: what a backend made for it in the cloud is found by it, by a later run too.

        Only Docker's own form counts: what is shorter, or a word, may be in the names of strangers' things too.
        """
        with self._lock:
            if not _ID.fullmatch(container_id) or container_id in self._ids:
                return
            self._ids.append(container_id)
        self._append({"id": container_id})

    def expect_daemon(self, pid: int, what: str, folder: Path) -> None:
        """Note a daemon that the run started, and its folder: a killed run cannot end it."""
        self.daemon = Started.now(pid, what)
        self._append({"daemon": asdict(self.daemon)})
        self.expect_folder(folder)

    def expect_folder(self, folder: Path) -> None:
        """Note a temporary folder of the run's."""
        self.folders.append(folder)
        self._append({"folder": str(folder)})

    @property
    def tokens(self) -> list[str]:
        """What everything of this run is found by: its own ID and those of its containers."""
        with self._lock:
            own = [self.run_id, *self._ids]
        return own + [token for other in self._beside for token in other.tokens]

    @property
    def open_notes(self) -> list[Note]:
        """What may still exist, in the order in which it was noted."""
        with self._lock:
            return list(self._notes)

    def present(self, api: DockerApi) -> list[str]:
        """What of the run is there, a line each, in the order in which it is to be removed. Removes nothing."""
        with labelled(criterion="clean-up", observes=True):
            self._adopt(api)
            by_kind = [note for kind in _ORDER for note in reversed(self.open_notes) if note.kind == kind]
            found = [(note, find(api, note)) for note in by_kind]
        for note, seen in found:
            if note.kind == "container" and seen.status == 200 and isinstance(seen.body, dict):
                self.identify(str(seen.body.get("Id", "")))
        return [
            f"{note.kind} {note.name}" + ("" if seen.status == 200 else f" (it cannot be inspected: {seen.line()})")
            for note, seen in found
            if seen.status != 404 and not (seen.status == 200 and self._is_foreign(note, seen))
        ]

    def clean_up(self, api: DockerApi, beyond: Callable[[], list[str]] = list) -> list[str]:
        """Remove all of it, last in first out; what could not be removed comes back, a line each.

        Two minutes for all of it; past them each removal is still asked for and checked once. ``beyond`` then cleans
        up elsewhere and gives what it could not remove; only when nothing is left is the ledger dropped.
        """
        leftovers = [leftover for other in self._beside for leftover in other.clean_up(api)]
        with labelled(criterion="clean-up", observes=True):
            try:
                self._adopt(api)
                leftovers += self._remove_all(api)
            except NotJudged as error:
                leftovers += [f"{note.kind} {note.name}: {error}" for note in self.open_notes]
        leftovers += beyond()
        if not leftovers:
            self.drop()
        return leftovers

    def drop(self) -> None:
        """Nothing is left: the file goes."""
        with self._lock:
            if self._file is not None:
                self._file.drop()
                self._file = None

    def release(self) -> None:
        """Let go of the file, with all that is in it."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _adopt(self, api: DockerApi) -> None:
        for note in _labelled_with(api, self):
            self.expect(note.kind, note.name)
            # By its ID things are removed elsewhere too, so the list alone is not believed.
            seen = find(api, note) if note.kind == "container" else None
            if seen and seen.status == 200 and isinstance(seen.body, dict) and self.owns(seen.body):
                self.identify(note.name)

    def _remove_all(self, api: DockerApi) -> list[str]:
        leftovers = []
        deadline = Deadline(_ALL_GONE_WITHIN * self._scale)
        for kind in _ORDER:
            for note in reversed([each for each in self.open_notes if each.kind == kind]):
                # Listed as ours is not ours: before it is removed the daemon has to say so once more.
                owns = None if self._is_by_name(note) else self.owns
                problem = remove(api, note, owns, deadline.at_most(self.gone_within * self._scale))
                if problem:
                    leftovers.append(f"{note.kind} {note.name}: {problem}")
                else:
                    with self._lock:
                        self._notes.remove(note)
        return leftovers

    def _is_by_name(self, note: Note) -> bool:
        """Whether it is ours by its name, or noted by its ID only because it was listed as ours."""
        return note.kind == "volume" or self.names(note.name)

    def _is_foreign(self, note: Note, found: Exchange) -> bool:
        return not self._is_by_name(note) and isinstance(found.body, dict) and not self.owns(found.body)

    def _taken_up(self, file: LedgerFile) -> LedgerFile:
        for entry in file.found:
            self._take(entry)
        if not file.found:
            # Where all was cleaned up in mid-run, the run has begun before its new file.
            file.append(
                {"run": self.run_id, "target": self.target_url, "began": self.began},
                *([{"daemon": asdict(self.daemon)}] if self.daemon else []),
                *({"folder": str(folder)} for folder in self.folders),
                *({"id": known} for known in self._ids),
            )
        return file

    def _take(self, entry: Entry) -> None:
        """What a run that is over had noted."""
        if "began" in entry:
            self.began = float(entry["began"])
        elif isinstance(entry.get("daemon"), dict):
            self.daemon = Started(**entry["daemon"])
        elif "folder" in entry:
            self.folders.append(Path(str(entry["folder"])))
        elif "id" in entry:
            self._ids.append(str(entry["id"]))
        elif {"kind", "name"} <= entry.keys() and entry["kind"] in _ORDER:
            self._notes.append(Note(entry["kind"], entry["name"]))

    def _append(self, entry: Entry) -> None:
        with self._lock:
            if self._file is None:
                self._file = self._taken_up(LedgerFile.open(self.path))
            self._file.append(entry)


def _labelled_with(api: DockerApi, ledger: Ledger) -> list[Note]:
    """What the daemon lists under the run's label, inspected again: a wrong filter must not make us touch others'."""
    noted = {note.name for note in ledger.open_notes}
    return [
        Note(kind, entry["Name" if kind == "volume" else "Id"])
        for kind, entry in listed(api, f"{RUN_LABEL}={ledger.run_id}")
        if ledger.owns(entry) and noted.isdisjoint(names_of(entry))
    ]
