"""A thing is there if its creation, an inspection or a list says so; one that says otherwise hides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.cleanup.ledger import Ledger
from support.gitlab import checks
from support.gitlab.job import Job
from support.run import Run
from support.settings import Settings
from support.target import Target
from support.verdicts import NotJudged
from tests.core.fakes import PATIENCE, Request, answer, serving
from tests.core.memory_docker import MemoryDocker

Lie = Callable[[Request], bytes | None]
NO = answer(500, {"message": "the daemon says no"})


@contextmanager
def job_behind(lie: Lie, folder: Path) -> Iterator[tuple[Job, MemoryDocker]]:
    docker = MemoryDocker(lie=lie)
    with serving(docker.serve) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        ledger = Ledger.open(folder, server.endpoint.url)
        job = Job(Run(Settings(), api.recorder, Target("socket", "", api, {}, {}), ledger, lambda _: None), "runner")
        yield job, docker
        job.close()
        ledger.drop()


def created_as(status: int) -> Lie:
    """A network is created, and the answer has this status and no body."""

    def lie(request: Request) -> bytes | None:
        if request.path != "/networks/create":
            return None
        docker[0].truth(request)
        return answer(status, {})

    docker: list[MemoryDocker] = []
    lie.docker = docker  # type: ignore[attr-defined]
    return lie


@pytest.mark.parametrize("status", [200, 201, 500])
def test_what_was_created_is_there_whatever_the_answer(status: int, tmp_path: Path) -> None:
    lie = created_as(status)
    with job_behind(lie, tmp_path) as (job, docker):
        lie.docker.append(docker)  # type: ignore[attr-defined]
        job.network.must_be_there()
        assert job.network.reference() == job.network.name


def test_what_was_refused_and_is_not_there_names_the_refusal(tmp_path: Path) -> None:
    with (
        job_behind(lambda request: NO if request.path == "/networks/create" else None, tmp_path) as (job, _),
        pytest.raises(
            NotJudged, match=r"there is no network of the job: #1 POST \S+/networks/create -> 500 .*TST-011-AC-04"
        ),
    ):
        job.network.must_be_there()


def test_a_container_goes_without_the_network_that_was_refused_and_only_what_needs_it_is_not_judged(
    tmp_path: Path,
) -> None:
    created: list[Any] = []

    def lie(request: Request) -> bytes | None:
        if request.path == "/containers/create":
            created.append(request.json)
        return NO if request.path == "/networks/create" else None

    with job_behind(lie, tmp_path) as (job, _):
        assert job.build.create().status == 201
        assert [bind.partition(":")[2] for bind in created[0]["HostConfig"]["Binds"]] == ["/builds", "/cache"]
        assert created[0]["HostConfig"]["NetworkMode"] == "default" and not created[0].get("NetworkingConfig")
        with pytest.raises(NotJudged, match=r"there is no network of the job: .*/networks/create -> 500"):
            checks.creates_container(job.build)


def test_an_inspection_that_denies_it_hides_nothing(tmp_path: Path) -> None:
    def lie(request: Request) -> bytes | None:
        return answer(404, {"message": "no such network"}) if request.path.startswith("/networks/runner") else None

    with job_behind(lie, tmp_path) as (job, _):
        assert job.network.is_seen()
        assert job.build.create().status == 201


def test_a_refusal_about_what_vanished_is_no_violation(tmp_path: Path) -> None:
    with job_behind(lambda _: None, tmp_path) as (job, docker):
        assert job.network.create().status == 201
        docker.networks.clear()
        with pytest.raises(NotJudged, match="there is no network of the job any more, though #1 POST"):
            job.network.delete()


def test_a_refusal_about_what_is_there_is_an_answer(tmp_path: Path) -> None:
    with job_behind(lambda request: NO if request.method == "DELETE" else None, tmp_path) as (job, _):
        assert job.network.delete().status == 500


def test_the_id_of_another_of_the_same_job_is_not_taken_for_its_own(tmp_path: Path) -> None:
    def lie(request: Request) -> bytes | None:
        is_helper = request.path == "/containers/create" and request.query.get("name", "").endswith("-helper")
        return answer(201, {"Id": build[0]}) if is_helper else None

    build: list[str] = []
    with job_behind(lie, tmp_path) as (job, _):
        build.append(job.build.reference())
        assert job.helper.reference() == job.helper.name
