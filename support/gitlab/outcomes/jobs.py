"""The jobs that the scenarios share: they run at the same time, each to an end of its own."""

from __future__ import annotations

from collections.abc import Callable

from support.api.client import posted, raw_call
from support.api.recording import Exchange
from support.container import RUNS, status_of
from support.driver import quietly
from support.gitlab.container import JobContainer
from support.gitlab.executing import exec_output, send_exec
from support.gitlab.outcomes.user_job import UserJob
from support.gitlab.stage import Stage
from support.once import once
from support.run import Run
from support.thing import short, succeeded, text_at
from support.verdicts import NotJudged
from support.waiting import Deadline, Seen, done, not_yet, until

FAILING, AFTERWARDS = 3, "after_script says goodbye"
FAILING_STDERR = b"the tests have failed\n"
CACHED = "cached by the job before"
BEGUN, FINISHED = "begun", "finished"
LIVE_LINES = 5  # one a second
SERVICE_LINES = ("the service starts", "the service cannot listen")
_TIME = 2.0  # seconds that the job has that does not end
_FOREVER = 600  # seconds; what takes so long is ended from outside


class Success(UserJob):
    """It succeeds, and leaves something in its cache, which the next job finds."""

    def __init__(self, run: Run) -> None:
        lines = f"echo '{FINISHED}'\necho '{CACHED}' >/cache/file\nexit 0\n"
        super().__init__(run, "success", "JOB-01", lines, volumes=("cache",))
        self.next = self.container("next", binds=((self.volumes[0], "/cache"),))
        self.containers.append(self.next)
        self.next_stage = Stage(self.next, lambda: 'echo "cache=$(cat /cache/file)"\nexit 0\n')

    @once
    def next_job(self) -> None:
        """The next job, once the first one's container is gone."""
        self.stage.afterwards()
        answer = self.build.send_delete("JOB-08")
        if not succeeded(answer):
            raise NotJudged(f"{self.build} was not deleted: {answer.line()}")

    def cached(self) -> str:
        """What the next job finds in the cache."""
        self.next_job()
        return self.next_stage.value("cache")


class Failing(UserJob):
    """Its script fails with a message on stderr; its after_script runs in the same container."""

    def __init__(self, run: Run) -> None:
        lines = f"echo '{FAILING_STDERR.decode().strip()}' >&2\nexit {FAILING}\necho '{FINISHED}'\n"
        super().__init__(run, "failing", "JOB-02", lines)
        after = f"{self.first_line()}echo '{AFTERWARDS}'\nexit 0\n"
        self.after_script = Stage(self.build, lambda: after, after=self.stage, name=" for its after_script")

    def perform(self) -> None:
        self.stage.afterwards()
        self.after_script.afterwards()

    def logs(self) -> list[bytes]:
        more = [self.after_script.stream().output(1)] if succeeded(self.after_script.start()) else []
        return [*super().logs(), *more]


class Endless(UserJob):
    """It does not end by itself."""

    def __init__(self, run: Run, name: str, criterion: str) -> None:
        lines = f"sleep {_FOREVER} &\necho $! >/pid\necho '{BEGUN}'\nwait $!\nexit 143\n"
        super().__init__(run, name, criterion, lines)

    def must_have_begun(self) -> None:
        """Raises ``NotJudged`` where its script was not seen to run."""
        self.stage.wait()
        if not self.stage.says(f"{BEGUN}\n"):
            raise NotJudged(f"{self.build}'s script has not begun: {self.stage.stream().describe()}")

    @once
    def ended(self) -> Exchange:
        """The stop that ends it."""
        self.must_have_begun()
        return self.send_stop()

    def perform(self) -> None:
        quietly(self.ended)
        super().perform()


class Cancelled(Endless):
    """It is cancelled: the runner ends its processes by a command in the container, and stops it."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "cancelled", "JOB-03")

    @once
    def ended(self) -> Exchange:
        self.must_have_begun()
        quietly(self._end_processes)
        return self.send_stop()

    def _end_processes(self) -> None:
        created = send_exec(self.build, "kill $(cat /pid)\n", self.criterion)
        if identity := text_at(created, "Id"):
            exec_output(self.driver, identity, self.criterion)


class TimedOut(Endless):
    """Its time passes, and the runner stops it."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "timedout", "JOB-04")

    @once
    def ended(self) -> Exchange:
        self.must_have_begun()
        began = Deadline(_TIME * self.driver.settings.deadline_scale)

        def is_over() -> Seen[bool]:
            return not_yet(f"{began.remaining:.1f} s are left") if began.remaining else done(True)

        until(is_over, "the job's time to be over", began.seconds + 1.0)
        return self.send_stop()


class Unready(UserJob):
    """Its service never listens: the health check fails, and the job goes on."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "unready", "JOB-05", f"echo '{FINISHED}'\nexit 0\n")
        out, err = SERVICE_LINES
        self.service_container = self.container(
            "service", ["sh", "-c", f"echo '{out}'; echo '{err}' >&2; exec sleep {_FOREVER}"], aliases=("db",)
        )
        self.health = self.container("health")
        self.health_stage = Stage(self.health, _health_check(self.service_container))
        self.containers += [self.service_container, self.health]

    @once
    def health_checked(self) -> Exchange:
        """The wait for the health check."""
        self.service_container.must_run()
        return self.health_stage.answer()

    @once
    def service_logs(self) -> Exchange:
        """The service's log, which the runner then shows in the job's."""
        quietly(self.health_checked)
        return self.log_of(self.service_container, len(SERVICE_LINES))

    def perform(self) -> None:
        quietly(self.service_logs)
        super().perform()


class Live(UserJob):
    """It writes a line a second."""

    def __init__(self, run: Run) -> None:
        numbers = " ".join(map(str, range(1, LIVE_LINES + 1)))
        lines = f'for n in {numbers}; do echo "line $n"; sleep 1; done\nexit 0\n'
        super().__init__(run, "live", "JOB-09", lines, lasts=float(LIVE_LINES))

    @once
    def late_lines(self) -> list[str]:
        """What speaks against each line's coming while the job still runs."""
        problems = []
        for number in range(1, LIVE_LINES):
            if not self.stage.says(f"line {number}\n"):
                raise NotJudged(f"line {number} never came: {self.stage.stream().describe()}")
            status = status_of(self.build.inspect())
            if status != RUNS or f"line {LIVE_LINES}\n".encode() in self.stage.stream().output(1):
                problems.append(f"when line {number} came the job had written its last, and was {status}")
        return problems[:1]

    @once
    def stamped(self) -> Exchange:
        """Its log with timestamps, once it is over."""
        self.stage.afterwards()
        return self.log_of(self.build, 1 + LIVE_LINES, timestamps="1")

    def perform(self) -> None:
        quietly(self.late_lines)
        super().perform()


class Unpullable(UserJob):
    """Its image cannot be pulled."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, "unpullable", "JOB-06", "exit 0\n")
        self.missing = f"no-such-registry.invalid/{self.guid}:none"
        body = {"Image": self.missing, "Cmd": ["true"], "HostConfig": {"NetworkMode": self.network.name}}
        self.build = self.verbatim("build", "JOB-06", body)
        self.containers = [self.build]

    @once
    def pulls(self) -> list[Exchange]:
        """Two attempts, as the runner makes them."""
        name, _, tag = self.missing.rpartition(":")
        within = self.driver.settings.seconds("pull_timeout")
        call = posted("/images/create", None, fromImage=name, tag=tag)
        return [self.driver.ask(call, "JOB-06", "missing", within) for _ in range(2)]

    @once
    def found(self) -> Exchange:
        """The image, inspected afterwards."""
        self.pulls()
        return self.driver.observe(raw_call("GET", f"/images/{self.missing}/json"), "JOB-06")

    @once
    def run_refused(self) -> Exchange:
        """What refuses a container of it: its creation, or its start where the daemon leaves the pull to that."""
        created = self.build.create()
        return self.build.start() if succeeded(created) else created

    def perform(self) -> None:
        self.found()
        self.run_refused()


def _health_check(service: JobContainer) -> Callable[[], str]:
    """As the runner's, which knows the service by the first 12 characters of its ID; written when it is sent."""
    return lambda: (
        f"for try in 1 2; do nc -w 1 {short(service.reference())} 5432 </dev/null && exit 0; sleep 1; done\nexit 1\n"
    )
