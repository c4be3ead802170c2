"""Work begun before the scenarios that need it, in threads that the end joins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from support import progress
from support.verdicts import NotJudged

_ENDS_WITHIN = 5.0  # seconds, for calls under way: what a daemon is creating is to be known to the clean-up
_GIVEN_UP_WITHIN = 30.0  # seconds


class Background:
    """Threads for things that are brought about once: what fails in one is raised in the scenario that needs it."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def begin(self, name: str, work: Callable[[], object]) -> None:
        """Begin ``work`` in a thread of this name."""

        def quietly() -> None:
            with suppress(AssertionError, NotJudged):
                work()

        thread = threading.Thread(target=quietly, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self, give_up: Callable[[], None]) -> None:
        """Until all is over that nobody needs any more; exchanges that take long are made to give up.

        Raises ``TimeoutError`` naming what goes on all the same.
        """
        try:
            self.join(_ENDS_WITHIN)
        except TimeoutError:
            give_up()
            self.join(_GIVEN_UP_WITHIN)

    def join(self, within: float) -> None:
        """Until all that was begun is over, each ``within`` seconds. Raises ``TimeoutError`` naming what goes on."""
        for thread in self._threads:
            with progress.waiting(f"{thread.name} to end", within):
                thread.join(within)
        still = [thread.name for thread in self._threads if thread.is_alive()]
        if still:
            raise TimeoutError(f"still at work after {within:g} s: {', '.join(still)}")
