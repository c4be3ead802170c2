"""A command in a container of a job, as the runner sends it when the job is cancelled."""

from __future__ import annotations

from typing import Any

from support.api.client import posted
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.driver import Driver
from support.gitlab.container import JobContainer

_EXEC: dict[str, Any] = {
    "User": "",
    "Privileged": False,
    "Tty": False,
    "AttachStdin": False,
    "AttachStderr": True,
    "AttachStdout": True,
    "Detach": False,
    "DetachKeys": "",
    "Env": None,
    "WorkingDir": "",
}


def send_exec(container: JobContainer, script: str, criterion: str) -> Exchange:
    """``POST /containers/{id}/exec``."""
    body = {**_EXEC, "Cmd": ["sh", "-c", script]}
    return container.driver.ask(posted(f"/containers/{container.reference()}/exec", body), criterion, "exec")


def exec_output(driver: Driver, identity: str, criterion: str) -> Hijack:
    """``POST /exec/{id}/start``, and its output to the end."""
    stream = driver.hijack(f"/exec/{identity}/start", criterion, "exec", {}, {"Detach": False, "Tty": False})
    stream.wait_end(driver.stop_within())
    return stream
