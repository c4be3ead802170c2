"""What each criterion of TST-011 expects of a job, as matchers: AC-22's whole job is judged by the same."""

from __future__ import annotations

import re
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
    matches_regexp,
    none,
    only_contains,
)
from hamcrest.core.matcher import Matcher

from support.api.recording import Exchange
from support.gitlab.container import JobContainer
from support.gitlab.resources import Network, Volume, progress_of, text_at
from support.matchers import answered, has_header, has_json

_SIGKILLED = 128 + 9


def an_id() -> Matcher[Exchange]:
    """An answer with a 64-digit hexadecimal ``Id``, as Docker gives to networks and containers."""
    return has_json("Id", text_like(r"^[0-9a-f]{64}$"))


def named(reference: str) -> Matcher[Any]:
    """An image by this name, a registry and path before it or not."""
    return text_like(rf"(^|/){re.escape(reference)}$")


def text_like(pattern: str) -> Matcher[Any]:
    """A text, not null or a number, in which the pattern is found."""
    text: Matcher[Any] = instance_of(str)
    return all_of(text, matches_regexp(pattern))


def announces_version() -> Matcher[Exchange]:
    """AC-1: 200 and ``API-Version: 1.44``, the header's name in any case."""
    return all_of(answered(200), has_header("Api-Version", "1.44"))


def reports_exit(status: int) -> Matcher[Exchange]:
    """AC-13: a wait's answer with this exit status and no error (which Docker leaves out or writes as null)."""
    no_error: Matcher[Any] = any_of(is_not(has_key("Error")), has_entries({"Error": none()}))
    return all_of(answered(200), has_json("StatusCode", status), has_json("", no_error))


def reports_another_exit(first: int) -> Matcher[Exchange]:
    """N-18: a wait's answer with an exit status that is not that of the container's first run."""
    number: Matcher[Any] = instance_of(int)
    return all_of(answered(200), has_json("StatusCode", all_of(number, is_not(first))))


def image_configuration() -> Matcher[Exchange]:
    """AC-3: Env, Cmd and Entrypoint are there and of their kinds; an image without an entrypoint has null."""
    text: Matcher[Any] = instance_of(str)
    some: Matcher[Any] = instance_of(list)
    words: Matcher[Any] = all_of(some, only_contains(text))
    path: Matcher[Any] = has_item(text_like(r"^PATH=/"))
    return all_of(
        has_json("Config.Env", all_of(words, path)),
        has_json("Config.Cmd", words),
        has_json("Config.Entrypoint", any_of(none(), equal_to([]), words)),
    )


def network_as_asked(network: Network) -> Matcher[Exchange]:
    """AC-4: the ID leads to a network with the name and labels that were asked for."""
    return all_of(
        has_json("Name", network.name),
        has_json("Id", text_at(network.creation, "Id", "TST-011-AC-04")),
        has_json("Labels", has_entries(network.labels)),
    )


def volume_as_asked(volume: Volume) -> Matcher[Exchange]:
    """AC-5: the volume's metadata: its name, labels, a driver and where it is mounted from."""
    return all_of(
        has_json("Name", volume.name),
        has_json("Labels", has_entries(volume.labels)),
        has_json("Driver", text_like(r"\S")),
        has_json("Mountpoint", instance_of(str)),
    )


def same_volume(volume: Volume) -> Matcher[Exchange]:
    """N-20: the volume that was there before, where it was."""
    return all_of(has_json("Name", volume.name), has_json("Mountpoint", volume.creation.body.get("Mountpoint")))


def runs_linux() -> Matcher[Exchange]:
    """N-22: the operating system, which decides on the runner's helper image, and the machine's architecture."""
    return all_of(answered(200), has_json("OSType", "linux"), has_json("Architecture", text_like(r"\S")))


def container_as_asked(container: JobContainer) -> Matcher[Exchange]:
    """AC-6, AC-9, AC-14: read back, it has the image, command, labels, volumes, network and aliases asked for."""
    role, job = container.role, container.job
    asked: list[Matcher[Exchange]] = [
        has_json("Name", f"/{container.name}"),
        has_json("Config.Image", named(role.image.reference)),
        has_json("Config.Labels", has_entries(container.labels)),
        *(has_json("Mounts", has_item(mount_of(volume))) for volume in job.volumes),
        on_network(container),
    ]
    if role.command is not None:
        asked.append(has_json("Config.Cmd", role.command))
    return all_of(*asked)


def streams_as_asked() -> Matcher[Exchange]:
    """AC-9: stdin is open. The Attach flags are a client's plan, which engines need not tell (podman does not)."""
    return has_json("Config.OpenStdin", True)


def shared_with(other: JobContainer) -> Matcher[Exchange]:
    """AC-14: on the network and with the volumes that the other was created with."""
    return all_of(
        has_json("NetworkSettings.Networks", has_key(other.job.network.name)),
        *(has_json("Mounts", has_item(mount_of(volume))) for volume in other.job.volumes),
    )


def left_created() -> Matcher[Exchange]:
    """AC-7: the start has taken the container out of ``created``."""
    return has_json("State.Status", is_not("created"))


def has_exited(status: int) -> Matcher[Exchange]:
    """The container's own word on its end: exited, with this status."""
    return all_of(has_json("State.Status", "exited"), has_json("State.ExitCode", status))


def has_ended(container: JobContainer) -> Matcher[Exchange]:
    """AC-16: it has exited and does not run; what ends by itself on SIGTERM does not have SIGKILL's status."""
    ended = [has_json("State.Status", "exited"), has_json("State.Running", False)]
    if container.ends_on_sigterm:
        number: Matcher[Any] = instance_of(int)
        ended.append(has_json("State.ExitCode", all_of(number, is_not(_SIGKILLED))))
    return all_of(*ended)


def mount_of(volume: Volume) -> Matcher[Any]:
    """A mount of this volume at its place."""
    return has_entries(Type="volume", Name=volume.name, Destination=volume.target)


def on_network(container: JobContainer) -> Matcher[Exchange]:
    """The container's own side of the network: the job's is there, with the wanted aliases among those told."""
    path = ["NetworkSettings", "Networks", container.job.network.name]
    if container.role.aliases:
        return has_json([*path, "Aliases"], has_items(*container.role.aliases))
    return has_json(path, instance_of(dict))


def off_network(container: JobContainer) -> Matcher[Exchange]:
    """The container's own side after the disconnect: the job's network is not among its networks."""
    return has_json("NetworkSettings.Networks", is_not(has_key(container.job.network.name)))


def without_container(container: JobContainer) -> Matcher[Exchange]:
    """The network's side: the container is not among those that it lists (a missing list is an empty one)."""
    listed: Matcher[Any] = has_key(container.id)
    return has_json("", is_not(has_entries({"Containers": listed})))


def listing(container: JobContainer) -> Matcher[Any]:
    """A list of containers with this one in it, by its ID or its name."""
    named: Matcher[Any] = has_item(f"/{container.name}")
    return any_of(_entry("Id", container.id), _entry("Names", named))


def listing_network(network: Network) -> Matcher[Any]:
    """A list of networks with this one in it, by its ID or its name."""
    return any_of(_entry("Id", network.id), _entry("Name", network.name))


def not_listing(container: JobContainer) -> Matcher[Exchange]:
    """AC-21: a list, and none of its entries is this container; what is no list says nothing."""
    some: Matcher[Any] = instance_of(list)
    return all_of(has_json("", some), has_json("", is_not(listing(container))))


def not_listing_network(network: Network) -> Matcher[Exchange]:
    """AC-21: a list, and none of its entries is this network."""
    some: Matcher[Any] = instance_of(list)
    return all_of(has_json("", some), has_json("", is_not(listing_network(network))))


def _entry(key: str, value: Any) -> Matcher[Any]:
    entry: Matcher[Any] = has_entries({key: value})
    return has_item(entry)


def success_of_pull(pull: Exchange) -> str:
    """Why a pull that must fail cannot be told from one that succeeded; ``""`` where it says what is wrong."""
    if pull.status is None or pull.status >= 400:
        is_told = isinstance(pull.body, dict) and bool(pull.body.get("message"))
        return "" if is_told else f"it is no error with a message: {pull.line()}"
    errors = [message for message in progress_of(pull) if message.get("error")]
    return "" if errors else f"its progress ends without an error: {pull.line()}"
