"""What TST-010 and TST-011 both expect of answers about images and containers, as matchers."""

from __future__ import annotations

import re
from typing import Any

from hamcrest import all_of, any_of, has_entries, has_item, instance_of, is_not
from hamcrest.core.matcher import Matcher

from support.api.recording import Exchange
from support.container import EXITED, Container
from support.matchers import answered, has_json, text_like

_ID = r"^[0-9a-f]{64}$"


def an_id() -> Matcher[Exchange]:
    """An answer with a 64-digit hexadecimal ``Id``, as Docker gives to networks, containers and execs."""
    return has_json("Id", text_like(_ID))


def named(reference: str) -> Matcher[Any]:
    """An image by this name, a registry and path before it or not."""
    return text_like(rf"(^|/){re.escape(reference)}$")


def is_container(container: Container) -> Matcher[Exchange]:
    """An inspection of this container, not of another: its name, and its ID where the daemon has shown it."""
    identity = container.known_id or text_like(_ID)
    return all_of(answered(200), has_json("Name", f"/{container.name}"), has_json("Id", identity))


def has_status(container: Container, status: Any) -> Matcher[Exchange]:
    """An inspection of this container with this ``State.Status``."""
    return all_of(is_container(container), has_json("State.Status", status))


def has_exited(container: Container, code: int) -> Matcher[Exchange]:
    """The container's own word on its end: exited, with this code."""
    return all_of(has_status(container, EXITED), has_json("State.ExitCode", code))


def lists(entry: Matcher[Any]) -> Matcher[Exchange]:
    """A list with such an entry."""
    return all_of(answered(200), has_json("", has_item(entry)))


def lists_none(entry: Matcher[Any]) -> Matcher[Exchange]:
    """A list without such an entry; what is no list says nothing."""
    some: Matcher[Any] = instance_of(list)
    return all_of(answered(200), has_json("", some), has_json("", is_not(has_item(entry))))


def entry_of(container: Container) -> Matcher[Any]:
    """The container's entry in a list, by its ID or its name."""
    names: Matcher[Any] = has_entries(Names=has_item(f"/{container.name}"))
    return any_of(names, has_entries(Id=container.known_id)) if container.known_id else names


def entry_as_created(container: Container) -> Matcher[Any]:
    """The container's entry with its ID, name, image and labels."""
    entry: Matcher[Any] = all_of(
        full_entry_of(container), has_entries(Image=named(container.plan.image), Labels=has_entries(container.labels))
    )
    return entry


def full_entry_of(container: Container, state: str = "") -> Matcher[Any]:
    """The container's entry with both its ID and its name, in this state."""
    names: Matcher[Any] = has_item(f"/{container.name}")
    wanted = {"Names": names, **({"Id": container.known_id} if container.known_id else {})}
    entry: Matcher[Any] = has_entries({**wanted, **({"State": state} if state else {})})
    return entry
