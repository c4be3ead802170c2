"""``./acceptance falsify``: every lie must be caught, none be mistaken for another, and every variation stay green."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from multiprocessing.util import Finalize
from pathlib import Path

from falsify.alone import ENOUGH_LIES, AloneRuns
from falsify.campaign import Campaign, Options, run
from falsify.catalogue import LIES
from falsify.comparing import cells_of, changed_cells, trials_in
from falsify.documents import AGREED, DOCUMENTS, GITLAB_ON_ECS, Document
from falsify.judging import HARMLESS, Trial
from falsify.lies import Lie
from falsify.matrix import Cells, by_criterion, hidden_cells, totals, within_deadlines, write
from falsify.profiles import PROFILES
from falsify.targets import STANDIN, room_in_memory
from falsify.variations import VARIATIONS, Variation
from support import folders
from support.settings import CommandLine, defined, load
from support.text import visible
from support.verdicts import ExitCode, TargetError, UsageError

_PER_CORE = 4  # runs side by side: most of a run's time is waiting
_LAST = -1000  # among what multiprocessing does at a process's end
_SCALE = 0.2  # of the suite's deadlines, which are for real networks and real clouds


def main(argv: Sequence[str]) -> int:
    """0 if all is caught and green, 1 if not, 2 for usage, 3 where the target does not do."""
    try:
        options = parsed(argv)
        if options.list:
            return _list(options)
        return asyncio.run(_until_ended(options))
    except UsageError as error:
        say(f"acceptance: {error}", is_error=True)
        return ExitCode.USAGE
    except TargetError as error:
        say(f"acceptance: {error}", is_error=True)
        return ExitCode.NOT_JUDGED
    except asyncio.CancelledError:
        return 128 + int(options.broken_off)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The options, those that follow from others filled in. Raises ``UsageError``."""
    parser = CommandLine(prog="./acceptance falsify", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--only", action="append", default=[], metavar="ID", help="only these lies and variations, e.g. 'wait-*'")
    add("--document", choices=[each.id for each in DOCUMENTS], help="one document's (default: TST-011 and TST-010)")
    add("--lies", action="store_true", help="only the lies")
    add("--variations", action="store_true", help="only the harmless variations")
    add("--profiles", action="store_true", help="only the profiles of real builds")
    add("--target", default=STANDIN, help="a daemon's socket or URL instead of the stand-in")
    jobs = _PER_CORE * (os.cpu_count() or 1)
    many = f"runs side by side (default: %(default)s, {_PER_CORE} per core)"
    add("--jobs", type=int, default=jobs, metavar="N", help=many)
    add("--scale", type=float, metavar="X", help=f"multiplies the suite's deadlines (default: {_SCALE})")
    add("--whole", action="store_true", help="behind every lie also the scenarios that run the suite by itself")
    again = (
        "again the N slowest lies of the last run in --reports, at full deadlines; reports go into its folder slowest"
    )
    add("--slowest", type=int, metavar="N", help=again)
    add("--reports", type=Path, default=Path("reports/falsify"), metavar="DIR", help="where results and runs go")
    add("--compare", type=Path, metavar="FILE", help="an earlier results.json: print every cell that has changed")
    add("--share", type=Fraction, default=Fraction(1), metavar="N/M", help="of the lies only this share, by --seed")
    add("--seed", type=int, default=0, metavar="N", help="which lies --share and --alone take (default: %(default)s)")
    alone = f"at least {ENOUGH_LIES} lies by --seed, and behind them each criterion that they affect by itself as well"
    add("--alone", action="store_true", help=alone)
    second = "up to N of each document that were not good are run again at its end, and the second run counts"
    add("--second-runs", type=int, default=0, metavar="N", help=second)
    add("--list", action="store_true", help="list lies and variations, run nothing")
    add("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting of the suite")
    options = parser.parse_args(argv)
    if options.slowest is not None:
        _take_slowest(options)
    options.scale = _SCALE if options.scale is None else options.scale
    if options.jobs < 1 or not options.scale > 0:
        raise UsageError("--jobs and --scale must be above 0")
    if not 0 < options.share <= 1:
        raise UsageError("--share must be above 0 and at most 1")
    options.lies |= options.alone
    load(defined(options.defines))
    names = [*(lie.id for lie in (*LIES, *PROFILES)), *(variation.id for variation in VARIATIONS)]
    for wanted in options.only:
        if not any(fnmatchcase(name, wanted) for name in names):
            raise UsageError(f"there is no lie, variation or profile {wanted!r}; see ./acceptance falsify --list")
    return options


def _take_slowest(options: argparse.Namespace) -> None:
    """Of the results of the last run."""
    if options.slowest < 1 or options.only or options.variations:
        raise UsageError("--slowest takes a number above 0, and goes with neither --only nor --variations")
    path = options.reports / "results.json"
    known = {lie.id for lie in LIES}
    lies = [trial for trial in trials_in(path) if trial["id"] in known]
    lies.sort(key=lambda trial: float(trial["seconds"]), reverse=True)
    options.only = [trial["id"] for trial in lies[: options.slowest]]
    if not options.only:
        raise UsageError(f"there are no lies in {path}: run ./acceptance falsify first")
    options.lies, options.reports = True, options.reports / "slowest"
    options.scale = 1.0 if options.scale is None else options.scale


def _list(options: argparse.Namespace) -> int:
    for lie in (*_lies(options), *_profiles(options)):
        if any(document.part_of(lie) for document in _documents(options)):
            say(f"{lie.id:<36} {lie.layer:<25} {', '.join(sorted(lie.must)):<30} {lie.sentence}")
    for variation in _variations(options):
        if variation.document in ("", *(document.id for document in _documents(options))):
            say(f"{variation.id:<36} {HARMLESS:<25} {'':<30} {variation.sentence}")
    return ExitCode.OK


def _documents(parsed: argparse.Namespace) -> list[Document]:
    documents = DOCUMENTS if parsed.document or parsed.only else AGREED
    all_of_them = (*documents, GITLAB_ON_ECS) if _profiles(parsed) else documents
    return [document for document in all_of_them if parsed.document in (None, document.id)]


def _lies(parsed: argparse.Namespace) -> list[Lie]:
    documents = _documents(parsed)
    chosen = [lie for lie in LIES if _is_wanted(lie.id, parsed) and _is_kind(parsed, "lies")]
    lies = [lie for lie in chosen if any(document.part_of(lie) for document in documents)]
    if parsed.share == 1 and not parsed.alone:
        return lies
    chance = random.Random(parsed.seed)  # noqa: S311 - the same lies for the same seed
    return chance.sample(lies, math.ceil(parsed.share * len(lies)))


def _variations(parsed: argparse.Namespace) -> list[Variation]:
    return [each for each in VARIATIONS if _is_wanted(each.id, parsed) and _is_kind(parsed, "variations")]


def _profiles(parsed: argparse.Namespace) -> list[Lie]:
    """They are made for the stand-in's two backends."""
    if parsed.target != STANDIN:
        return []
    return [each for each in PROFILES if _is_wanted(each.id, parsed) and _is_kind(parsed, "profiles")]


def _is_kind(parsed: argparse.Namespace, kind: str) -> bool:
    """Whether such things are run: all are unless some kinds are named."""
    kinds = ("lies", "variations", "profiles")
    return getattr(parsed, kind) or not any(getattr(parsed, each) for each in kinds)


def _is_wanted(name: str, parsed: argparse.Namespace) -> bool:
    return not parsed.only or any(fnmatchcase(name, wanted) for wanted in parsed.only)


async def _until_ended(options: argparse.Namespace) -> int:
    """Ctrl-C and SIGTERM end it with nothing left behind; a second one ends it at once."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    numbers = (signal.SIGINT, signal.SIGTERM)

    def break_off(number: signal.Signals) -> None:
        say(f"acceptance: broken off by {number.name}; what is running cleans up first", is_error=True)
        options.broken_off = number
        for each in numbers:
            loop.remove_signal_handler(each)
        task.cancel()

    for number in numbers:
        loop.add_signal_handler(number, break_off, number)
    return await _run(options)


async def _run(parsed: argparse.Namespace) -> int:
    began = time.monotonic()
    if "TMPDIR" not in os.environ:
        tempfile.tempdir = room_in_memory()
    options = Options(
        parsed.target,
        parsed.jobs,
        parsed.scale,
        tuple(parsed.defines),
        is_whole=parsed.whole,
        shows_deadlines=parsed.slowest is not None,
        is_all=not (parsed.only or parsed.alone or parsed.profiles) and parsed.share == 1,
        alone=AloneRuns() if parsed.alone else None,
        second_runs=parsed.second_runs,
        earlier=cells_of(parsed.compare) if parsed.compare else None,
    )
    folder = parsed.reports.absolute()
    campaigns = _campaigns(parsed, folder)
    sockets = folders.make("falsify-", "./acceptance falsify")
    tempfile.tempdir = str(sockets)  # so that all that a killed one leaves is in one place
    try:
        if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
            # Hundreds of processes would compile the suite, each for itself: a third of what the short ones do.
            os.environ["PYTHONPYCACHEPREFIX"] = f"{sockets}/compiled"
        await run(campaigns, options, sockets)
    finally:
        tempfile.tempdir = None
        # At the very end: multiprocessing removes what it has in there itself, and stumbles where that is gone.
        Finalize(None, folders.remove, (sockets,), exitpriority=_LAST)
    return _conclude(campaigns, options, folder, time.monotonic() - began)


def _campaigns(parsed: argparse.Namespace, folder: Path) -> list[Campaign]:
    """Of each document, what is to be run of it. Raises ``UsageError`` where that is nothing."""
    lies, variations = [*_lies(parsed), *_profiles(parsed)], _variations(parsed)
    campaigns = [
        Campaign.about(document, folder / document.label, say, lies, variations) for document in _documents(parsed)
    ]
    if not any(campaign.size for campaign in campaigns):
        raise UsageError("no lie or variation of this document is among those chosen; see ./acceptance falsify --list")
    return [campaign for campaign in campaigns if campaign.size]


def _conclude(campaigns: list[Campaign], options: Options, folder: Path, seconds: float) -> int:
    trials = [trial for campaign in campaigns for trial in campaign.trials]
    named = dict.fromkeys(name for each in campaigns for name in each.criteria if "-AC-" in name)
    judged = list(named) if options.is_all else []
    left_out = {name: why for campaign in campaigns for name, why in campaign.left_out.items()}
    line = totals(trials, judged, seconds, sum(len(campaign.left_out) for campaign in campaigns))
    about = {"totals": line, "scale": options.scale, "target": options.target, "left_out": left_out}
    write(folder / "results.json", trials, about)
    for each in _lines(campaigns, options, trials):
        say(each)
    say(line)
    is_good = all(trial.is_good for trial in trials) and Cells.of(trials).are_few
    is_same = options.alone is None or not options.alone.differences
    return ExitCode.OK if trials and is_good and is_same else ExitCode.VIOLATED


def _lines(campaigns: list[Campaign], options: Options, trials: list[Trial]) -> Iterator[str]:
    """What is printed between the trials and their totals."""
    for campaign in campaigns:
        if campaign.lie_trials and options.is_all:
            yield ""
            yield from by_criterion(campaign.lie_trials, campaign.criteria)
    yield ""
    for campaign in campaigns:
        yield from (campaign.line(trial) for trial in campaign.trials if not trial.is_good)
    yield from hidden_cells(trials)
    if options.shows_deadlines:
        yield from within_deadlines(trials)
    if options.earlier is not None:
        yield from changed_cells(options.earlier, trials)
    if options.alone is not None:
        yield from map(str, options.alone.differences)
        yield str(options.alone)


def say(line: str, *, is_error: bool = False) -> None:
    """To the person who runs it, at once."""
    print(visible(line), file=sys.stderr if is_error else sys.stdout, flush=True)
