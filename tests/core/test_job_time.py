"""A job's ten minutes are its own: waiting for its turn takes nothing of them; one that was broken off has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.api.client import DockerApi
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.cleanup.ledger import Ledger
from support.gitlab.job import Job
from support.run import Run
from support.settings import Settings
from support.target import Target
from support.verdicts import NotJudged


def job_at_nobody(folder: Path) -> Job:
    api = DockerApi(Endpoint(path=str(folder / "nobody.sock")), "1.44", Recorder(), 1.0)
    run = Run(Settings(), api.recorder, Target("socket", "", api, {}, {}), Ledger.open(folder, ""), lambda _: None)
    return Job(run, "runner")


def test_a_closed_job_asks_nothing_any_more(tmp_path: Path) -> None:
    job = job_at_nobody(tmp_path)
    job.close()
    with pytest.raises(NotJudged, match="broken off"):
        job.network.create()
    assert not job.driver.api.recorder.since(0)


def test_they_begin_with_the_first_call_and_end_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("support.waiting.time.monotonic", lambda: now)
    job = job_at_nobody(tmp_path)
    now = 1000.0
    assert job.driver.at_most(5.0) == 5.0
    now = 1598.0
    assert job.driver.at_most(5.0) == 2.0
    now = 1600.0
    with pytest.raises(NotJudged, match="the job's 600 s are over"):
        job.driver.at_most(5.0)
