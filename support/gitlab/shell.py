"""Commands for the shell of an attached container, one at a time, as a person at its stdin would give them."""

from __future__ import annotations

import secrets

from support.api.frames import STDOUT
from support.api.hijack import Hijack


class Shell:
    """A ``sh`` whose stdin and output are an attached stream."""

    def __init__(self, stream: Hijack) -> None:
        self.stream = stream

    def run(self, command: str, within: float) -> bytes:
        """What the command writes to stdout. Raises ``AssertionError`` where its end is not seen in time.

        The end is a line that only the shell can have made: the command as written contains its halves apart.
        """
        left, right = secrets.token_hex(4), secrets.token_hex(4)
        mark = f"{left}{right}\n".encode()
        begin = len(self.stream.output(STDOUT))
        self.stream.write(f"{command}\nprintf '%s%s\\n' {left} {right}\n".encode(), within)
        if not self.stream.wait_for(lambda: mark in self.stream.output(STDOUT)[begin:], within):
            raise AssertionError(f"{command!r} did not end within {within:g} s: {self.stream.describe()}")
        said = self.stream.output(STDOUT)[begin:]
        return said[: said.index(mark)]
