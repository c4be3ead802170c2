"""A recorder and a stand-in as processes, and the suite that replays what was recorded."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.settings import ROOT
from tests.core.suite import Ran, Suite

READY_WITHIN = 30.0  # seconds
ENDS_WITHIN = 30.0  # seconds


@contextmanager
def _process(socket: Path, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """A process of ours that serves a socket; it is ended by Ctrl-C and has to end well."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *argv], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not socket.is_socket():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline, f"{argv[0]} does not listen"
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=ENDS_WITHIN)
        assert "Traceback" not in out, out


@contextmanager
def standin(folder: Path) -> Iterator[Path]:
    """A stand-in's socket."""
    socket = folder / "standin.sock"
    with _process(socket, "standin", "--socket", str(socket)):
        yield socket


@contextmanager
def recorder(folder: Path, upstream: Path, out: Path) -> Iterator[Path]:
    """The socket of a recorder in front of a daemon; ``out`` is there afterwards."""
    socket = folder / "recorder.sock"
    arguments = ("record", "--listen", str(socket), "--upstream", str(upstream), "--out", str(out))
    with _process(socket, "support", *arguments) as process:
        yield socket
    assert process.returncode == 0
    assert not socket.exists()


def replayed(suite: Suite, recordings: Path, *target: str) -> Ran:
    """The recordings in a folder, replayed by the suite."""
    return suite.run("--tags=@RUN-30", "-D", f"recordings={recordings}", *target)
