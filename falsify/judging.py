"""What a run behind a lie, a variation or nothing at all says about the suite."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from falsify.lies import Lie
from support.verdicts import Verdict


class Finding(StrEnum):
    """About a lie: caught, or the suite is at fault. About the truth and its variations: green or a false alarm."""

    CAUGHT = "caught"
    MISSED = "missed"
    MISTAKEN = "mistaken"
    GREEN = "green"
    FALSE_ALARM = "false alarm"
    OVERRAN = "overran"
    BROKE = "broke"


GOOD = (Finding.CAUGHT, Finding.GREEN)


@dataclass(frozen=True)
class Ran:
    """One run of a feature: its scenarios' verdicts by id, and what kept it from being a run at all (``fault``).

    ``bound`` is what its deadlines allow in all, in seconds; ``told`` how many of its calls met a rule.
    """

    verdicts: Mapping[str, Verdict]
    seconds: float = 0.0
    bound: float = 0.0
    told: int = 0
    fault: str = ""
    causes: Mapping[str, str] = field(default_factory=dict)
    leftovers: tuple[str, ...] = ()

    @property
    def violated(self) -> frozenset[str]:
        """The criteria that it found violated."""
        return frozenset(name for name, verdict in self.verdicts.items() if verdict is Verdict.VIOLATED)


@dataclass(frozen=True)
class Trial:
    """A run and what it shows. ``missed`` and ``mistaken`` name the criteria that make it so."""

    id: str
    sentence: str
    group: str
    ran: Ran
    finding: Finding
    must: frozenset[str] = frozenset()
    missed: tuple[str, ...] = ()
    mistaken: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it speaks for the suite."""
        return self.finding in GOOD and not self.ran.leftovers


def judge_lie(lie: Lie, ran: Ran) -> Trial:
    """Caught when all that must be violated is, and nothing is that may not be."""
    missed = tuple(sorted(name for name in lie.all_must if not _is_caught(lie, name, ran)))
    mistaken = tuple(sorted(ran.violated - lie.all_must - lie.may))
    finding = Finding.MISSED if missed else Finding.MISTAKEN if mistaken else Finding.CAUGHT
    return Trial(lie.id, lie.sentence, lie.layer, ran, _unless_cut_short(ran, finding), lie.all_must, missed, mistaken)


def judge_truth(identity: str, sentence: str, group: str, ran: Ran, wanted: Collection[str] = ()) -> Trial:
    """Green when something was judged, and all of it (of ``wanted``, where it is given) passed."""
    names = wanted or [name for name, verdict in ran.verdicts.items() if verdict is not Verdict.SKIPPED]
    red = tuple(sorted(name for name in names if ran.verdicts.get(name) is not Verdict.PASSED))
    finding = Finding.GREEN if names and not red else Finding.FALSE_ALARM
    return Trial(identity, sentence, group, ran, _unless_cut_short(ran, finding), mistaken=red)


def _is_caught(lie: Lie, criterion: str, ran: Ran) -> bool:
    verdict = ran.verdicts.get(criterion)
    if verdict is Verdict.NOT_JUDGED and criterion in lie.unjudged:
        return lie.unjudged[criterion] in ran.causes.get(criterion, "")
    return verdict is Verdict.VIOLATED


def _unless_cut_short(ran: Ran, finding: Finding) -> Finding:
    if ran.seconds > ran.bound:
        return Finding.OVERRAN
    return Finding.BROKE if ran.fault else finding
