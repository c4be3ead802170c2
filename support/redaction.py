"""What never reaches a report: credentials in headers, bodies, texts and settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

HIDDEN = "<redacted>"
_SECRET = re.compile(
    r"authorization|x[-_]registry[-_](auth|config)|security-token|cookie|passw(or)?d|passphrase|secret|token|credential"
    r"|signature|(api|access|private).?key|(^|[^a-z])auths?$",
    re.I,
)
_ENV = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)", re.S)
_URL = re.compile(r"(?<=://)[^/\s\"<>]+(?=@)")
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
_JSON_PAIR = re.compile(r'"([^"\\]+)"(\s*:\s*)"((?:[^"\\]|\\.)+)"')
_JSON = re.compile(r'\{\s*"|\[\s*["\[{tfn\d-]')
_DECODER = json.JSONDecoder(strict=False)
_REPEATED = 200  # characters; keys and short values come in body after body, and each is looked at once


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """Whether a header, key, option or variable of this name holds a secret."""
    return bool(_SECRET.search(name))


def redact_text(text: str) -> str:
    """Hidden are a URL's user and password, what ``name=value``, ``--name value`` or JSON give a secret's name, headers
    that hold secrets, and what ``redact_body`` knows in JSON that the text holds."""
    text = _redact_json(text)  # not kept: how it is read depends on how deep it is in another
    return _redacted_once(text) if len(text) <= _REPEATED else _redacted(text)


def _redacted(text: str) -> str:
    text = _URL.sub(HIDDEN, text)
    text = _HEADER.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", text)
    text = _PAIR.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], text)
    text = _OPTION.sub(lambda found: f"{found[1]} {HIDDEN}" if is_secret(found[1]) else found[0], text)
    return _JSON_PAIR.sub(lambda found: f'"{found[1]}"{found[2]}"{HIDDEN}"' if is_secret(found[1]) else found[0], text)


_redacted_once = lru_cache(4096)(_redacted)


def _redact_json(text: str) -> str:
    """The objects and lists in a text that hold secrets are written anew, JSON in their texts included."""
    parts, at, read = [], 0, 0
    for found in _JSON.finditer(text):
        if found.start() < read:
            continue
        try:
            body, read = _DECODER.raw_decode(text, found.start())
            shown = redact_body(body)
        except ValueError:
            continue  # a bracket of something else
        except RecursionError:
            break  # nobody's JSON is nested a thousand times
        if shown != body:
            parts += [text[at : found.start()], json.dumps(shown)]
            at = read
    return "".join([*parts, text[at:]])


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers without the values of secret ones."""
    return {name: HIDDEN if is_secret(name) else redact_text(str(value)) for name, value in headers.items()}


def redact_body(body: Any, name: str = "") -> Any:
    """A copy of a JSON-like value in which secrets are hidden: what is under a secret's name, whatever it is, the
    values of ``NAME=value`` lists, of options in commands and of name-and-value objects, and what ``redact_text``
    knows."""
    if name and is_secret(name) and body is not None and not isinstance(body, bool):
        return HIDDEN if body not in ("", [], {}) else body
    if isinstance(body, Mapping):
        named = next((str(value) for key, value in body.items() if str(key).lower() == "name"), "")
        return {
            redact_text(str(key)): redact_body(
                value, named if str(key).lower() == "value" and is_secret(named) else str(key)
            )
            for key, value in body.items()
        }
    if isinstance(body, list | tuple):
        return [HIDDEN if _is_given(before, value) else redact_body(value) for before, value in pairwise(("", *body))]
    if isinstance(body, str):
        variable = _ENV.fullmatch(body)
        if variable and is_secret(variable[1]):
            return f"{variable[1]}={HIDDEN}"
        return redact_text(body)
    return body


def _is_given(option: Any, value: Any) -> bool:
    """Whether a command's word is what the option before it gives as a secret."""
    if not isinstance(option, str) or not isinstance(value, str) or not value or value.startswith("-"):
        return False
    return bool(_OPTION_ALONE.fullmatch(option)) and is_secret(option)
