"""The daemons that proxies lie about: a given one, or warm stand-ins, one for each run that goes on beside others."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h11

from falsify.call_target import CallTarget
from falsify.lies import on
from falsify.proxy_session import Rule
from falsify.response_rules import header
from support.api.endpoint import Endpoint, parse
from support.api.messages import Request
from support.api.proxy_wire import exchange
from support.daemon import Daemon, start_standin
from support.settings import Settings
from support.verdicts import TargetError

if TYPE_CHECKING:
    from support.aws.account import Account

STANDIN = "standin"
_READY_WITHIN = 60.0  # seconds
_ANSWERS_WITHIN = 60.0  # seconds for one request of ours
_GONE_WITHIN = 20.0  # seconds for what is being removed
_AGAIN_AFTER = 0.2  # seconds
_MEMORY = "/dev/shm"  # noqa: S108 - folders below it are made by tempfile
_ROOM = 4 * 1024**3  # bytes
_KINDS = {"container": "containers", "network": "networks", "volume": "volumes"}  # in the order of their removal


@dataclass(frozen=True)
class Aws:
    """The AWS behind a target, spoken to in plain HTTP, and what the suite needs to ask it.

    ``daemon_by`` is the unix socket by which the daemon asks it, None where that is not ours to say; then it is no
    simulated one. ``foreign`` are placements that are there and not the daemon's, by the names of their variables.
    """

    endpoint: Endpoint
    access_key: str
    suite_variables: Mapping[str, str]
    daemon_by: Path | None = None
    foreign: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_simulated(self) -> bool:
        """Whether it is our own."""
        return self.daemon_by is not None

    @cached_property
    def account(self) -> Account:
        """Our own way to it, past every lie. Made once: a client's making holds every proxy up."""
        from support.aws.account import Account, Placement  # noqa: PLC0415 - boto3 is big, and only ECS needs it
        from support.aws.credentials import of_keys  # noqa: PLC0415

        keys = of_keys(
            self.access_key, self.suite_variables["AWS_SECRET_ACCESS_KEY"], self.suite_variables["AWS_REGION"]
        )
        return Account(keys, Placement("", (), ()), f"http://{self.endpoint.host}:{self.endpoint.port}")

    def variables(self, through: Endpoint) -> dict[str, str]:
        """The suite's environment, its calls going through a proxy."""
        return {**self.suite_variables, "SOCKERLESS_AWS_ENDPOINT": f"http://{through.host}:{through.port}"}


@dataclass
class Target:
    """A daemon that runs; ``daemon`` is set where it is one of ours. ``truths`` make an engine's baseline green."""

    endpoint: Endpoint
    name: str
    truths: tuple[Rule, ...] = ()
    daemon: Daemon | None = None
    aws: Aws | None = None

    def close(self) -> None:
        """End it, if it is ours."""
        if self.daemon is not None:
            self.daemon.end()


def room_in_memory() -> str | None:
    """A folder in memory, where there is one that programs may run from: runs by the hundred each write databases."""
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return None
    has_room = found.f_bavail * found.f_frsize >= _ROOM and os.access(_MEMORY, os.W_OK)
    return _MEMORY if has_room and not found.f_flag & os.ST_NOEXEC else None


async def open_target(chosen: str, backend: str, log: Path, aws_socket: Path) -> Target:
    """The stand-in with this backend, its own calls of AWS going by ``aws_socket``, or the daemon at ``chosen``.

    Raises ``UsageError`` or ``TargetError``.
    """
    daemon = None
    if chosen == STANDIN:
        through = ("--aws-through", str(aws_socket)) if backend == "ecs" else ()
        daemon = start_standin(Settings(), backend, log, through)
        endpoint = daemon.endpoint
    else:
        endpoint = parse(chosen)
        endpoint.check()
    try:
        if daemon is not None:
            await asyncio.to_thread(daemon.wait_ready, _READY_WITHIN)
        return await _recognised(endpoint, daemon, aws_socket)
    except BaseException:
        if daemon is not None:
            daemon.end()
        raise


async def _recognised(endpoint: Endpoint, daemon: Daemon | None, aws_socket: Path) -> Target:
    try:
        status, version = await ask(endpoint, "GET", "/version")
    except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
        raise TargetError(f"{endpoint.url} does not answer: {error}; is the daemon running?") from None
    if status != 200 or not isinstance(version, dict):
        raise TargetError(f"{endpoint.url} is no Docker API: GET /version answered {status}")
    api = str(version.get("ApiVersion"))
    platform = version.get("Platform")
    name = platform.get("Name") if isinstance(platform, dict) else ""
    described = f"{name or 'unnamed daemon'} {version.get('Version')} (API {api}) at {endpoint.url}"
    is_other = api != Settings().api_version
    truths = (on("ping", header("Api-Version", Settings().api_version)),) if is_other else ()
    aws = _simulated(daemon.simulator(), aws_socket) if daemon is not None else _given(os.environ)
    return Target(endpoint, described, truths, daemon, aws)


def _simulated(described: Mapping[str, Any], by: Path) -> Aws | None:
    """The stand-in's own AWS, which only its backend ``ecs`` has."""
    if not described:
        return None
    variables = {
        "AWS_ACCESS_KEY_ID": described["access_key"],
        "AWS_SECRET_ACCESS_KEY": described["secret_key"],
        "AWS_REGION": described["region"],
        "SOCKERLESS_ECS_CLUSTER": described["cluster"],
        "SOCKERLESS_ECS_SUBNETS": ",".join(described["subnets"]),
        "SOCKERLESS_ECS_SECURITY_GROUP": described["security_group"],
    }
    foreign = {
        "SOCKERLESS_ECS_CLUSTER": described["inactive_cluster"],
        "SOCKERLESS_ECS_SUBNETS": ",".join(described["foreign_subnets"]),
        "SOCKERLESS_ECS_SECURITY_GROUP": described["foreign_security_group"],
    }
    return Aws(parse(described["endpoint"]), described["access_key"], variables, by, foreign)


def _given(environ: Mapping[str, str]) -> Aws | None:
    """The AWS that the environment names, where it can be stood in front of: in plain HTTP, with a pair of keys."""
    endpoint, key = environ.get("SOCKERLESS_AWS_ENDPOINT", ""), environ.get("AWS_ACCESS_KEY_ID", "")
    return Aws(parse(endpoint), key, {}) if endpoint.startswith("http://") and key else None


async def ask(endpoint: Endpoint, method: str, path: str) -> tuple[int, Any]:
    """One request of ours, past every lie: status and JSON. Raises ``OSError``, ``TimeoutError`` or h11's error."""
    headers = (("Host", "localhost"), ("Connection", "close"), ("Content-Length", "0"))
    async with asyncio.timeout(_ANSWERS_WITHIN):
        answer, content = await exchange(endpoint, Request(method, path, headers, b""))
    try:
        return answer.status, json.loads(content)
    except ValueError:
        return answer.status, None


async def tidy_up(endpoint: Endpoint, created: Iterable[CallTarget]) -> tuple[str, ...]:
    """Remove what a run created, as the proxy saw it, whatever lies made of it; what is left, a line each."""
    left = []
    created_targets = list(created)
    for kind, place in _KINDS.items():
        for target in created_targets:
            if target.kind == kind:
                problem = await _removed(endpoint, place, target)
                left += [f"{kind} {target.name}: {problem}"] if problem else []
    return tuple(left)


async def _removed(endpoint: Endpoint, place: str, target: CallTarget) -> str:
    path = f"/{place}/{target.id or target.name}"
    try:
        inspect = f"{path}/json" if place == "containers" else path
        if (await ask(endpoint, "GET", inspect))[0] == 404:
            return ""
        options = {"containers": "?force=true&v=true", "volumes": "?force=true"}.get(place, "")
        deadline = time.monotonic() + _GONE_WITHIN
        while True:
            answer = await ask(endpoint, "DELETE", f"{path}{options}")
            if (await ask(endpoint, "GET", inspect))[0] == 404:
                return ""
            if time.monotonic() > deadline:
                return f"still there {_GONE_WITHIN:g} s later, its delete was answered by {answer}"
            await asyncio.sleep(_AGAIN_AFTER)  # another delete of it, whose caller has gone, may still be at work
    except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
        return f"{type(error).__name__}: {error}"


def tidy_up_aws(aws: Aws) -> None:
    """Log groups that a lie kept from being deleted, in a simulator of ours: a run deletes only what began with it."""
    for group in aws.account.every("logs", "describe_log_groups", "logGroups"):
        aws.account.call("logs", "delete_log_group", logGroupName=group["logGroupName"])
