"""A daemon that the suite starts itself: the stand-in, or what SOCKERLESS_COMMAND says."""

from __future__ import annotations

import functools
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support import daemon_log, database, folders, progress
from support.api.client import DockerApi
from support.api.endpoint import Endpoint
from support.api.recording import Exchange, Recorder
from support.attempt import problem_of
from support.files import users_umask
from support.settings import DEFAULT_SOCKET, ROOT, Settings, of_user, user_folder
from support.text import shorten
from support.verdicts import TargetError, UsageError
from support.waiting import Deadline, Seen, done, never, not_yet, until

FOLDER_OF_DAEMON = "ACCEPTANCE_DAEMON"  # what a daemon's environment has of us
STANDIN = "the stand-in"  # what messages and ledgers call it
_AWS_FILE = "aws.json"  # in the daemon's folder
_PROBED_WITHIN = 10.0  # seconds, for one answer of a daemon that is about to start
_CONNECTS_WITHIN = 1.0  # seconds, where something listens
_END_TIMEOUT = 15.0  # seconds that it has to end
_LOG_TIMEOUT = 2.0  # seconds after its end in which its log is written

Plan = Callable[[Path], tuple[list[str], Endpoint]]  # from its folder: what to start, and where it will answer


@dataclass(frozen=True)
class Daemon:
    """A daemon that ``argv`` started, answering at ``endpoint`` once it is ready.

    Its ``log`` stays, its ``folder`` goes with it.
    """

    what: str
    endpoint: Endpoint
    process: subprocess.Popen[bytes]
    folder: Path
    log: Path
    logging: subprocess.Popen[bytes]  # who writes its log
    api_version: str
    argv: tuple[str, ...] = ()

    def wait_ready(self, within: float) -> None:
        """Until ``/_ping`` and ``/info`` answer 200. Raises ``TargetError`` with the end of its log.

        Of a daemon in two processes the one in front answers ``/_ping`` before the one behind it is up.
        """
        api = DockerApi(self.endpoint, self.api_version, Recorder(), _PROBED_WITHIN)
        deadline = Deadline(within)

        def answers() -> Seen[bool]:
            code = self.process.poll()
            if code is not None:
                return never(f"it exited with {code}")
            try:
                self.endpoint.connect(deadline.at_most(_PROBED_WITHIN)).close()
            except OSError as error:
                return not_yet(error.strerror or str(error))
            # Who listens for it (a proxy, say) may take connections before it is there.
            answered = {
                path: api.probe(prefix + path, deadline.at_most(_PROBED_WITHIN))
                for prefix, path in (("", "/_ping"), (f"/v{self.api_version}", "/info"))
            }
            if all(each.status == 200 and not each.error for each in answered.values()):
                return done(True)
            return not_yet(", ".join(f"{path} -> {_said(each)}" for path, each in answered.items()))

        try:
            until(answers, f"{self.what} to be ready at {self.endpoint.url}", within, every=0.01, up_to=0.1)
        except AssertionError as error:
            raise TargetError(f"{self.what} is not ready: {error}; its log ends: {self.log_end()}") from None

    def simulator(self) -> dict[str, Any]:
        """What the stand-in's backend ``ecs`` says of its AWS simulator; empty for others."""
        file = self.folder / _AWS_FILE
        if not file.exists():
            return {}
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return said

    def log_end(self, size: int = 120) -> str:
        """The last characters of its log, in one line: so few that the line that ends with them is not cut."""
        if self.process.poll() is not None:
            self._end_log()
        try:
            text = self.log.read_bytes()[-size:].decode("utf-8", "replace").strip()
        except OSError:
            text = ""
        return " / ".join(text.splitlines()) or "(empty)"

    def restarted(self, within: float) -> Daemon:
        """Ended and begun anew at the same address, and ready again. Raises ``TargetError`` as ``wait_ready`` does.

        The stand-in is told to by SIGHUP: the AWS that has to outlive it is in the same process.
        """
        if self.what == STANDIN:
            self._begin_anew(within)
            return self
        problems = [problem for step in self._ends() if (problem := problem_of(step))]
        if problems:
            raise TargetError(f"{self.what}, process {self.process.pid}: {'; '.join(problems)}")
        if self.endpoint.path.startswith(f"{self.folder}/"):
            Path(self.endpoint.path).unlink(missing_ok=True)
        log = self.log.with_stem(f"{self.log.stem}-again")
        process, logging = _process(list(self.argv), log, self.folder, is_standin=False)
        again = replace(self, process=process, log=log, logging=logging)
        again.wait_ready(within)
        return again

    def _begin_anew(self, within: float) -> None:
        api = DockerApi(self.endpoint, self.api_version, Recorder(), _PROBED_WITHIN)
        before = _id_of(api.probe("/info", _PROBED_WITHIN))
        self.process.send_signal(signal.SIGHUP)

        def is_another() -> Seen[bool]:
            info = api.probe("/info", _PROBED_WITHIN)
            return done(True) if _id_of(info) not in ("", before) else not_yet(info.line())

        try:
            until(is_another, f"{self.what} to begin anew", within)
        except AssertionError as error:
            raise TargetError(f"{self.what} has not begun anew: {error}; its log ends: {self.log_end()}") from None

    def end(self) -> str:
        """SIGTERM to the process, then SIGKILL to what its session still holds; its folder is removed.

        The problem in one line, or ``""``: whatever fails, the rest is done.
        """
        problems = [problem for step in self._ends() if (problem := problem_of(step))]
        problems += filter(None, (folders.remove(self.folder),))
        return f"{self.what}, process {self.process.pid}: {'; '.join(problems)}" if problems else ""

    def _ends(self) -> tuple[Callable[[], object], ...]:
        """What ends the process and all of its session."""
        wait = functools.partial(self.process.wait, _END_TIMEOUT)
        return self._terminate, self._kill, wait, self._close_stdin, self._end_log

    def _terminate(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            ending = progress.waiting(f"{self.what}, process {self.process.pid}, to end", _END_TIMEOUT)
            with suppress(subprocess.TimeoutExpired), ending:
                self.process.wait(_END_TIMEOUT)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):  # a wrapper's children; mostly there are none
            os.killpg(self.process.pid, signal.SIGKILL)

    def _close_stdin(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _end_log(self) -> None:
        """Its log is written; what it started, and what outlives it, may still hold the pipe open."""
        _log_ended(self.logging)


def start_standin(settings: Settings, backend: str, log: Path, more: Sequence[str] = ()) -> Daemon:
    """The stand-in at a fresh socket; ``more`` are further arguments of its. Raises ``UsageError`` in one line."""
    database.need()

    def plan(folder: Path) -> tuple[list[str], Endpoint]:
        endpoint = _fresh(folder)
        argv = [sys.executable, "-P", "-m", "standin", "--socket", endpoint.path, "--backend", backend]
        # Our end of the pipe closes with us, after a SIGKILL too; what it keeps goes with our folder.
        argv += ["--until-stdin-ends", "--state", str(folder)]
        argv += ["--helper", str(of_user(settings.runner_helper))] if settings.runner_helper else []
        if backend == "ecs":
            argv += ["--aws-file", str(folder / _AWS_FILE), "--fargate-latency", settings.fargate_latency]
            argv += ["--aws-seed", str(settings.fargate_seed)]
        return [*argv, *more], endpoint

    return _started(settings, plan, log, is_standin=True)


def start_command(settings: Settings, endpoint: Endpoint | None, log: Path) -> Daemon:
    """What SOCKERLESS_COMMAND says; at ``endpoint`` where the user names one. Raises ``UsageError`` in one line."""

    def plan(folder: Path) -> tuple[list[str], Endpoint]:
        fresh = _fresh(folder)
        argv = _argv(settings.command, fresh.path)
        if endpoint is None and "{socket}" in settings.command:
            return argv, fresh
        there = endpoint or Endpoint(path=DEFAULT_SOCKET)
        if _is_taken(there):
            raise UsageError(
                f"something answers at {there.url} before SOCKERLESS_COMMAND is started: end it, or test it instead"
            )
        return argv, there

    return _started(settings, plan, log, is_standin=False)


def _started(settings: Settings, plan: Plan, log: Path, *, is_standin: bool) -> Daemon:
    try:
        folder = folders.make("acceptance-", "a run")
    except OSError as error:
        raise TargetError(f"cannot make a folder for the daemon: {error}; set TMPDIR to another disk") from None
    try:
        argv, endpoint = plan(folder)
        process, logging = _process(argv, log, folder, is_standin=is_standin)
    except BaseException:
        folders.remove(folder)
        raise
    what = STANDIN if is_standin else shlex.join(argv[:1])
    return Daemon(what, endpoint, process, folder, log, logging, settings.api_version, tuple(argv))


def _process(
    argv: list[str], log: Path, folder: Path, *, is_standin: bool
) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """The daemon's process, and the one that keeps its log."""
    logging = daemon_log.start(log)
    assert logging.stdin is not None
    with logging.stdin as output:  # the daemon alone holds it from then on
        try:
            daemon = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if is_standin else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=user_folder(),
                # By its folder a daemon that outlives its run is known again.
                env={**os.environ, FOLDER_OF_DAEMON: str(folder), **({"PYTHONPATH": str(ROOT)} if is_standin else {})},
                start_new_session=True,
                umask=users_umask(),
            )
        except OSError as error:
            output.close()
            _log_ended(logging)
            raise UsageError(f"cannot start {argv[0]!r} of SOCKERLESS_COMMAND: {error.strerror}") from None
    return daemon, logging


def _log_ended(logging: subprocess.Popen[bytes]) -> None:
    """Wait until the process that keeps a log is over; one that is not in time is ended."""
    try:
        logging.wait(_LOG_TIMEOUT)
    except subprocess.TimeoutExpired:
        logging.terminate()
        logging.wait(_END_TIMEOUT)


def _fresh(folder: Path) -> Endpoint:
    endpoint = Endpoint(path=str(folder / "docker.sock"))
    endpoint.check_length()
    return endpoint


def _argv(command: str, socket: str) -> list[str]:
    try:
        argv = [word.replace("{socket}", socket) for word in shlex.split(command)]
    except ValueError as error:
        raise UsageError(f"SOCKERLESS_COMMAND={command!r} cannot be read as a command: {error}") from None
    if not argv:
        raise UsageError("SOCKERLESS_COMMAND is empty: give the command that starts the daemon")
    return argv


def _is_taken(endpoint: Endpoint) -> bool:
    try:
        endpoint.connect(_CONNECTS_WITHIN).close()
    except OSError:
        return False
    return True


def _id_of(info: Exchange) -> str:
    return str(info.body.get("ID", "")) if isinstance(info.body, dict) and info.status == 200 else ""


def _said(exchange: Exchange) -> str:
    message = exchange.message() if exchange.status != 200 else ""
    return exchange.error or f"{exchange.status} {shorten(message, 60)}".strip()
