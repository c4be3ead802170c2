"""The suite, killed in mid-run on the stand-in: the sweep finds all that it left, and nothing of others'."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from support.cleanup.ledger_file import entries_of
from support.cleanup.processes import Started
from support.settings import ROOT
from support.waiting import Seen, done, never, not_yet, until
from tests.aws.conftest import Served, serve

__all__ = ["serve"]
WITHIN = 60.0  # seconds


@pytest.fixture
def served(serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where killed runs leave folders
    yield serve("--aws-others")


def command(served: Served, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "support", *arguments, "-D", f"reports={served.folder / 'reports'}"],
        cwd=served.folder,
        env=served.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def sweep(served: Served, *arguments: str) -> tuple[int, list[str], str]:
    out, err = (process := command(served, "sweep", *arguments)).communicate(timeout=WITHIN)
    assert "Traceback" not in err
    return process.returncode, out.splitlines(), err


def kill_in_mid_run(served: Served, tags: str) -> None:
    process = command(served, f"--tags={tags}")

    def has_a_task() -> Seen[bool]:
        if process.poll() is not None:
            return never(f"it ended with {process.returncode}: {process.communicate()}")
        ledgers = list((served.folder / "reports" / "ledger").glob("*.jsonl"))
        identified = [entry for path in ledgers for entry in entries_of(path) if "id" in entry]
        started = "ecs:RunTask" in served.calls("daemon")
        return done(True) if identified and started else not_yet(f"{len(identified)} containers, started: {started}")

    until(has_a_task, "the run to have a task", WITHIN, up_to=0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=WITHIN)


def account(served: Served) -> dict[str, list[str]]:
    """What there is in the account, without the logs' streams."""
    told: dict[str, Any] = served.aws
    session = boto3.Session(told["access_key"], told["secret_key"], region_name=told["region"])
    ecs: Any = session.client("ecs", endpoint_url=told["endpoint"])
    logs: Any = session.client("logs", endpoint_url=told["endpoint"])
    return {
        "tasks": ecs.list_tasks(cluster=told["cluster"])["taskArns"],
        "definitions": ecs.list_task_definitions()["taskDefinitionArns"],
        "groups": [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]],
    }


def test_what_was_left_in_daemon_and_account_is_swept(served: Served) -> None:
    before = account(served)
    kill_in_mid_run(served, "@TST-010-AC-05")
    ledgers = list((served.folder / "reports" / "ledger").glob("*.jsonl"))

    code, lines, err = sweep(served)
    assert code == 1
    kinds = [line.partition(" arn:")[0].partition(" ecs-")[0].partition(" /")[0] for line in lines]
    assert {"container", "task", "task definition"} <= set(kinds)
    assert all(path.stem in line for path in ledgers for line in lines)
    assert not any("others" in line for line in lines)
    assert account(served) != before

    code, lines, err = sweep(served, "--yes")
    assert (code, err.splitlines()[-1]) == (0, f"acceptance: {len(lines)} removed, nothing is left")
    assert account(served) == before
    assert sweep(served)[:2] == (0, [])
    assert not any(path.exists() for path in ledgers)


def test_without_credentials_it_is_said_that_nobody_looked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_in_mid_run(served, "@TST-010-AC-05")
    environment = served.environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    monkeypatch.setattr(Served, "environment", lambda _: environment)
    code, lines, err = sweep(served, "--yes")

    assert code == 1
    assert lines
    assert "could not be inspected: AWS credentials not available" in err
    assert len(list((served.folder / "reports" / "ledger").glob("*.jsonl"))) == 1


def test_the_embedded_standin_goes_with_its_run(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SOCKERLESS_", "AWS_"))}
    served = Served(tmp_path / "none", {}, tmp_path, tmp_path / "none")
    served.environment = lambda **_: environment | {"PYTHONPATH": str(ROOT)}  # type: ignore[method-assign]
    process = command(served, "--tags=@TST-011-AC-12", "-D", "target=standin")
    ledgers = tmp_path / "reports" / "ledger"

    def has_a_daemon() -> Seen[dict[str, Any]]:
        entries = [entry for path in ledgers.glob("*.jsonl") for entry in entries_of(path)]
        found = [entry["daemon"] for entry in entries if "daemon" in entry]
        return done(found[0]) if found and any("id" in entry for entry in entries) else not_yet(f"{len(entries)} notes")

    daemon = until(has_a_daemon, "the run to have a container", WITHIN, up_to=0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=WITHIN)
    code, lines, err = sweep(served, "--yes")

    assert code == 0, (lines, err)
    assert not Started(**daemon).is_running()
    assert not any(str(path).startswith("/tmp/acceptance-") and path.exists() for path in folders_in(lines))
    assert sweep(served)[:2] == (0, [])


def folders_in(lines: list[str]) -> list[Path]:
    return [Path(line.partition(", ")[0].removeprefix("folder ")) for line in lines if line.startswith("folder ")]
