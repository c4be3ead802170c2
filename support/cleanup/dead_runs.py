"""The ledgers of runs that were killed before they could clean up: which of the files in a folder are those."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.attempt import attempt, described
from support.cleanup.ledger import Ledger
from support.cleanup.ledger_file import Entry, LedgerFile, Malformed, RunIsAlive, entries_of

_MOST = 10_000  # files that are looked at
_OF_OWN_RUNS = "*/reports/ledger/*.jsonl"  # in a run's temporary folder: runs that the suite made of itself


@dataclass
class Ledgers:
    """What files there are: those of ``dead`` runs, the targets of ``alive`` ones by their IDs, and a line for each
    file that no run wrote so."""

    dead: list[Ledger] = field(default_factory=list)
    alive: dict[str, str] = field(default_factory=dict)
    malformed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, paths: Iterable[Path], deadline_scale: float = 1.0) -> Ledgers:
        """Read them, and lock those of dead runs. No file keeps the others from being read."""
        ledgers = cls()
        for path in paths:
            try:
                ledgers._read(path, deadline_scale)
            except Exception as error:  # noqa: BLE001 - whatever somebody put there
                ledgers.malformed.append(f"{path} is no ledger that can be trusted, and is skipped: {described(error)}")
        return ledgers

    def _read(self, path: Path, deadline_scale: float) -> None:
        header = next(iter(entries_of(path)), None)
        if header is None:
            return  # killed before its first line, so before it created anything
        if header["run"] != path.stem:
            raise Malformed("it is called otherwise than its run")
        try:
            with suppress(FileNotFoundError):  # dropped by its run meanwhile
                self.dead.append(Ledger.over(LedgerFile.open(path, is_old=True), deadline_scale))
        except RunIsAlive:
            self.alive[header["run"]] = header["target"]


def ledger_files(folder: Path, is_ours: Callable[[Path], bool]) -> list[Path]:
    """The ledgers in a folder, and before each those of runs that ran inside its run, in a folder that ``is_ours``."""
    found: list[Path] = []
    for path in _files(folder, "*.jsonl"):
        entries, _ = attempt(list[Entry](), entries_of, path)
        inside = [Path(entry["folder"]) for entry in entries if "folder" in entry]
        found += [each for parent in inside if is_ours(parent) for each in _files(parent, _OF_OWN_RUNS)]
        found.append(path)
    return found


def killed_runs(folder: Path) -> tuple[list[str], list[str]]:
    """The IDs of runs that were killed before they could clean up, and that nobody has swept since; and a line for
    each file that is no ledger."""
    ledgers = Ledgers.of(_files(folder, "*.jsonl"))
    for ledger in ledgers.dead:
        ledger.release()
    return [ledger.run_id for ledger in ledgers.dead], ledgers.malformed


def _files(folder: Path, pattern: str) -> list[Path]:
    return attempt(list[Path](), lambda: sorted(folder.glob(pattern))[:_MOST])[0]
