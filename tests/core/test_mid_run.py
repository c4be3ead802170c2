"""A daemon that dies and a run that is broken off, in the middle: said at once, cleaned up, and reported in full."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.api.client import DockerApi, raw_call
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.cleanup.inventory import RUN_LABEL
from support.waiting import Seen, done, never, not_yet, until
from tests.core.fakes import Peer, serving
from tests.core.suite import ROOT, Ran, Suite, criteria, suite

WITHIN = 30.0  # seconds
FOREIGN = "somebody-elses"


@pytest.fixture
def run() -> Iterator[Suite]:
    with suite() as made:
        yield made


@pytest.fixture(scope="module")
def standin() -> Iterator[DockerApi]:
    """A daemon that runs containers, with some of somebody else's."""
    with tempfile.TemporaryDirectory(prefix="core-") as folder, (Path(folder) / "log").open("wb") as log:
        endpoint = Endpoint(path=f"{folder}/docker.sock")
        argv = [sys.executable, "-P", "-m", "standin", "--socket", endpoint.path]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": folder}
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            api = DockerApi(endpoint, "1.44", Recorder(), WITHIN)
            until(lambda: _answers(process, api), "the stand-in", WITHIN, every=0.01)
            assert api.ask(lambda client: client.pull("alpine", tag="latest")).status == 200
            assert api.ask(lambda client: client.create_container("alpine:latest", name=FOREIGN)).status == 201
            assert api.ask(lambda client: client.create_network(FOREIGN)).status == 201
            assert api.ask(lambda client: client.create_volume(FOREIGN)).status == 201
            yield api
        finally:
            process.terminate()
            process.wait(WITHIN)


def _answers(process: subprocess.Popen[bytes], api: DockerApi) -> Seen[bool]:
    if process.poll() is not None:
        return never(f"it exited with {process.returncode}")
    return done(True) if Path(api.endpoint.path).exists() and api.is_alive() else not_yet("no answer")


@contextmanager
def dying_after(connections: int, endpoint: Endpoint) -> Iterator[Endpoint]:
    """A way to a daemon that dies, with all that is under way, when so many connections were made."""
    ways: list[socket.socket] = []

    def splice(peer: Peer) -> None:
        if server.connections > connections:
            server.die()
            for way in ways:
                with suppress(OSError):  # closed
                    way.shutdown(socket.SHUT_RDWR)
            return
        with endpoint.connect(WITHIN) as way:
            ways.append(way)
            back = threading.Thread(target=_copy, args=(way, peer.socket), daemon=True)
            back.start()
            _copy(peer.socket, way)
            back.join(WITHIN)

    with serving(splice) as server:
        yield server.endpoint
        assert server.over.is_set(), "it was over before the daemon died"


def _copy(source: socket.socket, sink: socket.socket) -> None:
    source.settimeout(WITHIN)
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def of_runs(api: DockerApi) -> dict[str, list[str]]:
    """What the daemon has of any run of the suite: names by kind, those that are removed first first."""
    wanted = {"filters": json.dumps({"label": [RUN_LABEL]})}
    containers = api.ask(raw_call("GET", "/containers/json", all="true", **wanted)).json()
    volumes = api.ask(raw_call("GET", "/volumes", **wanted)).json()["Volumes"] or []
    return {
        "containers": [each["Names"][0].removeprefix("/") for each in containers],
        "networks": [each["Name"] for each in api.ask(raw_call("GET", "/networks", **wanted)).json()],
        "volumes": [each["Name"] for each in volumes],
    }


def names(made: dict[str, list[str]]) -> list[str]:
    return [name for each in made.values() for name in each]


def clean(api: DockerApi) -> None:
    """Remove what a run had to leave, also what the daemon is about to create for it."""

    def is_clean() -> Seen[bool]:
        made = of_runs(api)
        for kind, each in made.items():
            for name in each:
                api.ask(raw_call("DELETE", f"/{kind}/{name}", force="true", v="true"))
        return not_yet(", ".join(names(made))) if names(made) else done(True)

    until(is_clean, "the daemon to be clean", WITHIN)


def assert_complete(ran: Ran, selected: list[str]) -> None:
    """A case for each criterion, whatever happened, and the same verdict in both reports."""
    cases = ran.cases()
    assert set(selected) <= set(cases)
    for name, verdict in ran.verdicts.items():
        case = cases[name.partition(" ")[0]]
        kinds = {kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None}
        assert (
            kinds
            == {"passed": set(), "violated": {"failure"}, "not judged": {"error"}, "skipped": {"skipped"}}[verdict]
        )


@pytest.mark.parametrize("connections", [3, 30, 90], ids=["at-the-opening", "early", "late"])
def test_a_daemon_that_dies_leaves_the_rest_not_judged(run: Suite, standin: DockerApi, connections: int) -> None:
    with dying_after(connections, standin.endpoint) as endpoint:
        ran = run.run("--tags=@gitlab", "-D", f"socket={endpoint.path}")
    left = names(of_runs(standin))
    clean(standin)

    assert ran.code == 3, ran.out + ran.err
    assert_complete(ran, criteria())
    verdicts = [ran.verdicts[criterion] for criterion in criteria()]
    assert set(verdicts) <= {"passed", "not judged"}
    assert verdicts[-1] == "not judged"
    gone = f"the daemon at unix://{endpoint.path} does not answer any more; last: #"
    assert all(cause.startswith((gone, "left behind: ", "it stands on ")) for cause in ran.causes)
    # What could not be removed is named, and noted for whoever cleans up later.
    named = [outcome.cause for outcome in ran.outcomes if outcome.cause.startswith("left behind: ")]
    files = (run.reports / "ledger").iterdir()
    noted = [json.loads(line).get("name", "?") for file in files for line in file.read_text().splitlines()]
    assert set(left) <= set(noted)
    assert all(any(name in cause for cause in named) for name in left)
    assert bool(noted) == bool(named)


def wait_for_containers(process: subprocess.Popen[str], api: DockerApi) -> None:
    """Until the run that goes on has containers."""

    def has_some() -> Seen[bool]:
        if process.poll() is not None:
            return never(f"the run ended with {process.returncode}")
        return done(True) if of_runs(api)["containers"] else not_yet("it has none")

    until(has_some, "the run to have containers", WITHIN, every=0.01)


@pytest.mark.parametrize(
    ("number", "said", "tag"),
    [
        (signal.SIGINT, "Ctrl-C", "gitlab"),
        # One whose container runs until it is told to end, so that the signal comes in its middle.
        (signal.SIGTERM, "SIGTERM", "TST-011-AC-13"),
    ],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_run_that_is_broken_off_cleans_up_and_reports(
    run: Suite, standin: DockerApi, number: signal.Signals, said: str, tag: str
) -> None:
    selected = criteria() if tag == "gitlab" else [tag]
    process = run.start(f"--tags=@{tag}", "-D", f"socket={standin.endpoint.path}")
    wait_for_containers(process, standin)
    process.send_signal(number)
    ran = run.end(process)

    assert ran.code == 128 + number, ran.out + ran.err
    assert_complete(ran, selected)
    assert ran.verdicts[selected[-1]] == "not judged"
    assert f"interrupted by {said}" in ran.causes
    assert "interrupted: cleaning up, then reporting" in ran.err
    assert names(of_runs(standin)) == []
    assert list((run.reports / "ledger").iterdir()) == []
    assert ran.out.rstrip().endswith(" skipped"), "the summary is the last that is said"


def test_a_container_that_somebody_else_removes_is_named(run: Suite, standin: DockerApi) -> None:
    process = run.start("--tags=@TST-011-AC-08", "-D", f"socket={standin.endpoint.path}")
    wanted = {"filters": json.dumps({"label": [RUN_LABEL], "status": ["running"]})}

    def is_removed() -> Seen[str]:
        found = standin.ask(raw_call("GET", "/containers/json", **wanted)).json()
        names = [each["Names"][0].removeprefix("/") for each in found]
        services = [name for name in names if name.endswith("-service")]
        for name in services:
            assert standin.ask(raw_call("DELETE", f"/containers/{name}", force="true")).status == 204
        return done(services[0]) if services else not_yet(f"{names}")

    name = until(is_removed, "a service that runs", WITHIN, every=0.01, up_to=0.05)
    ran = run.end(process)

    assert ran.code in (1, 3), ran.out + ran.err
    (outcome,) = ran.outcomes
    assert f"the container {name} disappeared: /events reported that it was destroyed at " in outcome.cause
    assert outcome.cause.endswith(" UTC, which this run did not ask for")
    case = ran.cases()["TST-011-AC-08"]
    assert outcome.cause in [each.get("message") for each in case]
    assert outcome.cause.partition("; the container ")[2] in ran.out


def test_a_target_of_ours_that_is_killed_leaves_the_rest_not_judged(run: Suite) -> None:
    pid = run.folder / "pid"
    script = f'echo $$ >{pid}; TMPDIR={run.folder} exec "$0" -P -m standin --socket "$1"'
    process = run.start("--tags=@gitlab", "-D", f"command=sh -c '{script}' {sys.executable} {{socket}}")
    seen: list[str] = []

    def has_judged() -> Seen[bool]:
        assert process.stdout is not None
        seen.append(process.stdout.readline())
        return done(True) if "TST-011-AC-04" in seen[-1] else not_yet(seen[-1])

    until(has_judged, "AC-4 to be judged", WITHIN, every=0.0001, up_to=0.001)
    os.killpg(int(pid.read_text()), signal.SIGKILL)
    ran = run.end(process)

    assert ran.code == 3, "".join(seen) + ran.out + ran.err
    assert_complete(ran, criteria())
    assert set(ran.verdicts.values()) == {"passed", "not judged"}
    assert any("does not answer any more" in cause for cause in ran.causes)


def test_somebody_elses_things_are_untouched_by_all_this(run: Suite, standin: DockerApi) -> None:
    ran = run.run("--tags=@TST-011-AC-09", "-D", f"socket={standin.endpoint.path}")

    assert (ran.code, ran.verdicts) == (0, {"TST-011-AC-09": "passed"}), ran.out + ran.err
    assert names(of_runs(standin)) == []
    assert list((run.reports / "ledger").iterdir()) == []
    for look in ("inspect_container", "inspect_network", "inspect_volume"):
        assert standin.ask(lambda client, look=look: getattr(client, look)(FOREIGN)).status == 200
