"""What is done with each container, in its order, each act with the criteria that look at it.

The scripts are run side by side: echo says its line and is deleted; the tail serves lists and execs, and is stopped
last; the writer's logs are read while it runs, then it is stopped: no exec has touched it. What is to last is inspected
again before the next act ends it.
"""

from __future__ import annotations

from collections.abc import Callable

from support.ecs.container import EcsContainer
from support.ecs.containers import Containers
from support.ecs.moments import CREATED, DELETED, LATER, LONG_DELETED, STARTED, STOPPED
from support.script import Act, in_turn, parted

ContainerAct = Act[Containers]
Do = Callable[[Containers], object]


def ac(*numbers: int) -> tuple[str, ...]:
    """Criteria of TST-010."""
    return tuple(f"TST-010-AC-{number:02}" for number in numbers)


def notes(*numbers: int) -> tuple[str, ...]:
    """Scenarios that TST-010's notes, and real builds, add."""
    return tuple(f"TST-010-N-{number:02}" for number in numbers)


def act(makes: str, serves: tuple[str, ...], needs: str, *exchanges: Do) -> ContainerAct:
    """An act of these exchanges, of which one that fails keeps no other from being made; commas part what it needs."""
    return ContainerAct(makes, serves, in_turn(*exchanges), parted(needs))


def _of(role: str, method: Callable[..., object], *moment: str) -> Do:
    """A method of the container of this role, at a moment where it asks for one."""
    return lambda all_: method(all_.of(role), *moment)


def _a_second_passes(role: str) -> Do:
    return lambda all_: all_.of(role).driver.let_a_second_pass()


def _settled(role: str) -> Do:
    """Until it was reported as exited after its task had stopped."""

    def do(all_: Containers) -> None:
        container = all_.of(role)
        container.must_run()
        all_.log.settle(container, container.driver.seconds("stop_timeout"))

    return do


def _stopped(role: str) -> tuple[Do, Do]:
    return (lambda all_: all_.stopping(role).after(), lambda all_: all_.stopping(role).tasks_running_on())


def _still_stopped(role: str) -> tuple[Do, ...]:
    return (
        _of(role, EcsContainer.at, STOPPED),
        _of(role, EcsContainer.list_at, STOPPED),
        lambda all_: all_.stopping(role).tasks_running_again(),
    )


ENDINGS = ac(7) + notes(7)  # what ends a task that would run on
_MAPPED = notes(2)
_FOUND = (EcsContainer.as_created, EcsContainer.by_prefix)

ECHO: tuple[ContainerAct, ...] = (
    act(
        "echo",
        ac(3),
        "",
        *(_of("echo", method) for method in _FOUND),
        _of("echo", EcsContainer.list_at, CREATED),
        _of("echo", EcsContainer.listed_by_id, CREATED),
    ),
    act("echo started", ac(4), "echo", _of("echo", EcsContainer.start_problems)),
    act("echo ended", ac(6) + _MAPPED, "echo started", _of("echo", EcsContainer.own_end)),
    act("echo settled", _MAPPED, "echo ended", _settled("echo")),
    act("echo listed", ac(9), "echo ended", lambda all_: all_.lists.of_all(CREATED)),
    act("echo logs", ac(11), "echo ended", lambda all_: all_.echo_logs.plain(), lambda all_: all_.echo_logs.events()),
    act("exec in ended echo", notes(3), "echo ended", lambda all_: all_.late.create()),
    act("echo stayed", ac(3), "echo", _a_second_passes("echo"), _of("echo", EcsContainer.at, LATER)),
    act(
        "echo stayed ended",
        ac(6),
        "echo ended",
        _a_second_passes("echo"),
        _of("echo", EcsContainer.at, STOPPED),
        _of("echo", EcsContainer.list_at, STOPPED),
    ),
    act("echo listed later", ac(9), "echo listed", _a_second_passes("echo"), lambda all_: all_.lists.of_all(LATER)),
    act("echo deleted", ac(8), "echo ended", lambda all_: all_.echo_removal.delete()),
    act(
        "echo gone",
        ac(8),
        "echo deleted",
        _of("echo", EcsContainer.gone_at, DELETED),
        _of("echo", EcsContainer.list_at, DELETED),
        _of("echo", EcsContainer.listed_by_id, DELETED),
        lambda all_: all_.echo_removal.definitions(),
        _a_second_passes("echo"),
        _of("echo", EcsContainer.gone_at, LONG_DELETED),
        lambda all_: all_.echo_removal.later_definitions(),
    ),
)

TAIL: tuple[ContainerAct, ...] = (
    act(
        "tail started",
        ac(4, 5) + _MAPPED,
        "",
        _of("tail", EcsContainer.must_run),
        _of("tail", EcsContainer.start_problems),  # the task has begun by then, also where the start did not block
        _of("tail", EcsContainer.at, STARTED),
    ),
    act("tail placed", ac(2), "tail started", _of("tail", EcsContainer.misplacements)),
    act(
        "tail runs on",
        ac(5),
        "tail started",
        _a_second_passes("tail"),
        _of("tail", EcsContainer.at, LATER),
        _of("tail", EcsContainer.list_at, LATER),
    ),
    act("other", (), "", lambda all_: all_.other.as_created()),
    act("listed by label", ac(10), "tail started, other", lambda all_: all_.lists.labelled()),
    act("exec created", ac(14) + notes(6), "tail started", lambda all_: all_.says.before_start()),
    act("exec ran", ac(15, 16) + _MAPPED, "exec created", lambda all_: all_.says.after_end()),
    act("failing exec created", notes(6), "tail started", lambda all_: all_.fails.before_start()),
    act("failing exec ran", ac(17), "failing exec created", lambda all_: all_.fails.after_end()),
    act("exec ran inside", notes(5), "tail started", lambda all_: all_.marks.start()),
    act("exit code stayed", ac(16), "exec ran", _a_second_passes("tail"), lambda all_: all_.says.long_after_end()),
    act(
        "failing exit code stayed",
        ac(17),
        "failing exec ran",
        _a_second_passes("tail"),
        lambda all_: all_.fails.long_after_end(),
    ),
    act("tail stopped", notes(7) + _MAPPED, "exec ran", *_stopped("tail")),
    act("tail settled", _MAPPED, "tail stopped", _settled("tail")),
    act("tail stayed stopped", notes(7), "tail stopped", _a_second_passes("tail"), *_still_stopped("tail")),
)

WRITER: tuple[ContainerAct, ...] = (
    act("writer started", _MAPPED, "", _of("writer", EcsContainer.must_run)),
    act(
        "writer logs",
        ac(12, 13),
        "writer started",
        lambda all_: all_.writer_logs.plain(),
        lambda all_: all_.writer_logs.events(),
    ),
    act("stamped", ac(13), "writer logs", lambda all_: all_.writer_logs.stamped_again()),
    act("writer stopped", ac(7) + _MAPPED, "writer started", *_stopped("writer")),
    act("writer settled", _MAPPED, "writer stopped", _settled("writer")),
    act("writer stayed stopped", ac(7), "writer stopped", _a_second_passes("writer"), *_still_stopped("writer")),
)

UNPULLABLE: tuple[ContainerAct, ...] = (act("unpullable", notes(1), "", lambda all_: all_.unpullable.left_running()),)
MISTAKEN: tuple[ContainerAct, ...] = (act("mistaken", notes(4), "", lambda all_: all_.mistaken.left_running()),)
