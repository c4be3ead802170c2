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


HARMLESS = "harmless"
GOOD = (Finding.CAUGHT, Finding.GREEN)


@dataclass(frozen=True)
class Ran:
    """One run of a feature: its scenarios' verdicts by id, and what kept it from being a run at all (``fault``).

    ``bound`` is what its deadlines allow in all, in seconds; ``met`` how many of its calls met a rule.
    """

    verdicts: Mapping[str, Verdict]
    seconds: float = 0.0
    bound: float = 0.0
    met: int = 0
    fault: str = ""
    causes: Mapping[str, str] = field(default_factory=dict)
    leftovers: tuple[str, ...] = ()

    @property
    def violated(self) -> frozenset[str]:
        """The criteria that it found violated."""
        return frozenset(name for name, verdict in self.verdicts.items() if verdict is Verdict.VIOLATED)

    @property
    def not_judged(self) -> tuple[str, ...]:
        """The criteria about which it found nothing out."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict is Verdict.NOT_JUDGED)


@dataclass(frozen=True)
class Trial:
    """A run and what it shows. ``missed`` and ``mistaken`` name the criteria that make it so.

    ``unobservable`` are the criteria that it did not judge and the catalogue says why, by id; ``hidden`` are those that
    it did not judge without that, and where ``is_open`` there must be none. ``is_second``: an earlier run was
    not good.
    """

    id: str
    sentence: str
    group: str
    ran: Ran
    finding: Finding
    must: frozenset[str] = frozenset()
    missed: tuple[str, ...] = ()
    mistaken: tuple[str, ...] = ()
    unobservable: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    is_open: bool = False
    is_second: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it speaks for the suite."""
        return self.finding in GOOD and not self.ran.leftovers and not (self.is_open and self.hidden)


def judge_lie(lie: Lie, ran: Ran) -> Trial:
    """Caught when all that must be violated is, and nothing is that may not be."""
    missed = tuple(sorted(name for name in lie.all_must if not _is_caught(lie, name, ran)))
    mistaken = tuple(sorted(ran.violated - lie.all_must - lie.may))
    finding = Finding.MISSED if missed else Finding.MISTAKEN if mistaken else Finding.CAUGHT
    unseen = {name: _why_unseen(lie, name, ran) for name in ran.not_judged}
    return Trial(
        lie.id,
        lie.sentence,
        lie.layer,
        ran,
        _unless_cut_short(ran, finding),
        lie.all_must,
        missed,
        mistaken,
        unobservable={name: why for name, why in unseen.items() if why},
        hidden=tuple(sorted(name for name, why in unseen.items() if not why)),
        is_open=not lie.may_hide,
    )


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


def _why_unseen(lie: Lie, criterion: str, ran: Ran) -> str:
    if criterion in lie.unjudged and _is_caught(lie, criterion, ran):
        return f"It can only be said that {lie.unjudged[criterion]!r}."
    return lie.why_unobservable(criterion)


def _unless_cut_short(ran: Ran, finding: Finding) -> Finding:
    if ran.seconds > ran.bound:
        return Finding.OVERRAN
    return Finding.BROKE if ran.fault else finding
