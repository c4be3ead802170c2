"""Every exchange with the target, kept for evidence.

An exchange is one request and what came back. Exchanges carry the labels of the moment they were made: which
criterion they serve and whether the runner's job made them or the suite only observed (``observes``), so that the
order of a job's calls can be compared without the suite's observations in between.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from support.api.bounds import Limits, TooMuch, over
from support.files import whole_file
from support.redaction import DEEPEST, cut_and_redact, redact_body, redact_headers, redact_text
from support.settings import Settings
from support.text import shorten

E = TypeVar("E", bound=BaseException)

BODY_LIMIT = 16 * 1024  # characters of a body that is no JSON that are kept as evidence
_OF_TOO_MUCH = 4 * 1024  # bytes that are kept of a body that goes over a limit
_JSON_LIMIT = 64 * 1024  # bytes of JSON that are written as evidence
_SMALL = 64 * 1024  # bytes in memory: answers that take less do not count
_A_VALUE = 64  # bytes in memory that a value of JSON takes, or a little less
_MARKS = (b",", b":", b"[", b"{")  # of which JSON has one for each value, or more
_JSON = re.compile(rb"\s*[\[{]")
_HEAD = 64  # bytes that are kept of a request's body which is longer
_SHOWN = 2048  # bytes of a body in a message
_BEGINNING = 160  # characters that are kept of what a stream carried at once
_IN_LINE = 200  # characters of an error answer's message in the line of its exchange


@dataclass(frozen=True)
class Label:
    """Who makes an exchange: a job's name (or ``""``), the criterion it serves, what it is about (``service``, …),
    and whether it only observes."""

    job: str = ""
    criterion: str = ""
    subject: str = ""
    observes: bool = True


_UNLABELLED = Label()
_label: ContextVar[Label] = ContextVar("label", default=_UNLABELLED)
_looked_at: ContextVar[tuple[Exchange, ...]] = ContextVar("looked_at", default=())
_MOST_LOOKED_AT = 200


@contextmanager
def labelled(*, job: str = "", criterion: str = "", subject: str = "", observes: bool = False) -> Iterator[None]:
    """Exchanges made inside carry this label (per thread and context)."""
    token = _label.set(Label(job, criterion, subject, observes))
    try:
        yield
    finally:
        _label.reset(token)


@dataclass
class Exchange:
    """One request with its answer. Times are seconds since the run began; ``status`` is None without an answer."""

    number: int
    at: float
    method: str
    path: str
    query: dict[str, str]
    request_headers: dict[str, str]
    request_body: Any
    label: Label
    status: int | None = None
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    head_after: float | None = None
    done_after: float | None = None
    error: str = ""
    frames: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes = field(default=b"", repr=False)
    limits: Limits = field(default_factory=Limits, repr=False)
    sent: float = field(default_factory=time.monotonic, repr=False)

    def answered(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        """The answer's head came."""
        self.status, self.reason, self.headers = status, redact_text(reason), redact_headers(headers)
        self.head_after = time.monotonic() - self.sent

    def keep(self, raw: bytes) -> None:
        """The answer's whole body came; one that goes over a limit is an error, and only its beginning is kept."""
        try:
            self.raw, self.body = _kept_once(raw, self.limits)
        except TooMuch as error:
            self.error, self.raw = str(error), raw[:_OF_TOO_MUCH]
            self.body = _as_text(self.raw)
        self.ended()

    def ended(self) -> None:
        """The exchange is over."""
        self.done_after = time.monotonic() - self.sent

    def json(self) -> Any:
        """The body as the daemon sent it. Raises ``AssertionError`` where it is no JSON."""
        try:
            return json.loads(self.raw.decode())
        except (ValueError, RecursionError):
            text = f"the answer is not JSON but {self.beginning()}: {self.line()}"
            raise shown_by(AssertionError(text), self) from None

    def beginning(self) -> str:
        """The first bytes of the body as messages show them, without secrets: once escaped, none is found."""
        text = cut_and_redact(self.raw[: 8 * _SHOWN].decode("utf-8", "surrogateescape"), _SHOWN)
        more = f" and more, {len(self.raw)} bytes" if len(self.raw) > _SHOWN else ""
        return f"{text.encode('utf-8', 'surrogateescape')!r}{more}"

    def header(self, name: str) -> str | None:
        """A response header, its name in any case."""
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), None)

    def line(self) -> str:
        """The exchange in one line, as reports show it."""
        query = "&".join(f"{k}={v}" for k, v in self.query.items())
        answer = str(self.status) if self.status is not None else self.error or "no answer yet"
        took = f" after {self.head_after * 1000:.0f} ms" if self.head_after is not None else ""
        text = f"#{self.number} {self.method} {self.path}{'?' + query if query else ''} -> {answer}{took}"
        if self.status is not None and (self.error or self.status >= 400):
            text += f" ({self.error or shorten(self.message(), _IN_LINE)})"
        return " ".join(text.split())

    def message(self) -> str:
        """What an error answer says: Docker's ``message``, else the body."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        if not isinstance(said, str):
            said = str(self.body) if len(self.raw) <= BODY_LIMIT else _as_text(self.raw)
        return " ".join(said.split())

    def as_json(self) -> str:
        """The exchange as one line of ``exchanges.jsonl``."""
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _UNSHOWN}
        if len(self.raw) > _JSON_LIMIT:
            shown["body"] = _as_text(self.raw)
        return json.dumps(shown | {"label": asdict(self.label)}, default=str, ensure_ascii=False)


_UNSHOWN = ("raw", "limits", "sent")


class Recorder:
    """Keeps the exchanges of a run, within its limits; safe to use from several threads."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.limits = Limits(settings)
        self.began = time.monotonic()
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def begin(self, method: str, url: str, headers: dict[str, str], body: Any) -> Exchange:
        """Note a request about to be sent, so that one which is never answered leaves a trace too."""
        parts = urlsplit(url)
        with self._lock:
            exchange = Exchange(
                number=len(self._exchanges) + 1,
                at=time.monotonic() - self.began,
                method=method,
                path=unquote(parts.path),
                query=redact_body(dict(parse_qsl(parts.query, keep_blank_values=True))),
                request_headers=redact_headers(headers),
                request_body=redact_body(body),
                label=_label.get(),
                limits=self.limits,
            )
            self._exchanges.append(exchange)
        return exchange

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def since(self, number: int) -> list[Exchange]:
        """Exchanges after the one with this number (0: all)."""
        with self._lock:
            return self._exchanges[number:]

    def of_job(self, job: str) -> list[Exchange]:
        """What a job itself asked of the daemon, in order, without the suite's own observations."""
        return [e for e in self.since(0) if e.label.job == job and not e.label.observes]

    @property
    def last_number(self) -> int:
        """The number of the newest exchange; a mark for ``since``."""
        with self._lock:
            return len(self._exchanges)


def write(path: Path, exchanges: Iterable[Exchange]) -> None:
    """These as JSON lines, in a file whose folder is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.writelines(exchange.as_json() + "\n" for exchange in exchanges)


@lru_cache(64)
def _kept_once(raw: bytes, limits: Limits) -> tuple[bytes, Any]:
    """A body and what is kept of it: polling brings the same answer many times, and equal ones share one copy."""
    return raw, kept(raw, limits)


def kept(body: bytes, limits: Limits | None = None) -> Any:
    """A body as evidence keeps it, without secrets: parsed JSON where it is JSON, else text cut at ``BODY_LIMIT``.

    Raises ``TooMuch`` where its JSON is nested too deeply, or it takes more memory than is left to the run.
    """
    limits = limits or Limits()
    is_json = _JSON.match(body) is not None
    values = sum(map(body.count, _MARKS)) * _A_VALUE if is_json else 0
    if (takes := len(body) + values) > _SMALL:
        limits.kept.take(takes)
    try:
        parsed = json.loads(body.decode()) if is_json or len(body) <= BODY_LIMIT else None
    except RecursionError:
        raise over("levels of JSON", limits.max_nesting, "max_nesting") from None
    except ValueError:
        parsed = None
    if parsed is None and body.strip(b" \t\r\n") != b"null":
        if takes > _SMALL:
            limits.kept.give_back(values)
        return _as_text(body)
    try:
        return redact_body(parsed, deepest=min(limits.max_nesting, DEEPEST))
    except ValueError:
        raise over("levels of JSON", limits.max_nesting, "max_nesting") from None


@lru_cache(64)
def _as_text(body: bytes) -> str:
    """Its beginning, redacted: what is beyond is neither decoded nor looked at."""
    return cut_and_redact(body[: 8 * BODY_LIMIT].decode("utf-8", "backslashreplace"), BODY_LIMIT)


def large(body: bytes) -> str:
    """A long request body, e.g. an archive, as evidence keeps it: its size and its first bytes, the rest unread.

    JSON has no first bytes here: where it is cut, no secret in it is known as one.
    """
    head = body[:_HEAD]
    shown = "" if head.lstrip()[:1] in (b"{", b"[", b'"') else f", beginning {redact_text(repr(head))}"
    return f"{len(body)} bytes{shown}"


def beginning(payload: bytes) -> str:
    """The first characters of what a stream carried at once, without secrets: more is read, so that none is cut."""
    text = redact_text(payload[: 8 * _BEGINNING].decode("utf-8", "backslashreplace"))
    return shorten(text, _BEGINNING)


def shown_by(error: E, *exchanges: Exchange) -> E:
    """The error, carrying exchanges that show it: reports name them, and evidence keeps them."""
    error.__dict__["exchanges"] = (*exchanges_of(error), *exchanges)
    return error


def look_at(exchange: Exchange) -> None:
    """Note, for the scenario that is being judged, that it is judged by this exchange."""
    seen = _looked_at.get()
    if len(seen) < _MOST_LOOKED_AT and all(exchange is not each for each in seen):
        _looked_at.set((*seen, exchange))


def looked_at(*, forget: bool = False) -> tuple[Exchange, ...]:
    """The exchanges noted by ``look_at`` since they were forgotten last."""
    seen = _looked_at.get()
    if forget:
        _looked_at.set(())
    return seen


def exchanges_of(error: BaseException | None) -> tuple[Exchange, ...]:
    """What ``shown_by`` was given for this error."""
    found: tuple[Exchange, ...] = getattr(error, "exchanges", ())
    return found
