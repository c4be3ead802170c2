"""The jobs that the scenarios of a run share, driven in the background, side by side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from support.cleanup.inventory import still_found
from support.gitlab.job import Job
from support.gitlab.performed import Performed
from support.gitlab.script import SCRIPT
from support.gitlab.second_job import SecondJob
from support.gitlab.second_script import SECOND_SCRIPT, without_isolation
from support.run import Run

_TASKS_OF_ALL_JOBS = 9
_WHOLE = "TST-011-AC-22"


class Jobs(Performed):
    """The job behind AC-1 to AC-21, a whole one for AC-22, and the second job."""

    def __init__(self, run: Run) -> None:
        self.job = Job(run, "runner")
        self.second_job = SecondJob(run, "second")
        self.whole_job = Job(run, "whole")
        second_script = without_isolation() if run.target.lacks_isolation else SECOND_SCRIPT
        whole_script = [replace(act, serves=(_WHOLE,) if act.serves else ()) for act in SCRIPT]
        jobs = ((self.job, SCRIPT), (self.second_job, second_script), (self.whole_job, whole_script))
        super().__init__(run, jobs, _TASKS_OF_ALL_JOBS)

    def begin(self, wanted: Collection[str]) -> None:
        """Begin what the selected scenarios will look at; what fails is raised where a scenario reads it."""
        if "TST-011-AC-01" in wanted:
            self.job.ping()  # while nothing else is under way, so that what it causes can be seen
        super().begin(wanted)


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
        return leftovers + still_found(self._api, noted)
