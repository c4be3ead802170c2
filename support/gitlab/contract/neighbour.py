"""A container in a network of its own, while a job runs in another: exec, attach, stop (RUN-45, RUN-64 to RUN-67)."""

from __future__ import annotations

import threading

from support.api.client import posted, raw_call
from support.api.frames import STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import RUNS, status_of
from support.gitlab.container import JobContainer
from support.gitlab.contract import scripts
from support.gitlab.contract.recorded import EXEC
from support.gitlab.network import Network
from support.gitlab.small_job import SmallJob
from support.gitlab.stage import Stage
from support.once import once
from support.run import ANSWER_SLACK
from support.thing import text_at
from support.verdicts import NotJudged

EXEC_SAYS = "exec works"
_A_LINE_WITHIN = 10.0  # seconds, where one is written each second
_GRACE = 10.0  # seconds that a container has between a stop and its end, where the stop names none


def send_exec(container: JobContainer, criterion: str) -> Exchange:
    """``POST /containers/{id}/exec`` as the runner sends it when a job is cancelled."""
    body = {**EXEC, "Cmd": ["sh", "-c", f"echo '{EXEC_SAYS}'\nexit 0\n"]}
    return container.driver.ask(posted(f"/containers/{container.reference()}/exec", body), criterion, "exec")


class Neighbour:
    """It runs until SIGTERM."""

    def __init__(self, job: SmallJob) -> None:
        self.lock: threading.RLock = job.lock
        self._driver = job.driver
        self.network = Network(job.driver, job.driver.ledger.name(job.driver.name), job.labels())
        self.container = job.container("neighbour", network=self.network)
        self.stage = Stage(self.container, scripts.neighbour)

    def must_be_ready(self) -> None:
        """Raises ``NotJudged`` where its script did not come so far that it waits for SIGTERM."""
        self.stage.wait()
        if not self.stage.says(f"{scripts.READY}\n"):
            raise NotJudged(f"{self.container}'s script is not ready: {self.stage.stream().describe()}")

    @once
    def found(self) -> bytes:
        """The first bytes of what answered under the other network's alias; none where nothing did (RUN-45)."""
        self.must_be_ready()
        said = self.stage.value("leak")
        try:
            return bytes.fromhex(said)
        except ValueError:
            raise NotJudged(f"{self.container}'s script answers otherwise than asked: {said!r}") from None

    @once
    def exec_created(self) -> Exchange:
        """An exec in what runs."""
        self.must_be_ready()
        return send_exec(self.container, "RUN-64")

    @once
    def exec_stream(self) -> Hijack:
        """Its start, and its output to the end."""
        identity = text_at(self.exec_created(), "Id")
        if not identity:
            raise NotJudged(f"there is no exec: {self.exec_created().line()} (RUN-64)")
        body = {"Detach": False, "Tty": False}
        stream = self._driver.hijack(f"/exec/{identity}/start", "RUN-64", "exec", {}, body)
        stream.wait_end(self._driver.stop_within())
        return stream

    @once
    def attached_by_ones(self) -> Hijack:
        """A second attach to what runs, its flags written as 1."""
        self.must_be_ready()
        path, flags = f"/containers/{self.container.reference()}/attach", ("stdout", "stderr", "stream")
        stream = self._driver.hijack(path, "RUN-67", "neighbour", dict.fromkeys(flags, "1"))
        stream.wait_for(lambda: bool(stream.output(STDOUT)), self._driver.at_most(_A_LINE_WITHIN))
        return stream

    @once
    def stop(self) -> Exchange:
        """The stop of what runs, without ``t``."""
        self.must_be_ready()
        before = self.container.inspect()
        if status_of(before) != RUNS:
            raise NotJudged(f"{self.container} does not run any more: {before.line()}")
        within = self._driver.at_most(_GRACE + ANSWER_SLACK + self._driver.settings.seconds("exchange_timeout"))
        return self._driver.ask(
            raw_call("POST", f"/containers/{self.container.reference()}/stop"), "RUN-66", "neighbour", within
        )

    @once
    def stopped(self) -> Exchange:
        """The neighbour's wait, once it was stopped."""
        self.stop()
        return self.stage.answer()
