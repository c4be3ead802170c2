"""What TST-011 expects of answers, as matchers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hamcrest import (
    all_of,
    any_of,
    equal_to,
    has_entries,
    has_item,
    has_items,
    has_key,
    instance_of,
    is_not,
    none,
    only_contains,
)
from hamcrest.core.matcher import Matcher

from support.api.recording import Exchange
from support.container import EXITED
from support.expectations import entry_of, has_status, is_container, lists_none, named
from support.gitlab.container import JobContainer
from support.gitlab.image import Image
from support.gitlab.network import Network
from support.gitlab.volume import Volume
from support.matchers import answered, has_json, text_like
from support.thing import Thing, text_at

_SIGKILLED = 128 + 9


def reports_exit(status: int) -> Matcher[Exchange]:
    """AC-13: a wait's answer with this exit status and no error (which Docker leaves out or writes as null)."""
    no_error: Matcher[Any] = any_of(is_not(has_key("Error")), has_entries({"Error": none()}))
    return all_of(answered(200), has_json("StatusCode", status), has_json("", no_error))


def reports_another_exit(first: int) -> Matcher[Exchange]:
    """N-18: a wait's answer with an exit status that is not that of the container's first execution."""
    number: Matcher[Any] = instance_of(int)
    return all_of(answered(200), has_json("StatusCode", all_of(number, is_not(first))))


def is_image(image: Image) -> Matcher[Exchange]:
    """An inspection of this image: it has an ID, and the name among its own."""
    return all_of(
        answered(200), has_json("Id", text_like(r"[0-9a-f]{64}$")), has_json("RepoTags", has_item(named(image.name)))
    )


def image_configuration() -> Matcher[Exchange]:
    """AC-3: Env, Cmd and Entrypoint are there, each null or a list of texts."""
    nothing: Matcher[Any] = none()
    text: Matcher[Any] = instance_of(str)
    some: Matcher[Any] = instance_of(list)
    empty: Matcher[Any] = equal_to([])
    words: Matcher[Any] = any_of(nothing, all_of(some, any_of(empty, only_contains(text))))
    return all_of(has_json("Config.Env", words), has_json("Config.Cmd", words), has_json("Config.Entrypoint", words))


def alpine_configuration() -> Matcher[Exchange]:
    """N-23: alpine's own search path and command."""
    path: Matcher[Any] = has_item(text_like(r"^PATH=/"))
    text: Matcher[Any] = instance_of(str)
    return all_of(has_json("Config.Env", path), has_json("Config.Cmd", all_of(has_item(text), only_contains(text))))


def is_network(network: Network) -> Matcher[Exchange]:
    """AC-4: an inspection of this network, with the ID, name and labels that it was created with."""
    return all_of(
        answered(200),
        has_json("Name", network.name),
        has_json("Id", text_at(network.create(), "Id") or text_like(r"^[0-9a-f]{64}$")),
        has_json("Labels", has_entries(network.labels)),
    )


def is_volume(volume: Volume) -> Matcher[Exchange]:
    """AC-5: an answer about this volume: its name, a driver, where it is mounted from, and its scope."""
    return all_of(
        has_json("Name", volume.name),
        has_json("Driver", text_like(r"\S")),
        has_json("Mountpoint", instance_of(str)),
        has_json("Scope", text_like(r"\S")),
    )


def volume_as_asked(volume: Volume) -> Matcher[Exchange]:
    """N-24: read back, the volume has the labels that were asked for, too."""
    return all_of(answered(200), is_volume(volume), has_json("Labels", has_entries(volume.labels)))


def same_volume(volume: Volume) -> Matcher[Exchange]:
    """N-20: the volume that was there before, where it was."""
    return all_of(has_json("Name", volume.name), has_json("Mountpoint", text_at(volume.create(), "Mountpoint")))


def runs_linux(system: str) -> Matcher[Exchange]:
    """N-22: the operating system, which decides on the runner's helper image, and the machine's architecture."""
    return all_of(answered(200), has_json("OSType", system), has_json("Architecture", text_like(r"\S")))


def shows(thing: Thing) -> Matcher[Exchange]:
    """An inspection of this thing, not of another, as it was asked for."""
    if isinstance(thing, Network):
        return is_network(thing)
    if isinstance(thing, Volume):
        return all_of(answered(200), has_json("Name", thing.name))
    assert isinstance(thing, JobContainer)
    return container_as_asked(thing)


def container_as_asked(container: JobContainer) -> Matcher[Exchange]:
    """AC-6, AC-9, AC-14: it has the image, command, labels and volumes that were asked for, and is on the network."""
    plan = container.plan
    asked: list[Matcher[Exchange]] = [
        is_container(container),
        has_json("Config.Image", named(plan.image)),
        has_json("Config.Labels", has_entries(container.labels)),
        has_network(container),
        *(has_volume(volume, target) for volume, target in plan.binds),
    ]
    if plan.command is not None:
        asked.append(has_json("Config.Cmd", plan.command))
    return all_of(*asked)


def has_open_stdin() -> Matcher[Exchange]:
    """AC-9: stdin is open. The Attach flags are a client's plan, which engines need not report (podman does not)."""
    return has_json("Config.OpenStdin", True)


def has_volume(volume: Volume, target: str) -> Matcher[Exchange]:
    """The volume is at its place, by ``HostConfig.Binds`` or by ``Mounts``."""
    bound: Matcher[Any] = has_item(text_like(rf"^{re.escape(volume.bound_to(target))}(:|$)"))
    mount: Matcher[Any] = has_entries(Type="volume", Name=volume.name, Destination=target)
    return any_of(has_json("HostConfig.Binds", bound), has_json("Mounts", has_item(mount)))


def has_network(container: JobContainer) -> Matcher[Exchange]:
    """The container's own networks include the job's."""
    return has_json(["NetworkSettings", "Networks", container.network.name], instance_of(dict))


def has_aliases(container: JobContainer, aliases: Sequence[str]) -> Matcher[Exchange]:
    """AC-8: on the job's network it has these aliases, among others that a daemon may add."""
    return has_json(["NetworkSettings", "Networks", container.network.name, "Aliases"], has_items(*aliases))


def off_network(container: JobContainer) -> Matcher[Exchange]:
    """AC-17: an inspection of this container, whose own networks do not include the job's."""
    return all_of(
        is_container(container), has_json("NetworkSettings.Networks", is_not(has_key(container.network.name)))
    )


def has_ended(container: JobContainer) -> Matcher[Exchange]:
    """AC-16: it has exited, and does not run."""
    return all_of(has_status(container, EXITED), has_json("State.Running", False))


def ended_by_itself() -> Matcher[Exchange]:
    """N-27: an exit code that is not SIGKILL's."""
    number: Matcher[Any] = instance_of(int)
    return has_json("State.ExitCode", all_of(number, is_not(_SIGKILLED)))


def without_container(container: JobContainer) -> Matcher[Exchange]:
    """N-25: an inspection of the network that does not list the container (a missing list is an empty one)."""
    listed: Matcher[Any] = has_key(container.known_id or container.name)
    return all_of(answered(200), has_json("", is_not(has_entries({"Containers": listed}))))


def entry_of_network(network: Network) -> Matcher[Any]:
    """The network's entry in a list, by its ID or its name."""
    name: Matcher[Any] = has_entries(Name=network.name)
    return any_of(name, has_entries(Id=network.known_id)) if network.known_id else name


def lists_volume(volume: Volume) -> Matcher[Exchange]:
    """N-24: a list of volumes with this one in it, and its labels."""
    entry: Matcher[Any] = has_entries(Name=volume.name, Labels=has_entries(volume.labels))
    return all_of(answered(200), has_json("Volumes", has_item(entry)))


def lists_no(thing: Thing) -> Matcher[Exchange]:
    """AC-18, AC-19, AC-20: a list without this thing; of volumes there may be null instead of a list."""
    if isinstance(thing, Volume):
        entry: Matcher[Any] = has_entries(Name=thing.name)
        nothing_there: Matcher[Any] = none()
        return all_of(answered(200), has_json("Volumes", any_of(nothing_there, is_not(has_item(entry)))))
    if isinstance(thing, Network):
        return lists_none(entry_of_network(thing))
    assert isinstance(thing, JobContainer)
    return lists_none(entry_of(thing))


def reports_version() -> Matcher[Exchange]:
    """N-22."""
    return all_of(answered(200), has_json("ApiVersion", text_like(r"^\d+\.\d+$")))


def nothing() -> Matcher[Any]:
    """N-7, N-16: not a byte."""
    none_at_all: Matcher[Any] = equal_to(b"")
    return none_at_all


def said_again() -> Matcher[Any]:
    """N-17: lines, among them what the shell was asked to say."""
    line: Matcher[Any] = has_item(b"again")
    return line
