"""Jobs whose scripts are performed in the background, side by side, for the scenarios of one feature."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from support.background import Background
from support.run import Run
from support.script import Act, Performance

_SLACK = 60.0  # seconds beyond a job's own time, which ends it


class Performed:
    """``jobs`` are the jobs with their scripts; each has a ``driver`` and a ``close``.

    ``tasks`` are how many Fargate tasks they run at once, where that is not one each.
    """

    def __init__(self, run: Run, jobs: Sequence[tuple[Any, Sequence[Act[Any]]]], tasks: int = 0) -> None:
        self._run = run
        self._jobs = jobs
        self._tasks = tasks or len(jobs)
        self._background = Background()
        self._performances: list[Performance[Any]] = []

    def begin(self, wanted: Collection[str]) -> None:
        """Begin what the selected scenarios will look at; with few tasks at once allowed, one job after the other."""
        self._performances = [Performance(job, script, wanted) for job, script in self._jobs]
        if 0 < self._run.settings.max_tasks < self._tasks:
            self._background.begin("jobs", self._one_by_one)
            return
        for performance in self._performances:
            if performance.acts:
                self._background.begin(performance.job.driver.name, performance.run)

    def _one_by_one(self) -> None:
        for performance in self._performances:
            performance.run()

    def wait_for(self, criterion: str) -> None:
        """Until the jobs have come as far as a scenario needs. Raises ``NotJudged`` where one broke off."""
        within = self._run.settings.seconds("job_timeout") * len(self._performances) + _SLACK
        for performance in self._performances:
            performance.wait_for(criterion, within, performance.job.driver.last_call)

    def close(self) -> None:
        """Close the jobs' connections and join the background. Raises ``TimeoutError`` naming what goes on."""
        for job, _ in self._jobs:
            job.close()
        self._background.end(self._run.api.give_up)
