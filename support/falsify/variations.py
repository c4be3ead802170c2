"""What a good daemon may do otherwise: nothing of it may turn anything red."""

from __future__ import annotations

from dataclasses import dataclass

from support.falsify.scene import Rule


@dataclass(frozen=True)
class Variation:
    """``sentence`` says what is different."""

    id: str
    sentence: str
    rules: tuple[Rule, ...]


VARIATIONS: tuple[Variation, ...] = ()
