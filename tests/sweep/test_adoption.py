"""What carries a label and stands in no ledger: a live run's while it is young, everybody's to remove later."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from support.cleanup import adoption
from support.cleanup.adoption import Things, seconds_of
from support.cleanup.claims import moment
from support.verdicts import UsageError
from tests.core.fakes import answer
from tests.sweep.conftest import DEAD, Scene
from tests.sweep.test_sweep import left_behind

OTHER = "e15e000000"


def ago(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()


def made(scene: Scene, seconds: float, name: str = f"build-{OTHER}-0001", **more: Any) -> None:
    scene.there("container", name, OTHER, **{"Created": ago(seconds)} | more)


def test_what_is_old_and_in_no_ledger_is_adopted(scene: Scene) -> None:
    made(scene, 3 * 3600)
    scene.there("network", f"runner-net-{OTHER}-0001", OTHER, Created=ago(3 * 3600))
    scene.there("volume", f"cache-{OTHER}-0001", OTHER, CreatedAt=ago(3 * 3600))
    socket = f"socket={scene.url}"
    swept = scene.sweep("-D", socket)

    assert swept.code == 1
    assert [line.partition(" ")[0] for line in swept.things] == ["container", "network", "volume"]
    assert all(
        line.endswith(" UTC, in no ledger") and f", of run {OTHER} of " in line for line in swept.out.splitlines()
    )
    assert scene.docker.deleted() == []
    assert scene.sweep("-D", socket, "--yes").code == 0
    assert scene.docker.names() == []


@pytest.mark.parametrize("arguments", [(), ("--older-than", "2h")])
def test_what_is_young_may_be_a_live_runs(scene: Scene, arguments: tuple[str, ...]) -> None:
    made(scene, 3 * 3600)
    made(scene, 600, f"helper-{OTHER}-0001")
    swept = scene.sweep("-D", f"socket={scene.url}", "--yes", *arguments)

    assert (swept.code, swept.things, scene.docker.deleted()) == (0, [], [])
    assert f"run {OTHER} has 2 things at {scene.url}, is in no ledger here and perhaps alive: the last was" in swept.err
    assert "made 10 min ago" in swept.err


def test_the_age_that_is_asked_for_counts(scene: Scene) -> None:
    made(scene, 600)
    assert scene.sweep("-D", f"socket={scene.url}", "--yes", "--older-than", "5m").code == 0
    assert scene.docker.names() == []


def test_the_longest_job_is_the_settings(scene: Scene) -> None:
    made(scene, 600)
    assert scene.sweep("-D", f"socket={scene.url}", "-D", "job_timeout=30").things == [f"container {_id(scene)}"]


def _id(scene: Scene) -> str:
    return next(iter(scene.docker.containers))


def test_a_dead_run_of_a_ledger_counts_by_its_last_line(scene: Scene) -> None:
    path = left_behind(scene)
    swept = scene.sweep("--yes", "--older-than", "1h")
    assert (swept.code, swept.things) == (0, [])
    assert f"run {DEAD} was at work more recently: what it left is left alone" in swept.err
    os.utime(path, (time.time() - 7200,) * 2)
    assert len(scene.sweep("--yes", "--older-than", "1h").things) == 3
    assert not path.exists()


def test_the_daemons_own_clock_counts(scene: Scene) -> None:
    made(scene, -7200)
    info = answer(200, {"Driver": "memory", "SystemTime": ago(-7200 - 3600)})
    scene.docker.lie = lambda request: info if request.path == "/info" else None
    assert len(scene.sweep("-D", f"socket={scene.url}").things) == 1


@pytest.mark.parametrize("run", ["../../etc", "\x1b[2Jx", "A" * 40, "*", ""])
def test_what_is_no_runs_id_is_named_and_left(scene: Scene, run: str) -> None:
    scene.docker.add("containers", "odd", Labels={"sockerless-acceptance.run": run}, Created=ago(1e6))
    swept = scene.sweep("-D", f"socket={scene.url}", "--yes")

    assert (swept.code, scene.docker.names()) == (0, ["odd"])
    assert "which is no run's ID" in swept.err
    assert "\x1b" not in swept.err


NONSENSE: list[Any] = [
    b"<html>",
    {},
    [[]],
    {"Volumes": 5},
    [None, 5, {"Id": []}],
    b"[" * 100_000,
    b"\xff\xfe",
    "x",
    b"",
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_lists_that_are_nonsense_keep_nothing_from_being_swept(scene: Scene, body: Any) -> None:
    left_behind(scene)
    scene.docker.lie = lambda request: answer(200, body) if "filters" in request.query else None
    scene.sweep("-D", f"socket={scene.url}", "--yes")

    assert scene.docker.names() == []


def test_a_daemon_that_is_gone_does_not_keep_others_from_being_swept(scene: Scene) -> None:
    path = left_behind(scene)
    swept = scene.sweep("-D", "socket=/run/no-such.sock", "--yes")
    assert (swept.code, scene.docker.names(), path.exists()) == (1, [], False)
    assert scene.sweep("-D", "socket=/run/no-such.sock").code == 3


@pytest.mark.parametrize("said", ["2", "h", "-1h", "1w", "1e9d", "٣h", "1h\n", "9999999d", "nan"])
def test_an_age_that_is_none_is_usage(scene: Scene, said: str) -> None:
    swept = scene.sweep("--older-than", said) if not said.startswith("-") else scene.sweep(f"--older-than={said}")
    assert swept.code == 2
    assert swept.err.startswith("acceptance: --older-than ")
    with pytest.raises(UsageError):
        seconds_of(said)


def test_ages() -> None:
    assert [seconds_of(each) for each in ("90s", "30m", "2h", "1d", "0s", "1.5h")] == [90, 1800, 7200, 86400, 0, 5400]


@pytest.mark.parametrize("said", [None, True, [], {}, "", "0001-01-01T00:00:00Z", "yesterday", -5, 1e300, "9" * 5000])
def test_what_is_no_time_is_none(said: Any) -> None:
    assert moment(said) is None


def test_a_run_whose_things_say_no_time_may_be_alive() -> None:
    assert Things([1.0, None]).why_not(1e9, 60) == "when they were made is not said"
    assert Things([1.0, 2.0]).why_not(1e9, 60) == ""
    assert Things([1e9 + 5]).why_not(1e9, 60).startswith("the last was made 0 s ago")
    assert adoption.clock_of({"SystemTime": "nonsense"}) == pytest.approx(time.time(), abs=60)
