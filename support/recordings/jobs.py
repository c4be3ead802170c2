"""The recordings that the scenarios of a run replay, some at a time, in the background."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue

from support.background import Background
from support.program import PROGRAM
from support.recordings.format import read
from support.recordings.replay import Replay
from support.run import Run
from support.settings import ROOT, of_user
from support.verdicts import UsageError
from support.waiting import Seen, done, not_yet, until

FOLDER = ROOT / "recordings"
_ENDING = ".jsonl"
_AT_ONCE = 4  # replays; most start a database of their own
_SLACK = 60.0  # seconds beyond a job's own time, which ends it


class RecordedJobs:
    """Recordings of the project, ``FOLDER``, and of the user, in the folder that the setting ``recordings`` names."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._background = Background()
        self._waiting: SimpleQueue[Path] = SimpleQueue()
        self._replays: dict[Path, Replay] = {}
        self._over: dict[Path, Future[None]] = {}

    def begin(self, wanted: Collection[str]) -> None:
        """Begin those of the project that the selected scenarios judge: a file's name begins with its scenario's id."""
        if self.run.aws is not None:
            return  # tasks cost money: each is replayed when its scenario comes, if it does
        found = [path for path in sorted(FOLDER.glob(f"*{_ENDING}")) if path.name[: len("RUN-01")] in wanted]
        self._begin(found, _AT_ONCE)

    def wait_for(self, criterion: str) -> None:
        """Until those that were begun for a scenario are over."""
        self._finished([path for path in self._over if path.name.startswith(f"{criterion}-")])

    def replay(self, name: str) -> list[Future[None]]:
        """The project's recording of this name, replayed to its end."""
        path = FOLDER / f"{name}{_ENDING}"
        self._begin([path] if path not in self._over else [], 1)
        return self._finished([path])

    def replay_own(self) -> list[Future[None]]:
        """All recordings of the user's folder, one after the other. Raises ``UsageError`` where there is none."""
        folder = of_user(self.run.settings.recordings)
        found = sorted(folder.glob(f"*{_ENDING}"))
        if not found:
            raise UsageError(f"there is no recording (*{_ENDING}) in {folder}: {PROGRAM} record makes one")
        self._begin(found, 1)
        return self._finished(found)

    def _begin(self, paths: list[Path], at_once: int) -> None:
        for path in paths:
            self._replays[path] = Replay(self.run, read(path))
            self._over[path] = Future()
            self._waiting.put(path)
        for number in range(min(at_once, len(paths))):
            self._background.begin(f"replay {number}", self._work)

    def _work(self) -> None:
        while True:
            try:
                path = self._waiting.get_nowait()
            except Empty:
                return
            replay, future = self._replays[path], self._over[path]
            try:
                replay.run()
            except BaseException as error:  # noqa: BLE001 - it is raised where the scenario reads it
                future.set_exception(error)
            else:
                future.set_result(None)
            finally:
                replay.close()

    def _finished(self, paths: list[Path]) -> list[Future[None]]:
        within = (self.run.settings.seconds("job_timeout") + _SLACK) * len(self._over)

        def are_over() -> Seen[bool]:
            going = [path for path in paths if not self._over[path].done()]
            return not_yet(self._replays[going[0]].driver.last_call()) if going else done(True)

        until(are_over, f"the replay of {', '.join(path.stem for path in paths)}", within)
        return [self._over[path] for path in paths]

    def close(self) -> None:
        """Close the replays' connections and join the background. Raises ``TimeoutError`` naming what goes on."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        for replay in self._replays.values():
            replay.close()
        self._background.end(self.run.api.give_up)


def must_be_as_recorded(replays: Iterable[Future[None]]) -> None:
    """Raises ``AssertionError`` with each replay's first difference, else what kept a replay from its end."""
    errors = [error for error in (each.exception() for each in replays) if error is not None]
    kept = next((each for each in errors if not isinstance(each, AssertionError)), None)
    differences = [each for each in errors if isinstance(each, AssertionError)]
    if len(differences) > 1:
        raise AssertionError("\n".join(map(str, differences)))
    for error in (*differences, *([kept] if kept else [])):
        raise error
