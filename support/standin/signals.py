"""Signals as Docker names them: with or without SIG, in any case, or as a number."""

from __future__ import annotations

import signal

from support.standin.http import ApiError


def number_of(name: str) -> int:
    """The number of ``name``; 400 in the engine's words for what is no signal."""
    text = name.upper().removeprefix("SIG")
    if text.isdigit():
        number = int(text)
        if not 0 < number < signal.NSIG:
            raise ApiError(400, f"the linux daemon does not support signal {number}")
        return number
    try:
        return signal.Signals[f"SIG{text}"].value
    except KeyError:
        raise ApiError(400, f"invalid signal: {name}") from None
