"""A stand-in daemon on backend ecs, and AWS as a suite sees it."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.standin.conftest import WITHIN, Client, serve


class Side:
    """The simulator, told by the daemon's file."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        session = boto3.session.Session(told["access_key"], told["secret_key"], region_name=told["region"])
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        self.ecs: Any = session.client("ecs", endpoint_url=told["endpoint"], config=config)
        self.logs: Any = session.client("logs", endpoint_url=told["endpoint"], config=config)

    def tasks(self, container: str) -> list[dict[str, Any]]:
        """All tasks of a container, by their tag, oldest first."""
        cluster = self.told["cluster"]
        pages = (self.ecs.list_tasks(cluster=cluster, desiredStatus=s)["taskArns"] for s in ("RUNNING", "STOPPED"))
        arns = [arn for page in pages for arn in page]
        if not arns:
            return []
        views = self.ecs.describe_tasks(cluster=cluster, tasks=arns, include=["TAGS"])["tasks"]
        own = [view for view in views if {"key": "sockerless-container-id", "value": container} in view["tags"]]
        return sorted(own, key=lambda view: view["createdAt"])

    def definitions(self, container: str, status: str = "ACTIVE") -> list[str]:
        family = f"sockerless-{container[:12]}"
        arns: list[str] = self.ecs.list_task_definitions(familyPrefix=family, status=status)["taskDefinitionArns"]
        return arns

    def streams(self, container: str) -> list[str]:
        prefix = {"logStreamNamePrefix": container[:12]}
        streams = self.logs.describe_log_streams(logGroupName="/sockerless", **prefix)["logStreams"]
        return [stream["logStreamName"] for stream in streams]

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in Path(self.told["journal"]).read_text().splitlines()]


def within(seconds: float, predicate: Callable[[], Any]) -> Any:
    """The first true answer, asked every 50 ms; the last one when the time is over."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (answer := predicate()) and time.monotonic() < deadline:
        pause.wait(0.05)
    return answer


@contextmanager
def standin(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Iterator[tuple[Client, Side]]:
    """A daemon with ``options``; it must end well and leave nothing."""
    before = dict(os.environ)
    os.environ.update(environ or {})
    try:
        aws_file = folder / "aws.json"
        process = serve(
            folder / "s.sock", "--backend", "ecs", "--aws-file", str(aws_file), "--state", str(folder), *options
        )
    finally:
        os.environ.clear()
        os.environ.update(before)
    said = ""
    try:
        assert process.poll() is None
        client = Client(str(folder / "s.sock"))
        assert client.call("POST", "/images/create?fromImage=alpine&tag=latest").status == 200
        yield client, Side(json.loads(aws_file.read_text()))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(3 * WITHIN)
        said = process.stderr.read() if process.stderr else ""
    assert code == 0, said
    assert len(said.splitlines()) == 1, said
    assert {path.name for path in folder.iterdir()} <= {"aws.jsonl"}
