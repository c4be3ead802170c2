"""What is under test: a socket, a command that the suite launches, or the stand-in (design, "Targets")."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.api.client import DockerApi
from support.api.endpoint import Endpoint, parse
from support.api.recording import Exchange, Recorder, labelled
from support.daemon import Daemon, start_command, start_standin
from support.settings import DEFAULT_SOCKET, Settings, user_folder
from support.signals import interruptible, uninterrupted
from support.verdicts import TargetError, UsageError

_PROBE_TIMEOUT = 10.0  # seconds for the first answers
STANDIN = "Sockerless acceptance stand-in"  # its Platform's name in /version


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
    endpoint = parse(settings.socket, user_folder()) if settings.socket else None
    if settings.command:
        return Choice("command", "SOCKERLESS_COMMAND is set", endpoint)
    if endpoint is not None:
        return Choice("socket", "SOCKERLESS_SOCKET is set", endpoint)
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
        """The stand-in, never to be taken for Sockerless, also where somebody else started it."""
        return self.kind == "standin" or _text(self.version.get("Platform"), "Name") == STANDIN

    @property
    def other_product(self) -> str:
        """``Docker Engine`` or ``Podman``, where ``/version`` says so; else ``""``."""
        components = self.version.get("Components")
        names = {_text(each, "Name") for each in components} if isinstance(components, list) else set()
        if "Podman Engine" in names:
            return "Podman"
        # Debian's Docker leaves the platform's name empty; Sockerless says its own.
        is_docker = "Docker Engine" in _text(self.version.get("Platform"), "Name") or {"containerd", "runc"} <= names
        return "Docker Engine" if is_docker else ""

    @property
    def name(self) -> str:
        """What the daemon calls itself, e.g. ``Sockerless 0.9 (API 1.44, driver ecs-fargate)``."""
        platform = _text(self.version.get("Platform"), "Name") or self.other_product or "unnamed daemon"
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
        return " ".join(self.warnings) if self.is_standin and self.info.get("Isolation") else ""

    @property
    def caution(self) -> str:
        """A sentence where this is not Sockerless, for banner and reports; else ``""``."""
        what = "the stand-in" if self.is_standin else self.other_product
        return f"This is {what}, NOT Sockerless: its verdicts say nothing about Sockerless." if what else ""

    def banner(self) -> list[str]:
        """What is under test, in lines for the console."""
        caution = f" {self.caution}" if self.caution else ""
        lines = [f"Target: {self.name} at {self.api.endpoint.url}, because {self.reason}.{caution}"]
        return lines + [f"  the daemon says: {warning}" for warning in self.warnings]

    def restart(self, within: float) -> Daemon:
        """End what the suite started itself, and begin it anew. Raises ``TargetError`` where it does not come up."""
        assert self.daemon is not None
        self.daemon = self.daemon.restarted(within)
        return self.daemon

    def close(self) -> str:
        """End what the suite started itself; the problem in one line, or ``""``. Safe to call twice."""
        if self.daemon is None or self.closed:
            return ""
        self.closed = True
        return self.daemon.end()


def open_target(settings: Settings, backend: str, recorder: Recorder, log: Path) -> Target:
    """Reach or start the target; ``backend`` is the stand-in's, ``log`` takes what a daemon of ours prints.

    Raises ``UsageError`` or ``TargetError``, each one line, and leaves nothing running then.
    """
    choice = choose(settings)
    daemon = None
    try:
        with uninterrupted():
            if choice.kind == "standin":
                daemon = start_standin(settings, backend, log)
            elif choice.kind == "command":
                daemon = start_command(settings, choice.endpoint, log)
        endpoint = daemon.endpoint if daemon is not None else choice.endpoint
        assert endpoint is not None
        if daemon is None:
            endpoint.check()
        api = DockerApi(endpoint, settings.api_version, recorder, settings.seconds("exchange_timeout"))
        with interruptible(), labelled(observes=True):
            if daemon is not None:
                daemon.wait_ready(settings.seconds("command_timeout"))
            version, info = _recognise(api)
    except BaseException:
        if daemon is not None:
            daemon.end()
        raise
    simulator = daemon.simulator() if daemon is not None else {}
    return Target(choice.kind, choice.reason, api, version, info, daemon, simulator)


def _recognise(api: DockerApi) -> tuple[dict[str, Any], dict[str, Any]]:
    """``/version`` and ``/info`` of what answers. Raises ``TargetError`` where that is no Docker API of this version.

    One broken route does not disqualify a daemon: criteria judge routes, this only whether it is a Docker API.
    """
    within = min(_PROBE_TIMEOUT, api.timeout)
    ping, version = api.probe("/_ping", within), api.probe(f"/v{api.version}/version", within)
    if version.status == 400 and "version" in version.message():
        raise TargetError(
            f"{api.endpoint.url} refuses API {api.version}: {version.message()}; set SOCKERLESS_API_VERSION to its own"
        )
    said = _object(version)
    is_docker = "ApiVersion" in said or ping.header("Api-Version") is not None or ping.raw.strip() == b"OK"
    if not is_docker:
        answers = ping if ping.status is not None else version
        if answers.status is None:
            raise TargetError(f"{api.endpoint.url} does not answer: {ping.line()}; is the daemon running?")
        answer = f"{answers.line()} {answers.message()[:60]!r}"
        raise TargetError(f"{api.endpoint.url} is no Docker API: {answer}; set SOCKERLESS_SOCKET to a daemon")
    return said, _object(api.probe(f"/v{api.version}/info", within))


def _object(exchange: Exchange) -> dict[str, Any]:
    return exchange.body if isinstance(exchange.body, dict) and exchange.status == 200 else {}


def _text(value: object, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, dict) else ""
