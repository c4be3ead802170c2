"""A container in a network of its own, while a job runs in another: exec, attach, stop (RUN-45, RUN-64 to RUN-67)."""

from __future__ import annotations

import threading

from support.api.frames import STDOUT
from support.api.hijack import Hijack
from support.api.recording import Exchange
from support.container import RUNS, status_of
from support.gitlab.contract import scripts
from support.gitlab.executing import exec_output, send_exec
from support.gitlab.network import Network
from support.gitlab.small_job import SmallJob
from support.gitlab.stage import Stage
from support.once import once
from support.thing import text_at
from support.verdicts import NotJudged

EXEC_SAYS = "exec works"
SAYING = f"echo '{EXEC_SAYS}'\nexit 0\n"
_A_LINE_WITHIN = 10.0  # seconds, where one is written each second


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
        return send_exec(self.container, SAYING, "RUN-64")

    @once
    def exec_stream(self) -> Hijack:
        """Its start, and its output to the end."""
        identity = text_at(self.exec_created(), "Id")
        if not identity:
            raise NotJudged(f"there is no exec: {self.exec_created().line()} (RUN-64)")
        return exec_output(self._driver, identity, "RUN-64")

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
        return self.container.send_stop_without_time("RUN-66")

    @once
    def stopped(self) -> Exchange:
        """The neighbour's wait, once it was stopped."""
        self.stop()
        return self.stage.answer()
