"""What is done with each container, in its order, each act with the criteria that look at it.

The scripts are run side by side: echo says its line and is deleted; the tail serves lists and execs, and is stopped
last; the writer's logs are read while it runs, then it is stopped: no exec has touched it. What is to last is inspected
again before the next act ends it.
"""

from __future__ import annotations

from collections.abc import Callable

from support.driver import quietly
from support.ecs.containers import Containers
from support.script import Act

ContainerAct = Act[Containers]


def ac(*numbers: int) -> tuple[str, ...]:
    """Criteria of TST-010."""
    return tuple(f"TST-010-AC-{number:02}" for number in numbers)


def notes(*numbers: int) -> tuple[str, ...]:
    """Scenarios that TST-010's notes, and real builds, add."""
    return tuple(f"TST-010-N-{number:02}" for number in numbers)


def _each(*calls: Callable[[], object]) -> None:
    """Make these calls; one that fails keeps no other from being made."""
    for call in calls:
        quietly(call)


ENDINGS = ac(7) + notes(7)  # what ends a task that would run on
_MAPPED = notes(2)

ECHO: tuple[ContainerAct, ...] = (
    ContainerAct("echo", ac(3), lambda all_: _each(all_.echo.as_created, all_.echo.by_prefix, all_.echo.listed)),
    ContainerAct("echo started", ac(4), lambda all_: all_.echo.was_started(), ("echo",)),
    ContainerAct("echo's task", ac(4), lambda all_: all_.echo.start_problems(), ("echo started",)),
    ContainerAct("echo stayed", ac(3), lambda all_: all_.echo.later(), ("echo",)),
    ContainerAct("echo ended", ac(6) + _MAPPED, lambda all_: all_.echo.own_end(), ("echo started",)),
    ContainerAct("echo settled", _MAPPED, lambda all_: _settle(all_, "echo"), ("echo ended",)),
    ContainerAct("echo listed", ac(9), lambda all_: all_.lists.of_all(), ("echo ended",)),
    ContainerAct("echo logs", ac(11), lambda all_: _each(all_.echo_logs.plain, all_.echo_logs.events), ("echo ended",)),
    ContainerAct("exec in ended echo", notes(3), lambda all_: all_.late.create(), ("echo ended",)),
    ContainerAct(
        "echo stayed ended", ac(6), lambda all_: _each(all_.echo.stayed_ended, all_.echo.listed_at_end), ("echo ended",)
    ),
    ContainerAct("echo listed again", ac(9), lambda all_: all_.lists.of_all_later(), ("echo listed",)),
    ContainerAct("echo deleted", ac(8), lambda all_: all_.echo_removal.delete(), ("echo ended",)),
    ContainerAct(
        "echo gone",
        ac(8),
        lambda all_: _each(all_.echo_removal.gone, all_.echo_removal.unlisted, all_.echo_removal.definitions),
        ("echo deleted",),
    ),
    ContainerAct(
        "echo stays gone",
        ac(8),
        lambda all_: _each(all_.echo_removal.long_gone, all_.echo_removal.later_definitions),
        ("echo gone",),
    ),
)

TAIL: tuple[ContainerAct, ...] = (
    ContainerAct("tail started", ac(4, 5) + _MAPPED, lambda all_: all_.tail.as_started()),
    ContainerAct("tail's task", ac(4, 5), lambda all_: all_.tail.start_problems(), ("tail started",)),
    ContainerAct("tail placed", ac(2), lambda all_: all_.tail.misplacements(), ("tail started",)),
    ContainerAct("tail still runs", ac(5), lambda all_: all_.tail.listed_as_running(), ("tail started",)),
    ContainerAct("other", (), lambda all_: all_.other.as_created()),
    ContainerAct("listed by label", ac(10), lambda all_: all_.lists.labelled(), ("tail started", "other")),
    ContainerAct("exec created", ac(14) + notes(6), lambda all_: all_.says.before_start(), ("tail started",)),
    ContainerAct("exec ran", ac(15, 16) + _MAPPED, lambda all_: _each(all_.says.after_end), ("exec created",)),
    ContainerAct("failing exec created", notes(6), lambda all_: all_.fails.before_start(), ("tail started",)),
    ContainerAct("failing exec ran", ac(17), lambda all_: all_.fails.after_end(), ("failing exec created",)),
    ContainerAct("exec ran inside", notes(5), lambda all_: all_.marks.start(), ("tail started",)),
    ContainerAct("exit code stayed", ac(16), lambda all_: all_.says.long_after_end(), ("exec ran",)),
    ContainerAct("other exit code stayed", ac(17), lambda all_: all_.fails.long_after_end(), ("failing exec ran",)),
    ContainerAct(
        "tail stopped",
        notes(7) + _MAPPED,
        lambda all_: _each(all_.tail_stopping.after, all_.tail_stopping.tasks_running_on),
        ("exec ran",),
    ),
    ContainerAct("tail settled", _MAPPED, lambda all_: _settle(all_, "tail"), ("tail stopped",)),
    ContainerAct(
        "tail stayed stopped",
        notes(7),
        lambda all_: _each(all_.tail.stayed_ended, all_.tail.listed_at_end),
        ("tail stopped",),
    ),
)

WRITER: tuple[ContainerAct, ...] = (
    ContainerAct("writer started", _MAPPED, lambda all_: all_.writer.as_started()),
    ContainerAct(
        "writer logs",
        ac(12, 13),
        lambda all_: _each(all_.writer_logs.plain, all_.writer_logs.events),
        ("writer started",),
    ),
    ContainerAct("stamped", ac(13), lambda all_: all_.writer_logs.stamped_again(), ("writer logs",)),
    ContainerAct(
        "writer stopped",
        ac(7) + _MAPPED,
        lambda all_: _each(all_.writer_stopping.after, all_.writer_stopping.tasks_running_on),
        ("writer started",),
    ),
    ContainerAct("writer settled", _MAPPED, lambda all_: _settle(all_, "writer"), ("writer stopped",)),
    ContainerAct(
        "writer stayed stopped",
        ac(7),
        lambda all_: _each(all_.writer.stayed_ended, all_.writer.listed_at_end),
        ("writer stopped",),
    ),
)

UNPULLABLE: tuple[ContainerAct, ...] = (
    ContainerAct("unpullable", notes(1), lambda all_: _each(all_.unpullable.refusal, all_.unpullable.left_running)),
)
MISTAKEN: tuple[ContainerAct, ...] = (
    ContainerAct("mistaken", notes(4), lambda all_: _each(all_.mistaken.outcome, all_.mistaken.left_running)),
)


def _settle(containers: Containers, role: str) -> None:
    container = containers.of(role)
    container.must_run()
    containers.log.settle(container, container.driver.at_most(container.driver.settings.seconds("stop_timeout")))
