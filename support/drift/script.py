"""The acts of each story, in their order, each with the scenarios that look at it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from support.drift.container import LATER, DriftContainer
from support.drift.fargate import Restarted, Stopped
from support.drift.stories import Pulls, Removal, Starts
from support.gitlab.performed import Performed
from support.run import Run
from support.script import Act, in_turn

RESTARTS = ("DRIFT-13", "DRIFT-14")
ONLY_FARGATE = "only a Fargate task can be stopped in AWS, or outlive its daemon: this target is no ECS backend"
NOT_OURS = "the suite restarts only what it started: SOCKERLESS_COMMAND, or the stand-in"


def drift(*numbers: int) -> tuple[str, ...]:
    """Scenarios of this feature."""
    return tuple(f"DRIFT-{number:02}" for number in numbers)


def _stayed(container: DriftContainer) -> None:
    """What is asked of a container once it has exited."""
    in_turn(DriftContainer.wait_answer, DriftContainer.long_after, lambda it: it.list_at(LATER))(container)


REMOVAL: tuple[Act[Removal], ...] = (
    Act("listening", drift(1, 3), lambda story: story.listen()),
    Act("begun", drift(5), lambda story: story.begun(), ("listening",)),
    Act("running", drift(1, 2, 3, 4, 5), lambda story: story.middle(), ("begun",)),
    Act("other gone", drift(3), lambda story: story.other_gone(), ("running",)),
    Act("destroyed", drift(1, 2), lambda story: story.destroyed(), ("running",)),
    Act("replayed", drift(4, 5), in_turn(Removal.since_middle, Removal.until_middle), ("destroyed",)),
    Act("gone", drift(2), in_turn(Removal.gone, Removal.lists), ("destroyed",)),
    Act("reported", drift(1), lambda story: story.end_reported(), ("destroyed",)),
    Act(
        "filtered",
        drift(3),
        in_turn(Removal.life_reported, Removal.since_middle, Removal.labelled_since_middle),
        ("other gone", "destroyed"),
    ),
)
STARTS: tuple[Act[Starts], ...] = (
    Act("listening", drift(7, 8), lambda story: story.listen()),
    Act("brief begun", drift(6, 7), lambda story: story.brief_begun(), ("listening",)),
    Act("brief", drift(6), lambda story: story.brief_ended(), ("brief begun",)),
    Act("brief stayed", drift(6), lambda story: _stayed(story.brief), ("brief",)),
    Act("brief reported", drift(7), lambda story: story.brief_reported(), ("brief begun",)),
    Act("mistaken", drift(8), lambda story: story.mistaken_ended(), ("listening",)),
    Act(
        "mistaken stayed",
        drift(8),
        in_turn(lambda story: story.mistaken.wait_answer(), Starts.mistaken_reported),
        ("mistaken",),
    ),
)
PULLS: tuple[Act[Pulls], ...] = (
    Act("pulled", drift(9, 10), lambda story: story.pulls()),
    Act(
        "no record",
        drift(10),
        in_turn(Pulls.found, Pulls.listed, Pulls.running, Pulls.gone, Pulls.all_containers),
        ("pulled",),
    ),
)
STOPPED: tuple[Act[Stopped], ...] = (
    Act("listening", drift(12), lambda story: story.listen()),
    Act("stopped", drift(11, 12), lambda story: story.ended(), ("listening",)),
    Act("stayed", drift(11), lambda story: _stayed(story.container), ("stopped",)),
    Act("reported", drift(12), lambda story: story.end_reported(), ("stopped",)),
)
RESTARTED: tuple[Act[Restarted], ...] = (Act("running", drift(13, 14), lambda story: story.container.running()),)


class Drift(Performed):
    """All stories; those of Fargate only where containers are its tasks."""

    def __init__(self, run: Run) -> None:
        self._of = run
        self.removal, self.starts, self.pulls = Removal(run), Starts(run), Pulls(run)
        self.stopped, self.restarted = Stopped(run), Restarted(run)
        stories: list[Any] = [(self.removal, REMOVAL), (self.starts, STARTS), (self.pulls, PULLS)]
        fargate: list[Any] = [(self.stopped, STOPPED), (self.restarted, RESTARTED)]
        super().__init__(run, [*stories, *(fargate if run.aws is not None else [])])

    def begin(self, wanted: Collection[str]) -> None:
        """Begin what the selected scenarios will look at, but for what they skip."""
        super().begin(set(wanted) - set(RESTARTS if self.why_no_restart() else ()))

    def why_no_restart(self) -> str:
        """Why the daemon cannot be restarted; empty where it can."""
        if self._of.aws is None:
            return ONLY_FARGATE
        return "" if self._of.target.daemon is not None else NOT_OURS

    def restart(self) -> Restarted:
        """Restart the daemon once everything else is over, which would not survive it."""
        self.wait_for("")
        self.restarted.restart()
        return self.restarted
