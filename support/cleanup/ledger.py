"""Everything that a run creates in the daemon, noted before it is created.

The ledger is a file of one JSON line per note, written through at once: what a killed run left is found there by the
next one. Names carry the run's random id, and everything carries the run's label, so that what a run could not even
note is found by its label. What has neither is touched only if it is a volume that a container of ours brought.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from support.api.client import DockerApi
from support.api.recording import labelled
from support.attempt import attempt, problem_of
from support.cleanup import claims
from support.cleanup.inventory import RUN_LABEL, Listed, Note, find, in_order, remove, volumes_at
from support.cleanup.ledger_file import CONTAINER_ID, Entry, LedgerFile
from support.cleanup.processes import Started
from support.waiting import Deadline

_GONE_WITHIN = 10.0  # seconds, for one of them
_ALL_GONE_WITHIN = 120.0  # seconds
_STAY_IN_A_ROW = 3  # things; a daemon that keeps so many is given no more time for the others


class Ledger:
    """What this run created and has not yet seen removed; ``began`` is in seconds since 1970.

    ``gone_within`` is how many seconds each thing has to be gone after it was deleted.
    """

    def __init__(self, path: Path, target_url: str, deadline_scale: float) -> None:
        self.run_id, self.path, self.target_url = path.stem, path, target_url
        self.began = time.time()
        self.daemon: Started | None = None
        self.folders: list[Path] = []
        self.gone_within = _GONE_WITHIN
        self._scale = deadline_scale
        self._lock = threading.Lock()
        self._notes: list[Note] = []
        self._read: set[Note] = set()  # in the file of a run that is over
        self._brought: set[str] = set()  # volumes that containers of this run were seen to mount
        self._ids: list[str] = []
        self._volumes_before: set[str] | None = None
        self._beside: list[Ledger] = []
        self._file: LedgerFile | None = None
        self.is_noted = True

    @classmethod
    def open(cls, folder: Path, target_url: str, run_id: str = "", deadline_scale: float = 1.0) -> Ledger:
        """The ledger of a run, whose ID is made up where none is given.

        Where its file is there, it is that of a run that is over, and is taken up; else ``RunIsAlive`` is raised.
        """
        ledger = cls(folder / f"{run_id or secrets.token_hex(5)}.jsonl", target_url, deadline_scale)
        ledger._file = ledger._taken_up(LedgerFile.open(ledger.path))
        return ledger

    @classmethod
    def over(cls, file: LedgerFile, deadline_scale: float = 1.0) -> Ledger:
        """The ledger in a file that a run left."""
        ledger = cls(file.path, file.found[0]["target"], deadline_scale)
        ledger._file = ledger._taken_up(file)
        return ledger

    @classmethod
    def without_file(cls, run_id: str, target_url: str, began: float, deadline_scale: float) -> Ledger:
        """The ledger of a run that has none here: what is found of it is not written down."""
        ledger = cls(Path(run_id), target_url, deadline_scale)
        ledger.began, ledger.is_noted = began, False
        return ledger

    def beside(self) -> Ledger:
        """A ledger with an ID of its own, for what is cleaned up by itself: at the latest when this one is."""
        other = Ledger.open(self.path.parent, self.target_url, deadline_scale=self._scale)
        other._volumes_before, other.gone_within = self._volumes_before, self.gone_within
        self._beside.append(other)
        return other

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
        self._volumes_before = volumes_at(api)

    def owns(self, entry: Listed) -> bool:
        """Whether an inspect or list entry is of this run: by label or by name."""
        return claims.owns(entry, self.run_id)

    def names(self, text: str) -> bool:
        """Whether this is a name that ``name`` gave."""
        return claims.is_named(text, self.run_id)

    def expect_anonymous(self, volume: str) -> bool:
        """Note a volume that a container of this run brought, if the daemon made it by itself; whether it did.

        Docker names such volumes by 64 hexadecimal digits; one that is called otherwise is somebody's.
        """
        if self._volumes_before is None or volume in self._volumes_before or not claims.ANONYMOUS.fullmatch(volume):
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
            if not CONTAINER_ID.fullmatch(container_id) or container_id in self._ids:
                return
            self._ids.append(container_id)
        self._append({"id": container_id})

    def expect_daemon(self, pid: int, what: str, folder: Path) -> None:
        """Note a daemon that the run started, and its folder: a killed run cannot end it."""
        self.daemon = Started.now(pid, what, str(folder))
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
        """What of the run is there, a line each, in the order in which it is to be removed. Removes nothing.

        What cannot be inspected is named: it may be there.
        """
        with labelled(criterion="clean-up", observes=True):
            problems = self._adopt(api)
            return [*filter(None, (self._seen(api, note) for note in in_order(self.open_notes))), *problems]

    def clean_up(self, api: DockerApi, beyond: Callable[[], list[str]] = list) -> list[str]:
        """Remove all of it, last in first out; what could not be removed comes back, a line each.

        Two minutes for all; past them, and once several in a row stayed, each is removed and looked for only once.
        Whatever one raises, the others are removed. ``beyond`` then cleans up elsewhere; only when nothing is left is
        the ledger dropped.
        """
        leftovers: list[str] = []
        for other in self._beside:
            leftovers += attempt([f"run {other.run_id} was not cleaned up"], other.clean_up, api)[0]
        with labelled(criterion="clean-up", observes=True):
            leftovers += self._adopt(api)
            deadline, stayed = Deadline(_ALL_GONE_WITHIN * self._scale), 0
            for note in in_order(self.open_notes):
                within = deadline.at_most(self.gone_within * self._scale if stayed < _STAY_IN_A_ROW else 0.0)
                problem = self._removed(api, note, within)
                leftovers += [f"{note.kind} {note.name}: {problem}"] if problem else []
                stayed = stayed + 1 if problem else 0
        elsewhere, problem = attempt(list[str](), beyond)
        leftovers += elsewhere + ([problem] if problem else [])
        if not leftovers and (problem := problem_of(self.drop)):
            leftovers.append(f"ledger {self.path}: {problem}")
        return leftovers

    def drop(self) -> None:
        """Nothing is left: the file goes."""
        self.release(LedgerFile.drop)

    def release(self, how: Callable[[LedgerFile], None] = LedgerFile.close) -> None:
        """Let go of the file, with all that is in it."""
        with self._lock:
            if self._file is not None:
                how(self._file)
                self._file = None

    def last_written(self) -> float:
        """When the file was, in seconds since 1970; now where there is none."""
        return self._file.last_written if self._file is not None else time.time()

    def _adopt(self, api: DockerApi) -> list[str]:
        """Note what the daemon lists under the run's label; a line for each problem, but for a daemon that is gone."""
        noted = {note.name for note in self.open_notes}
        found, problem = attempt(list[Note](), claims.labelled_as, api, self.run_id, noted)
        problems = [f"what carries the run's label cannot be listed: {problem}"] if problem else []
        for note in found:
            problem = problem_of(self._take_in, api, note)
            problems += [f"{note.kind} {note.name}: {problem}"] if problem else []
        return [] if api.gone else problems

    def _take_in(self, api: DockerApi, note: Note) -> None:
        if problem_of(self.expect, note.kind, note.name):
            self._notes.append(note)  # what is there is removed, whether it could be noted or not
        # By its ID things are removed elsewhere too, so the list alone is not believed.
        seen = find(api, note) if note.kind == "container" else None
        if seen and seen.status == 200 and isinstance(seen.body, dict) and self.owns(seen.body):
            self.identify(note.name)

    def _seen(self, api: DockerApi, note: Note) -> str:
        """The line of a thing that is there and may be the run's, or ``""``."""
        seen, problem = attempt(None, find, api, note)
        if seen is not None and seen.status == 404:
            return ""
        if seen is None or seen.status != 200 or not isinstance(seen.body, dict):
            return f"{note.kind} {note.name} (it cannot be inspected: {problem or (seen.line() if seen else '')})"
        doubt = self._doubt(note, seen.body)
        if note.kind == "container" and doubt == "":
            self.identify(str(seen.body.get("Id", "")))
            self._brought |= claims.brought_by(seen.body)
        return "" if doubt is None else f"{note.kind} {note.name}{f' ({doubt})' if doubt else ''}"

    def _removed(self, api: DockerApi, note: Note, within: float) -> str:
        """Remove it if it is the run's, which has so many seconds; the problem in one line, or ``""``."""

        def is_ours(entry: Listed) -> bool:
            doubts.append(self._doubt(note, entry))
            return doubts[-1] == ""

        doubts: list[str | None] = []
        # Listed as ours is not ours: before it is removed the daemon has to say so once more.
        asks = note in self._read or not (note.kind == "volume" or self.names(note.name))
        said, raised = attempt("", remove, api, note, is_ours if asks else None, within)
        said = said or raised or next(filter(None, doubts), "")
        if not said:
            with self._lock:
                self._notes.remove(note)
        return said

    def _doubt(self, note: Note, entry: Listed) -> str | None:
        """What speaks against its being the run's, ``""`` for nothing; None: it is somebody else's."""
        # By a name of ours the daemon has found it, whatever it calls it.
        if claims.owns(entry, self.run_id, note.name) or (note.kind == "volume" and note not in self._read):
            return ""
        if note.kind != "volume":
            return None
        is_ours = note.name in self._brought or claims.owns_volume(entry, self.run_id, self.began, self.last_written())
        return "" if is_ours else f"it stays: nothing but {self.path} says that it is the run's"

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
        """What a run that is over had noted; the file has checked the form of each."""
        if "began" in entry:
            self.began = float(entry["began"])
        elif "daemon" in entry:
            self.daemon = Started(**{name: entry["daemon"].get(name, "") for name in ("pid", "born", "what", "folder")})
        elif "folder" in entry:
            self.folders.append(Path(entry["folder"]))
        elif "id" in entry:
            self._ids.append(entry["id"])
        elif "kind" in entry:
            self._notes.append(Note(entry["kind"], entry["name"]))
            self._read.add(self._notes[-1])

    def _append(self, entry: Entry) -> None:
        with self._lock:
            if self._file is None and self.is_noted:
                self._file = self._taken_up(LedgerFile.open(self.path))
            if self._file is not None:
                self._file.append(entry)
