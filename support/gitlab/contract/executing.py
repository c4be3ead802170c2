"""A command in a container of a job, as the runner sends it when the job is cancelled."""

from __future__ import annotations

from support.api.client import posted
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.driver import Driver
from support.gitlab.container import JobContainer
from support.gitlab.contract.recorded import EXEC


def send_exec(container: JobContainer, script: str, criterion: str) -> Exchange:
    """``POST /containers/{id}/exec``."""
    body = {**EXEC, "Cmd": ["sh", "-c", script]}
    return container.driver.ask(posted(f"/containers/{container.reference()}/exec", body), criterion, "exec")


def exec_output(driver: Driver, identity: str, criterion: str) -> Hijack:
    """``POST /exec/{id}/start``, and its output to the end."""
    stream = driver.hijack(f"/exec/{identity}/start", criterion, "exec", {}, {"Detach": False, "Tty": False})
    stream.wait_end(driver.stop_within())
    return stream
