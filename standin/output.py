"""What a container writes: one append-only file, read by attached clients and by logs, each at its own pace.

A reader is a position in the file: a slow one holds nobody up and costs no memory.
"""

from __future__ import annotations

import asyncio
import os
import struct
import tempfile
import time
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

STDOUT, STDERR = 1, 2
END = 0  # in place of a stream: the run has ended
LINE_LIMIT = 16 * 1024  # the engine breaks longer lines into log entries of this size
_RECORD = struct.Struct(">QBI")  # time in ns, stream, length


@dataclass(frozen=True)
class Chunk:
    """Bytes of one stream, as they were written or as a line."""

    time_ns: int
    stream: int
    data: bytes


def frame(stream: int, data: bytes) -> bytes:
    """``data`` in Docker's multiplexed framing: stream, three zeros, length, payload."""
    return struct.pack(">BxxxL", stream, len(data)) + data


class Output:
    """The output of all runs of one container, or of one exec."""

    def __init__(self, folder: Path) -> None:
        self._file, path = tempfile.mkstemp(dir=folder)
        # Nameless from the start: a reader may finish after the container was removed, and nothing can be left behind.
        Path(path).unlink()
        weakref.finalize(self, os.close, self._file)
        self.size = 0
        self._closed = False
        self._grown = asyncio.Event()

    def write(self, stream: int, data: bytes) -> None:
        """Append what the process wrote; ``END`` ends the streams of clients attached to this run."""
        record = _RECORD.pack(time.time_ns(), stream, len(data)) + data
        os.pwrite(self._file, record, self.size)
        self.size += len(record)
        self._wake()

    def close(self) -> None:
        """No more will come: readers get what is left, then the end."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def chunks(self, start: int, *, follow: bool) -> AsyncIterator[Chunk]:
        """Chunks and end marks from position ``start``; with ``follow`` also those to come, until ``close``."""
        while True:
            if start < self.size:
                time_ns, stream, length = _RECORD.unpack(os.pread(self._file, _RECORD.size, start))
                data = os.pread(self._file, length, start + _RECORD.size)
                start += _RECORD.size + length
                yield Chunk(time_ns, stream, data)
            elif follow and not self._closed:
                await self._grown.wait()
            else:
                return

    async def run(self, start: int) -> AsyncIterator[Chunk]:
        """Chunks from ``start`` to the end of the run that is on, or of the next one."""
        async for chunk in self.chunks(start, follow=True):
            if chunk.stream == END:
                return
            yield chunk

    async def lines(self, *, follow: bool) -> AsyncIterator[Chunk]:
        """The log: lines with their line feed, in the order of completion, and the end marks of runs.

        The last line of a run may lack its line feed, and is told only at the end of the run.
        """
        pending = {STDOUT: b"", STDERR: b""}
        async for chunk in self.chunks(0, follow=follow):
            if chunk.stream == END:
                for stream, rest in pending.items():
                    if rest:
                        yield Chunk(chunk.time_ns, stream, rest)
                pending = dict.fromkeys(pending, b"")
                yield chunk
                continue
            text = pending[chunk.stream] + chunk.data
            while (end := text.find(b"\n") + 1) or len(text) >= LINE_LIMIT:
                size = min(end or LINE_LIMIT, LINE_LIMIT)
                yield Chunk(chunk.time_ns, chunk.stream, text[:size])
                text = text[size:]
            pending[chunk.stream] = text
