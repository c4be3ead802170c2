"""What exchanges and streams are held against; a mismatch says what was seen, what was expected, and who shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hamcrest import all_of, instance_of, matches_regexp
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.core.allof import AllOf
from hamcrest.core.description import Description
from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange, exchanges_of, shown_by
from support.redaction import redact_body
from support.verdicts import NotJudged

_GOOD = (200, 201)
_STREAMS = {STDOUT: "stdout", STDERR: "stderr"}


def assert_that(actual: Any, matcher: Matcher[Any], reason: str = "", exchange: Exchange | None = None) -> None:
    """Raise ``AssertionError`` where ``actual`` does not match: what was seen first, then what was expected.

    hamcrest's own says it the other way round. The error carries the exchange that shows it: ``actual`` itself, that of
    a stream, or the one that is given. ``reason`` is a line before all.
    """
    if matcher.matches(actual):
        return
    if exchange is None:
        exchange = actual.exchange if isinstance(actual, Hijack) else actual if isinstance(actual, Exchange) else None
    part = _failed_part(actual, matcher)
    lines = [
        *([reason] if reason else []),
        f"Seen: {_mismatch(actual, part)}",
        f"Expected: {StringDescription().append_description_of(part)}",
        *([f"shown by: {exchange.line()}"] if exchange else []),
    ]
    raise shown_by(AssertionError("\n".join(lines)), *([exchange] if exchange else []))


def assert_each(items: Iterable[Any], matcher: Matcher[Any]) -> None:
    """``assert_that`` for each of these, of which there is at least one."""
    items = list(items)
    if not items:
        raise AssertionError("there is nothing to judge")
    for each in items:
        assert_that(each, matcher)


def assume_that(actual: Any, matcher: Matcher[Any]) -> None:
    """``assert_that`` for what a scenario takes for granted: where it does not hold, the scenario is not judged."""
    try:
        assert_that(actual, matcher)
    except AssertionError as error:
        not_judged = NotJudged(f"what it starts from does not hold: {error}")
        raise shown_by(not_judged, *exchanges_of(error)) from None


def _failed_part(actual: Any, matcher: Matcher[Any]) -> Matcher[Any]:
    """The first part of an ``all_of`` that does not hold: what holds beside it would only hide it."""
    while isinstance(matcher, AllOf):
        matcher = next(part for part in matcher.matchers if not part.matches(actual))
    return matcher


def _mismatch(actual: Any, matcher: Matcher[Any]) -> str:
    description = StringDescription()
    matcher.describe_mismatch(actual, description)
    return str(description).removeprefix("was ")


class _Answered(BaseMatcher[Exchange]):
    """An answer of one of these statuses (none: any error status), and, ``is_error``, in Docker's form of an error."""

    def __init__(self, statuses: tuple[int, ...], *, is_error: bool = False) -> None:
        self._statuses = statuses
        self._is_error = is_error

    def _matches(self, item: Exchange) -> bool:
        status = item.status or 0
        has_status = status in self._statuses if self._statuses else status >= 400
        return has_status and not item.error and (_is_docker_error(item) or not self._is_error)

    def describe_to(self, description: Description) -> None:
        wanted = " or ".join(map(str, self._statuses)) or "400 or above"
        form = ', with a JSON object that has a "message", of type application/json' if self._is_error else ""
        description.append_text(f"an answer of {wanted}{form}")

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        seen = item.error or f"{item.status} {item.message()}".strip()
        if self._is_error and not item.error:
            seen = f"{item.status}, of type {item.header('Content-Type')}: {item.raw!r}"
        mismatch_description.append_text(seen)


def answered(*statuses: int) -> Matcher[Exchange]:
    """An exchange whose answer is complete and has this status (or one of these)."""
    return _Answered(statuses)


def is_docker_error(*statuses: int) -> Matcher[Exchange]:
    """One of these statuses, with Docker's form of an error: a JSON object with a ``message``."""
    return _Answered(statuses, is_error=True)


def is_refusal() -> Matcher[Exchange]:
    """Any error status, with Docker's form of an error."""
    return _Answered((), is_error=True)


def _is_docker_error(exchange: Exchange) -> bool:
    try:
        body = exchange.json()
    except AssertionError:
        return False
    message = body.get("message") if isinstance(body, dict) else None
    is_json = (exchange.header("Content-Type") or "").partition(";")[0].strip() == "application/json"
    return is_json and isinstance(message, str) and bool(message.strip())


class _HasHeader(BaseMatcher[Exchange]):
    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def _matches(self, item: Exchange) -> bool:
        return item.header(self._name) == self._value

    def describe_to(self, description: Description) -> None:
        description.append_text(f"a header {self._name}: {self._value}")

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        value = item.header(self._name)
        seen = f"no header {self._name}" if value is None else f"{self._name}: {value}"
        mismatch_description.append_text(seen)


def has_header(name: str, value: str) -> Matcher[Exchange]:
    """An answer with this header, its name in any case, its value exactly."""
    return _HasHeader(name, value)


class _HasJson(BaseMatcher[Exchange]):
    def __init__(self, path: tuple[str, ...], matcher: Matcher[Any]) -> None:
        self._path = path
        self._name = ".".join(path) or "the body"
        self._matcher = matcher

    def _find(self, item: Exchange) -> tuple[Any, str]:
        """The value at the path, and why there is none, or ``""``."""
        if item.status not in _GOOD or item.error:
            return None, item.error or f"{item.status} {item.message()}"
        try:
            value = item.json()
        except AssertionError:
            return None, f"no JSON: {item.raw!r}"
        for key in self._path:
            if not isinstance(value, dict) or key not in value:
                return None, f"there is no {key!r} in {redact_body(value)!r}"
            value = value[key]
        return value, ""

    def _matches(self, item: Exchange) -> bool:
        value, missing = self._find(item)
        return not missing and self._matcher.matches(value)

    def describe_to(self, description: Description) -> None:
        description.append_text(f"{self._name} is ").append_description_of(self._matcher)

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        value, missing = self._find(item)
        mismatch_description.append_text(missing or f"{self._name} is {self._shown(value)!r}")

    def _shown(self, value: Any) -> Any:
        return redact_body(value, self._path[-1] if self._path else "")


def has_json(path: str | Sequence[str], value: Any) -> Matcher[Exchange]:
    """A good answer whose JSON has ``value`` (or what matches it) at ``path``: ``"State.Status"`` or a list of keys.

    The path must exist: an absent key is not null.
    """
    keys = tuple(part for part in path.split(".") if part) if isinstance(path, str) else tuple(path)
    return _HasJson(keys, _SameType(value) if type(value) in (bool, int) else wrap_matcher(value))


class _SameType(BaseMatcher[Any]):
    """JSON's ``false`` is no 0 and its ``1`` no true: typed clients cannot read the one as the other."""

    def __init__(self, value: bool | int) -> None:
        self._value = value

    def _matches(self, item: Any) -> bool:
        return type(item) is type(self._value) and bool(item == self._value)

    def describe_to(self, description: Description) -> None:
        description.append_text(repr(self._value))


def text_like(pattern: str) -> Matcher[Any]:
    """A text, not null or a number, in which the pattern is found."""
    text: Matcher[Any] = instance_of(str)
    return all_of(text, matches_regexp(pattern))


class _Stream(BaseMatcher[Hijack]):
    def __init__(self, expected: str, holds: Callable[[Hijack], bool]) -> None:
        self._expected = expected
        self._holds = holds

    def _matches(self, item: Hijack) -> bool:
        return self._holds(item)

    def describe_to(self, description: Description) -> None:
        description.append_text(self._expected)

    def describe_mismatch(self, item: Hijack, mismatch_description: Description) -> None:
        mismatch_description.append_text(item.describe())


def wrote(stdout: Any, stderr: Any = b"") -> Matcher[Hijack]:
    """An attached stream that ended and carried exactly these bytes on each stream."""
    wanted: dict[int, Matcher[Any]] = {STDOUT: wrap_matcher(stdout), STDERR: wrap_matcher(stderr)}
    each = (f"whose {_STREAMS[stream]} in all was {matcher}" for stream, matcher in wanted.items())
    return _Stream(
        f"a stream that ended, well formed, and {', and '.join(each)}",
        lambda item: _is_whole(item) and all(_all_of_it(item, stream, wanted[stream]) for stream in wanted),
    )


def is_open() -> Matcher[Hijack]:
    """A connection that the daemon handed over and has not closed."""
    return _Stream("a hijacked connection that is open", lambda item: item.is_open)


def is_well_formed() -> Matcher[Hijack]:
    """A stream that the daemon ended and whose bytes were frames to the last."""
    return _Stream("a stream that ended, of whole and well-formed frames", _is_whole)


def _is_whole(stream: Hijack) -> bool:
    return stream.ended and not stream.malformed


def _all_of_it(item: Hijack, stream: int, wanted: Matcher[Any]) -> bool:
    return item.kept[stream].is_whole and wanted.matches(item.output(stream))


class _IsBytes(BaseMatcher[bytes]):
    def __init__(self, wanted: bytes, within: bool) -> None:
        self._wanted = wanted
        self._within = within

    def _matches(self, item: bytes) -> bool:
        return item.count(self._wanted) == 1 if self._within else item == self._wanted

    def describe_to(self, description: Description) -> None:
        description.append_text(f"{len(self._wanted)} bytes {self._wanted[:24]!r}…")

    def describe_mismatch(self, item: bytes, mismatch_description: Description) -> None:
        begin = max(item.find(self._wanted[:16]), 0) if self._within else 0
        seen = item[begin:]
        pairs = enumerate(zip(seen, self._wanted, strict=False))
        first = next((at for at, (was, should) in pairs if was != should), min(len(seen), len(self._wanted)))
        near = f"{seen[first : first + 24]!r} for {self._wanted[first : first + 24]!r}"
        mismatch_description.append_text(f"there were {len(item)} bytes, other from byte {first} on: {near}")


def exact_bytes(wanted: bytes) -> Matcher[bytes]:
    """These bytes; a mismatch says how many came and where they differ."""
    return _IsBytes(wanted, within=False)


def has_bytes_once(wanted: bytes) -> Matcher[bytes]:
    """These bytes once, whatever came before and after."""
    return _IsBytes(wanted, within=True)


class _NoProblems(BaseMatcher[Sequence[str]]):
    def __init__(self, expected: str) -> None:
        self._expected = expected

    def _matches(self, item: Sequence[str]) -> bool:
        return not item

    def describe_to(self, description: Description) -> None:
        description.append_text(self._expected)

    def describe_mismatch(self, item: Sequence[str], mismatch_description: Description) -> None:
        mismatch_description.append_text("\n".join(item))


def no_problems(expected: str) -> Matcher[Sequence[str]]:
    """An empty list of problems; a mismatch lists each on a line of its own. ``expected`` is what holds without any."""
    return _NoProblems(expected)
