"""What killed processes of the suite left on this machine: folders that they marked, and a socket of ``serve``."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from support import folders
from support.cleanup import machine
from support.settings import ROOT
from support.waiting import Seen, done, never, not_yet, until
from tests.sweep.conftest import DEAD, Scene
from tests.sweep.test_sweep import started

WITHIN = 60.0  # seconds


def test_what_a_killed_serve_left_is_found_and_removed(scene: Scene, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="core-") as short:
        path = Path(short) / "s.sock"
        serve = subprocess.Popen(
            [sys.executable, "-P", "-m", "standin", "--socket", str(path)],
            env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )
        try:
            assert serve.stderr is not None
            assert b"answers on" in serve.stderr.readline()
            assert (scene.sweep("--yes").code, path.exists()) == (0, True), "it lives"
        finally:
            serve.send_signal(signal.SIGKILL)
            serve.communicate(timeout=WITHIN)
        (folder,) = tmp_path.glob("standin-*")
        swept = scene.sweep()
        assert swept.code == 1
        assert swept.out.splitlines() == [
            f"{thing}, on this machine, of ./acceptance serve, which was killed"
            for thing in (f"socket {path}", f"folder {folder}")
        ]
        assert (path.exists(), folder.exists()) == (True, True)
        assert scene.sweep("--yes").code == 0
        assert (path.exists(), folder.exists()) == (False, False)


@pytest.mark.parametrize("numbers", [(signal.SIGKILL,), (signal.SIGTERM,)], ids=["killed", "ended"])
def test_what_a_falsification_left_is_found_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, numbers: tuple[signal.Signals, ...]
) -> None:
    with tempfile.TemporaryDirectory(prefix="core-") as short:
        falsify = subprocess.Popen(
            [sys.executable, "-P", "-m", "falsify", "--only", "wait-5*", "--reports", str(tmp_path / "reports")],
            env={**os.environ, "TMPDIR": short, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
        )

        def has_a_daemon() -> Seen[bool]:
            if falsify.poll() is not None:
                return never(f"it ended: {falsify.communicate()}")
            found = list(Path(short).glob("falsify-*/acceptance-*/docker.sock"))
            return done(True) if found else not_yet("no socket")

        until(has_a_daemon, "a daemon", WITHIN)
        for number in numbers:
            falsify.send_signal(number)
        said = falsify.communicate(timeout=WITHIN)[0].decode()
        assert "Traceback" not in said
        monkeypatch.setattr(folders, "roots", lambda *more: [Path(short).resolve()])
        found, _ = machine.abandoned(Path(short), (), 0.0)
        if signal.SIGKILL in numbers:
            (line,) = [line for each in found for line in each.lines]
            assert line.endswith(", on this machine, of ./acceptance falsify, which was killed")
            assert [problem for each in found for problem in each.remove()] == []
        assert list(Path(short).iterdir()) == []


def test_a_folder_is_its_makers_as_long_as_he_lives(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(scene.reports.parent))
    folder = folders.make("acceptance-", "a run")
    scene.ledger(DEAD, {"folder": str(folder)})
    swept = scene.sweep("--yes")
    assert (swept.code, swept.things, folder.exists()) == (1, [], True)
    assert "is left alone: its maker lives" in swept.err
    assert folders.remove(folder) == ""
    assert not folder.exists()
    assert folders.remove(folder) == ""
    assert scene.sweep("--yes").code == 0


def test_a_folder_whose_daemon_goes_on_is_left_to_its_ledger(scene: Scene) -> None:
    folder = scene.folder("acceptance-x1")
    daemon = started(folder)
    try:
        swept = scene.sweep("--yes")
        assert (swept.things, folder.exists()) == ([], True)
        assert f"folder {folder} is a killed run's whose daemon goes on, process {daemon.pid}" in swept.err
    finally:
        daemon.kill()
        daemon.communicate()
    assert scene.sweep("--yes").things == [f"folder {folder}"]
    assert not folder.exists()


@pytest.mark.parametrize("what", ["a file", "another socket", "one that answers", "a link"])
def test_only_the_very_socket_that_nobody_serves_is_removed(scene: Scene, what: str) -> None:
    with tempfile.TemporaryDirectory(prefix="core-") as short, socket.socket(socket.AF_UNIX) as listener:
        path, other = Path(short) / "s.sock", Path(short) / "other"
        listener.bind(str(other))
        if what == "a file":
            path.write_text("precious")
        elif what == "a link":
            path.symlink_to(other)
        else:
            other.rename(path)
        if what == "one that answers":
            listener.listen()
        folder = scene.folder("standin-x1")
        inode = path.stat().st_ino + (what == "another socket")
        marker = {"what": "./acceptance serve", "pid": 1, "socket": str(path), "inode": inode}
        (folder / folders.MARKER).write_text(json.dumps(marker))
        assert scene.sweep("--yes").things == [f"folder {folder}"]
        assert os.path.lexists(path)


@pytest.mark.parametrize(
    "marker", [b"", b"[", b"\xff", b"[" * 4000, b'{"what": 5, "socket": {}, "inode": []}', b"{}" * 9999]
)
def test_a_marker_whose_text_is_broken_still_marks(scene: Scene, marker: bytes) -> None:
    folder = scene.folder("acceptance-x1")
    (folder / folders.MARKER).write_bytes(marker)
    assert scene.sweep("--yes").things == [f"folder {folder}"]
    assert not folder.exists()


def test_a_folder_of_any_depth_is_removed(scene: Scene) -> None:
    folder = scene.folder("acceptance-x1")
    here = os.open(folder, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("deep", dir_fd=here)
        deeper = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert scene.sweep("--yes").code == 0
    assert not folder.exists()
