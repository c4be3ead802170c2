"""Commands for a shell, one at a time, as a person at the stdin of an attached container would give them."""

from __future__ import annotations

import secrets

from support.api.frames import STDERR, STDOUT
from support.api.hijack import Hijack


class Command:
    """A command between two marks that only a shell can have written: as sent, they come in halves."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._begin, self._end = ((secrets.token_hex(4), secrets.token_hex(4)) for _ in range(2))

    @property
    def text(self) -> str:
        """What the shell is given."""
        begin, end = (f"printf '%s%s\\n' {' '.join(halves)}\n" for halves in (self._begin, self._end))
        return f"{begin}{self.command}\n{end}"

    def answer_in(self, output: bytes) -> bytes | None:
        """What the command wrote, without the ends of lines around it; None where it has not come to its end."""
        begin, end = ("".join(halves).encode() for halves in (self._begin, self._end))
        before, is_over, _ = output.partition(end)
        _, has_begun, said = before.rpartition(begin)
        return said.strip(b"\r\n") if is_over and has_begun else None


class Shell:
    """A ``sh`` whose stdin and output are an attached stream."""

    def __init__(self, stream: Hijack) -> None:
        self.stream = stream

    def run(self, command: str, within: float) -> bytes:
        """What the command writes. Raises ``AssertionError`` where its end is not seen in time.

        On which stream it comes, and with what around its lines, is not asked here.
        """
        asked = Command(command)
        self.stream.write(asked.text.encode(), within)
        self.stream.wait_for(lambda: self._answer(asked) is not None, within)
        said = self._answer(asked)
        if said is None:
            raise AssertionError(f"{command!r} did not end within {within:g} s: {self.stream.describe()}")
        return said

    def _answer(self, asked: Command) -> bytes | None:
        answers = (asked.answer_in(self.stream.output(each)) for each in (STDOUT, STDERR))
        return next((said for said in answers if said is not None), None)
