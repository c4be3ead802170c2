"""The acts of a job in TST-011's order, each with the criteria that look at it.

The clean-up is in the order of the document's notes (kill, stop, disconnect, containers, volumes, network), which
differs from that of its phase 8. Only what runs is killed: the service. What is to last is inspected again before the
next phase ends it, at least a second after it was seen first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from support.driver import quietly
from support.gitlab.job import Job
from support.script import Act

JobAct = Act[Job]


def ac(*numbers: int) -> tuple[str, ...]:
    """Criteria of TST-011."""
    return tuple(f"TST-011-AC-{number:02}" for number in numbers)


def notes(*numbers: int) -> tuple[str, ...]:
    """Scenarios that TST-011's notes, and the runner itself, add."""
    return tuple(f"TST-011-N-{number:02}" for number in numbers)


def _each(things: Iterable[object], *names: str) -> None:
    """The methods of these names of each thing; one that fails keeps no other from being called."""
    for name in names:
        for thing in things:
            quietly(getattr(thing, name))


def _containers(name: str) -> Callable[[Job], None]:
    return lambda job: _each(job.containers, name)


def _removals(name: str) -> Callable[[Job], None]:
    return lambda job: _each([container.removal for container in job.containers], name)


def _volumes(name: str) -> Callable[[Job], None]:
    return lambda job: _each(job.volumes, name)


def _created(name: str) -> Callable[[Job], None]:
    """Create it, and inspect it by its ID, by the ID's beginning and in the list."""

    def create(job: Job) -> None:
        container = job.container(name)
        container.create()
        _each([container], "as_created", "by_prefix", "listed")

    return create


def _volumes_deleted(job: Job) -> None:
    _each([job], "volume_deletes")
    _each(job.volumes, "after_delete")


def _network_deleted(job: Job) -> None:
    _each([job], "network_delete")
    _each([job.network], "after_delete", "listed_after_delete")


_STOPPED = ("service ended", "build ended", "helper ended")
_THINGS = ("service container", "build container", "helper container")

SCRIPT: tuple[JobAct, ...] = (
    JobAct("version", ac(1), lambda job: job.ping(), calls=("GET /_ping",)),
    # --- images ---
    JobAct(
        "helper image inspected",
        (),
        lambda job: job.helper_image.inspect_first(),
        calls=("GET /images/{name}/json helper",),
    ),
    JobAct("helper image", (), lambda job: job.helper_image.pull(), calls=("POST /images/create helper",)),
    JobAct(
        "build image",
        ac(2),
        lambda job: _each([job.build_image], "after_pull", "listed"),
        calls=("POST /images/create build",),
    ),
    JobAct("service image", (), lambda job: job.service_image.pull(), calls=("POST /images/create service",)),
    JobAct(
        "metadata",
        ac(3) + notes(23),
        lambda job: job.build_image.metadata(),
        ("build image",),
        ("GET /images/{name}/json build",),
    ),
    # --- network and volumes ---
    JobAct("network", ac(4), lambda job: job.network.listed(), calls=("POST /networks/create network",)),
    JobAct("cache volume", notes(24), lambda job: job.cache_volume.listed(), calls=("POST /volumes/create cache",)),
    JobAct(
        "build volume", ac(5) + notes(24), lambda job: job.build_volume.listed(), calls=("POST /volumes/create build",)
    ),
    # --- service ---
    JobAct(
        "service container",
        ac(6),
        _created("service"),
        ("service image", "network", "cache volume", "build volume"),
        ("POST /containers/create service",),
    ),
    JobAct(
        "service started",
        ac(7),
        lambda job: job.service.as_started(),
        ("service container",),
        ("POST /containers/{id}/start service",),
    ),
    JobAct(
        "service runs",
        ac(7, 8),
        lambda job: job.service.when_left_created(),
        ("service started",),
        ("GET /containers/{id}/json service",),
    ),
    # --- build ---
    JobAct(
        "build container",
        ac(9),
        _created("build"),
        ("build image", "network", "cache volume", "build volume"),
        ("POST /containers/create build",),
    ),
    JobAct(
        "build attached",
        ac(10),
        lambda job: job.build.as_attached(),
        ("build container",),
        ("POST /containers/{id}/attach build",),
    ),
    JobAct(
        "build started",
        ac(11),
        lambda job: _each([job.build], "start", "as_started", "was_open_when_started"),
        ("build container", "build attached"),
        ("POST /containers/{id}/start build",),
    ),
    JobAct(
        "build waited for",
        ac(13),
        lambda job: job.build_run.early_answers(),
        ("build started",),
        ("POST /containers/{id}/wait build",),
    ),
    JobAct("build output", ac(12, 13), lambda job: job.build_run.output_ended(), ("build waited for",)),
    JobAct("build ended", ac(13), lambda job: job.build_run.afterwards(), ("build output",)),
    # --- helper ---
    JobAct(
        "helper container",
        ac(14),
        _created("helper"),
        ("helper image inspected", "helper image", "network", "cache volume", "build volume", "build container"),
        ("POST /containers/create helper",),
    ),
    JobAct(
        "helper attached",
        ac(15),
        lambda job: job.helper.as_attached(),
        ("helper container",),
        ("POST /containers/{id}/attach helper",),
    ),
    JobAct(
        "helper started",
        ac(15),
        lambda job: job.helper.start(),
        ("helper attached",),
        ("POST /containers/{id}/start helper",),
    ),
    JobAct(
        "helper ended",
        ac(15),
        lambda job: job.helper_run.afterwards(),
        ("helper started",),
        ("POST /containers/{id}/wait helper",),
    ),
    # --- what lasts, before anything is ended ---
    JobAct("build stayed ended", ac(13), lambda job: job.build_run.long_afterwards(), ("build ended",)),
    JobAct("helper stayed ended", ac(15), lambda job: job.helper_run.long_afterwards(), ("helper ended",)),
    JobAct("network stayed", ac(4, 17), lambda job: job.network.later(), ("network",)),
    JobAct("volumes stayed", ac(5) + notes(24), _volumes("later"), ("build volume", "cache volume")),
    JobAct("service container stayed", ac(6), lambda job: job.service.later(), ("service container",)),
    JobAct("build container stayed", ac(9), lambda job: job.build.later(), ("build container",)),
    JobAct("helper container stayed", ac(14), lambda job: job.helper.later(), ("helper container",)),
    JobAct("service still runs", ac(8), lambda job: job.service.before_kill(), ("service runs",)),
    JobAct("lists before", ac(21), lambda job: job.lists.before(), _THINGS),
    JobAct("states listed", ac(8, 13, 15), lambda job: job.lists.of_run()),
    # --- clean-up ---
    JobAct("service is up", ac(16) + notes(27), lambda job: job.service.start_up(), ("service runs",)),
    JobAct(
        "service killed",
        ac(16),
        lambda job: job.service.kill(),
        ("service is up",),
        ("POST /containers/{id}/kill service",),
    ),
    JobAct(
        "service ended",
        ac(16) + notes(27),
        lambda job: _each([job.service], "after_kill", "tasks_running_on"),
        ("service killed",),
    ),
    JobAct(
        "containers stopped",
        (),
        _containers("stop"),
        _STOPPED,
        tuple(f"POST /containers/{{id}}/stop {role}" for role in ("service", "build", "helper")),
    ),
    JobAct(
        "containers disconnected",
        ac(17) + notes(25),
        _removals("disconnect"),
        ("containers stopped",),
        tuple(f"POST /networks/{{id}}/disconnect {role}" for role in ("service", "build", "helper")),
    ),
    JobAct("networks left", ac(17), _removals("after_disconnect"), ("containers disconnected",)),
    JobAct(
        "network without them",
        ac(17) + notes(25),
        lambda job: job.network_after_disconnects(),
        ("containers disconnected",),
    ),
    JobAct("volumes before", notes(26), _volumes("before_deletes"), ("build volume", "cache volume")),
    JobAct("networks stayed left", ac(16, 17) + notes(26), _removals("before_delete"), ("containers disconnected",)),
    JobAct("states listed at the end", ac(16), lambda job: job.lists.of_run_at_end(), ("service ended",)),
    JobAct(
        "containers deleted",
        ac(18) + notes(25, 26),
        _removals("delete"),
        ("containers disconnected", "volumes before", "networks stayed left"),
        tuple(f"DELETE /containers/{{id}} {role}" for role in ("service", "build", "helper")),
    ),
    JobAct("containers unlisted", ac(18), lambda job: job.lists.of_run_after(), ("containers deleted",)),
    JobAct("containers gone", ac(18), _removals("after_delete"), ("containers deleted",)),
    JobAct("network after deletes", notes(25), lambda job: job.network_after_deletes(), ("containers deleted",)),
    JobAct("volumes after", notes(26), _volumes("after_deletes"), ("containers deleted",)),
    JobAct("anonymous volumes", notes(26), lambda job: job.anonymous_volumes_after(), ("containers deleted",)),
    JobAct(
        "volumes deleted",
        ac(20),
        _volumes_deleted,
        ("containers deleted", "volumes after"),
        ("DELETE /volumes/{name} cache", "DELETE /volumes/{name} build"),
    ),
    JobAct(
        "network deleted",
        ac(19, 21),
        _network_deleted,
        ("containers deleted",),
        ("DELETE /networks/{id} network",),
    ),
    JobAct("lists after", ac(21), lambda job: job.lists.after(), ("lists before", "network deleted")),
    # --- what stays gone ---
    JobAct("containers stay gone", ac(18), _removals("long_after_delete"), ("containers gone",)),
    JobAct("volumes stay gone", ac(20), _volumes("long_after_delete"), ("volumes deleted",)),
    JobAct("network stays gone", ac(19), lambda job: job.network.long_after_delete(), ("network deleted",)),
    JobAct("lists long after", ac(21), lambda job: job.lists.long_after(), ("lists after",)),
    JobAct("version stays", ac(1), lambda job: job.later_ping(), ("version",)),
)
