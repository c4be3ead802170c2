"""The ``filters`` of the query: in either of Docker's two forms, checked against what a call understands."""

from __future__ import annotations

import json
from collections.abc import Mapping

from support.standin.http import ApiError, Request


class Filters:
    """Values by key; values of one key are alternatives, keys must all match."""

    def __init__(self, request: Request, known: frozenset[str]) -> None:
        """400 for filters that are not JSON, of another shape, or not ``known``."""
        text = request.query.get("filters", "")
        try:
            decoded = json.loads(text or "{}")
            self.values: dict[str, list[str]] = {
                key: [str(v) for v in values] if isinstance(values, (list, dict)) else _refuse(values)
                for key, values in decoded.items()
            }
        except (ValueError, AttributeError) as error:
            raise ApiError(400, "invalid filter") from error
        for key in self.values:
            if key not in known:
                raise ApiError(400, f"invalid filter '{key}'")

    def __contains__(self, key: str) -> bool:
        return bool(self.values.get(key))

    def exact(self, key: str, *candidates: str) -> bool:
        """No such filter, or one of its values is a candidate."""
        return key not in self or any(value in candidates for value in self.values[key])

    def partly(self, key: str, *candidates: str) -> bool:
        """No such filter, or one of its values is part of a candidate."""
        return key not in self or any(value in candidate for value in self.values[key] for candidate in candidates)

    def starts(self, key: str, *candidates: str) -> bool:
        """No such filter, or a candidate starts with one of its values, as ids may be shortened."""
        return key not in self or any(c.startswith(value) for value in self.values[key] for c in candidates)

    def labels(self, labels: Mapping[str, str]) -> bool:
        """Every wanted ``key`` or ``key=value`` is among ``labels``."""
        wanted = (value.partition("=") for value in self.values.get("label", ()))
        return all(key in labels and (not equals or labels[key] == value) for key, equals, value in wanted)


def _refuse(values: object) -> list[str]:
    raise ValueError(values)
