"""Containers of the stand-in, from create to delete, and what belongs to them."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.standin.conftest import WITHIN, Client, UnixConnection


def filtered(client: Client, kind: str, **filters: list[str]) -> list[dict[str, Any]]:
    answer = client.call("GET", f"/{kind}{'&' if '?' in kind else '?'}filters={quote(json.dumps(filters))}")
    assert answer.status == 200, answer
    return list(answer.body)


def test_a_container_walks_from_created_to_exited(client: Client) -> None:
    id_ = client.create("sh", "-c", "exit 3")
    state = client.inspect(id_)["State"]
    assert (state["Status"], state["Running"], state["StartedAt"]) == ("created", False, "0001-01-01T00:00:00Z")
    client.start(id_)
    assert client.wait(id_) == 3
    state = client.inspect(id_)["State"]
    assert (state["Status"], state["ExitCode"], state["Pid"]) == ("exited", 3, 0)
    assert "0001" < state["StartedAt"] < state["FinishedAt"]


def test_an_exited_container_starts_again(client: Client) -> None:
    id_ = client.run("sh", "-c", "exit 1")
    assert client.wait(id_) == 1
    client.start(id_)
    assert client.wait(id_) == 1


def test_start_and_stop_are_304_when_there_is_nothing_to_do(client: Client) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    assert client.call("POST", f"/containers/{id_}/start").status == 304
    assert client.call("POST", f"/containers/{id_}/stop?t=0").status == 204
    # As process 1 it is deaf to SIGTERM; without a namespace to be that in, it is not.
    assert client.inspect(id_)["State"]["ExitCode"] in (137, 143)
    assert client.call("POST", f"/containers/{id_}/stop").status == 304


def test_stop_sends_the_containers_own_signal(client: Client) -> None:
    script = "trap 'exit 9' USR1; echo ready; while :; do sleep 0.05; done"
    id_ = client.create("sh", "-c", script, StopSignal="SIGUSR1")
    stream = client.attach(id_, "stdout", "stream")
    client.start(id_)
    stream.until(b"ready")
    assert client.call("POST", f"/containers/{id_}/stop?t=10").status == 204
    assert client.inspect(id_)["State"]["ExitCode"] == 9


@pytest.mark.parametrize("name", ["SIGKILL", "kill", "9", ""])
def test_kill_takes_names_and_numbers(client: Client, name: str) -> None:
    id_ = client.run("tail", "-f", "/dev/null")
    assert client.call("POST", f"/containers/{id_}/kill?signal={name}").status == 204
    assert client.wait(id_) == 137
    assert client.call("POST", f"/containers/{id_}/kill").status == 409


def test_a_program_that_cannot_run_leaves_the_container_created(client: Client) -> None:
    id_ = client.create("no-such-program")
    answer = client.call("POST", f"/containers/{id_}/start")
    assert answer.status == 400
    assert '"no-such-program": executable file not found in $PATH' in answer.body["message"]
    state = client.inspect(id_)["State"]
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 127, answer.body["message"])


@pytest.mark.parametrize("config", [{"Cmd": ["sh", "a\0b"]}, {"Env": ["A=\0"]}, {"Env": ["A=\ud800"]}])
def test_what_no_program_can_be_given_is_an_invalid_argument(client: Client, config: dict[str, Any]) -> None:
    answer = client.call("POST", f"/containers/{client.create('sh', **config)}/start")
    assert answer.status == 400
    assert answer.body["message"].endswith("/sh: invalid argument: unknown")
    running = client.run("tail", "-f", "/dev/null")
    exec_id = client.call("POST", f"/containers/{running}/exec", {"Cmd": ["sh"], **config}).body["Id"]
    answer = client.call("POST", f"/exec/{exec_id}/start", {"Detach": True})
    assert answer.status == 400
    assert answer.body["message"].endswith("/sh: invalid argument: unknown")


@pytest.mark.parametrize("key", ["Cmd", "Entrypoint", "Env"])
@pytest.mark.parametrize("value", [[1], ["a", None], {"a": "b"}, 7])
def test_a_command_or_environment_that_is_no_list_of_texts_is_refused(client: Client, key: str, value: Any) -> None:
    answer = client.call("POST", "/containers/create", {"Image": "alpine", "Cmd": ["true"], key: value})
    assert (answer.status, answer.body["message"]) == (400, f"invalid JSON: {key} has to be a list of texts")


def test_a_bind_s_source_is_made_or_told_why_not(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    binds = [f"{tmp_path}/file:/seen", f"{tmp_path}/new/folder:/folder"]
    id_ = client.create("cat", "/seen", HostConfig={"Binds": binds})
    assert (tmp_path / "new" / "folder").is_dir()
    client.start(id_)
    assert client.wait(id_) in (0, 1)  # 1 where there is no root of its own to see it in
    body = {"Image": "alpine", "HostConfig": {"Binds": [f"{tmp_path}/file/below:/x"]}}
    answer = client.call("POST", "/containers/create", body)
    source = f"{tmp_path}/file/below"
    reason = f"error while creating mount source path '{source}': {source}: Not a directory"
    assert (answer.status, answer.body["message"]) == (500, reason)


def test_a_start_into_a_missing_network_gives_back_what_it_took(client: Client) -> None:
    made = client.call("POST", "/networks/create", {"Name": "here"}).body["Id"]
    networking = {"EndpointsConfig": {"here": {}, "elsewhere": {}}}
    id_ = client.create("true", HostConfig={"NetworkMode": "here"}, NetworkingConfig=networking)
    answer = client.call("POST", f"/containers/{id_}/start")
    assert (answer.status, answer.body["message"]) == (404, "network elsewhere not found")
    assert client.inspect(id_)["State"]["ExitCode"] == 128
    assert client.call("GET", "/networks/here").body["Containers"] == {}
    assert client.call("DELETE", f"/networks/{made}").status == 204


@pytest.mark.parametrize("condition", ["removed", "next-exit", "not-running"])
def test_wait_conditions(client: Client, condition: str) -> None:
    id_ = client.create("sleep", "60")
    client.start(id_) if condition == "not-running" else None
    waiting = UnixConnection(client.path)
    waiting.request("POST", f"/containers/{id_}/wait?condition={condition}")
    response = waiting.getresponse()  # the headers are there: it waits
    if condition != "not-running":
        client.start(id_)
    assert client.call("DELETE", f"/containers/{id_}?force=1").status == 204
    # An answer before the exit would be 0.
    assert json.loads(response.read())["StatusCode"] == 137
    waiting.close()


def test_wait_on_a_created_container_answers_at_once_unless_it_waits_for_an_exit(client: Client) -> None:
    assert client.wait(client.create("true")) == 0
    assert client.call("POST", f"/containers/{client.create('true')}/wait?condition=never").status == 400


@pytest.mark.parametrize("command", ["true", "no-such-program"])
def test_auto_remove_takes_the_container_and_its_volumes_away(client: Client, command: str) -> None:
    id_ = client.create(command, Volumes={"/scratch": {}}, HostConfig={"AutoRemove": True})
    volume = client.inspect(id_)["Mounts"][0]["Name"]
    waiting = threading.Thread(target=client.wait, args=(id_, "removed"))
    waiting.start()
    client.call("POST", f"/containers/{id_}/start")
    waiting.join(WITHIN)
    assert client.call("GET", f"/containers/{id_}/json").status == 404
    assert client.call("GET", f"/volumes/{volume}").status == 404


def test_names_are_unique_and_ids_may_be_short(client: Client) -> None:
    id_ = client.create("true", name="taken")
    assert [client.inspect(known)["Id"] for known in ("taken", "/taken", id_[:12], id_[:6])] == [id_] * 4
    answer = client.call("POST", "/containers/create?name=taken", {"Image": "alpine"})
    assert answer.status == 409
    assert answer.body["message"].startswith(
        f'Conflict. The container name "/taken" is already in use by container "{id_}"'
    )


def test_the_client_s_configuration_goes_over_the_image_s(client: Client) -> None:
    id_ = client.create("true", Env=["PATH=/bin", "WORD=x"], Labels={"a": "b"}, Entrypoint=["env"], WorkingDir="/tmp")
    config = client.inspect(id_)["Config"]
    assert (config["Env"], config["Entrypoint"], config["Cmd"]) == (["PATH=/bin", "WORD=x"], ["env"], ["true"])
    assert (config["WorkingDir"], config["Labels"], config["Hostname"]) == ("/tmp", {"a": "b"}, id_[:12])
    plain = client.inspect(client.create())["Config"]
    assert (plain["Cmd"], plain["WorkingDir"]) == (["/bin/sh"], "/")
    assert client.inspect(client.create(Entrypoint=["ls"]))["Config"]["Cmd"] in (None, [])


@pytest.mark.parametrize(
    ("config", "status", "message"),
    [
        ({"Image": "nope:1"}, 404, "No such image: nope:1"),
        ({"Image": "alpine", "StopSignal": "SIGNOPE"}, 400, "invalid signal: SIGNOPE"),
        ({"Image": "alpine", "WorkingDir": "tmp"}, 400, "the working directory 'tmp' is invalid, it needs to be"),
        ({"Image": "alpine", "HostConfig": {"Binds": ["v:/x:odd"]}}, 400, "invalid mode: odd"),
        ({"Image": "alpine", "HostConfig": {"Binds": ["-v:/x"]}}, 400, 'create -v: "-v" includes invalid characters'),
        ({"Image": "alpine", "Cmd": ["x"], "Env": "A=b"}, 400, "invalid JSON"),
    ],
)
def test_a_bad_create_is_refused_and_makes_nothing(
    client: Client, config: dict[str, Any], status: int, message: str
) -> None:
    before = client.call("GET", "/volumes").body, client.call("GET", "/containers/json?all=1").body
    answer = client.call("POST", "/containers/create", config)
    assert answer.status == status
    assert answer.body["message"].startswith(message)
    assert (client.call("GET", "/volumes").body, client.call("GET", "/containers/json?all=1").body) == before


def test_the_list_is_filtered(client: Client) -> None:
    exited = client.run("sh", "-c", "exit 4", name="one", Labels={"key": "a", "other": ""})
    running = client.run("tail", "-f", "/dev/null", name="two", Labels={"key": "b"})
    assert client.wait(exited) == 4

    def ids(**filters: list[str]) -> set[str]:
        return {shown["Id"] for shown in filtered(client, "containers/json?all=1", **filters)}

    assert {shown["Id"] for shown in client.call("GET", "/containers/json").body} == {running}
    assert ids(label=["key"]) == {exited, running}
    assert ids(label=["key=a"]) == ids(status=["exited"]) == ids(exited=["4"]) == ids(name=["on"]) == {exited}
    assert ids(label=["key=a", "key=b"]) == ids(ancestor=["postgres"]) == ids(id=["none"]) == set()
    assert ids(id=[running[:12]]) == ids(label=["key=b"]) == {running}
    shown = next(each for each in filtered(client, "containers/json?all=1", id=[exited]))
    assert (shown["Names"], shown["Image"], shown["State"]) == (["/one"], "alpine:latest", "exited")
    assert shown["Status"].startswith("Exited (4) ")
    assert shown["Command"] == "sh -c 'exit 4'"


def test_a_network_is_a_containers_while_it_runs(client: Client) -> None:
    network = client.call("POST", "/networks/create", {"Name": "job", "Labels": {"run": "1"}}).body["Id"]
    networking = {"EndpointsConfig": {"job": {"Aliases": ["db", "db"]}}}
    id_ = client.run("tail", "-f", "/dev/null", HostConfig={"NetworkMode": "job"}, NetworkingConfig=networking)
    own = client.inspect(id_)["NetworkSettings"]
    assert own["IPAddress"] == ""
    assert own["Networks"]["job"]["Aliases"] == ["db", id_[:12]]
    assert set(client.call("GET", f"/networks/{network}").body["Containers"]) == {id_}
    assert client.call("DELETE", f"/networks/{network}").status == 403
    body = {"Container": id_, "Force": True}
    assert client.call("POST", f"/networks/{network}/disconnect", body).status == 200
    assert client.call("POST", f"/networks/{network}/disconnect", body).status == 500
    assert client.inspect(id_)["NetworkSettings"]["Networks"] == {}
    assert client.call("DELETE", f"/networks/{network}").status == 204


def test_the_default_network_is_told_at_the_top(client: Client) -> None:
    settings = client.inspect(client.run("tail", "-f", "/dev/null"))["NetworkSettings"]
    assert settings["IPAddress"] == settings["Networks"]["bridge"]["IPAddress"]
    assert settings["IPAddress"].startswith("172.17.0.")


def test_addresses_are_given_back(client: Client) -> None:
    subnet = {"Config": [{"Subnet": "10.99.0.0/30"}]}
    client.call("POST", "/networks/create", {"Name": "tiny", "IPAM": subnet})
    for _ in range(2):
        id_ = client.run("true", HostConfig={"NetworkMode": "tiny"})
        client.wait(id_)
    staying = client.run("tail", "-f", "/dev/null", HostConfig={"NetworkMode": "tiny"})
    assert client.inspect(staying)["NetworkSettings"]["Networks"]["tiny"]["IPAddress"] == "10.99.0.2"
    late = client.create("true", HostConfig={"NetworkMode": "tiny"})
    assert client.call("POST", f"/containers/{late}/start").status == 500
    client.clear()
    assert client.call("POST", "/networks/create", {"Name": "same", "IPAM": subnet}).status == 403
    assert client.call("DELETE", "/networks/tiny").status == 204


def test_volumes_are_made_by_their_first_use_and_kept_while_in_use(client: Client) -> None:
    id_ = client.create("true", HostConfig={"Binds": ["shared:/data"]})
    assert client.inspect(id_)["Mounts"][0]["Name"] == "shared"
    assert client.call("DELETE", "/volumes/shared?force=1").status == 409
    assert client.call("DELETE", f"/containers/{id_}?v=1").status == 204
    assert client.call("GET", "/volumes/shared").status == 200
    assert client.call("DELETE", "/volumes/shared").status == 204
    assert client.call("DELETE", "/volumes/shared").status == 404
    assert client.call("DELETE", "/volumes/shared?force=1").status == 204


def test_events_tell_a_life_in_order(client: Client) -> None:
    since = time.time_ns()
    id_ = client.run("sh", "-c", "exit 5", Labels={"who": "me"})
    client.wait(id_)
    client.call("DELETE", f"/containers/{id_}")
    until = time.time_ns() + 1
    span = "&".join(f"{key}={t // 10**9}.{t % 10**9:09d}" for key, t in (("since", since), ("until", until)))
    data = client.call("GET", f"/events?{span}&filters={quote(json.dumps({'container': [id_]}))}").body
    events = [json.loads(line) for line in data.splitlines()]
    assert [event["Action"] for event in events] == ["create", "start", "die", "destroy"]
    assert events[2]["Actor"]["Attributes"]["exitCode"] == "5"
    assert all(event["Actor"]["Attributes"]["who"] == "me" for event in events)
