"""Which criterion stands on which: the one table behind *not judged* (design rule 3).

A criterion stands on another when it cannot be told whether it holds while the other is violated: there is no exit
status without a start. That a later call merely comes after an earlier one is no reason; nothing stands on AC-1.
What can be looked up is no reason either: whether an image is there is asked of the daemon, not of AC-2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from support.verdicts import Verdict


def _ids(document: str, table: dict[int, tuple[int, ...]]) -> dict[str, tuple[str, ...]]:
    return {
        f"{document}-AC-{number:02}": tuple(f"{document}-AC-{other:02}" for other in others)
        for number, others in table.items()
    }


# What the notes' scenarios are asked by: the build container's shell, and the service that it asks.
_NOTES = {
    "TST-011-N-04": ("TST-011-AC-12", "TST-011-AC-15"),
    "TST-011-N-06": ("TST-011-AC-08", "TST-011-AC-12"),
    "TST-011-N-07": ("TST-011-AC-08", "TST-011-AC-12"),
    "TST-011-N-11": ("TST-011-AC-11", "TST-011-AC-12"),
    "TST-011-N-12": ("TST-011-AC-11", "TST-011-AC-12"),
    "TST-011-N-17": ("TST-011-AC-11", "TST-011-AC-12"),
    "TST-011-N-18": ("TST-011-N-17",),
    "TST-011-N-19": ("TST-011-AC-08",),
    "TST-011-N-20": ("TST-011-AC-05",),
    "TST-011-N-21": ("TST-011-AC-03",),
    "TST-011-N-15": ("TST-011-AC-11", "TST-011-AC-12"),  # when output comes is asked only where it comes at all
}
STANDS_ON: dict[str, tuple[str, ...]] = (
    _ids(
        "TST-011",
        {
            6: (4, 5),  # a service container on the job's network, with its volumes
            7: (6,),
            8: (7,),
            9: (4, 5),
            10: (9,),
            11: (9, 10),
            12: (10, 11),  # output travels on the attached stream of a started container
            13: (11,),
            14: (4, 5),
            15: (14,),
            16: (7,),  # only what runs is killed
            17: (4, 6, 9, 14),
            18: (6, 9, 14),
            19: (4, 18),  # a network or volume that is in use cannot be deleted
            20: (5, 18),
            21: (4, 6, 9, 14),
        },
    )
    | _NOTES
    | _ids(
        "TST-010",
        {
            4: (3,),
            5: (4,),
            6: (3,),
            7: (4,),
            8: (3,),
            9: (3,),
            11: (3,),
            14: (4,),
            15: (14,),
            16: (15,),
            17: (14,),
        },
    )
)


def grounds(criterion: str) -> Iterator[str]:
    """All criteria that this one stands on, the nearest first, each once."""
    seen: list[str] = []
    waiting = list(STANDS_ON.get(criterion, ()))
    while waiting:
        ground = waiting.pop(0)
        if ground not in seen:
            seen.append(ground)
            waiting.extend(STANDS_ON.get(ground, ()))
    yield from seen


def cause_not_to_judge(criterion: str, verdict_of: Callable[[str], Verdict | None]) -> str:
    """The cause in one line if a criterion that this one stands on was violated in this run, else ``""``."""
    for ground in grounds(criterion):
        if verdict_of(ground) is Verdict.VIOLATED:
            return f"it stands on {ground}, which was violated"
    return ""
