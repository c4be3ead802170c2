"""What is under test: a socket, a command that the suite launches, or the stand-in (design, "Targets")."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.api.client import DockerApi
from support.api.endpoint import Endpoint, parse
from support.api.recording import Exchange, Recorder, labelled
from support.settings import DEFAULT_SOCKET, ROOT, Settings
from support.text import shorten
from support.verdicts import TargetError, UsageError
from support.waiting import Deadline, Seen, done, never, not_yet, until

STANDIN = "the stand-in"  # what messages and ledgers call it
_PROBE_TIMEOUT = 10.0  # seconds for the first answers
_CONNECTS_WITHIN = 1.0  # seconds, where something listens
_END_TIMEOUT = 15.0  # seconds that a daemon of ours has to end


@dataclass(frozen=True)
class Choice:
    """Which target, and why: ``kind`` is ``socket``, ``command`` or ``standin``."""

    kind: str
    reason: str
    endpoint: Endpoint | None = None


def choose(settings: Settings) -> Choice:
    """``-D target=standin`` beats all; then a command, a socket, Sockerless's default socket; else the stand-in."""
    if settings.target == "standin":
        return Choice("standin", "target=standin is set")
    if settings.command and settings.socket and "{socket}" in settings.command:
        raise UsageError(
            "SOCKERLESS_COMMAND starts the daemon at a fresh path, {socket}, and SOCKERLESS_SOCKET names another one: "
            "leave the one or the other out"
        )
    if settings.command:
        return Choice("command", "SOCKERLESS_COMMAND is set", parse(settings.socket) if settings.socket else None)
    if settings.socket:
        return Choice("socket", "SOCKERLESS_SOCKET is set", parse(settings.socket))
    if Path(DEFAULT_SOCKET).exists():
        return Choice("socket", f"{DEFAULT_SOCKET} exists", parse(DEFAULT_SOCKET))
    return Choice("standin", f"no SOCKERLESS_SOCKET or SOCKERLESS_COMMAND is set and {DEFAULT_SOCKET} does not exist")


@dataclass
class Target:
    """An open target: where it answers and what it says of itself."""

    kind: str
    reason: str
    api: DockerApi
    version: dict[str, Any]
    info: dict[str, Any]
    daemon: Daemon | None = None
    simulator: dict[str, Any] = field(default_factory=dict)
    closed: bool = field(default=False, repr=False)

    @property
    def is_standin(self) -> bool:
        """The stand-in, never to be taken for Sockerless."""
        return self.kind == "standin"

    @property
    def name(self) -> str:
        """What the daemon calls itself, e.g. ``Sockerless 0.9 (API 1.44, driver ecs-fargate)``."""
        platform = _text(self.version.get("Platform"), "Name") or "unnamed daemon"
        release = self.version.get("Version", "of unknown version")
        driver = self.info.get("Driver", "unknown")
        return f"{platform} {release} (API {self.version.get('ApiVersion', 'unknown')}, driver {driver})"

    @property
    def driver(self) -> str:
        """``/info``'s Driver: ``memory`` and ``ecs-fargate`` on Sockerless."""
        return str(self.info.get("Driver", ""))

    def is_ecs(self, settings: Settings) -> bool:
        """Whether its containers are Fargate tasks: by ``backend`` if that is set, else by ``/info``."""
        return settings.backend == "ecs" if settings.backend else "ecs" in self.driver

    @property
    def warnings(self) -> list[str]:
        """What the daemon says it cannot do, e.g. isolation that is missing on this machine."""
        found = self.info.get("Warnings")
        return [str(each) for each in found] if isinstance(found, list) else []

    @property
    def lacks_isolation(self) -> str:
        """What the stand-in cannot isolate on this machine; other daemons are judged by what they do."""
        return " ".join(self.warnings) if self.is_standin else ""

    def banner(self) -> list[str]:
        """What is under test, in lines for the console."""
        where = self.api.endpoint.url
        not_it = " It is NOT Sockerless: its verdicts say nothing about Sockerless." if self.is_standin else ""
        lines = [f"Target: {self.name} at {where}, because {self.reason}.{not_it}"]
        return lines + [f"  the daemon says: {warning}" for warning in self.warnings]

    def close(self) -> None:
        """End what the suite started itself. Safe to call twice."""
        if self.daemon is not None and not self.closed:
            self.closed = True
            self.daemon.end()


def open_target(settings: Settings, backend: str, recorder: Recorder, log: Path) -> Target:
    """Reach or start the target; ``backend`` is the stand-in's, ``log`` takes what a daemon of ours prints.

    Raises ``UsageError`` or ``TargetError``, each one line, and leaves nothing running then.
    """
    choice = choose(settings)
    daemon = None
    if choice.kind == "socket":
        assert choice.endpoint is not None
        endpoint = choice.endpoint
        endpoint.check()
    else:
        daemon = Daemon(settings, choice, backend, log)
        endpoint = daemon.endpoint
    try:
        api = DockerApi(endpoint, settings.api_version, recorder, settings.seconds("exchange_timeout"))
        if daemon is not None:
            daemon.wait_ready(settings.seconds("command_timeout"))
        with labelled(observes=True):
            version, info = _recognise(api)
    except BaseException:
        if daemon is not None:
            daemon.end()
        raise
    simulator = daemon.simulator() if daemon is not None else {}
    return Target(choice.kind, choice.reason, api, version, info, daemon, simulator)


class Daemon:
    """A daemon that the suite starts, as SOCKERLESS_COMMAND says or the stand-in; its log is kept until it ends."""

    def __init__(self, settings: Settings, choice: Choice, backend: str, log: Path, more: Sequence[str] = ()) -> None:
        """``more`` are further arguments of the stand-in."""
        self.folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
        self._aws_file = self.folder / "aws.json"
        self.log = log
        self._api_version = settings.api_version
        try:
            argv, self.endpoint = self._plan(settings, choice, backend)
            argv += more
            self.what = shlex.join(argv[:1]) if choice.kind == "command" else STANDIN
            self.process = self._start(argv, is_standin=choice.kind == "standin")
        except BaseException:
            self._forget()
            raise

    def _plan(self, settings: Settings, choice: Choice, backend: str) -> tuple[list[str], Endpoint]:
        """What to start, and where it will answer. Raises ``UsageError``."""
        fresh = Endpoint(path=str(self.folder / "docker.sock"))
        fresh.check_length()
        if choice.kind == "standin":
            argv = [sys.executable, "-P", "-m", "standin", "--socket", fresh.path, "--backend", backend]
            # Our end of the pipe closes with us, after a SIGKILL too; what it keeps goes with our folder.
            argv += ["--until-stdin-ends", "--state", str(self.folder)]
            if backend == "ecs":
                argv += ["--aws-file", str(self._aws_file), "--fargate-latency", settings.fargate_latency]
                argv += ["--aws-seed", str(settings.fargate_seed)]
            return argv, fresh
        argv = _argv(settings.command, fresh.path)
        if choice.endpoint is None and "{socket}" in settings.command:
            return argv, fresh
        endpoint = choice.endpoint or Endpoint(path=DEFAULT_SOCKET)
        if _is_taken(endpoint):
            raise UsageError(
                f"something answers at {endpoint.url} before SOCKERLESS_COMMAND is started: end it, or test it instead"
            )
        return argv, endpoint

    def _start(self, argv: list[str], *, is_standin: bool) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            try:
                return subprocess.Popen(
                    argv,
                    stdin=subprocess.PIPE if is_standin else subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=os.environ.get("ACCEPTANCE_FOLDER"),
                    env={**os.environ, "PYTHONPATH": str(ROOT)} if is_standin else None,
                    start_new_session=True,
                )
            except OSError as error:
                raise UsageError(f"cannot start {argv[0]!r} of SOCKERLESS_COMMAND: {error.strerror}") from None

    def wait_ready(self, within: float) -> None:
        """Until ``/_ping`` and ``/info`` answer 200. Raises ``TargetError`` with the end of its log.

        Of a daemon in two processes the one in front answers ``/_ping`` before the one behind it is up.
        """
        api = DockerApi(self.endpoint, self._api_version, Recorder(), _PROBE_TIMEOUT)
        deadline = Deadline(within)

        def answers() -> Seen[bool]:
            code = self.process.poll()
            if code is not None:
                return never(f"it exited with {code}")
            try:
                self.endpoint.connect(deadline.at_most(_PROBE_TIMEOUT)).close()
            except OSError as error:
                return not_yet(error.strerror or str(error))
            # Who listens for it (a proxy, say) may take connections before it is there.
            answered = {
                path: api.probe(prefix + path, deadline.at_most(_PROBE_TIMEOUT))
                for prefix, path in (("", "/_ping"), (f"/v{api.version}", "/info"))
            }
            if all(each.status == 200 and not each.error for each in answered.values()):
                return done(True)
            return not_yet(", ".join(f"{path} -> {_said(each)}" for path, each in answered.items()))

        try:
            until(answers, f"{self.what} to be ready at {self.endpoint.url}", within, every=0.01, up_to=0.1)
        except AssertionError as error:
            raise TargetError(f"{self.what} is not ready: {error}; its log ends: {self.log_end()}") from None

    def simulator(self) -> dict[str, Any]:
        """What the stand-in's backend ``ecs`` tells of its AWS simulator; empty for others."""
        if not self._aws_file.exists():
            return {}
        told: dict[str, Any] = json.loads(self._aws_file.read_text(encoding="utf-8"))
        return told

    def log_end(self, size: int = 120) -> str:
        """The last characters of its log, in one line: so few that the line that ends with them is not cut."""
        text = self.log.read_bytes()[-size:].decode("utf-8", "replace").strip()
        return " / ".join(text.splitlines()) or "(empty)"

    def end(self) -> None:
        """SIGTERM to the process, then SIGKILL to what its session still holds; its folder is removed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_TIMEOUT)
        with suppress(ProcessLookupError):  # a wrapper's children; mostly there are none
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_END_TIMEOUT)
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._forget()

    def _forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _recognise(api: DockerApi) -> tuple[dict[str, Any], dict[str, Any]]:
    """``/version`` and ``/info`` of what answers. Raises ``TargetError`` where that is no Docker API of this version.

    One broken route does not disqualify a daemon: criteria judge routes, this only tells Docker APIs from other things.
    """
    within = min(_PROBE_TIMEOUT, api.timeout)
    ping, version = api.probe("/_ping", within), api.probe(f"/v{api.version}/version", within)
    if version.status == 400 and "version" in version.message():
        raise TargetError(
            f"{api.endpoint.url} refuses API {api.version}: {version.message()}; set SOCKERLESS_API_VERSION to its own"
        )
    told = _object(version)
    is_docker = "ApiVersion" in told or ping.header("Api-Version") is not None or ping.raw.strip() == b"OK"
    if not is_docker:
        answers = ping if ping.status is not None else version
        if answers.status is None:
            raise TargetError(f"{api.endpoint.url} does not answer: {ping.line()}; is the daemon running?")
        said = f"{answers.line()} {answers.message()[:60]!r}"
        raise TargetError(f"{api.endpoint.url} is no Docker API: {said}; set SOCKERLESS_SOCKET to a daemon")
    return told, _object(api.probe(f"/v{api.version}/info", within))


def _said(exchange: Exchange) -> str:
    message = exchange.message() if exchange.status != 200 else ""
    return exchange.error or f"{exchange.status} {shorten(message, 60)}".strip()


def _is_taken(endpoint: Endpoint) -> bool:
    try:
        endpoint.connect(_CONNECTS_WITHIN).close()
    except OSError:
        return False
    return True


def _object(exchange: Exchange) -> dict[str, Any]:
    return exchange.body if isinstance(exchange.body, dict) and exchange.status == 200 else {}


def _text(value: object, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, dict) else ""


def _argv(command: str, socket: str) -> list[str]:
    try:
        argv = [word.replace("{socket}", socket) for word in shlex.split(command)]
    except ValueError as error:
        raise UsageError(f"SOCKERLESS_COMMAND={command!r} cannot be read as a command: {error}") from None
    if not argv:
        raise UsageError("SOCKERLESS_COMMAND is empty: give the command that starts the daemon")
    return argv
