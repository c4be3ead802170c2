"""What never reaches a report: credentials in headers, bodies, texts and settings.

Texts come from daemons, so the time that they take grows with their length and with nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

HIDDEN = "<redacted>"
DEEPEST = 200  # levels of JSON that are looked into
_SECRET = re.compile(
    r"authorization|x[-_]registry[-_](auth|config)|security-token|cookie|passw(or)?d|passphrase|secret|token|credential"
    r"|signature|(api|access|private).?key|(^|[^a-z])auths?$",
    re.I,
)
# What must be in a text that holds a secret; most have nothing of it.
_SUSPECT = re.compile(r"[=@:\"'{\[]|--?\w|A[KS]IA|bearer\s|-----BEGIN", re.I)
_ENV = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)", re.S)
_PEM = re.compile(r"-----BEGIN [^-\r\n]{1,60}-----.*?(?:-----END [^-\r\n]{1,60}-----|\Z)", re.S)
_AWS_KEY = re.compile(r"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{12,124}(?![A-Za-z0-9])")
_BEARER = re.compile(r"(?<![\w-])(bearer\s+)(?!<redacted>|realm=)[\w.~+/=-]{4,}", re.I)
# The password may hold a slash where it cannot be a port and a path: host:5000/image@sha256:...
_URL = re.compile(r"(?<=://)(?:[^/\s\"<>]+(?=@)|[^/\s\"<>:@]+:(?!\d{1,5}/)[^\s\"<>@]{1,512}(?=@))")
_LOGIN = re.compile(
    r"(?<![\w/:.@+-])(?!mailto:)[\w.+-]+:(?!//|\d{1,5}/)[^\s\"'<>@,;=]{1,512}(?=@(?!sha\d+:)[\w\[])",
)
_HEADER = re.compile(
    r"(?<![\w-])((?:proxy-)?authorization|x-registry-(?:auth|config)|x-amz-security-token|(?:set-)?cookie)"
    r"(\s*:\s*)(?!<redacted>)[^\s\"'][^\r\n\"']*",
    re.I,
)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s&])+"
# The look-behind keeps each search at the beginning of a word: bodies are long, and this is done to all of them.
# What is hidden already is no value: it would be taken together with what follows it in a text of JSON.
_PAIR = re.compile(rf"(?<![\w.-])([\w.-]+)=(?!<redacted>)({_VALUE})")
_OPTION = re.compile(rf"(?<!\S)(--?[\w-]+)\s+(?!-|<redacted>)({_VALUE})")
_OPTION_ALONE = re.compile(r"--?[\w-]+")
_JSON_PAIR = re.compile(r'"([^"\\]+)"(\s*:\s*)"((?:[^"\\]|\\.)+)(?:"|\\?\Z)')
# Where a colon or a quote follows in prose, as in `DB_PASSWORD: x` and `token "x"`; several are no name.
_COLON = re.compile(r"(?<![\w.-])([\w.-]+)\\*[\"']?\s*:\s+")
_GIVEN = re.compile(
    r"(?!\\*[\"']?<redacted>|null\b|None\b|true\b|false\b)"
    r"(?:\\*\"[^\"]+(?:\"|\Z)|'[^']+(?:'|\Z)|[^\s,;\"'\[{(][^\s,;\"']*)"
)
_QUOTED = re.compile(r"(?<![\w.-])([\w.-]+)(\s+)(?!\\*['\"]<redacted>)(\\*\"[^\"\n]+\"|\\*'[^'\n]+')")
# JSON in a quoted text: the quotes of all its names and values have the same backslashes before them.
_ESCAPED_NAME = re.compile(r'(?<!\\)(\\+)"([^"\\]+)\1"\s*:\s*\1"(?!<redacted>)')
_JSON = re.compile(r'\{\s*"|\[\s*["\[{tfn\d-]')
_DECODER = json.JSONDecoder(strict=False)
_WINDOW = 64 * 1024  # characters that JSON in a text may have
_TRY = 256  # characters that looking for JSON at a bracket counts as, besides those that were read
_REPEATED = 200  # characters; keys and short values come in body after body, and each is looked at once
_LONGEST = 16 * 1024  # characters of one text in a body that are kept
_BEYOND = 1024  # characters behind a cut that are looked at: a secret that the cut goes through is seen whole


def is_secret(name: str) -> bool:
    """Whether a header, key, option or variable of this name holds a secret."""
    return _is_secret(name if len(name) <= _REPEATED else name[:_REPEATED] + name[-_REPEATED:])


@lru_cache(4096)
def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(name))


def redact_text(text: str) -> str:
    """Hidden are logins before a host (``user:password@``), what ``name=value``, ``name: value``, ``name "value"``,
    ``--name value`` or JSON give a secret's name, headers that hold secrets, bearers' tokens, AWS key IDs, PEM blocks,
    and what ``redact_body`` knows in JSON that the text holds."""
    if not _SUSPECT.search(text):
        return text
    text = _redact_json(text)  # not kept: how it is read depends on how deep it is in another
    return _redacted_once(text) if len(text) <= _REPEATED else _redacted_lately(text)


def cut_and_redact(text: str, limit: int) -> str:
    """``redact_text`` of at most ``limit`` characters of a text; what is behind them is not looked at."""
    shown = redact_text(text[: limit + _BEYOND])
    if len(text) > limit + _BEYOND:
        shown = shown[:-_BEYOND]
    return shown[:limit]


def _redacted(text: str) -> str:
    for needed, hide in _RULES:
        if any(each in text for each in needed):  # which is ten times as fast as the search
            text = hide(text)
    return text


def _hide_value(pattern: re.Pattern[str], is_hidden: Callable[[str], bool], shown: str) -> Callable[[str], str]:
    """What replaces the value that a pattern finds, where the name before it says that it is a secret's."""
    return lambda text: pattern.sub(lambda found: found.expand(shown) if is_hidden(found[1]) else found[0], text)


def _is_named(name: str) -> bool:
    """Whether a word of prose names one secret; "credentials: none" and "tokens" speak of any."""
    return not name.endswith("s") and is_secret(name)


def _hide_given(text: str) -> str:
    parts, at = [], 0
    for found in _COLON.finditer(text):
        given = _GIVEN.match(text, found.end()) if found.start() >= at and _is_named(found[1]) else None
        if given:
            parts += [text[at : given.start()], HIDDEN]
            at = given.end()
    return "".join([*parts, text[at:]])


def _hide_escaped(text: str) -> str:
    parts, at = [], 0
    for found in _ESCAPED_NAME.finditer(text):
        if found.start() >= at and is_secret(found[2]):
            end = re.compile(rf'(?<!\\){re.escape(found[1])}"').search(text, found.end())
            parts += [text[at : found.end()], HIDDEN]
            at = end.start() if end else len(text)
    return "".join([*parts, text[at:]])


_RULES: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("-----BEGIN",), partial(_PEM.sub, HIDDEN)),
    (("AKIA", "ASIA"), partial(_AWS_KEY.sub, HIDDEN)),
    (("://",), partial(_URL.sub, HIDDEN)),
    (("@",), partial(_LOGIN.sub, HIDDEN)),
    ((":",), partial(_HEADER.sub, rf"\1\2{HIDDEN}")),
    (("earer", "EARER"), partial(_BEARER.sub, rf"\1{HIDDEN}")),
    (("=",), _hide_value(_PAIR, is_secret, rf"\1={HIDDEN}")),
    (("-",), _hide_value(_OPTION, is_secret, rf"\1 {HIDDEN}")),
    (('"',), _hide_value(_JSON_PAIR, is_secret, rf'"\1"\2"{HIDDEN}"')),
    (('\\"',), _hide_escaped),
    ((":",), _hide_given),
    (('"', "'"), _hide_value(_QUOTED, _is_named, rf"\1\2{HIDDEN}")),
)
_redacted_once = lru_cache(4096)(_redacted)
_redacted_lately = lru_cache(16)(_redacted)  # the same failure's text is redacted for each report


def _redact_json(text: str) -> str:
    """The objects and lists in a text that hold secrets are written anew, JSON in their texts included."""
    parts, at, read = [], 0, 0
    left = 4 * len(text) + 16 * _TRY  # characters: a daemon may send brackets only
    for found in _JSON.finditer(text):
        start = found.start()
        if start < read:
            continue
        if left < 0:
            break
        try:
            # Only a part of it, as the decoder counts the lines before a mistake.
            body, length = _DECODER.raw_decode(text[start : start + _WINDOW])
            left -= length
            shown = redact_body(body)
        except json.JSONDecodeError as error:
            left -= error.pos + _TRY
            continue  # a bracket of something else
        except (ValueError, RecursionError):
            left -= _WINDOW  # nested without end, or a number without end
            continue
        read = start + length
        if shown is not body:
            parts += [text[at:start], json.dumps(shown)]
            at = read
    return "".join([*parts, text[at:]])


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers without the values of secret ones."""
    return {name: HIDDEN if is_secret(name) else redact_text(str(value)) for name, value in headers.items()}


def redact_body(body: Any, name: str = "", deepest: int = DEEPEST) -> Any:
    """A JSON-like value in which secrets are hidden: what is under a secret's name, whatever it is, the values of
    ``NAME=value`` lists, of options in commands and of name-and-value objects, and what ``redact_text`` knows. Long
    texts are cut.

    It is the same value where nothing is hidden, else a copy. Raises ``ValueError`` where it is nested more deeply than
    ``deepest``.
    """
    if name and is_secret(name) and body is not None and not isinstance(body, bool):
        return HIDDEN if body not in ("", [], {}) else body
    if isinstance(body, str):
        return _redact_value(body)
    if isinstance(body, Mapping | list | tuple):
        if deepest <= 0:
            raise ValueError("it is nested too deeply")
        return _redact_object(body, deepest - 1) if isinstance(body, Mapping) else _redact_list(body, deepest - 1)
    return body


def _redact_value(text: str) -> str:
    variable = _ENV.fullmatch(text)
    if variable and is_secret(variable[1]):
        return f"{variable[1]}={HIDDEN}"
    return redact_text(text) if len(text) <= _LONGEST else cut_and_redact(text, _LONGEST)


def _redact_object(body: Mapping[Any, Any], deepest: int) -> Any:
    named = next((str(value) for key, value in body.items() if str(key).lower() == "name"), "")
    is_secrets = bool(named) and is_secret(named)
    shown, is_same = {}, isinstance(body, dict)
    for key, value in body.items():
        told = _redact_value(str(key))
        within = named if is_secrets and str(key).lower() == "value" else str(key)
        shown[told] = redact_body(value, within, deepest)
        is_same = is_same and told == key and _is_same(shown[told], value)
    return body if is_same else shown


def _redact_list(body: list[Any] | tuple[Any, ...], deepest: int) -> Any:
    shown = [
        HIDDEN if _is_given(before, value) else redact_body(value, "", deepest)
        for before, value in pairwise(("", *body))
    ]
    is_same = isinstance(body, list) and all(map(_is_same, shown, body))
    return body if is_same else shown


def _is_same(shown: Any, value: Any) -> bool:
    return shown is value or (isinstance(value, str) and shown == value)


def _is_given(option: Any, value: Any) -> bool:
    """Whether a command's word is what the option before it gives as a secret."""
    if not isinstance(option, str) or not isinstance(value, str) or not value or value.startswith("-"):
        return False
    return bool(_OPTION_ALONE.fullmatch(option)) and is_secret(option)
