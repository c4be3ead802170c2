"""What exchanges and streams are held against; a mismatch says what was seen, what was expected, and who shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from hamcrest import all_of, instance_of, matches_regexp
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.core.allof import AllOf
from hamcrest.core.description import Description
from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher
from hamcrest.core.string_description import StringDescription

from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange, exchanges_of, look_at, shown_by
from support.redaction import redact_body
from support.verdicts import NotJudged

T = TypeVar("T")
_GOOD = (200, 201)
_STREAMS = {STDOUT: "stdout", STDERR: "stderr"}


def assert_that(actual: Any, matcher: Matcher[Any], reason: str = "", exchange: Exchange | None = None) -> None:
    """Raise ``AssertionError`` where ``actual`` does not match: what was seen first, then what was expected.

    hamcrest's own says it the other way round. The error carries the exchange that shows it: ``actual`` itself, that of
    a stream, or the one that is given. ``reason`` is a line before all.
    """
    if exchange is None:
        exchange = actual.exchange if isinstance(actual, Hijack) else actual if isinstance(actual, Exchange) else None
    if exchange is not None:
        look_at(exchange)
    if matcher.matches(actual):
        return
    part = _failed_part(actual, matcher)
    lines = [
        *([reason] if reason else []),
        f"Seen: {_mismatch(actual, part)}",
        f"Expected: {part}",
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


class _Check(BaseMatcher[Any]):
    def __init__(self, expected: str, holds: Callable[[Any], bool], seen: Callable[[Any], str]) -> None:
        self._expected = expected
        self._holds = holds
        self._seen = seen

    def _matches(self, item: Any) -> bool:
        return self._holds(item)

    def describe_to(self, description: Description) -> None:
        description.append_text(self._expected)

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        mismatch_description.append_text(self._seen(item))


def matching(expected: str, holds: Callable[[T], bool], seen: Callable[[T], str] = repr) -> Matcher[T]:
    """A matcher of three parts: what is expected, in words; whether that holds; and what is seen where it does not."""
    return _Check(expected, holds, seen)


def answered(*statuses: int) -> Matcher[Exchange]:
    """An exchange whose answer is complete and has this status (or one of these)."""
    return matching(
        f"an answer of {_either(statuses)}",
        lambda item: item.status in statuses and not item.error,
        lambda item: item.error or f"{item.status} {item.message()}".strip(),
    )


def is_docker_error(*statuses: int) -> Matcher[Exchange]:
    """One of these statuses, with Docker's form of an error: a JSON object with a ``message``."""
    return _is_error(_either(statuses), lambda status: status in statuses)


def is_refusal() -> Matcher[Exchange]:
    """Any error status, with Docker's form of an error."""
    return _is_error("400 or above", lambda status: status >= 400)


def _either(statuses: Iterable[int]) -> str:
    return " or ".join(map(str, statuses))


def _is_error(which: str, is_due: Callable[[int], bool]) -> Matcher[Exchange]:
    return matching(
        f'an answer of {which}, with a JSON object that has a "message", of type application/json',
        lambda item: is_due(item.status or 0) and not item.error and _has_message(item),
        lambda item: item.error or f"{item.status}, of type {item.header('Content-Type')}: {item.beginning()}",
    )


def _has_message(exchange: Exchange) -> bool:
    try:
        body = exchange.json()
    except AssertionError:
        return False
    message = body.get("message") if isinstance(body, dict) else None
    is_json = (exchange.header("Content-Type") or "").partition(";")[0].strip() == "application/json"
    return is_json and isinstance(message, str) and bool(message.strip())


def has_header(name: str, value: str) -> Matcher[Exchange]:
    """An answer with this header, its name in any case, its value exactly."""

    def seen(item: Exchange) -> str:
        found = item.header(name)
        return f"no header {name}" if found is None else f"{name}: {found}"

    return matching(f"a header {name}: {value}", lambda item: item.header(name) == value, seen)


def has_json(path: str | Sequence[str], value: Any) -> Matcher[Exchange]:
    """A good answer whose JSON has ``value`` (or what matches it) at ``path``: ``"State.Status"`` or a list of keys.

    The path must exist: an absent key is not null.
    """
    keys = tuple(part for part in path.split(".") if part) if isinstance(path, str) else tuple(path)
    name = ".".join(keys) or "the body"
    matcher = _same_type(value) if type(value) in (bool, int) else wrap_matcher(value)

    def holds(item: Exchange) -> bool:
        found, why_none = _found_in(item, keys)
        return why_none is None and matcher.matches(found)

    def seen(item: Exchange) -> str:
        found, why_none = _found_in(item, keys)
        return why_none() if why_none else f"{name} is {redact_body(found, keys[-1] if keys else '')!r}"

    return matching(f"{name} is {matcher}", holds, seen)


def _found_in(item: Exchange, keys: Iterable[str]) -> tuple[Any, Callable[[], str] | None]:
    """The value at the path of a good answer; or a function that says why there is none."""
    if item.status not in _GOOD or item.error:
        return None, lambda: item.error or f"{item.status} {item.message()}"
    try:
        value = item.json()
    except AssertionError:
        return None, lambda: f"no JSON: {item.beginning()}"
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return None, partial(_lacks, key, value)
        value = value[key]
    return value, None


def _lacks(key: str, value: Any) -> str:
    return f"there is no {key!r} in {redact_body(value)!r}"


def _same_type(value: bool | int) -> Matcher[Any]:
    """JSON's ``false`` is no 0 and its ``1`` no true: typed clients cannot read the one as the other."""
    return matching(repr(value), lambda item: type(item) is type(value) and bool(item == value))


def text_like(pattern: str) -> Matcher[Any]:
    """A text, not null or a number, in which the pattern is found."""
    text: Matcher[Any] = instance_of(str)
    return all_of(text, matches_regexp(pattern))


def wrote(stdout: Any, stderr: Any = b"") -> Matcher[Hijack]:
    """An attached stream that ended and carried exactly these bytes on each stream."""
    wanted: dict[int, Matcher[Any]] = {STDOUT: wrap_matcher(stdout), STDERR: wrap_matcher(stderr)}
    each = (f"whose {_STREAMS[stream]} in all was {matcher}" for stream, matcher in wanted.items())
    return matching(
        f"a stream that ended, well formed, and {', and '.join(each)}",
        lambda item: _is_whole(item) and all(_all_of_it(item, stream, wanted[stream]) for stream in wanted),
        Hijack.describe,
    )


def is_open() -> Matcher[Hijack]:
    """A connection that the daemon handed over and has not closed."""
    return matching("a hijacked connection that is open", lambda item: item.is_open, Hijack.describe)


def is_well_formed() -> Matcher[Hijack]:
    """A stream that the daemon ended and whose bytes were frames to the last."""
    return matching("a stream that ended, of whole and well-formed frames", _is_whole, Hijack.describe)


def _is_whole(stream: Hijack) -> bool:
    return stream.ended and not stream.malformed


def _all_of_it(item: Hijack, stream: int, wanted: Matcher[Any]) -> bool:
    return item.kept[stream].is_whole and wanted.matches(item.output(stream))


def exact_bytes(wanted: bytes) -> Matcher[bytes]:
    """These bytes; a mismatch says how many came and where they differ."""
    return matching(_shown(wanted), lambda item: item == wanted, lambda item: _difference(item, 0, wanted))


def has_bytes_once(wanted: bytes) -> Matcher[bytes]:
    """These bytes once, whatever came before and after."""
    return matching(
        _shown(wanted),
        lambda item: item.count(wanted) == 1,
        lambda item: _difference(item, max(item.find(wanted[:16]), 0), wanted),
    )


def _shown(wanted: bytes) -> str:
    return f"{len(wanted)} bytes {wanted[:24]!r}…"


def _difference(item: bytes, begin: int, wanted: bytes) -> str:
    seen = item[begin:]
    pairs = enumerate(zip(seen, wanted, strict=False))
    first = next((at for at, (was, should) in pairs if was != should), min(len(seen), len(wanted)))
    near = f"{seen[first : first + 24]!r} for {wanted[first : first + 24]!r}"
    return f"there were {len(item)} bytes, other from byte {first} on: {near}"


def no_problems(expected: str) -> Matcher[Sequence[str]]:
    """An empty list of problems; a mismatch lists each on a line of its own. ``expected`` is what holds without any."""
    return matching(expected, lambda item: not item, "\n".join)
