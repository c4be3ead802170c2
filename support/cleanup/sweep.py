"""``./acceptance sweep``: finds what killed runs left, lists it, and with ``--yes`` removes it.

Dead runs are known by their ledgers, which a living run holds locked, and which are believed only where the thing
itself agrees: by the run's label or a name of the run, in AWS by the IDs of the run and its containers, for a process
by its start and its environment, for a folder by the suite's marker in it. A ledger that no run wrote so is named and
skipped. What carries the label of a run that has no ledger here is left alone while it may be a live run's: while its
last thing is younger than two of the longest jobs, or than --older-than. Nothing else is listed.

Exit code 0: nothing is left; 1: something is, or a file was skipped, or not all could be seen; 2: usage; 3: the daemon
of the settings could not be inspected, and nothing else was found.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from support import folders
from support.attempt import attempt
from support.cleanup.adoption import longest, seconds_of
from support.cleanup.dead_runs import Ledgers, ledger_files
from support.cleanup.ledger import Ledger
from support.cleanup.ledger_file import RUN_ID
from support.cleanup.leftovers import Leftover, LeftoverScan
from support.cleanup.machine import Abandoned, abandoned
from support.files import drop_unfinished
from support.program import PROGRAM
from support.settings import CommandLine, Settings, defined, load, misspelt
from support.target import choose
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, NotJudged, UsageError

T = TypeVar("T")


def main(argv: Sequence[str]) -> int:
    """0 if nothing is left, 1 if something is, 2 for usage, 3 where the target cannot be inspected."""
    parser = CommandLine(
        prog=f"{PROGRAM} sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yes", action="store_true", help="remove what is listed")
    parser.add_argument(
        "--run", action="append", default=[], metavar="ID", help="a run whose ledger is elsewhere, and which is over"
    )
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        help="only what is older than 90s, 30m, 2h or 1d; also how old what is in no ledger must be",
    )
    parser.add_argument("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    try:
        options = parser.parse_args(argv)
        for line in misspelt(os.environ):
            _say(line)
        settings = load(defined(options.defines))
        older_than = None if options.older_than is None else seconds_of(options.older_than)
        return _sweep(settings, options.run, older_than, removes=options.yes)
    except UsageError as error:
        _say(str(error))
        return ExitCode.USAGE
    except NotJudged as error:
        _say(str(error))
        return ExitCode.NOT_JUDGED


def _sweep(settings: Settings, others: list[str], older_than: float | None, *, removes: bool) -> int:
    configured = _configured(settings, others)
    places = folders.roots(settings.folder())
    paths = ledger_files(settings.folder() / "ledger", lambda path: folders.marked(path, places)[0] is not None)
    ledgers = Ledgers.of(paths, settings.deadline_scale)
    for line in ledgers.malformed:
        _say(line)
    known = {*ledgers.alive, *(ledger.run_id for ledger in ledgers.dead)}
    dead = _old_enough(ledgers.dead, older_than)
    scans = _scans(dead, set(ledgers.alive.values()), configured, settings)
    faults = list(ledgers.malformed)
    try:
        for scan in scans:
            for run in {*others} - known if scan.url == configured else ():
                scan.take(Ledger.without_file(run, scan.url, time.time(), settings.deadline_scale))
            older = longest(settings) if older_than is None else older_than
            _guarded(faults, None, scan.adopt, {*known, *others}, older)
        noted = {folder for ledger in ledgers.dead for folder in ledger.folders}
        nothing = list[Abandoned](), list[str]()
        here, in_use = _guarded(faults, nothing, abandoned, settings.folder(), noted, older_than or 0.0)
        for line in in_use:
            _say(line)
        lines = [str(each) for scan in scans for each in _guarded(faults, list[Leftover](), scan.leftovers)]
        lines += [line for each in here for line in each.lines]
        for line in lines:
            sys.stdout.write(one_line(line, 1000) + "\n")
        sys.stdout.flush()
        is_unclear = bool(faults) or any(scan.is_unclear for scan in scans)
        if not removes:
            return _concluded(len(lines), scans, configured, is_unclear=is_unclear)
        _guarded(faults, None, drop_unfinished, settings.folder())
        are_removed = [_guarded(faults, False, scan.remove) for scan in scans]
        problems = [line for each in here for line in _guarded(faults, list[str](), each.remove)]
        for line in problems:
            _say(f"not removed: {line}")
    finally:
        for scan in scans:
            _guarded(faults, None, scan.close)
        for ledger in ledgers.dead:
            _guarded(faults, None, ledger.release)
    is_removed = all(are_removed) and not problems
    if is_removed and not faults and not is_unclear:
        _say(f"{len(lines)} removed, nothing is left")
        return ExitCode.OK
    _say(f"not all could be {'inspected' if is_removed else 'removed'}, see above")
    return ExitCode.VIOLATED


def _guarded(faults: list[str], otherwise: T, work: Callable[..., T], *given: Any) -> T:
    """What ``work(*given)`` returns; what it raises is said, goes into ``faults``, and ends nothing."""
    value, problem = attempt(otherwise, work, *given)
    if problem:
        faults.append(problem)
        _say(problem)
    return value


def _concluded(count: int, scans: list[LeftoverScan], configured: str, *, is_unclear: bool) -> int:
    if count:
        _say(f"{count} left by runs that were killed; {PROGRAM} sweep --yes removes them (with the same settings)")
        return ExitCode.VIOLATED
    if not is_unclear:
        _say("nothing is left")
        return ExitCode.OK
    unseen = [scan for scan in scans if scan.is_unclear]
    is_target_only = [scan.url for scan in unseen] == [configured] and unseen[0].target is None
    return ExitCode.NOT_JUDGED if is_target_only else ExitCode.VIOLATED


def _configured(settings: Settings, others: Iterable[str]) -> str:
    """The URL of the settings' target, where that is a daemon which runs anyway; else ``""``.

    Raises ``UsageError`` where it is needed to search for ``others``, or these are no runs.
    """
    choice = choose(settings)
    url = choice.endpoint.url if choice.kind == "socket" and choice.endpoint is not None else ""
    for run in others:
        if not RUN_ID.fullmatch(run):
            raise UsageError(f"--run {run!r} is no run's ID: give what the label sockerless-acceptance.run says")
        if not url:
            raise UsageError("--run needs the daemon to search: set -D socket=…")
    return url


def _old_enough(ledgers: Iterable[Ledger], older_than: float | None) -> list[Ledger]:
    """Those that were written last so many seconds ago; the others are let go."""
    chosen = []
    for ledger in ledgers:
        if older_than is None or time.time() - ledger.last_written() >= older_than:
            chosen.append(ledger)
        else:
            _say(f"run {ledger.run_id} was at work more recently: what it left is left alone")
            ledger.release()
    return chosen


def _scans(ledgers: list[Ledger], busy: set[str], configured: str, settings: Settings) -> list[LeftoverScan]:
    """The daemons at which runs died, and that of the settings.

    One that a dead run started is left to a run that still uses it.
    """
    by_url: dict[str, list[Ledger]] = {configured: []} if configured else {}
    for ledger in ledgers:
        by_url.setdefault(ledger.target_url, []).append(ledger)
    scans = []
    for url, there in by_url.items():
        if url in busy and any(ledger.daemon for ledger in there):
            _say(f"a run is alive at {url}: what is left there is left alone until it ends")
            continue
        scans.append(LeftoverScan.open(url, there, settings, _say))
    return scans


def _say(line: str) -> None:
    say(one_line(line, 1000))
