"""The ``filters`` of the query, in either of Docker's two forms."""

from __future__ import annotations

import json
from collections.abc import Mapping

from standin.http import ApiError, Request


class Filters:
    """Values by key; values of one key are alternatives, keys must all match."""

    def __init__(self, request: Request, *known: str) -> None:
        """400 for filters that are not JSON, of another shape, or not ``known``."""
        try:
            decoded = json.loads(request.query.get("filters") or "{}")
        except ValueError as error:
            raise ApiError(400, "invalid filter") from error
        if not isinstance(decoded, dict) or not all(isinstance(values, (list, dict)) for values in decoded.values()):
            raise ApiError(400, "invalid filter")
        if unknown := next((key for key in decoded if key not in known), None):
            raise ApiError(400, f"invalid filter '{unknown}'")
        self.values = {key: [str(value) for value in values] for key, values in decoded.items() if values}

    def exact(self, key: str, *candidates: str) -> bool:
        """No such filter, or one of its values is a candidate."""
        return key not in self.values or any(value in candidates for value in self.values[key])

    def partly(self, key: str, candidate: str) -> bool:
        """No such filter, or one of its values is part of the candidate."""
        return key not in self.values or any(value in candidate for value in self.values[key])

    def starts(self, key: str, *candidates: str) -> bool:
        """No such filter, or a candidate starts with one of its values, as ids may be shortened."""
        return key not in self.values or any(c.startswith(value) for value in self.values[key] for c in candidates)

    def labels(self, labels: Mapping[str, str]) -> bool:
        """Every wanted ``key`` or ``key=value`` is among ``labels``."""
        wanted = (value.partition("=") for value in self.values.get("label", ()))
        return all(key in labels and (not equals or labels[key] == value) for key, equals, value in wanted)
