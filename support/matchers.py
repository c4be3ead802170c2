"""What exchanges and streams are held against; each mismatch says what was seen and which exchange shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamcrest import (
    all_of,
    assert_that,
    equal_to,
    greater_than_or_equal_to,
    has_property,
    has_string,
    instance_of,
)
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.helpers.wrap_matcher import wrap_matcher
from hamcrest.core.matcher import Matcher

from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.verdicts import NotJudged

_GOOD = (200, 201)
_STREAMS = {STDOUT: "stdout", STDERR: "stderr"}


def assume_that(actual: Any, matcher: Matcher[Any]) -> None:
    """``assert_that`` for what a scenario takes for granted: where it does not hold, the scenario is not judged."""
    try:
        assert_that(actual, matcher)
    except AssertionError as error:
        raise NotJudged(f"what it starts from does not hold: {error}") from None


class _Answered(BaseMatcher[Exchange]):
    def __init__(self, statuses: tuple[int, ...]) -> None:
        self._statuses = statuses

    def _matches(self, item: Exchange) -> bool:
        return item.status in self._statuses and not item.error

    def describe_to(self, description: Description) -> None:
        description.append_text("an answer of " + " or ".join(str(status) for status in self._statuses))

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        seen = item.error or f"{item.status} {item.message()}".strip()
        mismatch_description.append_text(f"it was {seen}\n   shown by: {item.line()}")


def answered(*statuses: int) -> Matcher[Exchange]:
    """An exchange whose answer is complete and has this status (or one of these)."""
    return _Answered(statuses)


def is_docker_error(*statuses: int) -> Matcher[Exchange]:
    """One of these statuses, with Docker's form of an error: a JSON object with a ``message``."""
    return all_of(_Answered(statuses), _IsError())


def is_refusal() -> Matcher[Exchange]:
    """Any error status, with Docker's form of an error."""
    number: Any = instance_of(int)
    an_error: Matcher[Any] = has_property("status", all_of(number, greater_than_or_equal_to(400)))
    return all_of(an_error, _IsError())


class _IsError(BaseMatcher[Exchange]):
    def _matches(self, item: Exchange) -> bool:
        body = item.json()
        message = body.get("message") if isinstance(body, dict) else None
        is_json = (item.header("Content-Type") or "").partition(";")[0].strip() == "application/json"
        return is_json and isinstance(message, str) and bool(message.strip())

    def describe_to(self, description: Description) -> None:
        description.append_text('a JSON object with a "message", of type application/json')

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        seen = f"of type {item.header('Content-Type')}: {item.raw[:120]!r}"
        mismatch_description.append_text(f"it was {seen}\n   shown by: {item.line()}")


class _HasHeader(BaseMatcher[Exchange]):
    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def _matches(self, item: Exchange) -> bool:
        return item.header(self._name) == self._value

    def describe_to(self, description: Description) -> None:
        description.append_text(f"a header {self._name}: {self._value}")

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        mismatch_description.append_text(f"it was {item.header(self._name)!r}\n   shown by: {item.line()}")


def has_header(name: str, value: str) -> Matcher[Exchange]:
    """An answer with this header, its name in any case, its value exactly."""
    return _HasHeader(name, value)


class _Tells(BaseMatcher[Exchange]):
    def __init__(self, path: tuple[str, ...], matcher: Matcher[Any]) -> None:
        self._path = path
        self._matcher = matcher

    def _look(self, item: Exchange) -> tuple[bool, Any]:
        value = item.json()
        for key in self._path:
            if not isinstance(value, dict) or key not in value:
                return False, f"there is no {key!r} in {_short(value)}"
            value = value[key]
        return True, value

    def _matches(self, item: Exchange) -> bool:
        if item.status not in _GOOD or item.error:
            return False
        found, value = self._look(item)
        return found and self._matcher.matches(value)

    def describe_to(self, description: Description) -> None:
        description.append_text(".".join(self._path) or "the body").append_text(" is ")
        description.append_description_of(self._matcher)

    def describe_mismatch(self, item: Exchange, mismatch_description: Description) -> None:
        if item.status not in _GOOD or item.error:
            mismatch_description.append_text("nothing was told")
        else:
            found, value = self._look(item)
            if found:
                mismatch_description.append_text("it ")
                self._matcher.describe_mismatch(value, mismatch_description)
            else:
                mismatch_description.append_text(str(value))
        mismatch_description.append_text(f"\n   shown by: {item.line()}")


def has_json(path: str | Sequence[str], value: Any) -> Matcher[Exchange]:
    """A good answer whose JSON has ``value`` (or what matches it) at ``path``: ``"State.Status"`` or a list of keys.

    The path must exist: an absent key is not null.
    """
    keys = tuple(part for part in path.split(".") if part) if isinstance(path, str) else tuple(path)
    return _Tells(keys, _of_the_same_type(value) if type(value) in (bool, int) else wrap_matcher(value))


def _of_the_same_type(value: Any) -> Matcher[Any]:
    """JSON's ``false`` is no 0 and its ``1`` no true: typed clients cannot read the one as the other."""
    same: Matcher[Any] = has_string(repr(value))
    return all_of(equal_to(value), same)


class _Wrote(BaseMatcher[Hijack]):
    def __init__(self, matchers: dict[int, Matcher[Any]]) -> None:
        self._matchers = matchers

    def _matches(self, item: Hijack) -> bool:
        is_whole = item.ended and not item.malformed
        return is_whole and all(matcher.matches(item.output(stream)) for stream, matcher in self._matchers.items())

    def describe_to(self, description: Description) -> None:
        description.append_text("a stream that ended, well formed")
        for stream, matcher in self._matchers.items():
            description.append_text(f", and whose {_STREAMS[stream]} in all was ")
            description.append_description_of(matcher)

    def describe_mismatch(self, item: Hijack, mismatch_description: Description) -> None:
        mismatch_description.append_text(f"{item.describe()}\n   shown by: {item.exchange.line()}")


def wrote(stdout: Any, stderr: Any = b"") -> Matcher[Hijack]:
    """An attached stream that ended and carried exactly these bytes on each stream."""
    return _Wrote({STDOUT: wrap_matcher(stdout), STDERR: wrap_matcher(stderr)})


class _IsOpen(BaseMatcher[Hijack]):
    def _matches(self, item: Hijack) -> bool:
        return item.is_open

    def describe_to(self, description: Description) -> None:
        description.append_text("a hijacked connection that is open")

    def describe_mismatch(self, item: Hijack, mismatch_description: Description) -> None:
        mismatch_description.append_text(f"{item.describe()}\n   shown by: {item.exchange.line()}")


def is_open() -> Matcher[Hijack]:
    """A connection that the daemon handed over and has not closed."""
    return _IsOpen()


class _IsWellFormed(_IsOpen):
    def _matches(self, item: Hijack) -> bool:
        return item.ended and not item.malformed

    def describe_to(self, description: Description) -> None:
        description.append_text("a stream that ended, of whole and well-formed frames")


def is_well_formed() -> Matcher[Hijack]:
    """A stream that the daemon ended and whose bytes were frames to the last."""
    return _IsWellFormed()


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


class _Problems(BaseMatcher[Sequence[str]]):
    def _matches(self, item: Sequence[str]) -> bool:
        return not item

    def describe_to(self, description: Description) -> None:
        description.append_text("no problem")

    def describe_mismatch(self, item: Sequence[str], mismatch_description: Description) -> None:
        mismatch_description.append_text("\n     ".join(item))


def no_problem() -> Matcher[Sequence[str]]:
    """An empty list of problems; a mismatch lists each on a line of its own."""
    return _Problems()


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:160] + "…"
