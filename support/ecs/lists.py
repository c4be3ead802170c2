"""What the daemon lists: all containers, and those with a label (TST-010 AC-9, AC-10)."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from support.api.client import raw_call
from support.api.recording import Exchange
from support.container import EXITED, status_of
from support.driver import quietly
from support.ecs.container import EcsContainer, has_run
from support.once import kept, once
from support.verdicts import NotJudged

_ALL, _LABELLED = "TST-010-AC-09", "TST-010-AC-10"


@dataclass(frozen=True)
class Listing:
    """A list of all containers, and the container that is looked for in it, inspected at the same time."""

    container: EcsContainer
    exchange: Exchange
    inspected: Exchange

    def due_state(self) -> str:
        """The state to be listed: exited where AWS has its task stopped after it ran, else as inspected."""
        has_begun = any(has_run(task) for task in self.container.tasks())
        return EXITED if has_begun and self.container.has_stopped() else status_of(self.inspected)


def _list_with(container: EcsContainer) -> Listing:
    """``GET /containers/json?all=true``."""
    listed = container.driver.ask(raw_call("GET", "/containers/json", all="true"), _ALL)
    inspected = container.inspect()
    if container.entry_in(listed) is None and not container.is_shown_by(inspected):
        raise NotJudged(f"there is no {container.bare}: {container.create().line()}; {inspected.line()}")
    return Listing(container, listed, inspected)


class Lists:
    """Of the ``ended`` container among all; and of the ``running`` and the ``other`` one, each by its own label."""

    def __init__(self, ended: EcsContainer, running: EcsContainer, other: EcsContainer) -> None:
        self.lock = threading.RLock()
        self.running = running
        self.other = other
        self.label, self.other_label = ("=".join(*each.plan.labels.items()) for each in (running, other))
        self._ended = ended

    def of_all(self, moment: str) -> Listing:
        """While the ended container exists, at this moment of its script (AC-9)."""
        quietly(self._ended.own_end)
        self._ended.must_be_there()
        return kept(self, f"all {moment}", lambda: _list_with(self._ended))

    @once
    def labelled(self) -> tuple[Exchange, Exchange]:
        """By label as AC-10 asks for it, and with ``all=true``, while one with the label runs and another is there."""
        self.running.must_run()  # without ``all`` only what runs is listed
        self.other.must_be_there()
        filters = json.dumps({"label": [self.label]}, separators=(",", ":"))
        driver = self.running.driver
        return (
            driver.ask(raw_call("GET", "/containers/json", filters=filters), _LABELLED),
            driver.ask(raw_call("GET", "/containers/json", all="true", filters=filters), _LABELLED),
        )
