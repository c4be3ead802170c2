"""What TST-010 expects of answers beyond what both documents do, as matchers and as lists of problems (empty: none)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hamcrest import all_of, contains_inanyorder, equal_to, has_entries, instance_of, is_not, none
from hamcrest.core.matcher import Matcher

from support.api.frames import Frame, MalformedStream, decode
from support.api.recording import Exchange, shown_by
from support.expectations import is_container, named
from support.matchers import answered, has_json, matching
from support.thing import entries_of
from support.verdicts import NotJudged

if TYPE_CHECKING:  # botocore is big, and these are imported with the steps of every run
    from support.ecs.container import EcsContainer
    from support.ecs.execution import Execution
    from support.ecs.lists import Listing

_CLOCKS_DIFFER = timedelta(seconds=1)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)) ", re.ASCII)


def container_as_asked(container: EcsContainer) -> Matcher[Exchange]:
    """AC-3: it has the name, image, command and labels that were asked for."""
    return all_of(
        is_container(container),
        has_json("Config.Image", named(container.plan.image)),
        has_json("Config.Cmd", container.plan.command),
        has_json("Config.Labels", has_entries(container.labels)),
    )


def has_address(address: str) -> Matcher[Exchange]:
    """AC-5: the container's address is private, and this one (``""``: whichever)."""
    private: Matcher[Any] = matching("a private IP address", _is_private)
    expected = [has_json("NetworkSettings.IPAddress", equal_to(address))] if address else []
    return all_of(*expected, has_json("NetworkSettings.IPAddress", private))


def _is_private(address: Any) -> bool:
    try:
        # 100.64.0.0/10 is a usual range of VPCs too, and neither private nor global to Python.
        return isinstance(address, str) and not ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def lists_once(listing: Listing) -> Matcher[Exchange]:
    """AC-9: of all entries exactly one is the container's, with its image, its name and the state that is due."""
    container = listing.container
    names: Matcher[Any] = contains_inanyorder(f"/{container.name}")
    wanted = {"Image": named(container.plan.image), "State": listing.due_state(), "Names": names}
    as_wanted: Matcher[Any] = has_entries(wanted)

    def entries(item: Exchange) -> list[dict[str, Any]]:
        name, identity = f"/{container.name}", container.known_id
        return [
            each
            for each in entries_of(item)
            if (each.get("Id") == identity if identity else name in (each.get("Names") or ()))
        ]

    def holds(item: Exchange) -> bool:
        found = entries(item)
        return len(found) == 1 and as_wanted.matches(found[0])

    def seen(item: Exchange) -> str:
        return f"{[{key: entry.get(key) for key in wanted} for entry in entries(item)]}; {item.line()}"

    return all_of(answered(200), matching(f"a list with one entry of {container}: {as_wanted}", holds, seen))


def lists_only(label: str) -> Matcher[Exchange]:
    """AC-10: every entry of the list has the label, ``name=value``."""
    name, _, value = label.partition("=")

    def others(item: Exchange) -> list[str]:
        if item.status != 200 or not isinstance(item.body, list):
            return ["no list"]
        labels = [entry.get("Labels") if isinstance(entry, dict) else None for entry in item.body]
        pairs = zip(item.body, labels, strict=True)
        return [str(entry) for entry, has in pairs if not isinstance(has, dict) or has.get(name) != value]

    return matching(
        f"only containers with the label {label}",
        lambda item: not others(item),
        lambda item: f"{others(item)}; {item.line()}",
    )


def is_exec(execution: Execution) -> Matcher[Exchange]:
    """An inspection of this exec in its container, not of another."""
    container = execution.container.known_id
    of_container = [has_json("ContainerID", container)] if container else []
    return all_of(answered(200), has_json("ID", execution.known_id()), *of_container)


def has_ended_with(execution: Execution, code: int) -> Matcher[Exchange]:
    """AC-16, AC-17: the exec does not run any more, and has this exit code."""
    return all_of(is_exec(execution), has_json("Running", False), has_json("ExitCode", code))


def has_not_run(execution: Execution) -> Matcher[Exchange]:
    """N-6: an exec that was never started does not run and has no exit code."""
    return all_of(is_exec(execution), has_json("Running", False), has_json("ExitCode", none()))


def has_failed(container: EcsContainer, success: int) -> Matcher[Exchange]:
    """N-4: an inspection of this container with an exit code that is not that of success."""
    number: Matcher[Any] = instance_of(int)
    return all_of(is_container(container), has_json("State.ExitCode", all_of(number, is_not(success))))


def frames_of(logs: Exchange) -> list[Frame]:
    """The frames of a logs answer. Raises ``AssertionError`` where it carries none of Docker's."""
    try:
        return decode(logs.raw)
    except MalformedStream as error:
        raise shown_by(AssertionError(f"{error}; {logs.line()}"), logs) from None


def text_of(logs: Exchange) -> bytes:
    """What the frames of a logs answer carry, in their order, whichever stream they are of."""
    return b"".join(frame.payload for frame in frames_of(logs))


def lines_of(text: bytes) -> list[bytes]:
    """Its lines; the last may lack its end. A carriage return is part of what was written."""
    *lines, rest = text.split(b"\n")
    return [*lines, rest] if rest else lines


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
        stamp, written = _stamp_of(line), line.partition(" ")[2]
        if written not in times:
            raise NotJudged(f"CloudWatch has no event {written!r} whose time the timestamp could be (TST-010-AC-11)")
        if stamp and not any(abs(stamp[0] - at) <= _CLOCKS_DIFFER for at in times[written]):
            seen = ", ".join(at.isoformat() for at in times[written])
            problems.append(f"{line!r}, which CloudWatch has of {seen}")
    return problems


def without_stamps(text: bytes) -> bytes:
    """The lines behind their timestamps."""
    return b"\n".join(line.partition(b" ")[2] for line in text.split(b"\n"))


def _lines(text: bytes) -> list[str]:
    return [line.decode("utf-8", "replace") for line in lines_of(text)]


def _stamp_of(line: str) -> tuple[datetime, str] | None:
    """The moment and its nine digits of a second, of which a datetime knows but six."""
    match = _STAMP.match(line)
    try:
        return (datetime.fromisoformat(match[1]), (match[2] or "").ljust(9, "0")) if match else None
    except ValueError:  # the 31st of February
        return None
