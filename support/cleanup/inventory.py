"""What the daemon holds of the kinds that a run creates: inspecting one, removing one, listing those with a label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from support.api.client import Call, DockerApi, raw_call
from support.api.recording import Exchange, labelled
from support.waiting import Seen, done, not_yet, until

RUN_LABEL = "sockerless-acceptance.run"
_ORDER = ("container", "network", "volume")  # the later ones are in use by the earlier

Listed = dict[str, Any]  # an entry of a list, or what an inspect answered


@dataclass(frozen=True)
class Note:
    """One resource: ``kind`` is ``container``, ``network`` or ``volume``."""

    kind: str
    name: str


def find(api: DockerApi, note: Note, within: float | None = None) -> Exchange:
    """Inspect a resource by name: 200 where it exists, 404 where not; an answer has ``within`` seconds."""
    return api.ask(inspection(note.kind, note.name), within)


def inspection(kind: str, name: str) -> Call:
    """The call that inspects a ``container``, ``network``, ``volume`` or ``image``."""
    return lambda client: getattr(client, f"inspect_{kind}")(name)


def still_found(api: DockerApi, notes: Iterable[Note]) -> list[str]:
    """Those that an inspection does not call unknown, a line each."""
    return [f"{note.kind} {note.name} is still found" for note in notes if find(api, note).status != 404]


def remove(api: DockerApi, note: Note, owns: Callable[[Listed], bool] | None, within: float) -> str:
    """Remove one resource by force, a container with the volumes that it brought, and see that it is gone.

    What ``owns`` does not take for ours stays, and what cannot be inspected; None: it is ours. Returns the problem in
    one line, or ``""``.
    """
    # Where inspections are not answered at all, each takes its whole time: a clean-up has many.
    patience = min(api.timeout, max(within, api.timeout / 10))
    found = find(api, note, patience)
    if found.status == 404:
        return ""
    if owns is not None:
        if not isinstance(found.body, dict) or found.status != 200:
            return f"whether it is this run's could not be seen: {found.line()}"
        if not owns(found.body):
            return ""
    answer = api.ask(_REMOVALS[note.kind](note.name))

    def is_gone() -> Seen[bool]:
        seen = find(api, note, patience)
        return done(True) if seen.status == 404 else not_yet(seen.line())

    try:
        # Most are gone at the first look. A daemon that keeps one keeps many, and may send much each time.
        until(is_gone, f"{note.kind} {note.name} to be gone", within, up_to=4.0)
    except AssertionError:
        return f"still there after {answer.line()}"
    return ""


_REMOVALS: dict[str, Any] = {
    "container": lambda name: raw_call("DELETE", f"/containers/{quote(name, safe='')}", force="true", v="true"),
    "network": lambda name: lambda client: client.remove_network(name),
    "volume": lambda name: raw_call("DELETE", f"/volumes/{quote(name, safe='')}", force="true"),
}


def listed(api: DockerApi, label: str) -> list[tuple[str, Listed]]:
    """Kind and entry of all that is listed under a label (``name`` or ``name=value``), stopped containers too."""
    wanted = {"label": label}
    containers = api.ask(lambda client: client.containers(all=True, filters=wanted))
    networks = api.ask(lambda client: client.networks(filters=wanted))
    volumes = api.ask(lambda client: client.volumes(filters=wanted))
    return [
        *(("container", entry) for entry in _entries(containers, "Id")),
        *(("network", entry) for entry in _entries(networks, "Id")),
        *(("volume", entry) for entry in volumes_of(volumes)),
    ]


def names_of(entry: Listed) -> list[str]:
    """A container has several, each with a slash before it in Docker's lists."""
    several = entry.get("Names")
    names = [entry.get("Name"), *(several if isinstance(several, list) else [])]
    return [name.removeprefix("/") for name in names if isinstance(name, str)]


def labels_of(entry: Listed) -> list[dict[Any, Any]]:
    """The labels of a list entry or of what an inspect answered, which has them elsewhere for a container."""
    config = entry.get("Config")
    several = [entry.get("Labels"), config.get("Labels") if isinstance(config, dict) else None]
    return [labels for labels in several if isinstance(labels, dict)]


def in_order(notes: Sequence[Note]) -> list[Note]:
    """The last first, and what uses others before these."""
    return [note for kind in _ORDER for note in reversed(notes) if note.kind == kind]


def volumes_at(api: DockerApi) -> set[str] | None:
    """The names of the volumes that there are; None where the daemon does not list them."""
    with labelled(observes=True):
        seen = api.ask(lambda client: client.volumes())
    listed_ones = seen.body.get("Volumes", ()) if isinstance(seen.body, dict) else ()
    if seen.status != 200 or not isinstance(listed_ones, list | None):
        return None
    return {volume["Name"] for volume in volumes_of(seen)}


def volumes_of(exchange: Exchange) -> list[Listed]:
    """The entries of a volume list."""
    return _entries(exchange, "Name", "Volumes")


def _entries(exchange: Exchange, named_by: str, under: str = "") -> list[Listed]:
    """A list answer's objects that have a name or an ID; clean-up goes on whatever a broken daemon lists."""
    body = exchange.body.get(under) if under and isinstance(exchange.body, dict) else exchange.body
    entries = body if isinstance(body, list) else []
    return [
        each for each in entries if isinstance(each, dict) and each.get(named_by) and isinstance(each[named_by], str)
    ]
