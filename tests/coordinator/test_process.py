"""A runner's configuration, its process and its end."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.coordinator.jobs import JOBS, payload
from support.coordinator.process import RunnerConfig, RunnerProcess
from support.coordinator.server import Coordinator
from support.verdicts import UsageError


def config(url: str) -> RunnerConfig:
    return RunnerConfig(url, "token", "unix:///run/a.sock", "helper:1", {"a.label": 'with "quotes"'}, 30)


def started(binary: str, folder: Path, url: str) -> RunnerProcess:
    return RunnerProcess.start(binary, folder / "home", config(url), folder / "runner.log")


def test_the_configuration_is_toml() -> None:
    runner = tomllib.loads(config("http://127.0.0.1:1").text())["runners"][0]
    assert (runner["url"], runner["token"], runner["executor"]) == ("http://127.0.0.1:1", "token", "docker")
    assert runner["docker"]["host"] == "unix:///run/a.sock"
    assert runner["docker"]["helper_image"] == "helper:1"
    assert runner["docker"]["container_labels"] == {"a.label": 'with "quotes"'}
    assert "helper_image" not in RunnerConfig("u", "t", "h", "", {}, 30).text()


def test_a_runner_does_the_job_that_it_is_offered(
    coordinator: Coordinator, fake: Callable[[str], str], tmp_path: Path
) -> None:
    job = next(job for job in JOBS if job.name == "failing script")
    record = coordinator.offer("token", payload(job, 7, coordinator.url, 60, "postgres:16-alpine"))
    process = started(fake(""), tmp_path, coordinator.url)
    assert process.wait(20) == ""
    assert (record.status, record.final["exit_code"]) == ("failed", 3)


def test_a_runner_that_ends_badly_says_so(coordinator: Coordinator, fake: Callable[[str], str], tmp_path: Path) -> None:
    process = started(fake("never-asks"), tmp_path, coordinator.url)
    assert process.wait(20) == "it ended with 1"
    assert process.log_end() == "panic: nothing works here"


def test_a_runner_that_does_not_end_is_ended(
    coordinator: Coordinator, fake: Callable[[str], str], tmp_path: Path
) -> None:
    coordinator.offer("token", payload(JOBS[0], 7, coordinator.url, 60, "postgres:16-alpine"))
    process = started(fake("never-ends"), tmp_path, coordinator.url)
    assert process.wait(0.5) == "it had not ended after 0.5 s"
    assert process.process.poll() is not None


def test_what_is_no_program_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot start .*: No such file or directory"):
        started(str(tmp_path / "none"), tmp_path, "http://127.0.0.1:1")
