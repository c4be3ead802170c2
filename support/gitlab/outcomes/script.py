"""The acts of the jobs, each with the scenarios that look at it."""

from __future__ import annotations

from collections.abc import Callable

from support.driver import quietly
from support.gitlab.outcomes import jobs
from support.gitlab.outcomes.user_job import UserJob
from support.gitlab.performed import Performed
from support.run import Run
from support.script import Act
from support.verdicts import chosen

_ALL = ("JOB-11", "JOB-12")


def _clean_up(job: UserJob) -> None:
    quietly(job.cleaned_up)
    job.left()


def _script(*serves: str, more: tuple[Act[UserJob], ...] = ()) -> tuple[Act[UserJob], ...]:
    """Run it, do ``more``, clean up."""
    needs = tuple(act.makes for act in more)
    return (
        Act("job", (*serves, *_ALL), lambda job: job.perform()),
        *more,
        Act("clean-up", ("JOB-12",), _clean_up, ("job", *needs)),
    )


def _more(makes: str, serves: str, read: Callable[[], object]) -> Act[UserJob]:
    """What one job does besides, once its script is over."""
    return Act(makes, (serves,), lambda _: read(), ("job",))


class Outcomes(Performed):
    """The jobs of all scenarios."""

    def __init__(self, run: Run) -> None:
        self.success, self.failing = jobs.Success(run), jobs.Failing(run)
        self.cancelled, self.timed_out = jobs.Cancelled(run), jobs.TimedOut(run)
        self.unready, self.live, self.unpullable = jobs.Unready(run), jobs.Live(run), jobs.Unpullable(run)
        next_job = _more("next job", "JOB-08", self.success.cached)
        stamped = _more("stamped", "JOB-10", self.live.stamped)
        super().__init__(
            run,
            (
                (self.success, _script("JOB-01", more=(next_job,))),
                (self.failing, _script("JOB-02", "JOB-07")),
                (self.cancelled, _script("JOB-03")),
                (self.timed_out, _script("JOB-04")),
                (self.unready, _script("JOB-05")),
                (self.unpullable, _script("JOB-06")),
                (self.live, _script("JOB-09", more=(stamped,))),
            ),
        )

    def named(self, name: str) -> UserJob:
        """The job of this name. Raises ``UsageError`` where a sentence names another."""
        return chosen(name, {each.driver.name: each for each in self.all}, "the job")

    @property
    def that_run(self) -> list[UserJob]:
        """Those with a log of their own."""
        return [self.success, self.failing, self.cancelled, self.timed_out, self.unready, self.live]

    @property
    def all(self) -> list[UserJob]:
        """All of them."""
        return [*self.that_run, self.unpullable]
