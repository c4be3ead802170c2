"""Doing what must not end what comes after it: clean-up goes on, whatever one of its calls raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from support.text import one_line

T = TypeVar("T")


def attempt(otherwise: T, work: Callable[..., T], *given: Any) -> tuple[T, str]:
    """What ``work(*given)`` returns, and ``""``; else ``otherwise``, and in one line whatever was raised."""
    try:
        return work(*given), ""
    except Exception as error:  # noqa: BLE001 - RecursionError and MemoryError too, and whatever a library raises
        return otherwise, described(error)


def problem_of(work: Callable[..., object], *given: Any) -> str:
    """Do it; in one line what was raised, or ``""``."""
    return attempt(None, work, *given)[1]


def described(error: BaseException) -> str:
    """What was raised, in one line: our own errors say all themselves, others also what they are."""
    try:
        said = one_line(error)
    except Exception:  # noqa: BLE001 - an error whose text cannot be made
        said = ""
    is_ours = type(error).__module__.startswith("support.")
    return said if is_ours and said else ": ".join(filter(None, (type(error).__name__, said)))
