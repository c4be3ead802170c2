"""The jobs of a run, given to a real GitLab Runner side by side in the background."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from support import folders, progress
from support.coordinator import helper_image
from support.coordinator.jobs import JOBS, CiJob, payload
from support.coordinator.left import cache_volume, is_kept, left_of, removed
from support.coordinator.outcome import Outcome
from support.coordinator.process import RunnerConfig, RunnerProcess
from support.coordinator.server import Coordinator
from support.once import once
from support.run import Run
from support.settings import Settings, of_user
from support.text import slug
from support.verdicts import NotJudged, chosen

NO_RUNNER = "no gitlab-runner is on PATH, and none is set (-D runner=PATH)"
COSTLY = "on ECS its jobs start some 50 Fargate tasks: name the runner to have them (-D runner=PATH)"
_SIDE_BY_SIDE = 3  # jobs; each has up to five containers at once
_SLACK = 90.0  # seconds beyond a job's own time-out, for its preparation and clean-up
_SERVICE_WAIT = 30  # seconds that a service has to listen, a runner's default
_SILENT_FOR = 5  # seconds after which one that never does is given up
_ON_ECS = 12  # times as long a service has: a container starts in half a minute there
_TIME_OUT_ON_ECS = 6  # times as long as a job's own time-out, in which its containers have to start


def runner_binary(settings: Settings) -> str:
    """The runner of the settings, else the one on PATH; ``""`` where there is none."""
    return shutil.which(of_user(settings.runner) if settings.runner else "gitlab-runner") or ""


class RunnerJobs:
    """Each job is run by a runner process of its own; jobs that share a cache by runners of one name."""

    def __init__(self, run: Run, binary: str) -> None:
        self.lock = threading.RLock()
        self.run = run
        self._binary = binary
        self._coordinator = Coordinator()
        self._pool = ThreadPoolExecutor(1 if run.settings.max_tasks else _SIDE_BY_SIDE, "runner")
        self._outcomes: dict[str, Future[Outcome]] = {job.name: Future() for job in JOBS}
        self._processes: list[RunnerProcess] = []
        self._is_closed = False

    def begin(self, wanted: Collection[str]) -> None:
        """Begin the jobs that these criteria need; none where the target cannot hold them apart."""
        self._coordinator.start()
        needed = [job for job in JOBS if job.serves in wanted and not self.run.target.lacks_isolation]
        for first in needed:
            if not first.after:
                row = [first, *(job for job in needed if job.after == first.name)]
                self._pool.submit(self._do, row)

    def wait_for(self, criterion: str) -> None:
        """Until the jobs that serve it are over. Raises ``NotJudged`` where one is not in time."""
        waited_for = {self._outcomes[job.name]: job.name for job in JOBS if job.serves == criterion}
        within = len(JOBS) * (self.run.settings.seconds("job_timeout") + _SLACK)
        with progress.waiting(f"GitLab Runner's jobs: {', '.join(waited_for.values())}", within):
            late = wait(waited_for, within).not_done
        if late:
            raise NotJudged(f"not over after {within:g} s: {', '.join(waited_for[each] for each in late)}")

    def outcome(self, name: str) -> Outcome:
        """What came back of a job that is over. Raises ``UsageError`` for a name that is none."""
        return chosen(name, self._outcomes, "the job").result(0)

    def _do(self, row: list[CiJob]) -> None:
        short_token = "r" + secrets.token_hex(4)
        # As a runner's own: its short form, nine characters, is in the names of all that it creates.
        token = f"glrt-{short_token}{secrets.token_hex(8)}"
        self.run.ledger.expect("volume", cache_volume(short_token))
        for job in row:
            try:
                self._outcomes[job.name].set_result(self._outcome_of(job, token, short_token))
            except BaseException as error:  # noqa: BLE001 - it is raised where the outcome is read
                self._outcomes[job.name].set_exception(error)

    def _outcome_of(self, job: CiJob, token: str, short_token: str) -> Outcome:
        settings, is_ecs = self.run.settings, self.run.target.is_ecs(self.run.settings)
        longer = _ON_ECS if is_ecs else 1
        identity = 1 + secrets.randbelow(2**31 - 1)
        seconds = job.seconds * (_TIME_OUT_ON_ECS if is_ecs else 1) or int(settings.seconds("job_timeout"))
        said = payload(job, identity, self._coordinator.url, seconds, settings.service_image)
        record = self._coordinator.offer(token, said, job.cancel_on)
        config = RunnerConfig(
            self._coordinator.url,
            token,
            settings.runner_docker or self.run.target.api.endpoint.url,
            self.helper_image(),
            self.run.ledger.label,
            longer * (_SILENT_FOR if job.service == "silent" else _SERVICE_WAIT),
        )
        log = settings.folder() / "daemons" / f"{self.run.ledger.run_id}-runner-{slug(job.name)}.log"
        process = self._start(self._home() / slug(job.name), config, log)
        problem = process.wait(seconds + _SLACK)
        if not problem and not record.final and not record.is_cancelled:
            problem = f"it reported no end; its log ends: {process.log_end()}"
        found = left_of(self.run.api, short_token, identity)
        for note in filter(is_kept, found):
            self.run.ledger.expect(note.kind, note.name)
        left = [note for note in found if not is_kept(note)]
        lines = removed(self.run.api, left, self.run.ledger.gone_within * settings.deadline_scale)
        return Outcome(job.name, record, tuple(lines), problem)

    def _start(self, folder: Path, config: RunnerConfig, log: Path) -> RunnerProcess:
        with self.lock:
            if self._is_closed:
                raise NotJudged("the run was broken off")
            process = RunnerProcess.start(self._binary, folder, config, log)
            self._processes.append(process)
            return process

    @once
    def _home(self) -> Path:
        """The folder of the runners' own folders; it goes with the run."""
        folder = folders.make("acceptance-", "a run")
        self.run.ledger.expect_folder(folder)
        return folder

    @once
    def helper_image(self) -> str:
        """What the runner's configuration names; ``""`` leaves it to the runner.

        The stand-in was given the helper when it was started, and serves it in the runner's own image.
        """
        settings = self.run.settings
        if settings.runner_helper_image or not settings.runner_helper or self.run.target.kind == "standin":
            return settings.runner_helper_image
        within = settings.seconds("pull_timeout")
        return helper_image.built(self.run.api, self.run.ledger, of_user(settings.runner_helper), within)

    def close(self) -> None:
        """End the runners that are at work, each with its job, and the coordinator."""
        with self.lock:
            self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.end()
        self._pool.shutdown()
        self._coordinator.close()
        folders.remove(self._home())
