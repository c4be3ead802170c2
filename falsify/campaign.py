"""All that is run of the documents: of each the truth first, then lies and variations side by side on warm targets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from falsify.alone import AloneRun, AloneRuns, affected
from falsify.comparing import Cells
from falsify.documents import AGREED, Document
from falsify.judging import HARMLESS, Finding, Ran, Trial, judge_lie, judge_truth
from falsify.lies import Layer, Lie
from falsify.matrix import LEGEND, is_lie, row
from falsify.running import Conditions, Plan, Slot
from falsify.targets import Target, open_target
from falsify.variations import Variation
from support.verdicts import TargetError, UsageError, Verdict

RunOne = Callable[[tuple[str, ...], Conditions, Path], Awaitable[Ran]]  # behave's arguments, and where reports go
TRUTH = "truth"


@dataclass(frozen=True)
class Options:
    """As the command line says.

    ``is_whole`` runs heavy scenarios behind every lie; ``shows_deadlines`` prints of each run how long it might take;
    ``is_all`` leaves nothing out that there is; ``earlier`` are the cells of another run, to be compared with. With
    ``alone``, lies are run until those runs are enough. What was not good is run a second time, up to ``second_runs``.
    """

    target: str
    jobs: int
    scale: float
    defines: tuple[str, ...]
    is_whole: bool
    shows_deadlines: bool = False
    is_all: bool = True
    earlier: Cells | None = None
    alone: AloneRuns | None = None
    second_runs: int = 0


@dataclass(frozen=True)
class Work:
    """Something to run, and how its run is judged. ``concerned`` are the criteria that must be run for that."""

    id: str
    conditions: Conditions
    judge: Callable[[Ran], Trial]
    concerned: frozenset[str] = frozenset()


@dataclass
class Campaign:
    """One document's: what is to be run, and what came of it so far. ``criteria`` are the columns.

    ``left_out`` are the lies and variations that do not apply to the target, by id, each with why.
    """

    document: Document
    folder: Path
    say: Callable[[str], None]
    lies: list[Lie]
    variations: list[Variation]
    works: list[Work] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @classmethod
    def about(
        cls,
        document: Document,
        folder: Path,
        say: Callable[[str], None],
        lies: Iterable[Lie],
        variations: Iterable[Variation],
    ) -> Campaign:
        """Of these what is about the document."""
        harmless = [each for each in variations if each.document in ("", document.id) and not document.profiles_only]
        return cls(document, folder, say, list(filter(None, map(document.part_of, lies))), harmless)

    @property
    def size(self) -> int:
        """How much there is to be run."""
        return len(self.lies) + len(self.variations)

    @property
    def lie_trials(self) -> list[Trial]:
        """The trials of lies."""
        return list(filter(is_lie, self.trials))

    def add(self, trial: Trial) -> None:
        """Keep it, and print it at once."""
        self.trials.append(trial)
        self.say(self.line(trial))

    def put(self, trial: Trial) -> None:
        """Keep a second run in place of the first, and print it at once."""
        self.trials = [trial if each.id == trial.id else each for each in self.trials]
        self.say(f"{self.line(trial)}\n    {trial.id} was run a second time, and this run counts")

    def line(self, trial: Trial) -> str:
        """A trial as it is printed, among those of other documents."""
        return f"{self.document.label}  {row(trial, self.criteria)}"

    def to_run(self, arguments: tuple[str, ...], options: Options) -> Plan:
        """A run of the suite with these arguments, as this document needs it."""
        return Plan(arguments, options.scale, options.defines, self.document.restarts)

    def to_run_again(self, at_most: int) -> list[Work]:
        """What was not good, where that is so little that a busy machine may be the reason."""
        bad = {trial.id for trial in self.trials if not trial.is_good}
        return [work for work in self.works if work.id in bad] if len(bad) <= at_most else []

    def plan(self, truth: Ran, target: Target) -> None:
        """Take what applies to a target that is so when nothing is changed; the rest is left out, which is said."""
        self.criteria = list(truth.verdicts)
        green = frozenset(name for name, verdict in truth.verdicts.items() if verdict is Verdict.PASSED)
        if set(truth.verdicts.values()) == {Verdict.SKIPPED}:
            why = f"{self.document.id} is skipped: {next(iter(truth.causes.values()), 'no cause given')}"
            self.left_out = dict.fromkeys([*(lie.id for lie in self.lies), *(each.id for each in self.variations)], why)
        else:
            group = Layer.PROFILES if self.document.profiles_only else HARMLESS
            self.add(judge_truth(TRUTH, "Nothing is changed.", group, truth))
            self._plan_lies(frozenset(truth.verdicts) - green, target)
            self._plan_variations(green, target)
        for why, count in Counter(self.left_out.values()).items():
            self.say(f"{self.document.label}  {count} lies or variations do not apply: {why}")

    def _plan_lies(self, red: frozenset[str], target: Target) -> None:
        for lie in self.lies:
            part = lie.but_for(red)
            if part is None:
                self.left_out[lie.id] = f"{', '.join(sorted(lie.must))} not green behind the truth"
            elif why := _why_not(target, lie):
                self.left_out[lie.id] = why
            else:
                self.works.append(_of_lie(part))

    def _plan_variations(self, green: frozenset[str], target: Target) -> None:
        for variation in self.variations:
            if why := _why_not(target, variation) or ("" if green else "nothing is green behind the truth"):
                self.left_out[variation.id] = why
            else:
                left_out = frozenset() if variation.is_whole else self.document.heavy
                self.works.append(_of_variation(variation, green - left_out, must_be_met=self.document in AGREED))


def _why_not(target: Target, altered: Lie | Variation) -> str:
    if altered.needs_aws and target.aws is None:
        return "no proxy can stand in front of the target's AWS"
    if altered.environment is not None and not (target.aws and target.aws.is_simulated):
        return "credentials and variables are changed for a simulated AWS only"
    if altered.concerns_daemon and not (target.aws and target.aws.is_simulated):
        return "no proxy can stand between the daemon and AWS"
    return ""


def _of_variation(variation: Variation, green: frozenset[str], *, must_be_met: bool) -> Work:
    def judge(ran: Ran) -> Trial:
        # What no call has met shows nothing; features beyond the documents make only some of the calls.
        is_met = ran.met or variation.beside or not must_be_met
        fault = ran.fault or ("" if is_met else "no call met its rules")
        return judge_truth(variation.id, variation.sentence, HARMLESS, replace(ran, fault=fault), green)

    return Work(variation.id, Conditions(variation.rules, variation.beside, variation.environment), judge, green)


def _of_lie(lie: Lie) -> Work:
    conditions = Conditions(lie.rules, environment=lie.environment)
    return Work(lie.id, conditions, lambda ran: judge_lie(lie, ran), lie.all_must | lie.may)


async def run(campaigns: Iterable[Campaign], options: Options, sockets: Path) -> None:
    """Run all of them, at once: one document's runs wait where the other's compute.

    Raises ``UsageError`` or ``TargetError`` where the target does not do.
    """
    room = asyncio.Semaphore(options.jobs)
    try:
        async with asyncio.TaskGroup() as group:
            for campaign in campaigns:
                group.create_task(_run_document(campaign, options, sockets / campaign.document.label, room))
    except ExceptionGroup as errors:
        expected, others = errors.split((UsageError, TargetError))
        if expected is None or others is not None:
            raise  # a fault of ours, which must not be lost behind what the target does
        raise expected.exceptions[0] from None


async def _run_document(campaign: Campaign, options: Options, sockets: Path, room: asyncio.Semaphore) -> None:
    document = campaign.document
    count = min(options.jobs, campaign.size)
    async with _slots(document, options, count, campaign.folder, sockets) as slots:
        campaign.say(f"{document.label}  deadlines x {options.scale:g}; {slots[0].target.name}")
        if slots[0].target.truths:
            campaign.say(
                f"{document.label}  truth corrected: the ping announces the API version that the suite asks for"
            )
        plan = campaign.to_run(document.arguments((), is_whole=True), options)
        async with room:
            truth = await slots[0].run(plan, Conditions(), campaign.folder / TRUTH)
        broken = judge_truth(TRUTH, "", HARMLESS, truth).finding is Finding.BROKE
        if broken:
            raise TargetError(f"nothing can be said about lies before the truth is judged: {truth.fault}")
        campaign.plan(truth, slots[0].target)
        campaign.say(f"{document.label}  {LEGEND}; columns are {campaign.criteria[0]} to {campaign.criteria[-1]}")
        await _run_all(campaign, slots, options, room)


async def _run_all(campaign: Campaign, slots: list[Slot], options: Options, room: asyncio.Semaphore) -> None:
    waiting = iter(campaign.works)

    def arguments_of(work: Work) -> tuple[str, ...]:
        return campaign.document.arguments(work.concerned, is_whole=options.is_whole)

    async def serve(slot: Slot) -> None:
        async def run(arguments: tuple[str, ...], conditions: Conditions, folder: Path) -> Ran:
            async with room:
                return await slot.run(campaign.to_run(arguments, options), conditions, folder)

        for work in waiting:
            if options.alone is not None and options.alone.are_enough:
                return
            trial = work.judge(await run(arguments_of(work), work.conditions, campaign.folder / work.id))
            campaign.add(trial)
            if options.alone is not None:
                await _run_alone(campaign, work, trial, options.alone, run)

    async with asyncio.TaskGroup() as group:
        for slot in slots:
            group.create_task(serve(slot))
    for work in campaign.to_run_again(options.second_runs):
        plan = campaign.to_run(arguments_of(work), options)
        ran = await slots[0].run(plan, work.conditions, campaign.folder / work.id / "again")
        campaign.put(replace(work.judge(ran), is_second=True))


async def _run_alone(campaign: Campaign, work: Work, trial: Trial, alone: AloneRuns, run: RunOne) -> None:
    alone.lies.add(work.id)
    for criterion in affected(trial):
        folder = campaign.folder / "alone" / work.id / criterion
        ran = await run(campaign.document.alone(criterion), work.conditions, folder)
        alone.runs.append(AloneRun(work.id, criterion, trial.ran.verdicts[criterion], ran))
        if alone.runs[-1].differs:
            campaign.say(str(alone.runs[-1]))


@asynccontextmanager
async def _slots(
    document: Document, options: Options, count: int, folder: Path, sockets: Path
) -> AsyncIterator[list[Slot]]:
    slots: list[Slot] = []
    try:
        for number in range(count):
            log = folder / "daemons" / f"{number}.log"
            socket = sockets.with_name(f"{sockets.name}-{number}.sock")
            target = await open_target(options.target, document.backend, log, socket.with_suffix(".aws"))
            slots.append(Slot(target, socket))
            await slots[-1].open()
        yield slots
    finally:
        for slot in slots:
            await slot.close()
