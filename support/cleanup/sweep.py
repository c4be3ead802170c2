"""``./acceptance sweep``: finds what killed runs left, lists it, and with ``--yes`` removes it.

Dead runs are known by their ledgers, which a living run holds locked; what is theirs by the ledger, by the run's label,
and in AWS by the IDs of the run and its containers. Nothing else is listed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from support.api.recording import Recorder
from support.cleanup.inventory import runs_at
from support.cleanup.ledger import Ledger
from support.cleanup.ledger_file import entries_of
from support.cleanup.leftovers import LeftoverScan
from support.settings import CommandLine, Settings, load, misspelt
from support.target import Target, choose, open_target
from support.text import one_line
from support.verdicts import ExitCode, NotJudged, UsageError

_RUN_ID = re.compile(r"[0-9a-f]{8,}e?")
_OF_OWN_RUNS = "*/reports/ledger/*.jsonl"  # in a run's temporary folder: runs that the suite made of itself


def main(argv: Sequence[str]) -> int:
    """0 if nothing is left, 1 if something is, 2 for usage, 3 where the target cannot be inspected."""
    parser = CommandLine(prog="./acceptance sweep", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    parser.add_argument(
        "--run", action="append", default=[], metavar="ID", help="a run whose ledger is elsewhere, and which is over"
    )
    parser.add_argument("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    try:
        options = parser.parse_args(argv)
        defines = [(name, value or "true") for name, _, value in (each.partition("=") for each in options.defines)]
        for line in misspelt(os.environ):
            _say(line)
        settings = load(dict(defines))
        return _sweep(settings, options.run, removes=options.yes)
    except UsageError as error:
        _say(str(error))
        return ExitCode.USAGE
    except NotJudged as error:
        _say(str(error))
        return ExitCode.NOT_JUDGED


def _sweep(settings: Settings, others: list[str], *, removes: bool) -> int:
    configured = _configured(settings)
    paths = _ledgers(settings.folder() / "ledger")
    dead = [ledger for path in paths if (ledger := Ledger.of_dead_run(path, settings.deadline_scale))]
    adopted = _adopted(settings, others, configured)
    alive = [entry for path in paths for entry in entries_of(path)[:1] if path not in {each.path for each in dead}]
    scans = _scans([*dead, *adopted], {str(entry.get("target")) for entry in alive}, settings)
    try:
        leftovers = [each for scan in scans for each in scan.leftovers()]
        for each in leftovers:
            sys.stdout.write(one_line(each, 1000) + "\n")
        sys.stdout.flush()
        known = {each.run_id for each in [*dead, *adopted]} | {str(entry.get("run")) for entry in alive}
        _name_strangers([*(scan.target for scan in scans), configured], known)
        if not removes:
            for ledger in adopted:
                ledger.drop()
            return _concluded(len(leftovers), any(scan.is_unclear for scan in scans))
        are_removed = [scan.remove() for scan in scans]
    finally:
        for scan in scans:
            scan.close()
    _say(f"{len(leftovers)} removed, nothing is left" if all(are_removed) else "not all could be removed, see above")
    return ExitCode.OK if all(are_removed) else ExitCode.VIOLATED


def _concluded(count: int, is_unclear: bool) -> int:
    if count:
        _say(f"{count} left by runs that were killed; ./acceptance sweep --yes removes them (with the same settings)")
    elif not is_unclear:
        _say("nothing is left")
    return ExitCode.VIOLATED if count or is_unclear else ExitCode.OK


def _configured(settings: Settings) -> Target | None:
    """The target of the settings, where that is a daemon which runs anyway."""
    if choose(settings).kind != "socket":
        return None
    return open_target(settings, "", Recorder(settings), settings.folder() / "daemons" / "sweep.log")


def _ledgers(folder: Path) -> list[Path]:
    """The ledgers in a folder, and those of runs that ran inside these runs."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        inside = [Path(entry["folder"]) for entry in entries_of(path) if "folder" in entry]
        found += [each for parent in inside for each in sorted(parent.glob(_OF_OWN_RUNS))]
        found.append(path)
    return found


def _adopted(settings: Settings, runs: Iterable[str], configured: Target | None) -> list[Ledger]:
    """Ledgers for runs that have none here."""
    adopted = []
    for run in runs:
        if not _RUN_ID.fullmatch(run):
            raise UsageError(f"--run {run!r} is no run's ID: give what the label sockerless-acceptance.run says")
        if configured is None:
            raise UsageError("--run needs the daemon to search: set -D socket=…")
        folder = settings.folder() / "ledger"
        if (folder / f"{run}.jsonl").exists():
            continue  # it is known anyway, and alive or not
        adopted.append(Ledger.open(folder, configured.api.endpoint.url, run, settings.deadline_scale))
    return adopted


def _scans(ledgers: list[Ledger], busy: set[str], settings: Settings) -> list[LeftoverScan]:
    """The daemons at which runs died. One that a dead run started is left to a run that still uses it."""
    by_url: dict[str, list[Ledger]] = {}
    for ledger in ledgers:
        by_url.setdefault(ledger.target_url, []).append(ledger)
    scans = []
    for url, there in by_url.items():
        if url in busy and any(ledger.daemon for ledger in there):
            _say(f"a run is alive at {url}: what is left there is left alone until it ends")
            continue
        scans.append(LeftoverScan.open(url, there, settings, _say))
    return scans


def _name_strangers(targets: Iterable[Target | None], known: set[str]) -> None:
    for target in {target.api.endpoint.url: target for target in targets if target is not None}.values():
        for run in sorted(runs_at(target.api) - known):
            _say(
                f"run {run} has things at {target.api.endpoint.url} and no ledger here, so it may be alive: "
                f"sweep with its -D reports=…, or --run {one_line(run, 40)} where it is over"
            )


def _say(line: str) -> None:
    sys.stderr.write(f"acceptance: {one_line(line, 1000)}\n")
    sys.stderr.flush()
