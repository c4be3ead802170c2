"""Exchanges that are made once, whoever asks first: scenarios share a few jobs and containers (design rule 5)."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar


class Shared(Protocol):
    """What has methods that are called once. Whoever comes while one is under way waits for the ``lock``."""

    lock: threading.RLock


Owner = TypeVar("Owner", bound=Shared)
Value = TypeVar("Value")


def once(method: Callable[[Owner], Value]) -> Callable[[Owner], Value]:
    """The method is called by the first who asks; later calls get the same value, or the same error."""
    key = f"once:{method.__name__}"

    @functools.wraps(method)
    def kept(self: Owner) -> Value:
        with self.lock:
            if key not in vars(self):
                vars(self)[key] = _outcome(method, self)
            value, error = vars(self)[key]
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]

    return kept


def _outcome(method: Callable[[Owner], Value], owner: Owner) -> tuple[Value | None, Exception | None]:
    try:
        return method(owner), None
    except Exception as error:  # noqa: BLE001 - kept, and raised to everybody who asks
        return None, error
