"""``./acceptance falsify``: every lie must be caught, none be mistaken for another, and every variation stay green."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NoReturn

from support.falsify.catalogue import LIES
from support.falsify.judging import Finding, Ran, Trial, judge_lie, judge_truth
from support.falsify.lies import Lie
from support.falsify.matrix import LEGEND, by_criterion, row, totals, write
from support.falsify.running import Plan, Slot, Told
from support.falsify.targets import STANDIN, open_target
from support.falsify.variations import VARIATIONS, Variation
from support.settings import ROOT
from support.verdicts import ExitCode, TargetError, UsageError

_FEATURE = "features/gitlab_runner.feature"
_BASELINE = "truth"
_HARMLESS = "harmless"


@dataclass(frozen=True)
class Work:
    """Something to run: rules, and how its run is judged."""

    id: str
    told: Told
    judge: Callable[[Ran], Trial]
    must: frozenset[str] = frozenset()


@dataclass
class Campaign:
    """The options and what came of them so far."""

    options: argparse.Namespace
    folder: Path
    criteria: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)

    def add(self, trial: Trial) -> None:
        """Tell it at once."""
        self.trials.append(trial)
        say(row(trial, self.criteria))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see ./acceptance falsify --help")


def main(argv: Sequence[str]) -> int:
    """0 if all is caught and green, 1 if not, 2 for usage, 3 where the target does not do."""
    try:
        options = _parsed(argv)
        if options.list:
            for lie in LIES:
                say(f"{lie.id:<40} {lie.layer:<25} {lie.sentence}")
            for variation in VARIATIONS:
                say(f"{variation.id:<40} {_HARMLESS:<25} {variation.sentence}")
            return ExitCode.OK
        return asyncio.run(_until_ended(options))
    except UsageError as error:
        say(f"acceptance: {error}", sys.stderr)
        return ExitCode.USAGE
    except TargetError as error:
        say(f"acceptance: {error}", sys.stderr)
        return ExitCode.NOT_JUDGED
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="./acceptance falsify", description=__doc__)
    add = parser.add_argument
    add(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="only this lie or variation, e.g. ping-500 or 'wait-*'; may be repeated",
    )
    add("--target", default=STANDIN, help="a daemon's socket or URL instead of the stand-in")
    add("--jobs", type=int, default=4, metavar="N", help="runs side by side (default: %(default)s)")
    add("--scale", type=float, default=0.1, metavar="X", help="multiplies the suite's deadlines (default: %(default)s)")
    add("--lies", action="store_true", help="only the lies")
    add("--variations", action="store_true", help="only the harmless variations")
    add("--reports", type=Path, default=Path("reports/falsify"), metavar="DIR", help="where results and runs go")
    add("--list", action="store_true", help="list lies and variations, run nothing")
    add("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting of the suite")
    options = parser.parse_args(argv)
    if options.jobs < 1 or not options.scale > 0:
        raise UsageError("--jobs and --scale must be above 0")
    return options


def _works(options: argparse.Namespace) -> list[Work]:
    works = [_lie(lie) for lie in LIES if not options.variations or options.lies]
    if not options.lies or options.variations:
        works += [_variation(variation) for variation in VARIATIONS]
    for name in options.only:
        if not any(fnmatchcase(work.id, name) for work in works):
            raise UsageError(f"there is no lie or variation {name!r}; see ./acceptance falsify --list")
    return [work for work in works if not options.only or any(fnmatchcase(work.id, name) for name in options.only)]


def _variation(variation: Variation) -> Work:
    told = Told(variation.rules, variation.beside)
    return Work(variation.id, told, lambda ran: judge_truth(variation.id, variation.sentence, _HARMLESS, ran))


def _lie(lie: Lie) -> Work:
    return Work(lie.id, Told(lie.rules), lambda ran: judge_lie(lie, ran), lie.must)


async def _until_ended(options: argparse.Namespace) -> int:
    """SIGTERM ends it as Ctrl-C does: with nothing left behind."""
    campaign = asyncio.current_task()
    assert campaign is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, campaign.cancel)
    return await _campaign(options)


async def _campaign(options: argparse.Namespace) -> int:
    works = _works(options)
    campaign = Campaign(options, options.reports.absolute())
    began = time.monotonic()
    plan = Plan((str(ROOT / _FEATURE),), options.scale, tuple(options.defines))
    async with _slots(options, min(options.jobs, len(works)), campaign.folder) as slots:
        say(f"Deadlines x {options.scale:g}, {len(slots)} runs side by side; target: {slots[0].target.name}")
        if slots[0].target.truths:
            say("Truth corrected: the ping announces the API version that the suite asks for")
        truth = await slots[0].run(plan, Told(), campaign.folder / "runs" / _BASELINE)
        campaign.criteria = list(truth.verdicts)
        campaign.add(judge_truth(_BASELINE, "Nothing is changed.", _HARMLESS, truth))
        if campaign.trials[0].finding is Finding.BROKE:
            raise TargetError(f"nothing can be told about lies before the truth is judged: {truth.fault}")
        works = _applicable(works, campaign)
        say(f"  {LEGEND}; columns are {campaign.criteria[0]} to {campaign.criteria[-1]}")
        await _run_all(campaign, works, slots, plan)
    return _conclusion(campaign, time.monotonic() - began)


def _applicable(works: list[Work], campaign: Campaign) -> list[Work]:
    """Without the lies about criteria that are not green behind the truth, which is said."""
    red = frozenset(campaign.trials[0].mistaken)
    left = [work for work in works if not work.must & red]
    if red:
        say(f"{', '.join(sorted(red))} not green behind the truth: {len(works) - len(left)} lies do not apply")
    return left


async def _run_all(campaign: Campaign, works: list[Work], slots: list[Slot], plan: Plan) -> None:
    waiting = iter(works)

    async def serve(slot: Slot) -> None:
        for work in waiting:
            ran = await slot.run(plan, work.told, campaign.folder / "runs" / work.id)
            campaign.add(work.judge(ran))

    async with asyncio.TaskGroup() as group:
        for slot in slots:
            group.create_task(serve(slot))


def _conclusion(campaign: Campaign, seconds: float) -> int:
    lies = [trial for trial in campaign.trials if trial.must]
    truths = [trial for trial in campaign.trials if not trial.must]
    judged = [name for name in campaign.criteria if "-AC-" in name]
    if lies:
        say("")
        for line in by_criterion(lies, campaign.criteria):
            say(line)
    line = totals(lies, truths, judged, seconds)
    options = campaign.options
    write(
        campaign.folder / "results.json",
        campaign.trials,
        {"totals": line, "scale": options.scale, "target": options.target, "seconds": round(seconds, 1)},
    )
    say("")
    for trial in campaign.trials:
        if not trial.is_good:
            say(row(trial, campaign.criteria))
    say(line)
    return ExitCode.OK if all(trial.is_good for trial in campaign.trials) else ExitCode.VIOLATED


@asynccontextmanager
async def _slots(options: argparse.Namespace, count: int, folder: Path) -> AsyncIterator[list[Slot]]:
    with tempfile.TemporaryDirectory(prefix="falsify-") as place:
        slots: list[Slot] = []
        try:
            for number in range(count):
                target = await open_target(options.target, "memory", folder / "daemons" / f"{number}.log")
                slots.append(Slot(target, Path(place) / f"{number}.sock"))
                await slots[-1].open()
            yield slots
        finally:
            for slot in slots:
                await slot.close()


def say(line: str, file: object = None) -> None:
    """To the person who runs it, at once."""
    print(line, file=file or sys.stdout, flush=True)  # type: ignore[arg-type]
