"""Where one case happens: a folder, a stand-in, runs of the suite; and the judgement of what they did and left."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from support.report.evidence import TRACEBACK
from support.settings import ROOT, Settings
from support.waiting import Seen, done, not_yet, until
from tests.chaos.daemons import StandIn, environment_of
from tests.chaos.findings import SPARE, TENTH, Findings
from tests.chaos.looking import (
    MARK,
    exchange_times,
    files_left,
    marked,
    raw_bytes,
    report_problems,
    secrets_in,
    tracebacks,
    xml_problems,
)
from tests.chaos.watched import Watched

PROFILES: dict[str, tuple[str, ...]] = {
    "gitlab": ("--tags=@gitlab",),
    "streams": ("--tags=@TST-011-AC-11 or @TST-011-AC-12 or @TST-011-AC-13 or @TST-011-AC-15 or @contract",),
    "logs": ("--tags=@JOB-01 or @JOB-05 or @JOB-10",),
    "embedded": ("--tags=@gitlab", "-D", "target=standin"),
    "side by side": ("--tags=@gitlab or @jobs",),
    "ecs logs": ("--tags=@TST-010-AC-11 or @TST-010-AC-12 or @TST-010-AC-13",),
    "ecs": ("--tags=@ecs and not @TST-010-AC-01 and not @TST-010-AC-02 and not @TST-010-AC-18",),
}
_PATIENT = 3.0  # times the suite's deadlines
_CLEANS_UP_WITHIN = 120.0  # seconds that a run has to remove what it made, scaled
_STARTS_WITHIN = 15.0  # seconds that nothing scales: interpreters that start beside others, threads that are joined
_ENDS_WITHIN = 30.0  # seconds in which what a run started has to end after it
_GONE_WITHIN = 20.0  # seconds, after a SIGKILL
_SWEPT_WITHIN = 60.0  # seconds for a sweep, scaled, beside what is not


@dataclass(frozen=True)
class Quiet:
    """How a run is when nothing goes wrong; ``peaks`` are MB by the role of a process."""

    seconds: float
    cpu: float
    peaks: Mapping[str, float]
    ids: frozenset[str]

    def peak(self, role: str) -> float:
        return self.peaks.get(role) or max(self.peaks.values(), default=0.0)


@dataclass(frozen=True)
class Plan:
    """What all cases of an invocation share."""

    scale: float
    seed: int
    quiet: Mapping[str, Quiet] = field(default_factory=dict)

    def seconds(self, *deadlines: str) -> float:
        """These deadlines of the suite, scaled, one after the other."""
        settings = Settings(deadline_scale=self.scale)
        return sum(settings.seconds(name) for name in deadlines)

    def job_within(self, profile: str) -> float:
        """The seconds in which any run ends, whatever the daemon does: its jobs go on side by side."""
        plan = replace(self, scale=min(1.0, self.scale))  # patience is for the daemon
        seconds = plan.seconds("job_timeout", "stop_timeout") + _CLEANS_UP_WITHIN * plan.scale
        return self._besides(profile) + seconds

    def clean_up_within(self) -> float:
        """The seconds in which a run that is broken off ends, with a daemon that is well."""
        return _STARTS_WITHIN + self.seconds("stop_timeout", "exchange_timeout")

    def gone_within(self, profile: str, longest: str = "start_timeout") -> float:
        """The seconds in which a run ends that gets no answers any more; ``longest`` is the last one's deadline."""
        return self._besides(profile) + self.seconds(longest, "exchange_timeout", "exchange_timeout")

    def _besides(self, profile: str) -> float:
        quiet = self.quiet.get(profile)
        return _STARTS_WITHIN + (quiet.seconds if quiet else 60.0)


class Stage:
    """One case. What is started here ends with it, and what it left is found then."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan, self.findings = folder, plan, Findings()
        self.temporary, self.reports = folder / "tmp", folder / "reports"
        self.canaries: dict[str, str] = {}
        self.standins: list[StandIn] = []
        self.runs: list[Watched] = []
        self.is_closed = False
        self._shown: list[Path] = []  # outputs of runs that write to a terminal
        for each in (folder, self.temporary):
            each.mkdir(exist_ok=True)

    def has_ample_deadlines(self) -> None:
        """For a case in which all has to come out well, however busy the machine is: deadlines cost no time then."""
        self.plan = replace(self.plan, scale=max(_PATIENT, self.plan.scale))

    def patience(self) -> list[str]:
        """Settings by which the daemon has its full deadlines, however the plan scales those for other things."""
        daemons = ("start_timeout", "stop_timeout", "logs_timeout", "exchange_timeout")
        return [f"{name}={getattr(Settings(), name) / min(1.0, self.plan.scale):g}" for name in daemons]

    def canary(self, place: str) -> str:
        """A secret that was put there, and may be nowhere else afterwards."""
        return self.canaries.setdefault(place, f"c4nary{secrets.token_hex(10)}")

    def standin(self, backend: str = "memory", *options: str) -> StandIn:
        """A daemon of this case's own, with things of somebody else's."""
        name = f"d{len(self.standins)}"
        (self.folder / name).mkdir()
        made = StandIn(self.folder / name, self.folder / f"{name}.sock", backend, options)
        self.standins.append(made)
        made.start()
        if backend == "ecs":
            self.canaries["the AWS secret key"] = made.aws()["secret_key"]
        return made

    def standin_for(self, profile: str) -> StandIn | None:
        """The daemon that a profile is for; None where the run starts one itself."""
        if profile == "embedded":
            return None
        return self.standin("ecs" if profile.startswith("ecs") else "memory")

    def start(
        self,
        profile: str,
        *defines: str,
        daemon: StandIn | None = None,
        socket: str = "",
        environment: Mapping[str, str] | None = None,
        reports: Path | None = None,
        before: Sequence[str] = (),
    ) -> Watched:
        """A run on the daemon, or at another ``socket`` before it; ``before`` is a command that starts it."""
        there = socket or (str(daemon.socket) if daemon else "")
        settings = [*([f"socket={there}"] if there else []), f"reports={reports or self.reports}", *defines]
        settings += [f"deadline_scale={self.plan.scale}", "keep_exchanges=yes"]
        arguments = [*PROFILES[profile], *(word for each in settings for word in ("-D", each))]
        own = (environment_of(daemon) if daemon else {}) | dict(environment or {})
        return self._started([*before, sys.executable, "-P", "-m", "support", *arguments], own)

    def command(self, *words: str) -> Watched:
        """``./acceptance`` with these words."""
        own = environment_of(self.standins[0]) if self.standins else {}
        return self._started([sys.executable, "-P", "-m", "support", *words], own)

    def _started(self, argv: Sequence[str], own: Mapping[str, str]) -> Watched:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SOCKERLESS_", "ACCEPTANCE_"))}
        nobodys = str(self.folder / "none")
        suite = {
            MARK: str(self.folder),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(ROOT),
            "AWS_CONFIG_FILE": nobodys,
            "AWS_SHARED_CREDENTIALS_FILE": nobodys,
            # What a CI's job has in its environment, and no output may have.
            "CI_JOB_TOKEN": self.canary("CI_JOB_TOKEN"),
            "DOCKER_AUTH_CONFIG": json.dumps({"auths": {"r.example": {"auth": self.canary("DOCKER_AUTH_CONFIG")}}}),
            "HTTP_PROXY": f"http://user:{self.canary('HTTP_PROXY')}@127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        assert not self.is_closed, "broken off"
        run = Watched(argv, inherited | suite | own, self.folder, self.folder / f"run{len(self.runs)}")
        self.runs.append(run)
        return run

    def end(
        self, run: Watched, profile: str, within: float = 0.0, since: float = 0.0, *, has_quiet_cpu: bool = True
    ) -> None:
        """Wait for a run's end and judge what it needed; ``since`` is when its deadline began to run.

        ``has_quiet_cpu``: its processor time can be compared with a quiet run's.
        """
        within = within or self.plan.job_within(profile)
        since = since or run.began
        limit = within * TENTH + SPARE
        if run.ends_within(since + limit - time.monotonic()):
            self.findings.took("the run", run.began + run.seconds - since, within)
        else:
            self.findings.hangs.append(
                f"the run went on after {limit:.0f} s, it should have ended within {within:.0f} s"
            )
            run.kill_all()
            run.ends_within(_ENDS_WITHIN)
        quiet = self.plan.quiet.get(profile)
        if quiet is not None:
            for role, peak in run.peaks.items():
                self.findings.needed_memory(f"the process of a {role}", peak, quiet.peak(role))
            if has_quiet_cpu:
                self.findings.needed_cpu("the run", run.cpu, quiet.cpu)

    @property
    def has_ledger(self) -> bool:
        """Whether a run of the case has noted what it could not remove, for a sweep."""
        return any((self.reports / "ledger").glob("*.jsonl"))

    def sweep(
        self, *more: str, daemon: StandIn | None = None, reports: Path | None = None, code: int | None = 0
    ) -> Watched:
        """``sweep --yes``; it has to end with ``code``, where one is given."""
        settings = [f"reports={reports or self.reports}", f"deadline_scale={self.plan.scale}"]
        settings += [f"socket={daemon.socket}"] if daemon else []
        swept = self.command("sweep", "--yes", *more, *(word for each in settings for word in ("-D", each)))
        within = _STARTS_WITHIN + _SWEPT_WITHIN * self.plan.scale
        if not swept.ends_within(within * TENTH + SPARE):
            self.findings.hangs.append("the sweep goes on")
            swept.kill_all()
            swept.ends_within(_ENDS_WITHIN)
        self.findings.took("the sweep", swept.seconds, within)
        if code is not None and swept.code != code:
            said = swept.printed().decode("utf-8", "replace").strip().splitlines()[-3:]
            self.findings.problems.append(f"the sweep ended with {swept.code} instead of {code}: {' / '.join(said)}")
        return swept

    def ended_with(self, run: Watched, *allowed: int) -> None:
        """Its exit code is one of these."""
        if run.code not in allowed:
            last = run.err.read_text(errors="replace").strip().splitlines()[-2:]
            self.findings.problems.append(f"exit code {run.code}, not one of {allowed}: {' / '.join(last)}")

    def reported(self, run: Watched, profile: str, codes: Iterable[int], reports: Path | None = None) -> None:
        """The run's reports are complete and valid, and it ended with one of these codes."""
        self.ended_with(run, *codes)
        quiet = self.plan.quiet.get(profile)
        ids = quiet.ids if quiet is not None else frozenset()
        self.findings.problems += report_problems(reports or self.reports, ids, run.code)

    def junit_is_valid(self) -> None:
        """Whatever of it could be written."""
        for path in self.reports.rglob("*.xml"):
            self.findings.problems += xml_problems(path)

    def processes_end(self) -> None:
        """What the runs started ends by itself, or is left behind."""
        seen: dict[int, str] = {}

        def are_gone() -> Seen[bool]:
            seen.clear()
            seen.update(marked(str(self.folder)))
            return not_yet(f"{len(seen)} processes") if seen else done(True)

        with suppress(AssertionError):
            until(are_gone, "processes to end", _ENDS_WITHIN, up_to=0.5)
        for pid, command in list(seen.items()):
            self.findings.left.append(f"process {command[:120]}")
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        with suppress(AssertionError):
            until(are_gone, "killed processes to be gone", _GONE_WITHIN)

    def nothing_left(self, *reports: Path) -> None:
        """On the daemons, among processes, files and ledgers."""
        self.processes_end()
        for standin in self.standins:
            more, fewer = standin.strays()
            self.findings.left += sorted(more)
            self.findings.problems += [f"what was not ours is gone: {line}" for line in sorted(fewer)]
        for folder in reports or (self.reports,):
            self.findings.left += files_left(self.temporary, folder)

    def look_through(self) -> None:
        """All outputs, for what may be in none, and exchanges for how long they took."""
        found = self.findings
        folders = [path for path in self.folder.iterdir() if path.is_dir() and path.name.startswith("reports")]
        for run in self.runs:
            for path in (run.out, run.err):
                content = path.read_bytes()
                found.raw += raw_bytes(path.name, content)
                found.tracebacks += tracebacks(path.name, content)
                found.secrets += secrets_in(path.name, content, self.canaries)
        for folder in folders:
            for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
                name, content = str(path.relative_to(self.folder)), path.read_bytes()
                found.secrets += secrets_in(name, content, self.canaries)
                if path.suffix == ".xml":
                    found.raw += raw_bytes(name, content)
                if path.name == TRACEBACK:
                    found.tracebacks += tracebacks(name, content)[-1:]  # what it was raised from is the same trouble
                if path.name.startswith("exchanges") and path.suffix == ".jsonl":
                    for what, took, deadline in exchange_times(content, self.plan.seconds):
                        found.took(what, took, deadline)

    def close(self) -> None:
        """Nothing of the case goes on, whoever else is about to go on with it."""
        self.is_closed = True
        for run in self.runs:
            if not run.is_over:
                run.kill_all()
                run.ends_within(_ENDS_WITHIN)
        for standin in self.standins:
            standin.close()
        for pid in marked(str(self.folder)):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
