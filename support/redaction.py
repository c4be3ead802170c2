"""What never reaches a report: credentials in headers, bodies, texts and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "<redacted>"
_SECRET = re.compile(
    r"authorization|x-registry-(auth|config)|security-token|cookie|passw(or)?d|passphrase|secret|token|credential"
    r"|signature|(api|access|private).?key|(^|[^a-z])auths?$",
    re.I,
)
_ENV = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)", re.S)
_URL = re.compile(r"(?<=://)[^/\s\"<>]+(?=@)")
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s&])+"
# The look-behind keeps each search at the beginning of a word: bodies are long, and this is done to all of them.
_PAIR = re.compile(rf"(?<![\w.-])([\w.-]+)=({_VALUE})")
_OPTION = re.compile(rf"(?<!\S)(--?[\w-]+)\s+(?!-)({_VALUE})")
_JSON_PAIR = re.compile(r'"([^"\\]+)"(\s*:\s*)"((?:[^"\\]|\\.)+)"')


def is_secret(name: str) -> bool:
    """Whether a header, key, option or variable of this name holds a secret."""
    return bool(_SECRET.search(name))


def redact_text(text: str) -> str:
    """Hidden are a URL's user and password, and what ``name=value``, ``--name value`` or JSON give a secret's name."""
    text = _URL.sub(HIDDEN, text)
    text = _PAIR.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], text)
    text = _OPTION.sub(lambda found: f"{found[1]} {HIDDEN}" if is_secret(found[1]) else found[0], text)
    return _JSON_PAIR.sub(lambda found: f'"{found[1]}"{found[2]}"{HIDDEN}"' if is_secret(found[1]) else found[0], text)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers without the values of secret ones."""
    return {name: HIDDEN if is_secret(name) else redact_text(str(value)) for name, value in headers.items()}


def redact_body(body: Any, name: str = "") -> Any:
    """A copy of a JSON-like value in which secrets are hidden: what is under a secret's name, whatever it is, the
    values of ``NAME=value`` lists and of name-and-value objects, and what ``redact_text`` knows."""
    if name and is_secret(name) and body is not None and not isinstance(body, bool):
        return HIDDEN if body not in ("", [], {}) else body
    if isinstance(body, Mapping):
        named = next((str(value) for key, value in body.items() if str(key).lower() == "name"), "")
        return {
            key: redact_body(value, named if str(key).lower() == "value" and is_secret(named) else str(key))
            for key, value in body.items()
        }
    if isinstance(body, list | tuple):
        return [redact_body(value) for value in body]
    if isinstance(body, str):
        variable = _ENV.fullmatch(body)
        if variable and is_secret(variable[1]):
            return f"{variable[1]}={HIDDEN}"
        return redact_text(body)
    return body
