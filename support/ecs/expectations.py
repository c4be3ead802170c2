"""What each criterion of TST-010 expects, as matchers and as lists of problems (empty: none)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hamcrest import all_of, contains_inanyorder, equal_to, has_entries, has_item, none
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher

from support.api.frames import MalformedStream, decode
from support.api.recording import Exchange
from support.gitlab.expectations import an_id, named
from support.gitlab.resources import text_at
from support.matchers import answered, has_json
from support.verdicts import NotJudged

if TYPE_CHECKING:  # botocore is big, and these are imported with the steps of every run
    from support.aws.fargate import Task
    from support.ecs.container import EcsContainer

_CLOCKS_DIFFER = timedelta(seconds=1)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)) ", re.ASCII)


def an_exec_id() -> Matcher[Exchange]:
    """AC-14: an answer with a 64-digit hexadecimal ``Id``."""
    return an_id()


def container_as_asked(container: EcsContainer) -> Matcher[Exchange]:
    """AC-3: read back by its ID, it has the name, image, command and labels asked for."""
    return all_of(
        has_json("Id", text_at(container.creation, "Id", container.plan.creates)),
        has_json("Name", f"/{container.name}"),
        has_json("Config.Image", named(container.plan.image)),
        has_json("Config.Cmd", container.plan.command),
        has_json("Config.Labels", has_entries(container.labels)),
    )


def address_of(task: Task) -> Matcher[Exchange]:
    """AC-5: the container's address is that of its task's network interface, and private."""
    address = task.address
    if not address:
        raise NotJudged(f"not observable here: the private address of {task.history()}")
    private: Matcher[Any] = _IsPrivate()
    return all_of(
        has_json("NetworkSettings.IPAddress", equal_to(address)), has_json("NetworkSettings.IPAddress", private)
    )


class _IsPrivate(BaseMatcher[str]):
    def _matches(self, item: str) -> bool:
        try:
            # 100.64.0.0/10 is a usual range of VPCs too, and neither private nor global to Python.
            return not ipaddress.ip_address(item).is_global
        except ValueError:
            return False

    def describe_to(self, description: Description) -> None:
        description.append_text("a private IP address")


def _entry(container: EcsContainer) -> Matcher[Any]:
    names: Matcher[Any] = has_item(f"/{container.name}")
    entry: Matcher[Any] = has_entries({"Id": container.id, "Names": names})
    return entry


def lists(container: EcsContainer) -> Matcher[Exchange]:
    """A good list with this container in it."""
    return all_of(answered(200), has_json("", has_item(_entry(container))))


def lists_as(container: EcsContainer, state: str) -> Matcher[Exchange]:
    """A good list with this container in it, in this state."""
    entry: Matcher[Any] = all_of(_entry(container), has_entries({"State": state}))
    return all_of(answered(200), has_json("", has_item(entry)))


class _ListsOnce(BaseMatcher[Exchange]):
    """AC-9: of all entries exactly one is the container's, and it tells image, name and the state that it had then."""

    def __init__(self, container: EcsContainer) -> None:
        self._container = container

    def _entries(self, item: Exchange) -> list[Any]:
        listed = item.body if item.status == 200 and isinstance(item.body, list) else []
        return [e for e in listed if isinstance(e, dict) and e.get("Id") == self._container.id]

    def _matches(self, item: Exchange) -> bool:
        found = self._entries(item)
        return len(found) == 1 and self._wanted().matches(found[0])

    def _wanted(self) -> Matcher[Any]:
        state = self._container.exited.json()["State"]["Status"]
        image: Matcher[Any] = named(self._container.plan.image)
        names: Matcher[Any] = contains_inanyorder(f"/{self._container.name}")
        wanted: Matcher[Any] = has_entries({"Image": image, "State": state, "Names": names})
        return wanted

    def describe_to(self, description: Description) -> None:
        description.append_text(f"a list with one entry of {self._container.id[:12]}: ")
        description.append_description_of(self._wanted())

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        found = self._entries(item)
        told = [{key: entry.get(key) for key in ("Image", "State", "Names")} for entry in found]
        mismatch_description.append_text(f"it had {told}\n   shown by: {item.line()}")


def lists_once(container: EcsContainer) -> Matcher[Exchange]:
    """AC-9."""
    return _ListsOnce(container)


class _ListsOnly(BaseMatcher[Exchange]):
    def __init__(self, label: str, value: str) -> None:
        self._label = label
        self._value = value

    def _others(self, item: Exchange) -> list[str]:
        if item.status != 200 or not isinstance(item.body, list):
            return ["no list"]
        return [f"{entry!s:.200}" for entry in item.body if self._label_of(entry) != self._value]

    def _label_of(self, entry: Any) -> Any:
        labels = entry.get("Labels") if isinstance(entry, dict) else None
        return labels.get(self._label) if isinstance(labels, dict) else None

    def _matches(self, item: Exchange) -> bool:
        return not self._others(item)

    def describe_to(self, description: Description) -> None:
        description.append_text(f"only containers with the label {self._label}={self._value}")

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        mismatch_description.append_text(f"there were {self._others(item)}\n   shown by: {item.line()}")


def lists_only(label: str, value: str) -> Matcher[Exchange]:
    """AC-10: every entry of the list has the label."""
    return _ListsOnly(label, value)


def no_exit_code() -> Matcher[Exchange]:
    """AC-16: an exec that was never started does not run and has no exit code."""
    return all_of(has_json("Running", False), has_json("ExitCode", none()))


def frame_problems(logs: Exchange) -> list[str]:
    """AC-12: why the body is not a row of whole frames with something in them."""
    try:
        frames = decode(logs.raw)
    except MalformedStream as error:
        return [f"{error}; {logs.line()}"]
    return [] if frames else [f"there is no frame at all: {logs.line()}"]


def stamp_problems(text: bytes) -> list[str]:
    """AC-13: the lines without a timestamp, and the timestamps out of order."""
    problems, previous = [], None
    lines = _lines(text)
    for line in lines:
        stamp = _stamp_of(line)
        if stamp is None:
            problems.append(f"no RFC 3339 timestamp and space before {line[:80]!r}")
        elif previous is not None and stamp < previous:
            problems.append(f"{stamp[0].isoformat()} comes after {previous[0].isoformat()}")
        previous = stamp or previous
    return problems or ([] if lines else ["there is no line at all"])


def stamps_but(text: bytes, events: Iterable[tuple[datetime, str]]) -> list[str]:
    """AC-13: the timestamps that no event with that line has (±1 s)."""
    times: dict[str, list[datetime]] = {}
    for at, message in events:
        times.setdefault(message, []).append(at)
    problems = []
    for line in _lines(text):
        stamp, said = _stamp_of(line), line.partition(" ")[2]
        if said not in times:
            raise NotJudged(f"it stands on TST-010-AC-11: CloudWatch has no event {said!r}")
        if stamp and not any(abs(stamp[0] - at) <= _CLOCKS_DIFFER for at in times[said]):
            seen = ", ".join(at.isoformat() for at in times[said])
            problems.append(f"{line!r}, which CloudWatch has of {seen}")
    return problems


def without_stamps(text: bytes) -> bytes:
    """The lines behind their timestamps."""
    return b"\n".join(line.partition(b" ")[2] for line in text.split(b"\n"))


def _lines(text: bytes) -> list[str]:
    *lines, rest = text.split(b"\n")  # a carriage return is part of what was said
    return [line.decode("utf-8", "replace") for line in ([*lines, rest] if rest else lines)]


def _stamp_of(line: str) -> tuple[datetime, str] | None:
    """The moment and its nine digits of a second, of which a datetime knows but six."""
    match = _STAMP.match(line)
    try:
        return (datetime.fromisoformat(match[1]), (match[2] or "").ljust(9, "0")) if match else None
    except ValueError:  # the 31st of February
        return None


def success_of_start(end: Exchange) -> list[str]:
    """Why a start that must fail is no failure: neither an error with a message, nor an exit with a status but 0."""
    body = end.body if isinstance(end.body, dict) else {}
    if end.status is None or end.status >= 400:
        return [] if body.get("message") else [f"it is no error with a message: {end.line()}"]
    code = body.get("State", {}).get("ExitCode")
    return [] if isinstance(code, int) and code != 0 else [f"it exited with {code!r}: {end.line()}"]
