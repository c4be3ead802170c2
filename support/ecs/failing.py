"""A container that cannot run: its image cannot be pulled, or its command does not exist (TST-010 N-1, N-4)."""

from __future__ import annotations

from support.api.recording import Exchange
from support.container import RUNS, status_of
from support.driver import quietly
from support.ecs.container import EcsContainer
from support.once import once
from support.thing import succeeded


class FailingContainer(EcsContainer):
    """What is asked of it ends in a refusal, or in an exit with another code than 0; nothing of it is left running."""

    @once
    def refusal(self) -> Exchange:
        """The answer to its start; its creation may refuse already."""
        is_there = self.was_made() or self.is_seen()
        return self.start() if is_there else self.create()

    @once
    def outcome(self) -> Exchange:
        """The same where it is a refusal, else its end. Raises as ``own_end`` does."""
        answer = self.refusal()
        return self.own_end() if succeeded(answer) else answer

    @once
    def left_running(self) -> list[str]:
        """What of it runs, or is not known any more though nobody deleted it, once it has had its time and later."""
        quietly(self.outcome)
        if not succeeded(self.refusal()) and self.refusal() is self.create():
            return []
        problems = self.driver.tasks_running_on(self.known_id)
        problems += self._problems_now()
        self.driver.let_a_second_pass()
        return list(dict.fromkeys([*problems, *self._problems_now()]))

    def _problems_now(self) -> list[str]:
        seen, entry = self.inspect(), self.entry_in(self.list_all()) or {}
        problems = [f"{self} is {RUNS!r}, as the list says"] if entry.get("State") == RUNS else []
        if not self.is_shown_by(seen):
            problems.append(f"{self} is not known any more, though nobody deleted it: {seen.line()}")
        elif status_of(seen) == RUNS:
            problems.append(f"{self} is {RUNS!r}, as its inspection says")
        return problems
