"""All lies, a file per layer. To add one, write it into the file of its layer: ``support/falsify/lies.py`` says how."""

from __future__ import annotations

from support.falsify.catalogue import bodies, effects, headers, second, states, statuses, streams, timing
from support.falsify.lies import Lie

LIES: tuple[Lie, ...] = (
    *statuses.LIES,
    *headers.LIES,
    *bodies.LIES,
    *effects.LIES,
    *second.LIES,
    *streams.LIES,
    *timing.LIES,
    *states.LIES,
)
