"""How long the suite takes on simulated Fargate, held against the longest chain of waits in the simulator's own log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import Interval, Measured, covered, run_suite
from support.settings import ROOT

_READY_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Result:
    """``chain`` is the longest chain of waits in seconds, ``of`` whose it is, ``tasks`` how many reached RUNNING."""

    wall: float
    chain: float
    of: str
    tasks: int

    @property
    def ratio(self) -> float:
        """Wall time per second of unavoidable waiting."""
        return self.wall / self.chain


def measure(folder: Path, tags: str, seed: int) -> Result:
    """Run these scenarios against a stand-in that takes AWS's seconds."""
    return _result(*run_against(folder, tags, "--fargate-latency", "real", "--aws-seed", str(seed)))


def run_against(folder: Path, tags: str, *options: str) -> tuple[Measured, list[dict[str, Any]]]:
    """Run these scenarios against a stand-in with these options: the run, and its simulator's journal."""
    folder.mkdir()
    socket, file, journal = folder / "s", folder / "aws.json", folder / "journal.jsonl"
    argv = [sys.executable, "-P", "-m", "standin", "--socket", str(socket), "--backend", "ecs"]
    argv += ["--aws-file", str(file), "--aws-journal", str(journal), "--until-stdin-ends", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "standin.log").open("wb") as log:
        standin = subprocess.Popen(argv, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        _wait_ready(standin, [socket, file])
        aws = json.loads(file.read_text())
        measured = run_suite(folder / "reports", [f"--tags={tags}"], _variables(socket, aws))
    finally:
        standin.terminate()
        standin.wait(_READY_WITHIN)
    return measured, [json.loads(line) for line in journal.read_text().splitlines()]


def _result(measured: Measured, journal: list[dict[str, Any]]) -> Result:
    """A chain is what one job, or one container outside of jobs, waits for: starts, deliveries and stops in a row."""
    owners = {
        exchange["body"]["Id"][:12]: exchange["label"]["job"] or exchange["label"]["subject"]
        for exchange in measured.exchanges
        if exchange["path"].endswith("/containers/create") and exchange["status"] == 201
    }
    tasks: dict[str, dict[str, Any]] = defaultdict(dict)
    chains: dict[str, list[Interval]] = defaultdict(list)
    for entry in journal:
        if "task" not in entry:
            continue
        task = tasks[entry["task"]]
        task["owner"] = owners.get(
            entry.get("definition", "").removeprefix("sockerless-").partition(":")[0], task.get("owner")
        )
        task[entry["event"]] = entry["t"]
        if entry["event"] == "delivered":
            chains[task["owner"]].append((entry["written"], entry["t"]))
    for task in tasks.values():
        for begin, end in (("PROVISIONING", "RUNNING"), ("DEPROVISIONING", "STOPPED")):
            if begin in task and end in task:
                chains[task["owner"]].append((task[begin], task[end]))
    lengths = {owner: covered(waits) for owner, waits in chains.items()}
    longest = max(lengths, key=lambda owner: lengths[owner])
    return Result(measured.wall, lengths[longest], longest, sum("RUNNING" in task for task in tasks.values()))


def _wait_ready(standin: subprocess.Popen[bytes], files: list[Path]) -> None:
    deadline, pause = time.monotonic() + _READY_WITHIN, threading.Event()
    while not all(file.exists() for file in files):
        if standin.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the stand-in is not ready after {_READY_WITHIN:g} s, exit code {standin.poll()}")
        pause.wait(0.05)


def _variables(socket: Path, aws: dict[str, Any]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": aws["access_key"],
        "AWS_SECRET_ACCESS_KEY": aws["secret_key"],
        "AWS_REGION": aws["region"],
        "SOCKERLESS_SOCKET": str(socket),
        "SOCKERLESS_AWS_ENDPOINT": aws["endpoint"],
        "SOCKERLESS_ECS_CLUSTER": aws["cluster"],
        "SOCKERLESS_ECS_SUBNETS": ",".join(aws["subnets"]),
        "SOCKERLESS_ECS_SECURITY_GROUP": aws["security_group"],
    }
