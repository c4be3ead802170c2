"""What an answer may be at most: limits of the settings, and budgets that all answers of a run share.

An answer that goes over one ends with ``TooMuch``, whose text names the limit and the setting that raises it.
"""

from __future__ import annotations

import threading
import zlib

from support.settings import Settings

_A_QUARTER = "max_output (a quarter of it)"
_ENCODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # and zlib's name for each


class BadAnswer(ConnectionError):
    """What came is no HTTP, or breaks off; the text says where."""


class TooMuch(BadAnswer):
    """What came went over a limit; the text names it and its setting."""


def over(what: str, limit: int, setting: str) -> TooMuch:
    """The error for more than ``limit`` of something, e.g. ``bytes of body``."""
    return TooMuch(f"more than {limit} {what}, which is the limit {setting}")


class Budget:
    """How much of something all answers of a run may be together; safe to use from several threads."""

    def __init__(self, limit: int, what: str, setting: str) -> None:
        self.limit = limit
        self._what = f"{what} in all answers of this run"
        self._setting = setting
        self._used = 0
        self._lock = threading.Lock()

    def take(self, amount: int) -> None:
        """Use up so much. Raises ``TooMuch``, and uses up nothing, where that is not left."""
        with self._lock:
            if self._used + amount > self.limit:
                raise over(self._what, self.limit, self._setting)
            self._used += amount

    def give_back(self, amount: int) -> None:
        """So much was not needed after all."""
        with self._lock:
            self._used -= amount


class Limits:
    """What answers may be: the settings' limits, and what is left of those that all answers of a run share."""

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.max_head, self.max_body, self.max_nesting = settings.max_head, settings.max_body, settings.max_nesting
        self.kept = Budget(settings.max_kept, "bytes of memory", "max_kept")
        self.frames = Budget(settings.max_frames, "frames and chunks", "max_frames")
        self.output = Budget(settings.max_output, "bytes of attached streams", "max_output")
        # What is no frame is read only to be thrown away, and may come in pieces of any size.
        self.thrown_away = Budget(settings.max_output // 4, "bytes of attached streams that are no frames", _A_QUARTER)


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """A body without its Content-Encoding. Raises ``TooMuch`` past ``limit`` bytes, and ``BadAnswer``."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in _ENCODINGS:
        raise BadAnswer(f"its Content-Encoding {encoding[:40]!r} is none that was asked for")
    bits = _ENCODINGS[name]
    if name == "deflate" and body[:1] and body[0] & 15 != zlib.DEFLATED:
        bits = -15  # without zlib's header, as some servers send it
    coder = zlib.decompressobj(bits)
    try:
        made = coder.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadAnswer(f"its body is not the {name} that it is said to be: {error}") from None
    if len(made) > limit:
        raise over("bytes of decompressed body", limit, "max_body")
    if not coder.eof or coder.unused_data:
        raise BadAnswer(f"its body is not one whole {name}")
    return made
