"""The jobs that the scenarios of a run share, driven in the background, side by side."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from support.background import Background
from support.cleanup.inventory import find
from support.gitlab.job import Job
from support.gitlab.script import SCRIPT
from support.gitlab.second_job import SecondJob
from support.gitlab.second_script import SECOND_SCRIPT, without_isolation
from support.run import Run
from support.script import Performance

_TASKS_OF_ALL_JOBS = 9
_WHOLE = "TST-011-AC-22"
_SLACK = 60.0  # seconds beyond a job's own time, which ends it


class Jobs:
    """The job behind AC-1 to AC-21, a whole one for AC-22, and the second job."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.job = Job(run, "runner")
        self.second_job = SecondJob(run, "second")
        self.whole_job = Job(run, "whole")
        self._background = Background()
        self._performances: list[Performance[Job] | Performance[SecondJob]] = []

    def begin(self, wanted: Collection[str]) -> None:
        """Begin what the selected scenarios will look at; what fails is raised where a scenario reads it."""
        if "TST-011-AC-01" in wanted:
            self.job.ping()  # while nothing else is under way, so that what it causes can be seen
        everything = {criterion for act in SCRIPT for criterion in act.serves}
        second_script = SECOND_SCRIPT if not self.run.target.lacks_isolation else without_isolation()
        whole = Performance(self.whole_job, SCRIPT, everything if _WHOLE in wanted else ())
        first = Performance(self.job, SCRIPT, set(wanted))
        second = Performance(self.second_job, second_script, set(wanted))
        self._performances = [first, second, whole]
        works: list[tuple[str, Callable[[], None]]] = [
            ("job", first.run),
            ("second job", second.run),
            ("whole job", whole.run),
        ]
        if 0 < self.run.settings.max_tasks < _TASKS_OF_ALL_JOBS:
            self._background.begin("jobs", lambda: [work() for _, work in works])
            return
        for name, work in works:
            self._background.begin(name, work)

    def wait_for(self, criterion: str) -> None:
        """Until the jobs have come as far as a scenario needs. Raises ``NotJudged`` where one broke off."""
        within = self.run.settings.seconds("job_timeout") * len(self._performances) + _SLACK
        for performance in self._performances:
            is_whole = performance.job is self.whole_job
            if is_whole == (criterion == _WHOLE):
                job = performance.job
                performance.wait_for("" if is_whole else criterion, within, lambda job=job: self._last_call_of(job))  # type: ignore[misc]

    def _last_call_of(self, job: Job) -> str:
        made = self.run.recorder.of_job(job.driver.name)
        return f"its last call was {made[-1].line()}" if made else "it has made no call yet"

    def close(self) -> None:
        """Close the jobs' connections and join the background. Raises ``TimeoutError`` naming what goes on."""
        for job in (self.job, self.second_job, self.whole_job):
            job.close()
        self._background.end(self.run.api.give_up)


class HalfJob:
    """A job that is broken off once its network, volumes and build container exist (N-9), with a ledger of its own."""

    def __init__(self, run: Run) -> None:
        self._api = run.api
        self._ledger = run.ledger.beside()
        self.job = Job(replace(run, ledger=self._ledger), "half")

    def begin(self) -> None:
        """Create its network, volumes and build container. Raises ``NotJudged`` where they cannot be created."""
        for thing in (self.job.network, *self.job.volumes, self.job.build):
            thing.must_be_there()

    def break_off(self) -> list[str]:
        """Clean up as a run does; then what is still found of it, a line each."""
        self.job.close()
        noted = self._ledger.open_notes
        leftovers = self._ledger.clean_up(self._api)
        found = [note for note in noted if find(self._api, note).status != 404]
        return leftovers + [f"{note.kind} {note.name} is still found" for note in found]
