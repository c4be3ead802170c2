"""What a run creates is noted first and removed at its end; what is somebody else's is never touched."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.cleanup import ledger as module
from support.cleanup.inventory import RUN_LABEL, Note
from support.cleanup.ledger import Ledger
from support.verdicts import NotJudged
from tests.core.fakes import PATIENCE, Request, Server, answer, serving
from tests.core.memory_docker import MemoryDocker

RUN = "5ca1ab1e00"


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not removed at once stays, in these tests."""
    monkeypatch.setattr(module, "_GONE_WITHIN", 0.0)


@pytest.fixture
def docker() -> MemoryDocker:
    return MemoryDocker()


@pytest.fixture
def server(docker: MemoryDocker) -> Iterator[Server]:
    with serving(docker.serve) as server:
        yield server


@pytest.fixture
def api(server: Server) -> DockerApi:
    return DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger", "unix:///run/x.sock", RUN)


def test_what_cannot_be_noted_is_not_created_at_a_second_attempt_either(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes, at: int) -> int:
        return write(descriptor, data[:5], at)  # as a disk does that has no more room

    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", full)
    for _ in range(2):
        with pytest.raises(NotJudged, match=r"cannot be noted, and .* cannot be written: No space left on device; "):
            ledger.expect("network", "net")
    monkeypatch.undo()
    assert ledger.open_notes == []
    ledger.expect("network", "net")
    assert [entry.get("name") for entry in written(ledger)] == [None, "net"], "half a line spoils nothing"


def test_a_ledger_that_cannot_be_begun_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwrite", lambda *_: 0)
    with pytest.raises(NotJudged):
        Ledger.open(tmp_path / "ledger", "unix:///run/x.sock", RUN)
    assert list((tmp_path / "ledger").iterdir()) == []


def ours(docker: MemoryDocker, ledger: Ledger, kind: str, purpose: str, **more: Any) -> str:
    """Something of the run that is noted and there; its name."""
    name = ledger.name(purpose)
    ledger.expect(kind, name)
    docker.add(f"{kind}s", name, **({"Labels": ledger.label} | more))
    return name


def written(ledger: Ledger) -> list[dict[str, str]]:
    return [json.loads(line) for line in ledger.path.read_text().splitlines()]


def on(method: str, path: str, reply: bytes) -> Callable[[Request], bytes | None]:
    """A lie about one kind of request; ``path`` is where its path begins."""
    return lambda request: reply if request.method == method and request.path.startswith(path) else None


def test_names_carry_the_run_and_are_unique(ledger: Ledger) -> None:
    names = {ledger.name("runner-net") for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith(f"runner-net-{RUN}-") for name in names)
    assert Ledger.open(ledger.path.parent, "x").run_id != Ledger.open(ledger.path.parent, "x").run_id


def test_a_note_is_in_the_file_before_the_daemon_is_asked(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    name = ledger.name("net")
    seen: list[list[dict[str, str]]] = []
    docker.lie = lambda request: seen.append(written(ledger)) if request.path == "/networks/create" else None  # type: ignore[func-returns-value]
    ledger.expect("network", name)
    api.ask(lambda client: client.create_network(name, labels=ledger.label))
    header = {"run": RUN, "target": "unix:///run/x.sock", "began": ledger.began}
    assert seen == [[header, {"kind": "network", "name": name}]]


def test_each_thing_is_noted_once(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.expect("network", "a")
    assert ledger.open_notes == [Note("network", "a")]
    assert len(written(ledger)) == 2


def test_an_id_is_a_token_of_the_run(ledger: Ledger) -> None:
    ledger.identify("f00d" * 16)
    assert ledger.tokens == [RUN, "f00d" * 16]
    assert written(ledger)[-1] == {"id": "f00d" * 16}


@pytest.mark.parametrize("told", ["", "1", "None", "f00d" * 15, "sockerless", "F00D" * 16])
def test_what_strangers_names_may_hold_is_no_token(ledger: Ledger, told: str) -> None:
    ledger.identify(told)
    assert ledger.tokens == [RUN]


def test_all_of_it_is_removed_containers_first_and_the_last_first(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    for kind, purpose in (
        ("network", "net"),
        ("volume", "build"),
        ("volume", "cache"),
        ("container", "service"),
        ("container", "helper"),
    ):
        ours(docker, ledger, kind, purpose)
    assert ledger.clean_up(api) == []
    assert docker.names() == []
    wanted = ("containers/helper", "containers/service", "networks/net", "volumes/cache", "volumes/build")
    assert [path.rpartition(f"-{RUN}-")[0] for path in docker.deleted()] == [f"/{each}" for each in wanted]
    assert ledger.open_notes == []
    assert not ledger.path.exists()


def test_removal_is_by_force_and_takes_anonymous_volumes_along(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    ours(docker, ledger, "container", "build")
    ours(docker, ledger, "volume", "cache")
    ledger.clean_up(api)
    queries = [request.query for request in docker.requests if request.method == "DELETE"]
    assert queries == [{"force": "true", "v": "true"}, {"force": "true"}]


def test_what_is_gone_already_is_not_removed_again(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    ledger.expect("container", ledger.name("never-created"))
    assert ledger.clean_up(api) == []
    assert docker.deleted() == []


def test_what_could_not_even_be_noted_is_found_by_its_label(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    for kind in ("containers", "networks", "volumes"):
        docker.add(kind, f"some-{kind}", Labels=ledger.label)
    assert ledger.clean_up(api) == []
    assert docker.names() == []


FOREIGN = {
    "no-label": {},
    "other-run": {RUN_LABEL: "0ther00000"},
    "longer-run": {RUN_LABEL: f"{RUN}e"},
    f"{RUN}": {},
    f"runner-{RUN}e-0000": {},
    f"runner-net-{RUN}": {},
    "similar-label": {f"{RUN_LABEL}ner": RUN, "other": RUN},
}


@pytest.mark.parametrize("honest", [True, False], ids=["honest", "every-filter-matches"])
def test_what_is_somebody_elses_stays(docker: MemoryDocker, api: DockerApi, ledger: Ledger, honest: bool) -> None:
    for name, labels in FOREIGN.items():
        for kind in ("containers", "networks", "volumes"):
            docker.add(kind, name, Labels=labels)
    before = docker.names()
    mine = ours(docker, ledger, "container", "build")
    if not honest:
        unfiltered = lambda request: Request(request.method, request.target.partition("?")[0], {}, b"")  # noqa: E731
        docker.lie = lambda request: docker.truth(unfiltered(request)) if "filters" in request.query else None
    assert ledger.clean_up(api) == []
    assert mine not in docker.names()
    assert docker.names() == before
    assert len(docker.deleted()) == 1


@pytest.mark.parametrize("kind", ["containers", "networks"])
def test_a_list_that_puts_our_label_on_somebody_elses_is_not_believed(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger, kind: str
) -> None:
    foreign = docker.add(kind, "foreign")
    lying = answer(200, [foreign | {"Labels": ledger.label, "Names": ["/foreign"]}])
    docker.lie = lambda request: lying if request.path.rstrip("/") in ("/containers/json", "/networks") else None
    assert ledger.clean_up(api) == []
    assert docker.deleted() == []
    assert ledger.tokens == [RUN], "its ID does not lead to somebody else's things in the cloud either"


def test_the_id_of_what_is_found_by_its_label_is_a_token(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    made = docker.add("containers", "unnoted", Labels=ledger.label)
    ledger.clean_up(api)
    assert ledger.tokens == [RUN, made["Id"]]


def test_what_cannot_be_looked_at_is_left_and_named(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    made = docker.add("containers", "unnoted", Labels=ledger.label)
    docker.lie = on("GET", f"/containers/{made['Id']}", answer(500, {"message": "it panicked"}))
    (leftover,) = ledger.clean_up(api)
    assert leftover.startswith(f"container {made['Id']}: whether it is this run's could not be seen: #")
    assert docker.deleted() == []


BROKEN = [
    b"<html>",
    b"null",
    b"{}",
    b'"text"',
    b'[null, 5, "x", [], {}]',
    b'[{"Id": 5, "Labels": {"sockerless-acceptance.run": "5ca1ab1e00"}}]',
    b'[{"Labels": {"sockerless-acceptance.run": "5ca1ab1e00"}}]',
    b'[{"Id": "x", "Labels": ["sockerless-acceptance.run=5ca1ab1e00"], "Names": 7, "Config": "x", "Name": {}}]',
    b'{"Volumes": null}',
    b'{"Volumes": [{"Name": 5}, null]}',
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_broken_lists_do_not_keep_from_cleaning_up(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger, body: bytes
) -> None:
    mine = ours(docker, ledger, "container", "build")
    docker.lie = lambda request: answer(200, body) if "filters" in request.query else None
    ledger.remember_volumes(api)
    assert ledger.clean_up(api) == []
    assert docker.deleted() == [f"/containers/{mine}"]


def test_what_stays_is_named_and_the_file_is_kept(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    stays = ours(docker, ledger, "network", "stays")
    goes = ours(docker, ledger, "volume", "goes")
    docker.lie = on("DELETE", "/networks/", answer(403, {"message": "it has active endpoints"}))
    (leftover,) = ledger.clean_up(api)
    assert leftover.startswith(f"network {stays}: still there after #")
    assert leftover.endswith("(it has active endpoints)")
    assert docker.names() == [stays]
    assert Note("network", stays) in ledger.open_notes and Note("volume", goes) not in ledger.open_notes
    assert {"kind": "network", "name": stays} in written(ledger)
    docker.lie = lambda _: None
    assert ledger.clean_up(api) == []
    assert not ledger.path.exists()


def test_a_delete_that_says_so_and_does_nothing_leaves_something(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    ours(docker, ledger, "volume", "cache")
    docker.lie = on("DELETE", "/volumes/", answer(204))
    (leftover,) = ledger.clean_up(api)
    assert "-> 204" in leftover


def test_a_removal_that_takes_its_time_is_waited_for(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    ledger.gone_within = PATIENCE
    ours(docker, ledger, "volume", "cache")
    looks: list[Request] = []

    def slowly(request: Request) -> bytes | None:
        if request.method == "DELETE":
            looks.append(request)
            return answer(204)
        if looks:
            looks.append(request)
            if len(looks) == 4:
                docker.volumes.clear()
        return None

    docker.lie = slowly
    assert ledger.clean_up(api) == []


def test_a_daemon_that_is_gone_leaves_everything_named(
    docker: MemoryDocker, server: Server, api: DockerApi, ledger: Ledger
) -> None:
    names = [ours(docker, ledger, "network", "net"), ours(docker, ledger, "container", "build")]
    server.die()
    leftovers = ledger.clean_up(api)
    assert [leftover.partition(": ")[0] for leftover in leftovers] == [f"container {names[1]}", f"network {names[0]}"]
    assert all("does not answer any more" in leftover for leftover in leftovers)
    assert ledger.path.exists()


def test_a_volume_that_a_container_of_ours_brought_is_ours(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    old = docker.add("volumes", "a" * 64)["Name"]
    ledger.remember_volumes(api)
    new = docker.add("volumes", "b" * 64)["Name"]
    for volume in (old, new):
        ledger.expect_anonymous(volume)
    assert ledger.clean_up(api) == []
    assert docker.names() == [old]


@pytest.mark.parametrize("name", ["data", "b" * 63, "B" * 64, f"runner-{'b' * 64}", "b" * 64 + "\n"])
def test_a_volume_that_somebody_named_is_not_ours(api: DockerApi, ledger: Ledger, name: str) -> None:
    ledger.remember_volumes(api)
    assert ledger.expect_anonymous("b" * 64)
    assert not ledger.expect_anonymous(name)
    assert ledger.open_notes == [Note("volume", "b" * 64)]


@pytest.mark.parametrize(
    "answers", [answer(500, {"message": "no"}), answer(200, b"[]"), answer(200, b'{"Volumes": 1}')]
)
def test_no_volume_is_ours_where_none_were_listed_before(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger, answers: bytes
) -> None:
    docker.lie = lambda _: answers
    ledger.remember_volumes(api)
    assert not ledger.expect_anonymous("b" * 64)


def test_volumes_may_be_listed_as_null_where_there_are_none(
    docker: MemoryDocker, api: DockerApi, ledger: Ledger
) -> None:
    docker.lie = lambda _: answer(200, b'{"Volumes": null, "Warnings": null}')
    ledger.remember_volumes(api)
    assert ledger.expect_anonymous("b" * 64)


def test_the_clean_up_is_no_call_of_a_job(docker: MemoryDocker, api: DockerApi, ledger: Ledger) -> None:
    ours(docker, ledger, "container", "build")
    ledger.clean_up(api)
    made = api.recorder.since(0)
    assert made and all(exchange.label.observes and exchange.label.criterion == "clean-up" for exchange in made)
