"""``./acceptance selftest --chaos``: attacks the suite, prints a table, and ends with "N passed, N failed"."""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from support.report.outcomes import Report, read
from tests.chaos.case import Case
from tests.chaos.findings import Findings
from tests.chaos.kinds import clocks, cloud, cuts, disks, faults, hostility, kills, signals, texts, together
from tests.chaos.stage import PROFILES, Plan, Quiet, Stage
from tests.chaos.table import Tried, failed, table

_SCALE = 0.2  # of the deadlines, unless the whole is wanted at full ones
_RUNS_PER_CORE = 3  # runs mostly wait
_QUIET_AT_ONCE = 2
_QUIET_WITHIN = 600.0  # seconds
_OPEN: list[Stage] = []  # for whoever breaks off
T = TypeVar("T")
R = TypeVar("R")
_KINDS: tuple[Callable[[random.Random], list[Case]], ...] = (
    kills.cases,
    signals.cases,
    faults.cases,
    cuts.cases,
    disks.cases,
    hostility.cases,
    cloud.cases,
    clocks.cases,
    together.cases,
    texts.cases,
)


def main(argv: Sequence[str]) -> int:
    """0: all was survived, 1: something was not, 2: usage."""
    options = _options(argv)
    # A Ctrl-C is ignored in the background, which processes inherit; a SIGTERM ends what was started, too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    chosen = _chosen(options)
    if not chosen:
        print("acceptance: no case has such a name; --list shows them all", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{case.name:<40} {case.kind}" for case in chosen))
        return 0
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))  # short, for sockets
    try:
        tried = _tried(chosen, options, folder)
        print("\n".join(["", *table(tried)]))
        alone = f"./acceptance selftest --chaos --seed {options.seed} --scale {options.scale:g} --only {{name}}"
        print("\n".join(failed(tried, alone)))
        skipped = {f"{each.kind}: {each.findings.skipped}" for each in tried if each.findings.skipped}
        for line in sorted(skipped):
            print(f"note: skipped: {line}")
        done = [each for each in tried if not each.findings.skipped]
        good = sum(each.findings.is_survived for each in done)
        print(
            f"note: seed {options.seed}, {len(done)} cases in {time.monotonic() - began:.0f} s, "
            f"deadlines scaled by {options.scale:g}"
        )
        print(f"{good} passed, {len(done) - good} failed")
        return 0 if good == len(done) else 1
    except NoQuiet as error:
        print(f"acceptance: there is nothing to compare with: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("acceptance: broken off", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./acceptance selftest --chaos", description=__doc__)
    add = parser.add_argument
    add("--share", type=Fraction, default=Fraction(1), metavar="N/M", help="of each kind only this share, at least one")
    add("--seed", type=int, default=0, metavar="N", help="of the moments, and of what --share takes (default: 0)")
    add("--only", action="append", default=[], metavar="NAME", help="these cases; NAME may be a pattern")
    add(
        "--scale",
        type=float,
        default=_SCALE,
        metavar="F",
        help=f"of the suite's deadlines (default: {_SCALE}; 1: full)",
    )
    add("--jobs", type=int, default=_RUNS_PER_CORE * (os.cpu_count() or 1), metavar="N", help="cases at once")
    add(
        "--again",
        type=int,
        default=0,
        metavar="N",
        help="up to N cases that a busy machine may have spoilt are tried once more, one by one, and that counts",
    )
    add("--keep", type=Path, metavar="DIR", help="keep the folders of all cases that were not survived in DIR")
    add("--list", action="store_true", help="list the cases, run nothing")
    options = parser.parse_args(argv)
    if not 0 < options.share <= 1 or options.jobs < 1 or options.scale <= 0:
        parser.error("--share must be above 0 and at most 1, --jobs and --scale above 0")
    return options


def _chosen(options: argparse.Namespace) -> list[Case]:
    """The cases of this invocation, those of all kinds mixed."""
    chosen = []
    for kind in _KINDS:
        # Each kind has its own chance: what is added to one changes no other.
        chance = random.Random(f"{options.seed} {kind.__module__}")
        made = kind(chance)
        by_kind: dict[str, list[Case]] = {}
        for case in made:
            by_kind.setdefault(case.kind, []).append(case)
        for several in by_kind.values():
            chosen += chance.sample(several, math.ceil(options.share * len(several)))
    if options.only:
        chosen = [case for case in chosen if any(fnmatchcase(case.name, name) for name in options.only)]
    random.Random(options.seed).shuffle(chosen)
    return chosen


def _tried(chosen: Sequence[Case], options: argparse.Namespace, folder: Path) -> list[Tried]:
    needed = sorted({profile for case in chosen if not case.lacking for profile in case.profiles})
    plan = Plan(options.scale, options.seed)
    found = _side_by_side(lambda profile: _quiet_at_last(profile, plan, folder), needed, _QUIET_AT_ONCE)
    quiet = dict(zip(needed, found, strict=True))
    for profile, each in quiet.items():
        peaks = ", ".join(f"{role} {peak:.0f} MB" for role, peak in each.peaks.items())
        print(f"quiet: {profile}: {each.seconds:.1f} s, {each.cpu:.1f} s of processor time, {peaks}", flush=True)
    plan = Plan(options.scale, options.seed, quiet)
    numbered = list(enumerate(chosen))
    tried = _side_by_side(lambda each: _try(each[1], plan, folder / f"{each[0]}", options.keep), numbered, options.jobs)
    tried = _again(tried, dict(numbered), plan, folder, options)
    order = {kind: number for number, kind in enumerate(dict.fromkeys(case.kind for case in _in_order()))}
    return sorted(tried, key=lambda each: (order[each.kind], each.name))


def _again(
    tried: list[Tried], cases: dict[int, Case], plan: Plan, folder: Path, options: argparse.Namespace
) -> list[Tried]:
    """The same, where few were spoilt tried anew with nothing beside them."""
    spoilt = [number for number, each in enumerate(tried) if each.findings.may_be_the_machine]
    if not 0 < len(spoilt) <= options.again:
        return tried
    for number in spoilt:
        first = "; ".join(tried[number].findings.reasons())
        print(f"note: once more: {tried[number].name}: {first}", flush=True)
        tried[number] = _try(cases[number], plan, folder / f"again-{number}", options.keep)
    return tried


def _side_by_side(work: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """The results, in order; where it is broken off or fails, nothing goes on."""
    with ThreadPoolExecutor(at_once) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for stage in list(_OPEN):
                stage.close()
            raise


def _in_order() -> list[Case]:
    return [case for kind in _KINDS for case in kind(random.Random(0))]


def _opened(folder: Path, plan: Plan) -> Stage:
    stage = Stage(folder, plan)
    _OPEN.append(stage)
    return stage


def _closed(stage: Stage) -> None:
    stage.close()
    _OPEN.remove(stage)


class NoQuiet(Exception):
    """A run in which nothing goes wrong did not come out as it should."""


def _quiet_at_last(profile: str, plan: Plan, folder: Path) -> Quiet:
    """The second try counts: a machine that is busy with something else spoils one."""
    try:
        return _quiet(profile, plan, folder)
    except NoQuiet as error:
        print(f"note: once more: {error}", flush=True)
        return _quiet(profile, plan, folder)


def _quiet(profile: str, plan: Plan, folder: Path) -> Quiet:
    """A run of a profile in which nothing goes wrong. Raises ``NoQuiet`` where something does."""
    stage = _opened(folder / f"q{list(PROFILES).index(profile)}", plan)
    try:
        stage.has_ample_deadlines()
        run = stage.start(profile, daemon=stage.standin_for(profile))
        if not run.ends_within(_QUIET_WITHIN):
            raise NoQuiet(f"the run of {profile!r} goes on after {_QUIET_WITHIN:.0f} s")
        report = read(stage.reports / "outcomes.json")
        stage.nothing_left()
        stage.look_through()
        ids = frozenset(outcome.id for outcome in report.outcomes() if outcome.id)
        wrong = stage.findings.reasons() + ([] if run.code == 0 and ids else [f"exit code {run.code}: {_why(report)}"])
        if wrong:
            raise NoQuiet(f"the run of {profile!r}: {'; '.join(wrong)}")
        return Quiet(run.seconds, run.cpu, dict(run.peaks), ids)
    finally:
        _closed(stage)
        shutil.rmtree(stage.folder, ignore_errors=True)


def _why(report: Report) -> str:
    return "; ".join(sorted({outcome.cause for outcome in report.outcomes() if outcome.cause}))


def _try(case: Case, plan: Plan, folder: Path, keep: Path | None) -> Tried:
    began = time.monotonic()
    if case.lacking:
        return Tried(case.kind, case.name, Findings(skipped=case.lacking), 0.0)
    stage = _opened(folder, plan)
    try:
        case.attack(stage)
        stage.look_through()
    except Exception as error:  # noqa: BLE001 - the harness's own trouble is no survival
        stage.findings.problems.append(f"the harness failed: {type(error).__name__}: {error}")
    finally:
        _closed(stage)
    tried = Tried(case.kind, case.name, stage.findings, time.monotonic() - began)
    sign = "✓" if stage.findings.is_survived else "✗"
    print(f"{sign} {case.name} ({tried.seconds:.0f} s, {tried.findings.cpu:.1f} times the processor time)", flush=True)
    if keep is not None and not stage.findings.is_survived:
        kept = keep / case.name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, symlinks=True, ignore=_sockets)
        (kept / "reasons.txt").write_text("\n".join(stage.findings.reasons()) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    return tried


def _sockets(folder: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
