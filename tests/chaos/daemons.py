"""The stand-in of one case, with somebody else's things in it: started, frozen, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.api.client import DockerApi, raw_call
from support.api.endpoint import Endpoint
from support.api.recording import Recorder
from support.settings import ROOT
from support.waiting import Seen, done, never, not_yet, until

READY_WITHIN = 60.0  # seconds; many start at once
ANSWERS_WITHIN = 20.0  # seconds
_SETTLED_WITHIN = 10.0  # seconds that the daemon has to finish what was under way when the run ended
STRANGER = "somebody-elses"
Things = frozenset[str]  # a line each, "container x"


@dataclass
class StandIn:
    """Serves at ``socket``; its files are below ``folder``."""

    folder: Path
    socket: Path
    backend: str
    options: tuple[str, ...] = ()
    before: Things = frozenset()
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers. Somebody else has a container, a network and a volume in it."""
        self._launch()
        self.api().ask(raw_call("POST", "/images/create", fromImage="alpine", tag="latest"))
        for call in (
            lambda client: client.create_container("alpine:latest", name=STRANGER),
            lambda client: client.create_network(STRANGER),
            lambda client: client.create_volume(STRANGER),
        ):
            exchange = self.api().ask(call)
            assert exchange.status == 201, exchange.line()
        self.before = self.things()

    def restart(self) -> None:
        """A new process at the same socket, which knows nothing of what was."""
        self._launch()
        self.before = frozenset(thing for thing in self.before if STRANGER not in thing)
        if self.backend == "ecs":  # an account of its own, in which IDs are other ones
            self.before = self.things()

    def _launch(self) -> None:
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        argv = [sys.executable, "-P", "-m", "standin", "--socket", str(self.socket), "--backend", self.backend]
        argv += ["--state", str(state), "--until-stdin-ends", *self.options]
        if self.backend == "ecs":
            argv += ["--aws-file", str(self.folder / "aws.json"), "--aws-others"]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SOCKERLESS_"))}
        with (self.folder / "standin.log").open("ab") as log:
            self._process = subprocess.Popen(
                argv,
                cwd=self.folder,
                env=inherited | {"PYTHONPATH": str(ROOT), "TMPDIR": str(state)},
                stdin=subprocess.PIPE,  # closes with the harness, however that ends
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._answers, "the stand-in to answer", READY_WITHIN, every=0.02, up_to=0.2)

    def _answers(self) -> Seen[bool]:
        assert self._process is not None
        if (code := self._process.poll()) is not None:
            return never(f"it exited with {code}")
        return done(True) if self.socket.exists() and self.api().is_alive() else not_yet("no answer")

    def api(self) -> DockerApi:
        """Past every proxy."""
        return DockerApi(Endpoint(path=str(self.socket)), "1.44", Recorder(), ANSWERS_WITHIN)

    def things(self) -> Things:
        """All containers, networks and volumes, and in the account tasks, definitions and log groups."""
        api = self.api()
        containers = api.ask(raw_call("GET", "/containers/json", all="true")).json()
        networks = api.ask(raw_call("GET", "/networks")).json()
        volumes = api.ask(raw_call("GET", "/volumes")).json()["Volumes"] or []
        found = [f"container {each['Names'][0].removeprefix('/')}" for each in containers]
        found += [f"network {each['Name']}" for each in networks]
        found += [f"volume {each['Name']}" for each in volumes]
        return frozenset([*found, *(self._in_account() if self.backend == "ecs" else ())])

    def strays(self) -> tuple[Things, Things]:
        """What was not there before, and what was and is not any more; the daemon may finish what was under way."""
        seen: list[Things] = []

        def is_as_before() -> Seen[bool]:
            seen.append(self.things())
            return done(True) if seen[-1] == self.before else not_yet("something changed")

        with suppress(AssertionError):
            until(is_as_before, "the daemon to have what it had", _SETTLED_WITHIN, up_to=1.0)
        return seen[-1] - self.before, self.before - seen[-1]

    def aws(self) -> dict[str, Any]:
        """What the stand-in says of its simulated AWS."""
        said: dict[str, Any] = json.loads((self.folder / "aws.json").read_text(encoding="utf-8"))
        return said

    def _in_account(self) -> list[str]:
        import boto3  # noqa: PLC0415 - big, and only ECS needs it

        said = self.aws()
        session = boto3.Session(said["access_key"], said["secret_key"], region_name=said["region"])
        make: Callable[..., Any] = session.client
        ecs, logs = (make(name, endpoint_url=said["endpoint"]) for name in ("ecs", "logs"))
        return [
            *(f"task {arn}" for arn in ecs.list_tasks(cluster=said["cluster"])["taskArns"]),
            *(f"task definition {arn}" for arn in ecs.list_task_definitions()["taskDefinitionArns"]),
            *(f"log group {group['logGroupName']}" for group in logs.describe_log_groups()["logGroups"]),
        ]

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def freeze(self) -> None:
        """SIGSTOP."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, with all that it runs."""
        self._send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(ANSWERS_WITHIN)

    def _send(self, number: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def close(self) -> None:
        """SIGTERM, and what is then left of it is killed."""
        if self._process is None:
            return
        self.thaw()
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ANSWERS_WITHIN)
        self._send(signal.SIGKILL)
        self._process.wait(ANSWERS_WITHIN)
        if self._process.stdin is not None:
            self._process.stdin.close()


def environment_of(standin: StandIn, endpoint: str = "") -> dict[str, str]:
    """The variables by which the suite finds the simulated AWS of a stand-in, or goes to it by another ``endpoint``."""
    if standin.backend != "ecs":
        return {}
    said = standin.aws()
    return {
        "AWS_ACCESS_KEY_ID": said["access_key"],
        "AWS_SECRET_ACCESS_KEY": said["secret_key"],
        "AWS_REGION": said["region"],
        "SOCKERLESS_AWS_ENDPOINT": endpoint or said["endpoint"],
        "SOCKERLESS_ECS_CLUSTER": said["cluster"],
        "SOCKERLESS_ECS_SUBNETS": ",".join(said["subnets"]),
        "SOCKERLESS_ECS_SECURITY_GROUP": said["security_group"],
    }
