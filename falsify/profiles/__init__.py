"""Profiles: what three real builds of Sockerless answer, many rules at once, and every criterion's verdict behind them.

The answers were recorded from the builds with plain requests; the rules give the stand-in the same statuses, shapes,
headers and timings where the builds differ from it. Unlike behind a lie, each criterion's verdict is known: what is
neither violated nor not judged must pass, and nothing may be hidden. Notes may come out either way.
"""

from __future__ import annotations

from falsify.lies import Layer, Lie, ac, ecs, ecs_notes, notes
from falsify.profiles import build_a, build_b, build_c

_NOTES = notes(*range(1, 100)) | ecs_notes(*range(1, 100))

PROFILES: tuple[Lie, ...] = (
    Lie(
        "build-a",
        "Build A, in memory: shells that are fed by stdin say nothing and end after 2 s; a disconnect does nothing.",
        Layer.PROFILES,
        ac(12, 13, 17, 22),
        build_a.RULES,
        may=_NOTES,
        backend="memory",
        unobservable={"TST-011-N-*": "A shell that is fed by stdin, by which it would be seen, gives no output."},
    ),
    Lie(
        "build-b",
        "Build B, in memory: a container starts only while no other one is on its network.",
        Layer.PROFILES,
        ac(11, 12, 13, 15, 22),
        build_b.RULES,
        may=_NOTES,
        backend="memory",
        unjudged={"TST-011-AC-12": build_b.REFUSED, "TST-011-AC-13": build_b.REFUSED},
        unobservable={"TST-011-N-*": "No container can be started beside another one of its network."},
    ),
    Lie(
        "build-c",
        "Build C, on ECS: most starts are refused, their containers seem to run for ever; an exec echoes its command.",
        Layer.PROFILES,
        ac(8, 11, 12, 13, 15, 22) | ecs(4, 5, 6, 8, 9, 15, 17, 18),
        build_c.RULES,
        may=_NOTES,
        backend="ecs",
        unjudged={
            "TST-011-AC-12": build_c.REFUSED,
            "TST-011-AC-13": build_c.REFUSED,
            "TST-010-AC-18": "logs:DeleteLogStream",
        },
        unobservable={
            "TST-011-N-*": "No container but the service can be started.",
            "TST-010-N-*": "The echo container's start is refused.",
        },
    ),
)
