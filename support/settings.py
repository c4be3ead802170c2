"""The suite's settings: one typed object; file < environment < ``-D`` (docs/settings.md has them in one table).

Every setting is a field below with its meaning beside it, of which that table is made; its environment variable has
the same name. Unknown keys and values that cannot be parsed are one-line errors that name the remedy.
"""

from __future__ import annotations

import argparse
import difflib
import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from support.program import PROGRAM
from support.redaction import HIDDEN, is_secret, redact_text
from support.verdicts import UsageError

ROOT = Path(__file__).resolve().parent.parent  # where code and features are; what a user has is in his own folder
FOLDER = "ACCEPTANCE_FOLDER"  # that folder, where the launcher went elsewhere since
_OLDEST = (1, 24)
FARGATE_GRACE = 30.0  # seconds that Fargate gives a container between SIGTERM and SIGKILL
LIMITS = ("max_head", "max_body", "max_nesting", "max_kept", "max_frames", "max_output")  # of what a daemon answers
DEFAULT_SOCKET = "/var/run/sockerless.sock"
_PREFIX = "SOCKERLESS_"
_SHARE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(%?)", re.ASCII)
_ALIKE = 0.8  # two letters swapped in a short name; START_TIMEOUT is not AGENT_TIMEOUT
_ALSO = {
    "ecs_security_group": ("SOCKERLESS_ECS_SECURITY_GROUPS",),  # TST-010 says one, real builds read the other
    "commit": ("CI_COMMIT_SHA", "GITHUB_SHA"),
    "pipeline": ("CI_PIPELINE_URL",),
}


def _setting(default: Any, means: str, one_of: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"means": means, "one of": one_of})


@dataclass(frozen=True)
class Settings:
    """Seconds are seconds, sizes are counts, empty means "not set"."""

    target: str = _setting("auto", "`auto`, or `standin` to insist on the stand-in", ("auto", "standin"))
    socket: str = _setting("", "Docker API under test: a unix socket's path or a `unix://`, `tcp://`, `http://` URL")
    command: str = _setting("", "command that starts the daemon under test; `{socket}` in it becomes a fresh path")
    command_timeout: float = _setting(60.0, "seconds until the command's daemon must be ready")
    backend: str = _setting(
        "",
        "`memory` or `ecs`: the stand-in's backend; for other targets overrides what `/info` says",
        ("", "memory", "ecs"),
    )
    api_version: str = _setting("1.44", "API version in every path, for engines that are not 1.44")
    helper_image: str = _setting("alpine:latest", "image of the runner's helper container")
    service_image: str = _setting("postgres:16-alpine", "image of the service container")
    runner: str = _setting("", "a `gitlab-runner` binary for `@real-runner`; empty: the one on PATH")
    runner_helper: str = _setting("", "a `gitlab-runner-helper` binary, to make the helper image of `runner` from")
    runner_helper_image: str = _setting("", "helper image of `runner`; empty: the one released with it")
    runner_docker: str = _setting("", "URL given to `runner` instead of the daemon's, such as a recorder's")
    start_timeout: float = _setting(120.0, "seconds for a container to start")
    stop_timeout: float = _setting(30.0, "seconds for a container to stop, after its own grace period")
    logs_timeout: float = _setting(30.0, "seconds until logs are delivered")
    job_timeout: float = _setting(600.0, "seconds for a whole job")
    pull_timeout: float = _setting(300.0, "seconds for an image pull")
    exchange_timeout: float = _setting(30.0, "seconds for any other answer to be complete")
    aws_timeout: float = _setting(30.0, "seconds for one of the suite's own calls of AWS, retries included")
    deadline_scale: float = _setting(1.0, "multiplies every deadline above")
    max_head: int = _setting(64 * 1024, "bytes of the head of an answer")
    max_body: int = _setting(4 * 1024 * 1024, "bytes of the body of an answer, sent and decompressed")
    max_nesting: int = _setting(100, "levels of the JSON in an answer (200 at most)")
    max_kept: int = _setting(16 * 1024 * 1024, "bytes that large answers of a run may take in memory together")
    max_frames: int = _setting(500_000, "frames and chunks in all answers of a run")
    max_output: int = _setting(
        512 * 1024**2, "bytes on all attached streams of a run (a quarter of it for what is no frame)"
    )
    reports: str = _setting("reports", "folder of JUnit, acceptance page, evidence and ledger")
    commit: str = _setting("", "commit of the daemon, for the reports; empty: `CI_COMMIT_SHA` or `GITHUB_SHA`")
    pipeline: str = _setting("", "URL of its pipeline, for the reports; empty: `CI_PIPELINE_URL`, or GitHub's run")

    recordings: str = _setting("", "folder of recordings of your own, which RUN-30 replays")
    keep_exchanges: bool = _setting(False, "keep all exchanges of a run as evidence, not only those of failures")
    judged_at_least: str = _setting(
        "", "criteria that must be judged, as a number or a share (`90%`, `0.9`), or the run ends with exit code 3"
    )
    short: bool = _setting(False, "skip the ECS feature, in quick cycles (also `--short`)")
    ecs_cluster: str = _setting("", "ECS cluster that the daemon runs its tasks in")
    ecs_subnets: str = _setting("", "subnets of the tasks, separated by commas")
    ecs_security_group: str = _setting(
        "", "security group of the tasks; `…_GROUPS`, which real builds read, counts too"
    )
    aws_endpoint: str = _setting("", "URL of an AWS simulator that the daemon uses; empty: AWS")
    aws_ambient: bool = _setting(False, "let SSO, container and instance credentials count, not only keys and profiles")
    max_tasks: int = _setting(0, "Fargate tasks that may run at once (0: as many as needed)")
    task_price: float = _setting(0.0125, "price of a task-hour in USD, for the summary")

    fargate_latency: str = _setting(
        "quick", "the stand-in's Fargate: `quick`, or `real` for AWS's seconds", ("quick", "real")
    )
    fargate_seed: int = _setting(0, "seed of the stand-in's latencies")

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            _one_of(each.name, value, each.metadata["one of"])
            if isinstance(value, float) and not 0 < value < 86400:
                raise UsageError(f"{each.name}={value:g} is no usable number: give one above 0 and below 86400")
            if isinstance(value, int) and value < 0:
                raise UsageError(f"{each.name}={value} is no usable number: give 0 or more")
            if each.name in LIMITS and value == 0:
                raise UsageError(f"{each.name}=0 would let no answer pass: give a number above 0")
        self.judged_wanted(0)
        numbers = self.api_version.split(".")
        if len(numbers) != 2 or not all(part.isascii() and part.isdecimal() for part in numbers):
            raise UsageError(f"api_version={self.api_version!r} is no API version: write it as 1.44")
        if tuple(map(int, numbers)) < _OLDEST:
            raise UsageError(
                f"api_version={self.api_version!r} is older than the docker SDK can ask for: give 1.24 or newer"
            )

    def seconds(self, name: str) -> float:
        """A deadline by its setting's name, scaled."""
        return float(getattr(self, name)) * self.deadline_scale

    def judged_wanted(self, criteria: int) -> int:
        """How many of so many criteria must be judged; 0 where that is not set."""
        text = self.judged_at_least or "0"
        found = _SHARE.fullmatch(text)
        share = float(found[1]) / (100 if found[2] else 1) if found else math.inf
        if found is None or (share > 1 and not text.isdecimal()):
            raise UsageError(f"judged_at_least={text!r} is neither a number of criteria nor a share such as 90% or 0.9")
        return int(text) if text.isdecimal() else math.ceil(round(share * criteria, 6))

    def task_ends_within(self) -> float:
        """The seconds in which a Fargate task that is stopped has to end: its grace, and what any stop may take."""
        return self.seconds("stop_timeout") + FARGATE_GRACE * self.deadline_scale

    def folder(self) -> Path:
        """Where reports go."""
        return of_user(self.reports)

    def shown(self) -> dict[str, str]:
        """The effective settings, secrets hidden: for the banner and JUnit's properties."""
        return {
            each.name: HIDDEN if is_secret(each.name) else redact_text(str(getattr(self, each.name)))
            for each in fields(self)
        }


def variable_of(setting: str) -> str:
    """The environment variable of a setting, e.g. ``SOCKERLESS_START_TIMEOUT``."""
    return f"{_PREFIX}{setting.upper()}"


def user_folder() -> Path:
    """Where the suite was started: ``acceptance.toml`` is there, and paths in settings are relative to it."""
    return Path(os.environ.get(FOLDER) or Path.cwd())


def of_user(path: str) -> Path:
    """A path as users write them, relative to their folder or to their home (``~/…``)."""
    return user_folder() / Path(path).expanduser()


class CommandLine(argparse.ArgumentParser):
    """The options of a command, in which a mistake is a ``UsageError`` of one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def defined(words: Iterable[str]) -> dict[str, str]:
    """What ``-D`` was given: ``NAME=VALUE``, or ``NAME`` for ``true``, as behave has it; the last of a name counts."""
    pairs = (word.partition("=") for word in words)
    return {name: value if equals else "true" for name, equals, value in pairs}


def load(defines: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the user's ``acceptance.toml`` (or ``-D settings=FILE``), the environment, then ``-D`` defines."""
    return Settings(**{name: value for name, (value, _) in _given(defines, environ).items()})


def origins(defines: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where each setting that is not its default comes from: a file's path, a variable's name, or ``-D``."""
    return {name: origin for name, (_, origin) in _given(defines, environ).items()}


def _given(defines: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """Each setting that is given, with its value and where that comes from. Raises ``UsageError``."""
    defines = dict(defines)
    chosen = defines.pop("settings", environ.get("SOCKERLESS_SETTINGS", ""))
    path = of_user(chosen or "acceptance.toml")
    given: dict[str, tuple[Any, str]] = {}
    if chosen or path.exists():
        given |= {name: (value, str(path)) for name, value in _known(_from_file(path), str(path)).items()}
    for each in fields(Settings):
        for variable in (variable_of(each.name), *_ALSO.get(each.name, ())):
            if environ.get(variable):
                given[each.name] = _parsed(each.name, environ[variable], variable), variable
                break
    for name, value in _known(defines, "-D").items():
        if value == "true":  # behave gives this to a text that has no value; it is no sensible one
            raise UsageError(f"-D {name} has no value: write -D {name}=VALUE")
        given[name] = value, "-D"
    for name in ("helper_image", "service_image", "runner_helper_image"):
        image, _ = given.get(name, ("", ""))
        if "://" in image:
            raise UsageError(f"{name}={redact_text(image)!r} is no image's name: it has no scheme")
    return given


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable that is nearly one of the suite's; others of its prefix are the daemon's own."""
    known = ["SOCKERLESS_SETTINGS", *(variable_of(each.name) for each in fields(Settings)), *chain(*_ALSO.values())]
    # Without the prefix, which makes any two of them alike.
    ours = [name.removeprefix(_PREFIX) for name in known]
    lines = []
    for name in sorted(set(environ) - set(known)):
        if name.startswith(_PREFIX) and (near := difflib.get_close_matches(name[len(_PREFIX) :], ours, 1, _ALIKE)):
            lines.append(f"{name} is no setting of the suite; did you mean {_PREFIX}{near[0]}?")
    return lines


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the settings file {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # besides what is wrong with it, numbers and nesting without end
        raise UsageError(f"the settings file {path} is not TOML: {error}") from None


def _known(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    names = [each.name for each in fields(Settings)]
    for name in values:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"{PROGRAM} config lists all settings"
            raise UsageError(f"unknown setting {name!r} in {source}: {hint}")
    return {name: _parsed(name, value, f"{name} in {source}") for name, value in values.items()}


def _parsed(name: str, value: Any, source: str) -> Any:
    default = next(each.default for each in fields(Settings) if each.name == name)
    shown = redact_text(value) if isinstance(value, str) else value
    try:
        if isinstance(default, bool):
            return _BOOLEANS[str(value).lower()]
        if isinstance(default, int | float):
            number = type(default)(value)
            # TOML's `true` and 1.5 would both pass for the integer 1.
            if isinstance(value, bool) or (not isinstance(value, str) and number != value):
                raise ValueError
            return number
    except (KeyError, ValueError, TypeError, OverflowError):
        wanted = "yes or no" if isinstance(default, bool) else _A_NUMBER[type(default)]
        raise UsageError(f"{source}={shown!r} cannot be read: {wanted} is needed") from None
    if not isinstance(value, str):
        raise UsageError(f"{source}={shown!r} cannot be read: a text is needed")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if allowed and value not in allowed:
        words = ", ".join(word for word in allowed if word)
        raise UsageError(f"{name}={value!r} is unknown: use one of {words}")


_BOOLEANS = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
_A_NUMBER = {int: "a whole number", float: "a number"}
