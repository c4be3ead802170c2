"""Lies about what GitLab Runner does with a daemon (TST-011)."""

from __future__ import annotations

from support.falsify.catalogue.gitlab import beyond, bodies, effects, headers, second, states, statuses, streams, timing
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
    *beyond.LIES,
)
