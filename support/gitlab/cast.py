"""The jobs that the scenarios of a run share, started ahead and side by side where needed (design rule 6)."""

from __future__ import annotations

import threading
from collections.abc import Collection
from concurrent.futures import Future

from support.background import Background
from support.gitlab.broken import BrokenJob
from support.gitlab.job import Job
from support.gitlab.lifecycle import Lifecycle
from support.gitlab.notes import NotesJob
from support.once import once
from support.run import Run
from support.waiting import Seen, done, not_yet, until

_TASKS_OF_ALL_JOBS = 9
_PING = "TST-011-AC-01"
_WHOLE = "TST-011-AC-22"
_NOTES = frozenset(f"TST-011-N-{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 15, 17, 18, 19))
_MISSING = frozenset({"TST-011-N-13", "TST-011-N-14"})


class Cast:
    """Three jobs beside each other: one behind AC-1 to AC-21, a whole one for AC-22, and the notes'."""

    def __init__(self, run: Run, wanted: Collection[str]) -> None:
        self.lock = threading.RLock()
        self._run = run
        self._wanted = wanted
        self._ahead = Background()
        self._whole: Future[Lifecycle] | None = None
        self.job = Job(run, "runner")
        self.notes = NotesJob(run, "notes")
        self.whole_job = Job(run, "whole")

    def start_ahead(self) -> None:
        """Begin what the selected scenarios will look at; what fails is told to the scenario that looks."""
        if _PING in self._wanted:
            self.job.ping  # noqa: B018 - while nothing else is under way, so that what it causes can be told
        if 0 < self._run.settings.max_tasks < _TASKS_OF_ALL_JOBS:
            return  # one job after the other, as the scenarios come to them
        if _WHOLE in self._wanted:
            self.whole  # noqa: B018 - begun, not waited for
        if not _NOTES.isdisjoint(self._wanted):
            self._ahead.begin("notes job", self.notes.drive)
        if not _MISSING.isdisjoint(self._wanted):
            self._ahead.begin("missing image", lambda: (self.notes.missing_pull, self.notes.missing_run))

    @once
    def whole(self) -> Future[Lifecycle]:
        """AC-22's job, under way."""
        future: Future[Lifecycle] = Future()

        def drive() -> None:
            try:
                future.set_result(Lifecycle(self.whole_job).run())
            except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
                future.set_exception(error)

        self._ahead.begin("whole job", drive)
        return future

    def whole_job_done(self) -> Lifecycle:
        """AC-22's job once it is over; the job's own ten minutes end it."""
        future = self.whole

        def is_over() -> Seen[Lifecycle]:
            if future.done():
                return done(future.result())
            made = self._run.recorder.of_job(self.whole_job.name)
            return not_yet(f"its last call was {made[-1].line()}" if made else "it has made no call yet")

        seconds = self._run.settings.seconds("job_timeout")
        return until(is_over, "the whole job to be over", seconds)

    def broken_job(self) -> BrokenJob:
        """A job that an assertion will break in the middle."""
        return BrokenJob(self._run)

    def close(self) -> None:
        """Close the jobs' connections and join what was begun ahead. Raises ``TimeoutError`` naming what goes on."""
        for job in (self.job, self.notes, self.whole_job):
            job.close()
        self._ahead.end(self._run.api.give_up)
