"""Each criterion that a lie affects, judged by itself behind the lie: it must be the verdict that it is in company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from falsify.judging import Ran, Trial
from support.verdicts import Verdict

ENOUGH_LIES, ENOUGH_RUNS = 60, 200


@dataclass(frozen=True)
class AloneRun:
    """A criterion's verdict ``in_company``, behind a lie, and the run in which nothing else was judged."""

    lie: str
    criterion: str
    in_company: Verdict
    ran: Ran

    @property
    def is_met(self) -> bool:
        """Whether any call met the lie: one about a second call may have none where little is asked."""
        return self.ran.met > 0

    @property
    def differs(self) -> bool:
        """Whether the verdict is another one alone."""
        return self.is_met and (bool(self.ran.fault) or self.ran.verdicts.get(self.criterion) is not self.in_company)

    def __str__(self) -> str:
        verdict = self.ran.fault or self.ran.verdicts.get(self.criterion, "not run")
        cause = self.ran.causes.get(self.criterion, "")
        return f"alone: {self.lie}: {self.criterion}: {self.in_company} -> {verdict}{': ' if cause else ''}{cause}"


@dataclass
class AloneRuns:
    """Those that were made so far, of all documents."""

    runs: list[AloneRun] = field(default_factory=list)
    lies: set[str] = field(default_factory=set)

    @property
    def are_enough(self) -> bool:
        """Whether no further lie has to be taken."""
        return len(self.lies) >= ENOUGH_LIES and len(self.runs) >= ENOUGH_RUNS

    @property
    def differences(self) -> list[AloneRun]:
        """The runs whose verdict is another one than in company."""
        return [run for run in self.runs if run.differs]

    def __str__(self) -> str:
        unmet = sum(not run.is_met for run in self.runs)
        return (
            f"alone: {len(self.lies)} lies, {len(self.runs)} criterion runs, {len(self.differences)} verdicts differ, "
            f"{unmet} did not meet their lie"
        )


def affected(trial: Trial) -> Sequence[str]:
    """The criteria that a lie turned red or hid; not those that may be violated and need not."""
    violated = trial.ran.violated & (trial.must | frozenset(trial.mistaken))
    return sorted(violated | frozenset(trial.ran.not_judged))
