"""Lies about what GitLab Runner does with a daemon (TST-011, recorded jobs)."""

from __future__ import annotations

from falsify.catalogue.gitlab import (
    bodies,
    contract,
    effects,
    headers,
    only_first,
    outcomes,
    recorded,
    runner_extras,
    second_look,
    states,
    statuses,
    streams,
    timing,
)
from falsify.lies import Lie

LIES: tuple[Lie, ...] = (
    *statuses.LIES,
    *headers.LIES,
    *bodies.LIES,
    *effects.LIES,
    *only_first.LIES,
    *streams.LIES,
    *timing.LIES,
    *states.LIES,
    *runner_extras.LIES,
    *contract.LIES,
    *outcomes.LIES,
    *second_look.LIES,
    *recorded.LIES,
)
