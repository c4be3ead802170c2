"""Exchanges that are made once, whoever asks first: scenarios share a few jobs and containers."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from support import progress


class Shared(Protocol):
    """What has methods that are called once. Whoever comes while one is under way waits for the ``lock``."""

    lock: threading.RLock


Owner = TypeVar("Owner", bound=Shared)
Value = TypeVar("Value")


def once(method: Callable[[Owner], Value]) -> Callable[[Owner], Value]:
    """The method is called by the first who asks; later calls get the same value, or the same error."""

    @functools.wraps(method)
    def first(self: Owner) -> Value:
        return kept(self, method.__name__, lambda: method(self))

    return first


def kept(owner: Shared, name: str, make: Callable[[], Value]) -> Value:
    """What ``make`` gives the first time it is asked for under this name; later the same value, or the same error."""
    key = f"once:{name}"
    with _held(owner.lock):
        if key not in vars(owner):
            vars(owner)[key] = _outcome(make)
        value, error = vars(owner)[key]
    if error is not None:
        raise error
    return value  # type: ignore[no-any-return]


@contextmanager
def _held(lock: threading.RLock) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        with progress.waiting("what a thread beside is at, whose outcome is shared", None):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _outcome(make: Callable[[], Value]) -> tuple[Value | None, Exception | None]:
    try:
        return make(), None
    except Exception as error:  # noqa: BLE001 - kept, and raised to everybody who asks
        return None, error
