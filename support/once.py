"""Things that are brought about once, whoever asks first: scenarios share a small cast (design rule 6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - used as a decorator, like property
    """A property computed at the first look, by one thread; later looks get the same value, or the same error.

    The owner has a ``lock``, an ``RLock``: whoever comes while it is brought about waits for it.
    """

    def __init__(self, bring_about: Callable[[Any], T]) -> None:
        self._bring_about = bring_about
        self.__doc__ = bring_about.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = f"once:{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, instance: Any, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> once[T] | T:
        if instance is None:
            return self
        lock: threading.RLock = instance.lock
        with lock:
            if self._key not in instance.__dict__:
                instance.__dict__[self._key] = self._outcome(instance)
            value, error = instance.__dict__[self._key]
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]

    def _outcome(self, instance: Any) -> tuple[T | None, Exception | None]:
        try:
            return self._bring_about(instance), None
        except Exception as error:  # noqa: BLE001 - kept, and raised to everybody who looks
            return None, error
