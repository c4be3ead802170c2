"""Ledgers that no run wrote, or that were broken since: named, obeyed in nothing, and in nobody's way."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from support.cleanup.dead_runs import killed_runs
from support.cleanup.ledger import Ledger
from support.cleanup.processes import Started
from tests.sweep.conftest import DEAD, Scene
from tests.sweep.test_sweep import CONTAINER, left_behind, started

BAD = "bad0bad0ba"
HEADER = f'{{"run": "{BAD}", "target": "unix:///run/no.sock", "began": 1.9e9}}\n'


def written(content: str | bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


def noting(**entry: object) -> Callable[[Path], object]:
    return written(HEADER + json.dumps(entry) + "\n")


MALFORMED: dict[str, Callable[[Path], object]] = {
    "no JSON": written("it is a shopping list\n"),
    "no objects": written("[]\n5\nnull\n"),
    "half a line in the middle": written(HEADER + '{"kind": "contai\n{"id": "' + "a" * 64 + '"}\n'),
    "invalid UTF-8": written(HEADER.encode() + b'{"kind": "network", "name": "\xff\xfe"}\n'),
    "zeros": written(b"\0" * 4096 + b"\n"),
    "deep": written("[" * 200_000 + "\n"),
    "deep inside": written(HEADER + '{"id": ' + "[" * 10_000 + "]" * 10_000 + "}\n"),
    "an endless line": written(HEADER + '{"folder": "/' + "x" * 1_000_000 + '"}\n'),
    "huge": lambda path: os.truncate(path, 10 * 1024**3) if path.touch() is None else None,
    "many digits": written(f'{{"run": "{BAD}", "target": "unix:///x", "began": {"9" * 5000}}}\n'),
    "no first line": written('{"kind": "volume", "name": "data"}\n'),
    "another's name": written(HEADER.replace(BAD, DEAD[::-1])),
    "no run's ID": written(HEADER.replace(BAD, "../../etc")),
    "a target that is no URL": written(HEADER.replace("unix:///run/no.sock", "gopher://x")),
    "a target that is no text": written(HEADER.replace('"unix:///run/no.sock"', "{}")),
    "NaN": written(HEADER.replace("1.9e9", "NaN")),
    "infinity": written(HEADER.replace("1.9e9", "1e999")),
    "before all time": written(HEADER.replace("1.9e9", "-1")),
    "a daemon that is a text": noting(daemon="init"),
    "a daemon of all processes": noting(daemon={"pid": -1, "born": "0", "what": "x"}),
    "a daemon of this group": noting(daemon={"pid": 0, "born": "0", "what": "x"}),
    "a daemon that is true": noting(daemon={"pid": True, "born": "0", "what": "x"}),
    "a daemon beyond all": noting(daemon={"pid": 10**30, "born": "0", "what": "x"}),
    "a relative folder": noting(folder="../.."),
    "a folder with a NUL": noting(folder="/tmp/\0x"),
    "a folder that is a list": noting(folder=["/"]),
    "an ID that is short": noting(id="a"),
    "an ID that is a number": noting(id=5),
    "an image": noting(kind="image", name="alpine"),
    "a name that is a list": noting(kind="network", name=["x"]),
    "a name that is a path": noting(kind="container", name="../../volumes/data"),
    "a name with escapes": noting(kind="container", name="\x1b[2Jx"),
    "a name alone": noting(name="data"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a symbolic link": lambda path: path.symlink_to("/etc/passwd"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("broken", MALFORMED)
def test_a_malformed_ledger_is_named_and_in_nobodys_way(scene: Scene, broken: str) -> None:
    honest = left_behind(scene)
    path = honest.with_name(f"{BAD}.jsonl")
    MALFORMED[broken](path)
    swept = scene.sweep("--yes")

    assert (swept.code, len(swept.things)) == (1, 3)
    assert f"acceptance: {path} is no ledger that can be trusted, and is skipped: " in swept.err
    assert "\x1b" not in swept.err
    assert not honest.exists()
    assert os.path.lexists(path)
    assert scene.docker.names() == []
    dead, lines = killed_runs(path.parent)
    assert (dead, len(lines)) == ([], 1), "a run that starts is told, too"
    Ledger.open(path.parent, scene.url).drop()


def test_a_ledger_that_nobody_may_read_is_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = left_behind(scene)
    foreign = honest.with_name(f"{BAD}.jsonl")
    written(HEADER)(foreign)
    os.chown(foreign, 65534, 65534) if os.geteuid() == 0 else monkeypatch.setattr(os, "geteuid", lambda: -1)
    swept = scene.sweep("--yes")

    assert f"{foreign} is no ledger that can be trusted, and is skipped: it belongs to another user" in swept.err
    assert foreign.exists()


def test_a_folder_of_ledgers_that_is_none_is_usage(tmp_path: Path, scene: Scene) -> None:
    scene.reports.mkdir()
    (scene.reports / "ledger").write_text("")
    assert scene.sweep().code == 0
    assert killed_runs(scene.reports / "ledger") == ([], [])


def test_a_forged_ledger_removes_nothing_of_strangers(scene: Scene) -> None:
    things = [
        scene.there(kind, name, run="")
        for kind, name in (
            ("container", "production"),
            ("network", "backbone"),
            ("volume", "a" * 64),
            ("volume", "data"),
        )
    ]
    others = scene.there("container", f"build-{DEAD}-0001", "0ther00000")
    before = scene.docker.names()
    scene.ledger(DEAD, *things, others)
    swept = scene.sweep("--yes")

    assert swept.code == 1
    assert scene.docker.names() == before
    assert scene.docker.deleted() == []
    assert [line.partition(" (")[0] for line in swept.things] == ["volume data", f"volume {'a' * 64}"]
    assert swept.err.count("says that it is the run's") == 2


ANONYMOUS = {"com.docker.volume.anonymous": ""}


@pytest.mark.parametrize(
    ("shows", "is_ours"),
    [
        ({"Labels": ANONYMOUS, "CreatedAt": "2030-03-17T17:50:00Z"}, True),
        ({"Labels": ANONYMOUS, "CreatedAt": "2030-03-17T17:30:00Z"}, False),
        ({"Labels": ANONYMOUS}, False),
        ({"Labels": {}, "CreatedAt": "2030-03-17T17:50:00Z"}, False),
        ({}, False),
    ],
    ids=["made while it lived", "made before", "made at no time", "named by somebody", "says nothing"],
)
def test_a_volume_without_a_name_is_the_runs_if_the_daemon_made_it_then(
    scene: Scene, shows: dict[str, object], is_ours: bool
) -> None:
    scene.docker.add("volumes", "b" * 64, **shows)
    path = scene.ledger(DEAD, {"kind": "volume", "name": "b" * 64})
    os.utime(path, (1.9e9 + 600, 1.9e9 + 600))
    swept = scene.sweep("--yes")

    assert (swept.code, scene.docker.names()) == ((0, []) if is_ours else (1, ["b" * 64]))
    assert path.exists() is not is_ours


def test_a_volume_that_a_container_of_the_run_mounts_is_the_runs(scene: Scene) -> None:
    scene.docker.add("volumes", "c" * 64)
    container = scene.there("container", CONTAINER, Mounts=[{"Type": "volume", "Name": "c" * 64}])
    scene.ledger(DEAD, container, {"kind": "volume", "name": "c" * 64})

    assert scene.sweep("--yes").code == 0
    assert scene.docker.names() == []


@pytest.mark.parametrize("folder", ["", "acceptance-elsewhere"])
def test_a_process_that_the_suite_did_not_start_is_left_alone(scene: Scene, folder: str) -> None:
    elsewhere = scene.folder("acceptance-other") if folder else scene.reports.parent
    stranger = started(elsewhere) if folder else subprocess.Popen(["sleep", "60"])
    note = asdict(Started.now(stranger.pid, "sockerless", str(scene.folder("acceptance-elsewhere")) if folder else ""))
    path = scene.ledger(DEAD, {"daemon": note})
    try:
        swept = scene.sweep("--yes")
        assert swept.code == 1
        assert f"process {stranger.pid} is left alone: the suite did not start it" in swept.err
        assert stranger.poll() is None
        assert path.exists()
    finally:
        stranger.kill()
        stranger.wait()


def unmarked(folder: Path) -> Path:
    folder.mkdir()
    return folder


def linked(folder: Path) -> Path:
    (folder.parent / "real").mkdir()
    (folder.parent / "real" / ".acceptance-folder").write_text("{}")
    folder.symlink_to(folder.parent / "real")
    return folder


def marked_by_a_link(folder: Path) -> Path:
    folder.mkdir()
    (folder / "mine").write_text("{}")
    (folder / ".acceptance-folder").symlink_to(folder / "mine")
    return folder


def called_otherwise(folder: Path) -> Path:
    other = folder.with_name("thesis")
    other.mkdir()
    (other / ".acceptance-folder").write_text("{}")
    return other


def elsewhere(folder: Path) -> Path:
    return Path.home()


@pytest.mark.parametrize("make", [unmarked, linked, marked_by_a_link, called_otherwise, elsewhere])
def test_a_folder_that_is_none_of_the_suites_stays(scene: Scene, make: Callable[[Path], Path]) -> None:
    folder = make(scene.reports.parent / "acceptance-x1")
    scene.ledger(DEAD, {"folder": str(folder)}, scene.there("container", CONTAINER))
    honest = scene.ledger("dead000002", scene.there("volume", "cache-dead000002-0001", "dead000002"))
    swept = scene.sweep("--yes")

    assert swept.code == 1
    assert f"folder {folder}, which run {DEAD} of 2030-03-17 17:46 UTC notes, is left alone: " in swept.err
    assert folder.exists()
    assert scene.docker.names() == []
    assert not honest.exists()


def test_a_killed_write_does_not_spoil_what_a_later_sweep_notes(scene: Scene) -> None:
    path = left_behind(scene)
    path.write_text(path.read_text() + '{"kind": "contai')
    scene.docker.add("containers", "unnoted", Labels={"sockerless-acceptance.run": DEAD})
    assert len(scene.sweep().things) == 4
    assert len(scene.sweep("--yes").things) == 4
    assert not path.exists()


def test_reading_a_hundred_malformed_ledgers_takes_no_time(scene: Scene) -> None:
    honest = left_behind(scene)
    for number in range(100):
        honest.with_name(f"{number:010x}.jsonl").write_text("[" * 10_000 + "\n")
    began = time.monotonic()
    dead, lines = killed_runs(honest.parent)
    assert (dead, len(lines)) == ([DEAD], 100)
    assert time.monotonic() - began < 60
