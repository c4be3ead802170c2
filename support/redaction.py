"""What never reaches a report: credentials in headers, bodies and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "<redacted>"
_SECRET = re.compile(
    r"(authorization|x-registry-auth|x-amz-security-token|cookie|password|secret|token|credential|api.?key|access.?key)",
    re.I,
)
_ENV = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.+)$", re.S)
_URL = re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)")


def is_secret(name: str) -> bool:
    """Whether a header, key or variable of this name holds a secret."""
    return bool(_SECRET.search(name))


def redact_text(text: str) -> str:
    """User and password inside a URL are hidden."""
    return _URL.sub(HIDDEN, text)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers without the values of secret ones."""
    return {name: HIDDEN if is_secret(name) else redact_text(str(value)) for name, value in headers.items()}


def redact_body(body: Any, name: str = "") -> Any:
    """A copy of a JSON-like value in which secrets, also those in ``NAME=value`` lists, are hidden."""
    if isinstance(body, Mapping):
        return {key: redact_body(value, str(key)) for key, value in body.items()}
    if isinstance(body, list | tuple):
        return [redact_body(value, name) for value in body]
    if isinstance(body, str):
        variable = _ENV.match(body)
        if variable and is_secret(variable[1]):
            return f"{variable[1]}={HIDDEN}"
        return HIDDEN if name and is_secret(name) and body else redact_text(body)
    return body
