"""A job as its user knows it: a script, its log, how it ended; and the runner's clean-up after it."""

from __future__ import annotations

from support.api.client import raw_call
from support.api.recording import Exchange
from support.driver import quietly
from support.gitlab.container import JobContainer
from support.gitlab.small_job import SmallJob
from support.gitlab.stage import Stage
from support.gitlab.volume import Volume
from support.once import once
from support.run import Run
from support.thing import Thing
from support.verdicts import NotJudged
from support.waiting import Seen, done, not_yet, until


class UserJob(SmallJob):
    """``lines`` are its script, which begins by saying whose log it is. ``lasts`` are the seconds that they take."""

    def __init__(  # noqa: PLR0913 - what jobs differ in
        self, run: Run, name: str, criterion: str, lines: str, *, volumes: tuple[str, ...] = (), lasts: float = 0.0
    ) -> None:
        super().__init__(run, name, criterion)
        self.volumes: tuple[Volume, ...] = tuple(map(self.volume, volumes))
        self.build = self.container("build", binds=tuple((each, each.target) for each in self.volumes))
        self.stage = Stage(self.build, lambda: f"{self.first_line()}{lines}", lasts=lasts)
        self.containers: list[JobContainer] = [self.build]

    def first_line(self) -> str:
        """The script's first line, which writes ``mark``."""
        return f"echo '{self.mark}'\n"

    @property
    def mark(self) -> str:
        """The first line of each log of this job, which no other job's has."""
        return f"job={self.guid}"

    def logs(self) -> list[bytes]:
        """What its scripts wrote to stdout, a text for each."""
        return [self.stage.stream().output(1)]

    def perform(self) -> None:
        """Run the script to its end."""
        self.stage.afterwards()

    def send_stop(self) -> Exchange:
        """The stop that ends the job."""
        self.build.must_run()
        return self.build.send_stop_without_time(self.criterion)

    def log_of(self, container: JobContainer, lines: int, **query: str) -> Exchange:
        """``GET /containers/{id}/logs``; on ECS as soon as so many lines were delivered, or their time is over."""
        call = raw_call("GET", f"/containers/{container.reference()}/logs", stdout="1", stderr="1", **query)
        last = self.driver.ask(call, self.criterion, container.plan.role)

        def is_there() -> Seen[bool]:
            nonlocal last
            if last.status != 200 or last.raw.count(b"\n") >= lines:
                return done(True)
            last = self.driver.ask(call, self.criterion, container.plan.role)
            return not_yet(last.line())

        if self.driver.aws is not None:
            within = self.driver.seconds("logs_timeout")
            quietly(lambda: until(is_there, f"the log of {container} to be delivered", within))
        return last

    @once
    def cleaned_up(self) -> list[Exchange]:
        """The answers to the runner's deletes: containers, volumes, network. What never was is left out."""
        answers: list[Exchange] = []
        for container in self.containers:
            quietly(lambda it=container: answers.append(it.send_delete("JOB-12")))  # type: ignore[misc]
        for thing in (*self.volumes, self.network):
            quietly(lambda it=thing: answers.append(it.delete()))  # type: ignore[misc]
        return answers

    @once
    def left(self) -> list[str]:
        """What is still shown of it after the clean-up: by name, in lists, or as a task that runs; a line each."""
        self.cleaned_up()
        things: list[Thing] = [*self.containers, *self.volumes, self.network]
        found = [f"{each}: {seen.line()}" for each in things if (seen := each.inspect(each.name)).status != 404]
        listed = [each for each in things if each.entry_in(each.list_all()) is not None]
        return found + [f"{each} is still listed" for each in listed] + self._tasks()

    def _tasks(self) -> list[str]:
        return [line for each in self.containers for line in self.driver.tasks_running_on(each.known_id)]

    def must_have_existed(self) -> None:
        """Raises ``NotJudged`` where not even its network was created, so that nothing could be left."""
        self.network.create()
        if not self.network.was_made():
            raise NotJudged(f"there was nothing of the job {self.driver.name}: {self.network.create().line()}")
