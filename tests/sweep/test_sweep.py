"""What killed runs left is listed and removed; what lives, and what is somebody else's, is neither."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.aws.resources import Facts
from support.cleanup.dead_runs import killed_runs
from support.cleanup.ledger import Ledger
from support.cleanup.leftovers import LeftoverScan
from support.cleanup.processes import Started
from support.daemon import FOLDER_OF_DAEMON
from support.waiting import done, not_yet, until
from tests.core.fakes import answer
from tests.sweep.conftest import DEAD, Scene

CONTAINER, NETWORK, VOLUME = (f"{purpose}-{DEAD}-0001" for purpose in ("build", "runner-net", "cache"))


def started(folder: Path) -> subprocess.Popen[bytes]:
    """A daemon that a run started, with a folder made for it."""
    return subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env={**os.environ, FOLDER_OF_DAEMON: str(folder)},
        start_new_session=True,
    )


def left_behind(scene: Scene) -> Path:
    notes = [scene.there("volume", VOLUME), scene.there("network", NETWORK), scene.there("container", CONTAINER)]
    return scene.ledger(DEAD, *notes)


def test_a_dry_run_lists_and_removes_nothing(scene: Scene) -> None:
    path = left_behind(scene)
    swept = scene.sweep()

    assert swept.code == 1
    assert swept.out.splitlines() == [
        f"{what}, at {scene.url}, of run {DEAD} of 2030-03-17 17:46 UTC"
        for what in (f"container {CONTAINER}", f"network {NETWORK}", f"volume {VOLUME}")
    ]
    assert swept.err.startswith("acceptance: 3 left by runs that were killed; ./acceptance sweep --yes removes them")
    assert scene.docker.deleted() == []
    assert path.exists()


def test_yes_removes_it_in_order_and_a_second_sweep_finds_nothing(scene: Scene) -> None:
    path = left_behind(scene)
    swept = scene.sweep("--yes")

    assert (swept.code, swept.err) == (0, "acceptance: 3 removed, nothing is left\n")
    assert [path.split("/")[1] for path in scene.docker.deleted()] == ["containers", "networks", "volumes"]
    assert scene.docker.names() == []
    assert not path.exists()
    again = scene.sweep()
    assert (again.code, again.out, again.err) == (0, "", "acceptance: nothing is left\n")


def test_where_not_all_of_the_account_can_be_observed_nothing_is_said_to_be_left(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen = "not observable here: ecs:ListTaskDefinitions, not permitted"
    scene.ledger()
    found = SimpleNamespace(left=lambda tokens, beside: Facts([], [unseen]))
    monkeypatch.setattr(LeftoverScan, "_open_account", lambda scan: SimpleNamespace(region="somewhere"))
    monkeypatch.setattr(LeftoverScan, "_resources", lambda scan, ledger: found)
    monkeypatch.setattr(LeftoverScan, "_add_labelled_in_aws", lambda scan, found: None)
    swept = scene.sweep()

    assert (swept.code, swept.out, swept.err) == (1, "", f"acceptance: {unseen}\n")


def test_a_living_run_is_left_alone(scene: Scene) -> None:
    alive = Ledger.open(scene.reports / "ledger", scene.url, "a11fe00000")
    name = alive.name("build")
    alive.expect("container", name)
    scene.there("container", name, alive.run_id)

    assert scene.sweep("--yes").things == []
    assert scene.docker.names() == [name]


def test_what_is_somebody_elses_is_not_listed(scene: Scene) -> None:
    left_behind(scene)
    for kind, name in (("container", "production"), ("network", f"build-{DEAD[:-1]}-0001"), ("volume", "data")):
        scene.there(kind, name, run="")

    assert scene.sweep("--yes").things == [f"container {CONTAINER}", f"network {NETWORK}", f"volume {VOLUME}"]
    assert scene.docker.names() == ["production", f"build-{DEAD[:-1]}-0001", "data"]


def test_what_a_run_could_not_note_is_found_by_its_label(scene: Scene) -> None:
    scene.ledger(DEAD)
    scene.there("container", "of-the-daemons-own-naming")

    (thing,) = scene.sweep("--yes").things
    assert thing.startswith("container ")
    assert scene.docker.names() == []


def test_a_run_without_a_ledger_may_be_alive_elsewhere(scene: Scene) -> None:
    scene.there("container", "build-e15e000000-0001", "e15e000000")
    socket = f"socket={scene.url}"
    swept = scene.sweep("--yes", "-D", socket)

    assert (swept.code, swept.things) == (0, [])
    assert f"run e15e000000 has 1 things at {scene.url}, is in no ledger here and perhaps alive: when they" in swept.err
    assert scene.sweep("--run", "e15e000000", "-D", socket).code == 1
    assert scene.sweep("--run", "e15e000000", "-D", socket, "--yes").code == 0
    assert scene.docker.names() == []


def test_it_goes_on_after_what_cannot_be_removed(scene: Scene) -> None:
    path = left_behind(scene)
    in_use = answer(403, {"message": "it has active endpoints"})
    scene.docker.lie = lambda request: (
        in_use if request.method == "DELETE" and request.path.startswith("/networks") else None
    )
    swept = scene.sweep("--yes")

    assert swept.code == 1
    assert f"not removed, of run {DEAD} of 2030-03-17 17:46 UTC: network {NETWORK}: still there after" in swept.err
    assert "(it has active endpoints)" in swept.err
    assert scene.docker.names() == [NETWORK]
    assert path.exists()


def test_a_daemon_that_is_not_there_keeps_the_ledger(scene: Scene) -> None:
    path = scene.ledger(DEAD, {"kind": "container", "name": CONTAINER}, url="unix:///run/no-such.sock")
    left_behind_elsewhere = scene.ledger("dead000002", scene.there("volume", "cache-dead000002-0001", "dead000002"))
    swept = scene.sweep("--yes")

    assert swept.code == 1
    assert swept.err.splitlines()[0].startswith("acceptance: no socket at /run/no-such.sock: start the daemon")
    assert path.exists()
    assert not left_behind_elsewhere.exists()


@pytest.mark.parametrize("end", ['{"kind": "contai', "", "\x00\xff", "[1]"])
def test_a_ledger_whose_last_line_was_cut(scene: Scene, end: str) -> None:
    path = left_behind(scene)
    path.write_text(path.read_text() + end)

    assert len(scene.sweep("--yes").things) == 3
    assert not path.exists()


def test_later_runs_know_of_dead_ones_and_leave_them_to_the_sweep(scene: Scene) -> None:
    left_behind(scene)
    alive = Ledger.open(scene.reports / "ledger", scene.url, "a11fe00000")

    assert killed_runs(alive.path.parent) == ([DEAD], [])
    assert len(scene.sweep().things) == 3


def test_a_run_that_was_killed_before_its_first_line_left_nothing(scene: Scene) -> None:
    path = scene.ledger()
    path.write_text("")
    assert scene.sweep().code == 0


def test_a_daemon_and_a_folder_of_the_runs_are_ended_and_removed(scene: Scene) -> None:
    ours = scene.folder("acceptance-x1")
    daemon = started(ours)
    note = {"daemon": asdict(Started.now(daemon.pid, "sockerless", str(ours)))}
    scene.ledger(DEAD, note, {"folder": str(ours)}, scene.there("container", CONTAINER))
    try:
        swept = scene.sweep()
        assert swept.things == [f"container {CONTAINER}", "sockerless", f"folder {ours}"]
        assert daemon.poll() is None
        # Nobody but its parent reaps it: that is this test, as init would be.
        assert scene.sweep("--yes").code == 0
        until(lambda: not_yet("it runs") if daemon.poll() is None else done(True), "the daemon to end", 5)
    finally:
        daemon.kill()
        daemon.communicate()
    assert not ours.exists()
    assert scene.docker.names() == []


def test_another_process_of_the_same_number_is_none_of_ours(scene: Scene) -> None:
    own = Started.now(1, "sockerless")
    note = {"daemon": {"pid": own.pid, "born": "1" + own.born, "what": "sockerless"}}
    scene.ledger(DEAD, note)
    swept = scene.sweep("--yes")

    assert (swept.code, swept.things) == (1, [])
    assert "has ended; what it may have kept is searched for with -D command=" in swept.err


def test_all_that_the_standin_ran_went_with_it(scene: Scene) -> None:
    note = {"daemon": {"pid": 1, "born": "0", "what": "the stand-in"}}
    path = scene.ledger(DEAD, note, {"kind": "container", "name": CONTAINER}, url="unix:///tmp/gone.sock")
    assert scene.sweep().code == 0
    assert scene.sweep("--yes").code == 0
    assert not path.exists()


def test_runs_inside_of_a_run_are_swept_too(scene: Scene) -> None:
    folder = scene.folder("acceptance-own-1")
    inner = Scene(folder / "0" / "reports", scene.docker, scene.server, scene._capsys)
    inner.ledger("dead000002", inner.there("container", "build-dead000002-0001", "dead000002"))
    scene.ledger(DEAD, {"folder": str(folder)})
    swept = scene.sweep("--yes")

    assert swept.things == ["container build-dead000002-0001", f"folder {folder}"]
    assert scene.docker.names() == []
    assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--no"], "unrecognized arguments: --no; see ./acceptance sweep --help"),
        (["-D", "sockett=x"], "unknown setting 'sockett' in -D: did you mean socket?"),
        (["--run", "../x"], "--run '../x' is no run's ID: give what the label sockerless-acceptance.run says"),
        (["--run", DEAD], "--run needs the daemon to search: set -D socket=…"),
        (["-D", "api_version=1"], "api_version='1' is no API version: write it as 1.44"),
    ],
)  # fmt: skip
def test_usage(scene: Scene, arguments: list[str], line: str) -> None:
    swept = scene.sweep(*arguments)
    assert (swept.code, swept.err, swept.out) == (2, f"acceptance: {line}\n", "")
