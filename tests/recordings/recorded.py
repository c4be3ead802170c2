"""A recorder and a stand-in as processes, and the suite that replays what was recorded."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.settings import ROOT
from support.waiting import Seen, done, never, not_yet, until
from tests.core.suite import Ran, Suite

READY_WITHIN = 30.0  # seconds
ENDS_WITHIN = 30.0  # seconds


@contextmanager
def _process(socket: Path, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """A process of ours that serves a socket; it is ended by Ctrl-C and has to end well."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *argv], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )

    def listens() -> Seen[bool]:
        if process.poll() is not None:
            return never(process.communicate()[0])
        return done(True) if socket.is_socket() else not_yet("there is no socket")

    try:
        until(listens, f"{argv[0]} to listen", READY_WITHIN, up_to=0.1)
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
