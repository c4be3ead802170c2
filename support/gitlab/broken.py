"""A job that breaks in the middle, to see that clean-up does not depend on how far a job came (TST-011 N-9)."""

from __future__ import annotations

from dataclasses import replace

from support.cleanup.inventory import find
from support.gitlab.job import Job
from support.run import Run


class BrokenJob:
    """Its network, volumes and build container exist, noted in a ledger of its own; nothing is started."""

    def __init__(self, run: Run) -> None:
        self._api = run.api
        self._ledger = run.ledger.beside()
        self._job = Job(replace(run, ledger=self._ledger), "broken")
        try:
            self._job.build.id  # noqa: B018 - brought about, with all that it needs
        except BaseException:
            self._ledger.clean_up(self._api)
            raise

    def fail_and_clean_up(self) -> list[str]:
        """Fail as a scenario fails, clean up as the run does; then what is still found in the daemon."""
        noted = self._ledger.open_notes
        leftovers: list[str] = []
        try:
            try:
                raise AssertionError("the job breaks here")
            finally:
                leftovers = self._ledger.clean_up(self._api)
        except AssertionError:
            found = [note for note in noted if find(self._api, note).status != 404]
        return leftovers + [f"{note.kind} {note.name} is still found" for note in found]
