"""What is recorded of a client and the stand-in replays on it, has no secret in it, and shows a daemon that changed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import docker
import pytest

from support.recordings.format import Call, read
from tests.core.suite import ACCEPTANCE, ROOT, suite
from tests.recordings.recorded import recorder, replayed, standin

PASSWORD = "hunter2-of-the-client"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")


def _talk(socket: Path) -> None:
    """What a client does that names, waits for, inspects and removes things."""
    client = docker.APIClient(f"unix://{socket}", version="1.44")
    client.pull("alpine", "latest", auth_config={"username": "u", "password": PASSWORD})
    network = client.create_network("net-of-mine", labels={"mine": "yes"})
    made = client.create_container(
        "alpine:latest",
        ["sh", "-c", "sleep 1; echo out; echo err >&2; exit 3"],
        name="job-of-mine",
        environment={"API_TOKEN": PASSWORD},
        networking_config=client.create_networking_config({"net-of-mine": client.create_endpoint_config(["db"])}),
    )
    client.start(made["Id"])
    networks = client.inspect_container("job-of-mine")["NetworkSettings"]["Networks"]
    address = networks["net-of-mine"]["IPAddress"]
    neighbour = client.create_container("alpine:latest", ["ping", "-c", "1", address], environment={"ADDRESS": address})
    client.remove_container(neighbour["Id"])
    client.logs(made["Id"], stream=False, follow=True)
    client.wait(made["Id"])
    client.inspect_container(made["Id"])
    client.remove_container(made["Id"])
    client.remove_network(network["Id"])
    client.close()


def test_a_recording_replays_and_shows_a_daemon_that_answers_otherwise(folder: Path) -> None:
    own = folder / "own"
    with standin(folder) as daemon, recorder(folder, daemon, own / "mine.jsonl") as socket:
        _talk(socket)
    text = (own / "mine.jsonl").read_text()
    assert PASSWORD not in text
    calls = [event for event in read(own / "mine.jsonl").events if isinstance(event, Call)]
    (start,) = [call for call in calls if call.path.endswith("/start")]
    assert start.path == "/containers/{container job-of-mine}/start"
    (logs,) = [call for call in calls if call.path.endswith("/logs")]
    assert (logs.stdout, logs.stderr, logs.is_open) == ("out\n", "err\n", True)
    neighbour = [call for call in calls if call.path == "/containers/create"][1]
    assert neighbour.body["Env"] == ["ADDRESS={address job-of-mine in net-of-mine}"]
    with suite() as made:
        ran = replayed(made, own, "-D", "target=standin")
        assert ran.verdicts == {"RUN-30": "passed"}, ran.out
    (own / "mine.jsonl").write_text(text.replace('"StatusCode": 3', '"StatusCode": 4'))
    with suite() as made:
        ran = replayed(made, own, "-D", "target=standin")
        assert ran.verdicts == {"RUN-30": "violated"}
        assert "Seen: StatusCode is 3" in ran.out
        assert "Expected: StatusCode is 4" in ran.out


def test_without_a_folder_the_scenario_is_skipped_and_says_so() -> None:
    with suite() as made:
        ran = made.run("--tags=@RUN-30", "-D", "target=standin")
        assert [(str(each.verdict), each.cause) for each in ran.outcomes] == [
            ("skipped", "no folder of recordings is named: -D recordings=DIR replays those in it")
        ]


def _record(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    argv = [*ACCEPTANCE, "record", *arguments]
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the following arguments are required"),
        (("--listen", "x", "--upstream", "nowhere", "--out", "x.txt"), "a recording's name ends in .jsonl"),
        (("--listen", "x", "--upstream", "nowhere", "--out", "x.jsonl"), "no socket at"),
        (("--listen", "x", "--upstream", "nowhere", "--out", __file__), "a recording's name ends in .jsonl"),
    ],
)
def test_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = _record(tmp_path, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"recording": 1}))
    done = _record(tmp_path, "--listen", "s", "--upstream", "nowhere", "--out", "x.jsonl")
    assert (done.returncode, "is there already" in done.stderr) == (2, True)
