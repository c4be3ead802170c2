"""A daemon that gives the ID of somebody else's container or network does not make a job touch it: names are ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.cleanup.ledger import Ledger
from support.gitlab.job import Job
from support.run import Run
from support.settings import Settings
from support.target import Target
from support.verdicts import NotJudged
from tests.core.fakes import PATIENCE, Request, answer, serving
from tests.core.memory_docker import MemoryDocker

TOUCHES: list[Callable[[Job], Any]] = [
    lambda job: job.build.attach(),
    lambda job: job.build.start(),
    lambda job: job.service.kill(),
    lambda job: job.build.stop(),
    lambda job: job.build.disconnect(),
    lambda job: job.build.delete(),
    lambda job: job.network.delete(),
]


@pytest.mark.parametrize("touch", TOUCHES, ids=["attach", "start", "kill", "stop", "disconnect", "delete", "network"])
def test_what_is_somebody_elses_is_not_touched(touch: Callable[[Job], Any], tmp_path: Path) -> None:
    docker = MemoryDocker()
    foreign = {kind: docker.add(kind, "foreign")["Id"] for kind in ("containers", "networks")}
    docker.lie = lambda request: _given_away(foreign, request)
    with serving(docker.serve) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        ledger = Ledger.open(tmp_path, server.endpoint.url)
        target = Target("socket", "it is tested", api, {}, {})
        job = Job(Run(Settings(), api.recorder, target, ledger, lambda _: None), "runner")
        with suppress(NotJudged):
            touch(job)
        job.close()
        ledger.clean_up(api)
    touched = [
        f"{request.method} {request.path}"
        for request in docker.requests
        if request.method != "GET" and any(each in request.path for each in foreign.values())
    ]
    assert touched == []
    assert docker.names() == ["foreign", "foreign"]


def _given_away(foreign: dict[str, str], request: Request) -> bytes | None:
    kind, _, rest = request.path.removeprefix("/").partition("/")
    return answer(201, {"Id": foreign[kind], "Warnings": []}) if rest == "create" and kind in foreign else None
