"""What a lie is, and how one is written down.

    lie = in_layer(Layer.EFFECTS)
    lie("start-unheard", "The service's start is answered by 204, but nothing starts.", ac(7),
        on("container.start", pretend(204), role="service"))

is a whole lie: an id, a sentence, the criteria that must be violated behind it, and rules. ``may`` are the criteria
that may be violated besides, as few as the truth allows: whatever else turns red is a false alarm. AC-22, whose job
judges every step again, must see what the steps see and is not to be named. What a call is called is in
``docker_calls.py``, AWS's are ``ecs:RunTask`` and so on; who has which role is in ``call_target.py``. The verbs for
rules are in ``response_rules.py``, ``stateful_rules.py`` and ``streaming.py``, those for AWS in
``aws_response_rules.py`` and ``aws_stateful_rules.py``; a verb of its own is an ``async`` function of a few lines that
takes the call and a way to forward it, and gives the answer. A lie about what the suite finds around it has an
``environment`` instead, see ``environments.py``. ``./acceptance falsify --only start-unheard`` shows whether it is
caught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from falsify.aws_calls import is_aws_action
from falsify.docker_calls import OPERATIONS
from falsify.environments import Environment
from falsify.proxy_session import Handler, Per, Rule

WHOLE_JOB = "TST-011-AC-22"
_FOREVER = 1_000_000


class Layer(StrEnum):
    """Where a daemon lies."""

    STATUS = "status codes"
    HEADERS = "headers"
    BODIES = "bodies"
    EFFECTS = "side effects"
    ONLY_FIRST = "right only the first time"
    STREAMS = "streams"
    TIMING = "timing"
    STATES = "state machines"
    PROFILES = "profiles of real builds"


_ANSWERS_ONLY = (Layer.STATUS, Layer.HEADERS, Layer.BODIES, Layer.PROFILES)


class Alteration:
    """What lies and variations have in common: ``rules``, and an ``environment`` that is changed."""

    rules: tuple[Rule, ...]
    environment: Environment | None

    @property
    def needs_aws(self) -> bool:
        """Whether it is about calls of AWS, or about what leads there."""
        names = [name for rule in self.rules for name in rule.operations]
        return self.environment is not None or any(map(is_aws_action, names))

    @property
    def concerns_daemon(self) -> bool:
        """Whether it is about calls of AWS that the daemon makes."""
        return any("daemon" in rule.roles for rule in self.rules)


@dataclass(frozen=True)
class Lie(Alteration):
    """``rules`` are applied by the proxies in front of the daemon and of AWS.

    ``environment`` changes what the suite finds around it. ``spares_whole_job`` says why AC-22's job, which judges
    every step again, does not meet the lie. ``unjudged`` are the criteria of ``must`` that can only go unjudged behind
    it, each with words that the cause must say then. ``unobservable`` are criteria that cannot be seen behind it, each
    with one sentence that says why; a key may be a pattern such as ``TST-010-*``. What is not judged without that is
    *hidden*. Behind a lie about a status, a header or a body nothing may be, unless ``prevents`` names what it really
    keeps from coming about. ``backend`` is the stand-in's, where only one does. ``is_known`` marks what a real build
    was seen to do.
    """

    id: str
    sentence: str
    layer: Layer
    must: frozenset[str]
    rules: tuple[Rule, ...] = ()
    may: frozenset[str] = frozenset()
    environment: Environment | None = None
    spares_whole_job: str = ""
    unjudged: Mapping[str, str] = field(default_factory=dict)
    unobservable: Mapping[str, str] = field(default_factory=dict)
    prevents: str = ""
    backend: str = ""
    is_known: bool = False

    @property
    def all_must(self) -> frozenset[str]:
        """``must``, and AC-22 where a step of the whole job is among it: the same judgements, on a job of its own."""
        has_step = any(criterion.startswith("TST-011-AC") for criterion in self.must)
        return self.must | {WHOLE_JOB} if has_step and not self.spares_whole_job else self.must

    @property
    def may_hide(self) -> bool:
        """Whether anything may go unjudged behind it without a sentence that says why it cannot be seen."""
        return bool(self.prevents) or self.layer not in _ANSWERS_ONLY

    def why_unobservable(self, criterion: str) -> str:
        """One sentence; empty where the criterion can be seen behind the lie."""
        return next((why for name, why in self.unobservable.items() if fnmatchcase(criterion, name)), "")

    def but_for(self, red: frozenset[str]) -> Lie | None:
        """The lie where these criteria are not green anyway, which say nothing then; None where no other is left."""
        must = self.must - red
        if not must:
            return None
        spares = self.spares_whole_job or ("it is not green anyway" if WHOLE_JOB in red else "")
        return replace(self, must=must, may=self.may | red, spares_whole_job=spares)


def in_layer(layer: Layer) -> Callable[..., Lie]:
    """``lie(id, sentence, must, *rules, **more)`` for one layer; ``more`` are the fields of ``Lie``."""

    def lie(identity: str, sentence: str, must: frozenset[str], *rules: Rule, **more: Any) -> Lie:
        return Lie(identity, sentence, layer, must, rules, **more)

    return lie


def on(  # noqa: PLR0913 - all but the first two are rarely used, and always by name
    operations: str | tuple[str, ...],
    handler: Handler,
    *,
    role: str | tuple[str, ...] = (),
    job: str | tuple[str, ...] = (),
    after: str = "",
    only: int = 0,
    since: int = 1,
    per: Per = Per.TARGET,
    of_strangers: bool = False,
) -> Rule:
    """A rule for these operations (see ``docker_calls.py``; AWS's are ``ecs:RunTask`` and so on).

    It is about ``role`` in ``job`` (empty: any); of AWS calls the role is the caller, ``suite`` or ``daemon``.

    ``after`` is an operation that the daemon must have done to the target before. ``only=2`` applies it the second time
    alone, ``since=2`` from the second time on, counted for each target or for all of a job. What was not created
    through the proxy is lied about only with ``of_strangers``.
    """
    names = _tuple(operations)
    unknown = [name for name in (*names, after) if name and name not in OPERATIONS and not is_aws_action(name)]
    if unknown:
        raise ValueError(f"no such operation: {', '.join(unknown)}")
    times = range(only, only + 1) if only else range(since, _FOREVER)
    return Rule(names, handler, _tuple(role), _tuple(job), after, times, per, of_strangers)


def ac(*numbers: int) -> frozenset[str]:
    """Criteria of TST-011."""
    return frozenset(f"TST-011-AC-{number:02}" for number in numbers)


def ecs(*numbers: int) -> frozenset[str]:
    """Criteria of TST-010."""
    return frozenset(f"TST-010-AC-{number:02}" for number in numbers)


def ecs_notes(*numbers: int) -> frozenset[str]:
    """Notes of TST-010."""
    return frozenset(f"TST-010-N-{number:02}" for number in numbers)


def notes(*numbers: int) -> frozenset[str]:
    """Notes of TST-011."""
    return frozenset(f"TST-011-N-{number:02}" for number in numbers)


def runs(*numbers: int) -> frozenset[str]:
    """Scenarios of the contract."""
    return frozenset(f"RUN-{number:02}" for number in numbers)


def jobs(*numbers: int) -> frozenset[str]:
    """Scenarios of job outcomes."""
    return frozenset(f"JOB-{number:02}" for number in numbers)


def drift(*numbers: int) -> frozenset[str]:
    """Scenarios of what happens behind a client's back."""
    return frozenset(f"DRIFT-{number:02}" for number in numbers)


def unseen(why: str, criteria: frozenset[str]) -> dict[str, str]:
    """For ``unobservable``: these criteria cannot be seen behind the lie, for one reason."""
    return dict.fromkeys(sorted(criteria), why)


def _tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (value,))) if isinstance(value, str) else value
