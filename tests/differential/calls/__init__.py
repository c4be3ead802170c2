"""The calls, as data: one list for each resource, in the order of this tuple."""

from __future__ import annotations

from tests.differential.calls import containers, execs, images, networks, streams, system, volumes
from tests.differential.calls.call import Call

CALLS: tuple[Call, ...] = (
    *system.CALLS,
    *images.CALLS,
    *containers.CALLS,
    *streams.CALLS,
    *execs.CALLS,
    *networks.CALLS,
    *volumes.CALLS,
)
