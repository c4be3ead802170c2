"""``serve``: the command line, the socket, and what is left afterwards."""

from __future__ import annotations

import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.standin.conftest import WITHIN, Client, serve


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


def refused(place: Path, *options: str) -> str:
    process = serve(place, *options)
    assert process.wait(WITHIN) == 2
    assert process.stderr
    said = process.stderr.read()
    assert said.count("\n") == 1
    assert said.startswith("acceptance: ")
    return said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_containers_and_leaves_nothing(place: Path, number: signal.Signals) -> None:
    process = serve(place, "--state", str(place.parent))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    client = Client(str(place))
    client.call("POST", "/images/create?fromImage=alpine&tag=latest")
    client.call("POST", "/volumes/create", {"Name": "kept"})
    client.call("POST", "/networks/create", {"Name": "apart"})
    id_ = client.run("tail", "-f", "/dev/null")
    waiting = client.attach(id_, "stdout", "stream")
    pid = client.inspect(id_)["State"]["Pid"]
    process.send_signal(number)
    assert process.wait(WITHIN) == 0
    assert waiting.read() == b""
    assert list(place.parent.iterdir()) == []
    assert not Path(f"/proc/{pid}").exists()
    assert process.stderr
    assert process.stderr.read().count("\n") == 1


def test_it_ends_with_whoever_started_it_where_that_is_asked_for(place: Path) -> None:
    process = serve(place, "--state", str(place.parent), "--until-stdin-ends")
    assert process.stdin
    process.stdin.close()
    assert process.wait(WITHIN) == 0
    assert list(place.parent.iterdir()) == []


def test_a_socket_that_nobody_serves_is_replaced(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(place))
    process = serve(place)
    assert Client(str(place)).call("GET", "/_ping").status == 200
    process.terminate()
    assert process.wait(WITHIN) == 0


def test_a_socket_in_use_is_left_alone(place: Path) -> None:
    process = serve(place)
    assert "another daemon answers there" in refused(place)
    assert Client(str(place)).call("GET", "/_ping").status == 200
    process.terminate()
    assert process.wait(WITHIN) == 0


def test_a_file_in_the_sockets_place_is_left_alone(place: Path) -> None:
    place.write_text("mine")
    assert "Address already in use" in refused(place)
    assert place.read_text() == "mine"


def test_bad_places_and_options_are_one_line(place: Path) -> None:
    assert "No such file or directory" in refused(place.parent / "missing" / "s.sock")
    assert "longer than the 107 bytes" in refused(place.parent / ("x" * 120))
    assert "a folder that exists" in refused(place, "--state", str(place.parent / "missing"))
    assert "unrecognized arguments: --colour" in refused(place, "--colour")
    assert "invalid choice: 'docker'" in refused(place, "--backend", "docker")
    assert list(place.parent.iterdir()) == []
