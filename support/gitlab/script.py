"""The acts of a job in TST-011's order, each with the criteria that look at it.

The clean-up is in the order of the document's notes (kill, stop, disconnect, containers, volumes, network), which
differs from that of its phase 8. Only what runs is killed: the service. What is to last is inspected again before the
next phase ends it, at least a second after the last exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from support.driver import quietly
from support.gitlab.container import (
    AT_END,
    ATTACHED,
    BEFORE_CLEAN_UP,
    BEFORE_DELETES,
    CREATED,
    DELETED,
    DISCONNECTED,
    STARTED,
    JobContainer,
)
from support.gitlab.image import PULLED
from support.gitlab.job import Job
from support.script import Act, in_turn, parted
from support.thing import Thing

One = TypeVar("One", bound=Thing)
JobAct = Act[Job]
Do = Callable[[Job], object]
_ROLES = ("service", "build", "helper")


def ac(*numbers: int) -> tuple[str, ...]:
    """Criteria of TST-011."""
    return tuple(f"TST-011-AC-{number:02}" for number in numbers)


def notes(*numbers: int) -> tuple[str, ...]:
    """Scenarios that TST-011's notes, and the runner itself, add."""
    return tuple(f"TST-011-N-{number:02}" for number in numbers)


def act(makes: str, serves: tuple[str, ...], do: Do, needs: str = "", calls: str = "") -> JobAct:
    """An act; outcomes that it needs, and its calls, are separated by commas."""
    return JobAct(makes, serves, do, parted(needs), parted(calls))


def each(things: Callable[[Job], Iterable[One]], *exchanges: Callable[[One], object]) -> Do:
    """These exchanges with each thing; one that fails keeps no other from being made."""

    def do(job: Job) -> None:
        for exchange in exchanges:
            for thing in things(job):
                quietly(partial(exchange, thing))

    return do


def _inspected(moment: str) -> Callable[[Thing], object]:
    return lambda thing: thing.at(moment)


def _listed(moment: str) -> Callable[[Thing], object]:
    return lambda thing: thing.list_at(moment)


def _gone(moment: str) -> Callable[[Thing], object]:
    return lambda thing: thing.gone_at(moment)


def _created(role: str) -> Do:
    """Created, and found by its ID, by the ID's beginning and in the list."""
    return each(
        lambda job: [job.container(role)],
        Thing.as_created,
        JobContainer.by_prefix,
        lambda container: container.listed_by_id(CREATED),
        _listed(CREATED),
    )


def _all(calls: str) -> str:
    return ", ".join(f"{calls} {role}" for role in _ROLES)


def _containers(job: Job) -> Iterable[JobContainer]:
    return job.containers


def _volumes(job: Job) -> Iterable[Thing]:
    return job.volumes


def _network(job: Job) -> Iterable[Thing]:
    return [job.network]


_VOLUMES = "cache volume, build volume"
_THINGS = ", ".join(f"{role} container" for role in _ROLES)
_SECOND = "a second later"

# fmt: off
SCRIPT: tuple[JobAct, ...] = (
    act("version", ac(1), lambda job: job.ping(), calls="GET /_ping"),
    # --- images ---
    act("helper image seen", (), lambda job: job.helper_image.inspect_first(),
        calls="GET /images/{name}/json helper"),
    act("helper image", (), lambda job: job.helper_image.pull(), calls="POST /images/create helper"),
    act("build image", (), lambda job: job.build_image.pull(), calls="POST /images/create build"),
    act("service image", (), lambda job: job.service_image.pull(), calls="POST /images/create service"),
    act("build image pulled", ac(2, 3), each(lambda job: [job.build_image], _inspected(PULLED), _listed(PULLED)),
        "build image"),
    act("metadata", ac(3) + notes(23), lambda job: job.build_image.metadata(), "build image",
        "GET /images/{name}/json build"),
    # --- network and volumes ---
    act("network", ac(4), each(_network, Thing.as_created, _listed(CREATED)), calls="POST /networks/create network"),
    act("cache volume", notes(24), lambda job: job.cache_volume.create(), calls="POST /volumes/create cache"),
    act("build volume", ac(5) + notes(24), lambda job: job.build_volume.create(), calls="POST /volumes/create build"),
    act("volumes created", ac(5) + notes(24), each(_volumes, Thing.as_created, _listed(CREATED)), _VOLUMES),
    # --- service ---
    act("service container", ac(6), _created("service"), f"service image, network, {_VOLUMES}",
        "POST /containers/create service"),
    act("service started", ac(7), lambda job: job.service.start(), "service container",
        "POST /containers/{id}/start service"),
    act("service runs", ac(7, 8), lambda job: job.service.when_left_created(), "service started",
        "GET /containers/{id}/json service"),
    # --- build ---
    act("build container", ac(9), _created("build"), f"build image, network, {_VOLUMES}",
        "POST /containers/create build"),
    act("build attached", ac(10), lambda job: (job.build.attach(), job.build.at(ATTACHED)), "build container",
        "POST /containers/{id}/attach build"),
    act("build started", ac(11),
        in_turn(lambda job: job.build.start(), lambda job: job.build.at(STARTED),
                 lambda job: job.build.was_open_when_started()),
        "build attached", "POST /containers/{id}/start build"),
    act("build waited for", ac(13), lambda job: job.build_run.early_answers(), "build started",
        "POST /containers/{id}/wait build"),
    act("build output", ac(12, 13), lambda job: job.build_run.output_ended(), "build waited for"),
    act("build ended", ac(13), lambda job: job.build_run.ended(), "build output"),
    # --- helper ---
    act("helper container", ac(14), _created("helper"),
        f"helper image seen, helper image, network, {_VOLUMES}, build container", "POST /containers/create helper"),
    act("helper attached", ac(15), lambda job: (job.helper.attach(), job.helper.at(ATTACHED)), "helper container",
        "POST /containers/{id}/attach helper"),
    act("helper started", ac(15), lambda job: job.helper.start(), "helper attached",
        "POST /containers/{id}/start helper"),
    act("helper ended", ac(15), lambda job: job.helper_run.ended(), "helper started",
        "POST /containers/{id}/wait helper"),
    # --- what lasts, before anything is ended ---
    act(_SECOND, (), lambda job: job.driver.let_a_second_pass()),
    act("image stays", ac(2), lambda job: job.build_image.at(BEFORE_CLEAN_UP), f"build image, {_SECOND}"),
    act("network stays", ac(4, 17), each(_network, _inspected(BEFORE_CLEAN_UP)), f"network, {_SECOND}"),
    act("volumes stay", ac(5) + notes(24), each(_volumes, _inspected(BEFORE_CLEAN_UP)), f"{_VOLUMES}, {_SECOND}"),
    act("service stays", ac(6), lambda job: job.service.at(BEFORE_CLEAN_UP), f"service container, {_SECOND}"),
    act("build stays", ac(9), lambda job: job.build.at(BEFORE_CLEAN_UP), f"build container, {_SECOND}"),
    act("helper stays", ac(14), lambda job: job.helper.at(BEFORE_CLEAN_UP), f"helper container, {_SECOND}"),
    act("service still runs", ac(8), lambda job: job.service.at(BEFORE_CLEAN_UP), f"service runs, {_SECOND}"),
    act("build stays ended", ac(13), lambda job: job.build.at(BEFORE_CLEAN_UP), f"build ended, {_SECOND}"),
    act("helper stays ended", ac(15), lambda job: job.helper.at(BEFORE_CLEAN_UP), f"helper ended, {_SECOND}"),
    act("states listed", ac(8, 13, 15), lambda job: job.build.list_at(BEFORE_CLEAN_UP), _SECOND),
    act("lists before", ac(21), lambda job: job.lists_at(BEFORE_CLEAN_UP), f"network, {_THINGS}"),
    # --- clean-up ---
    act("service is up", ac(16) + notes(27), lambda job: job.service.start_up(), "service runs"),
    act("service killed", ac(16), lambda job: job.service.kill(), "service is up",
        "POST /containers/{id}/kill service"),
    act("service ended", ac(16) + notes(27),
        in_turn(lambda job: job.service.after_kill(), lambda job: job.service.tasks_running_on()), "service killed"),
    act("containers stopped", (), each(_containers, JobContainer.stop),
        "service ended, build ended, helper ended", _all("POST /containers/{id}/stop")),
    act("containers seen", ac(17), each(_containers, _inspected(BEFORE_CLEAN_UP)), _THINGS),
    act("containers disconnected", ac(17) + notes(25), each(_containers, JobContainer.disconnect),
        "containers stopped", _all("POST /networks/{id}/disconnect")),
    act("networks left", ac(17) + notes(25),
        each(lambda job: [*job.containers, job.network], _inspected(DISCONNECTED)), "containers disconnected"),
    act("a second before the deletes", (), lambda job: job.driver.let_a_second_pass()),
    act("networks stay left", ac(16, 17) + notes(26),
        each(lambda job: [*job.containers, *job.volumes], _inspected(BEFORE_DELETES)),
        "containers disconnected, a second before the deletes"),
    act("states listed at the end", ac(16), lambda job: job.build.list_at(BEFORE_DELETES),
        "service ended, a second before the deletes"),
    act("containers deleted", ac(18) + notes(25, 26), each(_containers, JobContainer.delete),
        "networks stay left", _all("DELETE /containers/{id}")),
    act("containers gone", ac(18, 21), each(_containers, _gone(DELETED)), "containers deleted"),
    act("containers unlisted", ac(18),
        each(_containers, _listed(DELETED), lambda container: container.listed_by_id(DELETED)), "containers deleted"),
    act("what is left", notes(25, 26), each(lambda job: [job.network, *job.volumes], _inspected(DELETED)),
        "containers deleted"),
    act("anonymous volumes", notes(26), lambda job: job.anonymous_volumes_after(), "containers deleted"),
    act("volumes deleted", ac(20),
        in_turn(lambda job: job.volume_deletes(), each(_volumes, _gone(DELETED), _listed(DELETED))),
        "containers deleted", "DELETE /volumes/{name} cache, DELETE /volumes/{name} build"),
    act("network deleted", ac(19, 21),
        in_turn(lambda job: job.network_delete(), each(_network, _gone(DELETED), _listed(DELETED))),
        "containers deleted", "DELETE /networks/{id} network"),
    act("lists after", ac(21), lambda job: job.lists_at(DELETED), "lists before, network deleted"),
    # --- what stays gone ---
    act("a second at the end", (), lambda job: job.driver.let_a_second_pass()),
    act("containers stay gone", ac(18), each(_containers, _gone(AT_END)), "containers gone, a second at the end"),
    act("volumes stay gone", ac(20), each(_volumes, _gone(AT_END)), "volumes deleted, a second at the end"),
    act("network stays gone", ac(19), each(_network, _gone(AT_END)), "network deleted, a second at the end"),
    act("lists at the end", ac(21), lambda job: job.lists_at(AT_END), "lists after, a second at the end"),
    act("version stays", ac(1), lambda job: job.later_ping(), "version, a second at the end"),
)
# fmt: on
