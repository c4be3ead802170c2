"""All that is run of one document: the truth first, then lies and variations side by side on warm targets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.falsify.documents import Document
from support.falsify.judging import Finding, Ran, Trial, judge_lie, judge_truth
from support.falsify.lies import Lie
from support.falsify.matrix import LEGEND, row
from support.falsify.running import Plan, Slot, Told
from support.falsify.targets import open_target
from support.falsify.variations import Variation
from support.verdicts import TargetError

HARMLESS = "harmless"
TRUTH = "truth"


@dataclass(frozen=True)
class Options:
    """As the command line says; ``is_whole`` runs heavy scenarios behind every lie."""

    target: str
    jobs: int
    scale: float
    defines: tuple[str, ...]
    is_whole: bool


@dataclass(frozen=True)
class Work:
    """Something to run, and how its run is judged. ``concerned`` are the criteria that it is about."""

    id: str
    told: Told
    judge: Callable[[Ran], Trial]
    concerned: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()


@dataclass
class Campaign:
    """One document's: what is to be run, and what came of it so far. ``criteria`` are the columns."""

    document: Document
    folder: Path
    say: Callable[[str], None]
    works: list[Work] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)

    def plan(self, lies: Iterable[Lie], variations: Iterable[Variation]) -> None:
        """Take what of these is about the document."""
        parts = filter(None, map(self.document.part_of, lies))
        harmless = (each for each in variations if each.document in ("", self.document.id))
        self.works = [*map(_of_lie, parts), *map(_of_variation, harmless)]

    @property
    def lies(self) -> list[Trial]:
        """The trials of lies."""
        return [trial for trial in self.trials if trial.must]

    def add(self, trial: Trial) -> None:
        """Keep it, and tell it at once."""
        self.trials.append(trial)
        self.say(row(trial, self.criteria))

    def drop_inapplicable(self) -> None:
        """Lies about criteria that are not green behind the truth tell nothing, which is said."""
        red = frozenset(self.trials[0].mistaken)
        left = [work for work in self.works if not work.must & red]
        if red:
            dropped = len(self.works) - len(left)
            self.say(f"{', '.join(sorted(red))} not green behind the truth: {dropped} lies do not apply")
        self.works = left


def _of_variation(variation: Variation) -> Work:
    told = Told(variation.rules, variation.beside)
    return Work(variation.id, told, lambda ran: judge_truth(variation.id, variation.sentence, HARMLESS, ran))


def _of_lie(lie: Lie) -> Work:
    return Work(lie.id, Told(lie.rules), lambda ran: judge_lie(lie, ran), lie.all_must | lie.may, lie.must)


async def run_document(campaign: Campaign, options: Options, sockets: Path) -> None:
    """Run all of it. Raises ``UsageError`` or ``TargetError`` where the target does not do."""
    document = campaign.document
    count = min(options.jobs, len(campaign.works))
    async with _slots(document, options, count, campaign.folder, sockets) as slots:
        campaign.say(f"{document.id}: deadlines x {options.scale:g}, {count} side by side; {slots[0].target.name}")
        if slots[0].target.truths:
            campaign.say("Truth corrected: the ping announces the API version that the suite asks for")
        plan = Plan(document.arguments((), is_whole=True), options.scale, options.defines)
        truth = await slots[0].run(plan, Told(), campaign.folder / TRUTH)
        campaign.criteria = list(truth.verdicts)
        campaign.add(judge_truth(TRUTH, "Nothing is changed.", HARMLESS, truth))
        if campaign.trials[0].finding is Finding.BROKE:
            raise TargetError(f"nothing can be told about lies before the truth is judged: {truth.fault}")
        campaign.drop_inapplicable()
        campaign.say(f"  {LEGEND}; columns are {campaign.criteria[0]} to {campaign.criteria[-1]}")
        await _run_all(campaign, slots, options)


async def _run_all(campaign: Campaign, slots: list[Slot], options: Options) -> None:
    waiting = iter(campaign.works)

    async def serve(slot: Slot) -> None:
        for work in waiting:
            arguments = campaign.document.arguments(work.concerned, is_whole=options.is_whole)
            plan = Plan(arguments, options.scale, options.defines)
            campaign.add(work.judge(await slot.run(plan, work.told, campaign.folder / work.id)))

    async with asyncio.TaskGroup() as group:
        for slot in slots:
            group.create_task(serve(slot))


@asynccontextmanager
async def _slots(
    document: Document, options: Options, count: int, folder: Path, sockets: Path
) -> AsyncIterator[list[Slot]]:
    slots: list[Slot] = []
    try:
        for number in range(count):
            log = folder / "daemons" / f"{number}.log"
            target = await open_target(options.target, document.backend, log)
            slots.append(Slot(target, sockets.with_name(f"{sockets.name}-{number}.sock")))
            await slots[-1].open()
        yield slots
    finally:
        for slot in slots:
            await slot.close()
