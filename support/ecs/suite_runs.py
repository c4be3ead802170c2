"""The suite, started as a separate process under other credentials and variables (TST-010 AC-1, AC-2)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from support import folders, progress
from support.aws.account import Account
from support.report.keeping import STEP_SUMMARY
from support.report.outcomes import Report, read
from support.run import Run
from support.settings import ROOT
from support.verdicts import ExitCode, NotJudged, Verdict

_PROBE = "@TST-010-AC-03"  # creates a container and starts none: no task, no cost
_WITHIN = 180.0  # seconds
_AT_ONCE = 2
_PROFILE = "acceptance"
# Starts the suite with behave's arguments and a whole environment, and gives its exit code and what it printed; raises
# ``TimeoutError`` where it goes on after so many seconds.
Launcher = Callable[[tuple[str, ...], Mapping[str, str], float], tuple[int, str]]
_PLACEMENT = ("SOCKERLESS_ECS_CLUSTER", "SOCKERLESS_ECS_SUBNETS", "SOCKERLESS_ECS_SECURITY_GROUP")


@dataclass(frozen=True)
class SuiteRun:
    """How such a run ended: its exit code, the verdict of its one scenario and the cause, and what it printed."""

    exit_code: int
    verdict: str
    cause: str
    printed: str

    def problems(self, verdict: str, exit_code: str, cause: str) -> list[str]:
        """How it ended otherwise than expected: ``judged`` is passed or violated, ``0 or 1`` either exit code.

        Raises ``NotJudged`` where it was to judge and could not, which AWS, or what is under test, kept it from.
        """
        if verdict == "judged" and self.verdict == Verdict.NOT_JUDGED and self.exit_code == ExitCode.NOT_JUDGED:
            raise NotJudged(f"the suite, started as a separate process, could not judge: {self.cause}")
        verdicts = ("passed", "violated") if verdict == "judged" else (verdict,)
        problems = [] if self.verdict in verdicts else [f"it was {self.verdict}: {self.cause or 'no cause given'}"]
        if str(self.exit_code) not in exit_code.split(" or "):
            problems.append(f"its exit code was {self.exit_code}")
        if cause not in self.cause:
            problems.append(f"its cause was {self.cause!r}")
        if "Traceback" in self.printed:
            problems.append("it printed a traceback")
        return problems


def as_process(arguments: tuple[str, ...], environment: Mapping[str, str], within: float) -> tuple[int, str]:
    """The launcher that users have: a process, which is ended at its deadline."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "behave", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(str(error)) from None
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


class SuiteRuns:
    """Runs under named environments, two at once; each name's run is made once."""

    def __init__(self, run: Run, account: Account, launcher: Launcher) -> None:
        self._run = run
        self._account = account
        self._launch = launcher
        self._made: Path | None = None
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="suite run")
        self._runs: dict[str, Future[SuiteRun]] = {}

    def open(self) -> None:
        """Make the folder that holds their keys, reports and ledgers."""
        self._made = folders.make("acceptance-own-", "a run")
        self._run.ledger.expect_folder(self._made)

    def begin(self, environments: Iterable[str]) -> None:
        """Begin a run under each of these."""
        assert self._made is not None, "open() was not called"
        for environment in environments:
            if environment not in self._runs:
                number = len(self._runs)
                self._runs[environment] = self._pool.submit(self._start, environment, self._made / str(number))

    def of(self, environment: str) -> SuiteRun:
        """The run under this environment, over."""
        self.begin([environment])
        within = _WITHIN * (len(self._runs) + 1)
        with progress.waiting(f"the suite, started with {environment}, to end", within):
            return self._runs[environment].result(within)

    def close(self) -> None:
        """Drop what has not begun, wait for what has, remove the profile files."""
        with progress.waiting("the suite's runs of itself to end", _WITHIN):
            self._pool.shutdown(cancel_futures=True)
        if self._made is not None:
            folders.remove(self._made)

    def _start(self, environment: str, folder: Path) -> SuiteRun:
        folder.mkdir()
        (folder / "settings.toml").touch()
        variables = {**self._base(folder), **self._variables(environment, folder)}
        without = environment.removeprefix("all but ") if environment.startswith("all but ") else ""
        variables.pop(without, None)
        arguments = (f"--tags={_PROBE}", "-D", f"reports={folder / 'reports'}")
        try:
            exit_code, printed = self._launch(arguments, variables, _WITHIN)
        except TimeoutError as error:
            raise NotJudged(
                f"the suite, started with {environment}, did not end within {_WITHIN:g} s: {error}"
            ) from None
        report: Report = read(folder / "reports" / "outcomes.json")
        outcome = report.outcomes()[0]
        return SuiteRun(exit_code, str(outcome.verdict), outcome.cause, printed)

    def _base(self, folder: Path) -> dict[str, str]:
        """This run's environment without any AWS of its own, pointed at the same daemon."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "SOCKERLESS_", "BOTO", STEP_SUMMARY)) or name in ("AWS_CA_BUNDLE",)
        }
        settings, place = self._run.settings, self._account.placement
        return inherited | {
            "PYTHONPATH": str(ROOT),
            "SOCKERLESS_SETTINGS": str(folder / "settings.toml"),  # none of this project's own file
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_REGION": self._account.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SOCKERLESS_SOCKET": self._run.api.endpoint.url,
            "SOCKERLESS_BACKEND": "ecs",
            "SOCKERLESS_API_VERSION": settings.api_version,
            "SOCKERLESS_AWS_ENDPOINT": self._account.endpoint,
            "SOCKERLESS_DEADLINE_SCALE": str(settings.deadline_scale),
            "SOCKERLESS_AWS_TIMEOUT": str(settings.aws_timeout),
            **dict(
                zip(_PLACEMENT, (place.cluster, ",".join(place.subnets), ",".join(place.security_groups)), strict=True)
            ),
        }

    def _variables(self, environment: str, folder: Path) -> dict[str, str]:
        keys = self._account.keys()
        lines = "".join(f"{name.lower()} = {value}\n" for name, value in keys.items())
        if environment in ("a profile", "only a default profile"):
            name = _PROFILE if environment == "a profile" else "default"
            (folder / "credentials").write_text(f"[{name}]\n{lines}")
            (folder / "credentials").chmod(0o600)
        return {
            "no AWS variable": {},
            "only a default profile": {},
            "a profile": {"AWS_PROFILE": _PROFILE},
            "a profile that no file has": {"AWS_PROFILE": "no-such-profile"},
            **{f"only {name}": {name: value} for name, value in keys.items()},
        }.get(environment, keys)
