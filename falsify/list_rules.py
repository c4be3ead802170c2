"""Verbs for rules about lists: what one has of a container, a network or a volume, whatever an inspect says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from falsify.call_target import CallTarget
from falsify.proxy_session import Call, Handler
from falsify.response_rules import edited

Json = dict[str, Any]


def filters_of(call: Call) -> dict[str, list[str]]:
    """The values that a list is filtered by, by key: ``label``, ``id``, …; a filter that is no JSON object is none."""
    text = parse_qs(urlsplit(call.request.target).query).get("filters", ["{}"])[0]
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return {key: list(values) for key, values in content.items()} if isinstance(content, dict) else {}


def listed(role: str, change: Callable[[Json], None], *, after: str = "") -> Handler:
    """Lists with the containers of this role changed in place, once the daemon has done ``after`` to them."""

    def edit(call: Call, content: list[Json]) -> None:
        for entry in content:
            if _is(call, "container", entry["Id"], role, after):
                change(entry)

    return edited(edit)


def having(**fields: Any) -> Callable[[Json], None]:
    """For ``listed``: an entry with these fields instead of its own."""
    return lambda entry: entry.update(fields)


def missing(kind: str, role: str, by: str = "") -> Handler:
    """Lists without what has this role; where ``by`` is given, those only that are filtered by it."""

    def edit(call: Call, content: Any) -> Any:
        if by and by not in filters_of(call):
            return None
        if kind != "volume":
            return [each for each in content if not _is(call, kind, each["Id"], role)]
        volumes = [each for each in content["Volumes"] or [] if not _is(call, kind, each["Name"], role)]
        return {**content, "Volumes": volumes}

    return edited(edit)


def removed_listed(kind: str, by: str = "", after: float = 0.0) -> Handler:
    """Lists with what was removed ``after`` so many seconds; where ``by`` is given, those only that are filtered by it.

    An entry is as it was when it was last listed.
    """

    def edit(call: Call, content: Any) -> Any:
        entries = content if kind != "volume" else content["Volumes"] or []
        key = "Id" if kind != "volume" else "Name"
        known = call.session.memory[f"listed {kind}"]
        known |= {entry[key]: entry for entry in entries}
        if by and by not in filters_of(call):
            return None
        gone = [
            each for each in _removed(call, kind, after) if _is_wanted(call, each) and _key(each) not in _keys(entries)
        ]
        again = [known.get(_key(each)) or _made_up(each) for each in gone]
        return [*entries, *again] if kind != "volume" else {**content, "Volumes": [*entries, *again]}

    return edited(edit)


def _removed(call: Call, kind: str, after: float) -> Iterable[CallTarget]:
    removed = f"{kind}.remove"
    return (
        each
        for each in call.session.created
        if each.kind == kind
        and call.session.has_happened(removed, each)
        and call.session.seconds_since(removed, each) >= after
    )


def _is_wanted(call: Call, target: CallTarget) -> bool:
    """Whether a list that is filtered by IDs would have it; labels and names are ours throughout."""
    identities = filters_of(call).get("id")
    return identities is None or any(target.id.startswith(each) for each in identities)


def _key(target: CallTarget) -> str:
    return target.id or target.name


def _keys(entries: list[Json]) -> set[str]:
    return {entry.get("Id") or entry["Name"] for entry in entries}


def _made_up(target: CallTarget) -> Json:
    """An entry of what never was in a list while it existed."""
    if target.kind == "container":
        return {
            "Id": target.id,
            "Names": [f"/{target.name}"],
            "Image": "",
            "Labels": {},
            "State": "exited",
            "Status": "",
        }
    return {"Id": target.id, "Name": target.name, "Labels": {}, "Driver": "local"}


def _is(call: Call, kind: str, reference: str, role: str, after: str = "") -> bool:
    found = call.session.known(kind, reference)
    return found is not None and found.role == role and (not after or call.session.has_happened(after, found))
