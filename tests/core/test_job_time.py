"""A job's ten minutes are its own: waiting for its turn takes nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.docker_api import DockerApi
from support.endpoint import Endpoint
from support.ledger import Ledger
from support.recording import Recorder
from support.run import Run
from support.runner.job import Job
from support.settings import Settings
from support.target import Target
from support.verdicts import NotJudged


def test_they_begin_with_the_first_call_and_end_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("support.waiting.time.monotonic", lambda: now)
    endpoint = Endpoint(path=str(tmp_path / "nobody.sock"))
    api = DockerApi(endpoint, "1.44", Recorder(), 1.0)
    run = Run(Settings(), api.recorder, Target("socket", "", api, {}, {}), Ledger(tmp_path, ""), lambda _: None)
    job = Job(run, "runner")
    now = 1000.0
    assert job.at_most(5.0) == 5.0
    now = 1598.0
    assert job.at_most(5.0) == 2.0
    now = 1600.0
    with pytest.raises(NotJudged, match="the job's 600 s are over"):
        job.at_most(5.0)
