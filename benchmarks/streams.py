"""How fast a hijacked stream is read, held against a bare socket, and what memory that takes.

``python -m benchmarks.streams MB`` is one reading of a stream of so many megabytes, in a process of its own; it prints
its megabytes a second, and the process's peak in megabytes.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from support.api.endpoint import Endpoint
from support.api.frames import STDERR, STDOUT, Frame, encode
from support.api.hijack import Hijack
from support.api.recording import Recorder
from support.settings import ROOT

_HEAD = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
_FRAME = 32 * 1024  # bytes; the most that an engine puts into one
_CHUNK = 64 * 1024  # bytes of one read, as the suite reads
_WITHIN = 300.0  # seconds
_MB = 1_000_000


@dataclass(frozen=True)
class Reading:
    """``rate`` in megabytes a second, ``peak`` of the reading process in megabytes."""

    rate: float
    peak: float


def reading(megabytes: int, *, bare: bool = False) -> Reading:
    """One stream of both kinds of output, read by a process of its own. Raises ``CalledProcessError``."""
    argv = [sys.executable, "-P", "-m", "benchmarks.streams", str(megabytes), *(["bare"] if bare else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, timeout=_WITHIN, check=True)
    return Reading(**json.loads(ended.stdout))


def _send(listener: socket.socket, size: int) -> None:
    """Answer one attach, and send so many bytes of output, a frame of each stream in turn."""
    connection, _ = listener.accept()
    connection.recv(_CHUNK)
    connection.sendall(_HEAD)
    pair = encode(Frame(STDOUT, b"o" * _FRAME)) + encode(Frame(STDERR, b"e" * _FRAME))
    for _ in range(size // (2 * _FRAME)):
        connection.sendall(pair)
    connection.close()


def _read_frames(endpoint: Endpoint) -> int:
    stream = Hijack(endpoint, Recorder(), "/v1.44/containers/1/attach", {})
    stream.open(_WITHIN)
    if not stream.wait_end(_WITHIN) or stream.malformed:
        raise RuntimeError(stream.malformed or "the stream did not end")
    return sum(kept.size for kept in stream.kept.values())


def _read_bare(endpoint: Endpoint) -> int:
    size = 0
    with endpoint.connect(_WITHIN) as connection:
        connection.sendall(b"attach")
        while data := connection.recv(_CHUNK):
            size += len(data)
    return size


def main(megabytes: int, *, bare: bool) -> None:
    """Read, and print ``Reading`` as JSON."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        endpoint = Endpoint(path=str(Path(folder, "s")))
        listener.bind(endpoint.path)
        listener.listen()
        sender = os.fork()
        if sender == 0:
            _send(listener, megabytes * _MB)
            os._exit(0)
        began = time.monotonic()
        size = (_read_bare if bare else _read_frames)(endpoint)
        took = time.monotonic() - began
        os.waitpid(sender, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB
    print(json.dumps({"rate": size / _MB / took, "peak": peak}))


if __name__ == "__main__":
    main(int(sys.argv[1]), bare=sys.argv[2:] == ["bare"])
