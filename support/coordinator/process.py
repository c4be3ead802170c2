"""``gitlab-runner run-single``: its configuration, its process and its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support import progress
from support.verdicts import UsageError
from support.waiting import Seen, done, not_yet, until

_CLEANS_UP_WITHIN = 60.0  # seconds that a runner has to break off its job and to remove what it created
_WITHOUT_JOB = 30  # seconds after which a runner that was given no job ends by itself
_NAME = "acceptance"


@dataclass(frozen=True)
class RunnerConfig:
    """What a runner's ``config.toml`` says. ``helper_image`` ``""`` is the runner's own."""

    url: str
    token: str
    docker_host: str
    helper_image: str
    labels: dict[str, str]
    service_wait: int  # seconds that a service has to listen

    def text(self) -> str:
        """The file. A pull is tried first, as is the default; an image of this machine has no registry."""
        lines = [
            "concurrent = 1",
            "check_interval = 1",
            "",
            "[[runners]]",
            f"  name = {_quoted(_NAME)}",
            f"  url = {_quoted(self.url)}",
            f"  token = {_quoted(self.token)}",
            '  executor = "docker"',
            "  [runners.docker]",
            f"    host = {_quoted(self.docker_host)}",
            '    image = "alpine:latest"',
            '    pull_policy = ["always", "if-not-present"]',
            '    volumes = ["/cache"]',
            f"    wait_for_services_timeout = {self.service_wait}",
            *([f"    helper_image = {_quoted(self.helper_image)}"] if self.helper_image else []),
            "    [runners.docker.container_labels]",
            *(f"      {_quoted(key)} = {_quoted(value)}" for key, value in self.labels.items()),
        ]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)  # a JSON string is a TOML string


@dataclass(frozen=True)
class RunnerProcess:
    """A runner that runs one job and ends; what it prints goes into ``log``."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, binary: str, folder: Path, config: RunnerConfig, log: Path) -> RunnerProcess:
        """``folder`` becomes its home. Raises ``UsageError`` where the binary cannot be started."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "config.toml"
        file.write_text(config.text(), encoding="utf-8")
        file.chmod(0o600)
        argv = [binary, "run-single", "--config", str(file), "--runner", _NAME]
        argv += ["--max-builds", "1", "--wait-timeout", str(_WITHOUT_JOB)]
        # Nothing of the user's: no registry logins, proxies or Docker context.
        environment = {"HOME": str(folder), "PATH": os.environ.get("PATH", os.defpath)}
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as said:
            try:
                process = subprocess.Popen(
                    argv,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,
                )
            except OSError as error:
                raise UsageError(f"cannot start {binary}: {error.strerror}") from None
        return cls(process, log)

    def wait(self, within: float) -> str:
        """Until it has ended, ``within`` seconds; past them it is ended. How it ended, in words."""

        def has_ended() -> Seen[int]:
            code = self.process.poll()
            return not_yet("it is at work") if code is None else done(code)

        try:
            code = until(has_ended, "GitLab Runner to end", within, every=0.1, up_to=0.5)
        except AssertionError:
            self.end()
            return f"it had not ended after {within:g} s"
        return "" if code == 0 else f"it ended with {code}"

    def end(self) -> None:
        """Break its job off, if it is at work: it removes what it created. Safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            ending = progress.waiting("GitLab Runner to break its job off", _CLEANS_UP_WITHIN)
            with suppress(subprocess.TimeoutExpired), ending:
                self.process.wait(_CLEANS_UP_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_CLEANS_UP_WITHIN)

    def log_end(self, lines: int = 4) -> str:
        """The last lines that it printed, in one."""
        text = self.log.read_bytes()[-4096:].decode("utf-8", "replace")
        return " / ".join(text.strip().splitlines()[-lines:]) or "(empty)"
