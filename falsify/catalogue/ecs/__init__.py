"""Lies about containers on Fargate (TST-010), by the daemon, by AWS, or by what the suite finds around it."""

from __future__ import annotations

from falsify.catalogue.ecs import bodies, daemon, effects, environments, second_look, states, statuses, streams
from falsify.lies import Lie

LIES: tuple[Lie, ...] = (
    *environments.LIES,
    *daemon.LIES,
    *statuses.LIES,
    *bodies.LIES,
    *effects.LIES,
    *streams.LIES,
    *states.LIES,
    *second_look.LIES,
)
