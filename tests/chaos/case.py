"""One case of the chaos suite: something that goes wrong around a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.stage import Stage


@dataclass(frozen=True)
class Case:
    """``attack`` acts and judges, on a stage of its own; ``profiles`` are the quiet runs that it is compared with.

    ``lacking`` is why it cannot be tried on this machine, or empty.
    """

    kind: str
    name: str
    attack: Callable[[Stage], None]
    profiles: tuple[str, ...] = ()
    lacking: str = ""


def moments(count: int, chance: Callable[[], float]) -> list[float]:
    """So many moments between 0 and 1, spread over all of it; where in its share each lies is up to ``chance``."""
    return [(number + chance()) / count for number in range(count)]
