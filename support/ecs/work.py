"""The scripts of the containers, run in the background, side by side."""

from __future__ import annotations

import threading
from collections.abc import Collection

from support import progress
from support.aws.backend import AwsBackend
from support.background import Background
from support.ecs.cleaning import HalfRun, clean_up
from support.ecs.containers import Containers
from support.ecs.script import ECHO, ENDINGS, MISTAKEN, TAIL, UNPULLABLE, WRITER
from support.run import Run
from support.script import Performance
from support.verdicts import NotJudged

_SCRIPTS = {"echo": ECHO, "tail": TAIL, "writer": WRITER, "unpullable": UNPULLABLE, "mistaken": MISTAKEN}
_CLEANS = "TST-010-AC-18"
_SLACK = 60.0  # seconds beyond the containers' own time, which ends them


class Work:
    """What is done with the containers for the selected scenarios; with ``max_tasks`` at most so many at a time."""

    def __init__(self, run: Run, aws: AwsBackend) -> None:
        self.containers = Containers(run, aws)
        self._run = run
        self._places = threading.Semaphore(run.settings.max_tasks or len(_SCRIPTS))
        self._background = Background()
        self._performances: dict[str, Performance[Containers]] = {}

    def begin(self, wanted: Collection[str]) -> None:
        """Begin what the selected scenarios will look at; what fails is raised where a scenario reads it.

        What clean-up leaves is judged of everything that the feature does, also where it is judged alone (AC-18).
        """
        containers = self.containers
        if _CLEANS in wanted:
            wanted = {criterion for script in _SCRIPTS.values() for act in script for criterion in act.serves}
        containers.log.open([containers.echo, containers.tail, containers.writer])
        for role, script in _SCRIPTS.items():
            performance = Performance(containers, script, wanted)
            if not performance.acts:
                continue
            if self._run.settings.max_tasks:  # a task that runs on takes another's place
                performance = Performance(containers, script, {*wanted, *ENDINGS})
            self._performances[role] = performance
            self._background.begin(role, lambda role=role: self._perform(role))  # type: ignore[misc]

    def _perform(self, role: str) -> None:
        settings = self._run.settings
        within = settings.seconds("job_timeout")
        with progress.waiting(f"a place for the {role} container (max_tasks={settings.max_tasks})", within):
            has_place = self._places.acquire(timeout=within)
        if not has_place:
            raise NotJudged(f"no place for the {role} container: SOCKERLESS_MAX_TASKS={settings.max_tasks} run already")
        self._performances[role].run()
        if not (settings.max_tasks and self._runs_on(role)):
            self._places.release()

    def _runs_on(self, role: str) -> bool:
        container = self.containers.of(role)
        return bool(container.driver.tasks_running_on(container.known_id))

    def wait_for(self, criterion: str = "") -> None:
        """Until the scripts have come as far as a scenario needs, or to their end.

        Raises ``TimedOut``, and ``NotJudged`` where one broke off.
        """
        within = self._run.settings.seconds("job_timeout") * len(_SCRIPTS) + _SLACK
        for role, performance in self._performances.items():
            performance.wait_for(criterion, within, self.containers.of(role).driver.last_call)

    def break_off_another_run(self) -> HalfRun:
        """A run that is broken off once it has created a container. Raises ``NotJudged`` where there is none."""
        half = HalfRun(self._run, self.containers.log)
        half.begin()
        return half

    def clean_up(self, half: HalfRun) -> tuple[list[str], list[str]]:
        """Clean up after this run so far and the other; what is left of both, in the daemon and in AWS."""
        return clean_up(self._run, half)

    def close(self) -> None:
        """Close connections, join what was begun. Raises ``TimeoutError`` naming what goes on."""
        for container in self.containers:
            container.driver.close()
        for _ in self._performances:  # who waits for a place finds its driver closed
            self._places.release()
        self.containers.log.close()
        self._background.end(self._run.api.give_up)
