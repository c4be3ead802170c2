"""An AWS small enough for one daemon and one suite: four services on loopback, with credentials of their own."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import socket
import time
from typing import Any

from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from standin.aws import wire
from standin.aws.control import ACCOUNT, Control, Journal
from standin.aws.ecs import Ecs
from standin.aws.launcher import Launcher
from standin.aws.logs import Logs
from standin.aws.tasks import Fargate
from standin.aws.vpc import Ec2
from standin.aws.wire import AwsError, Json, refusal
from standin.http import Connection, Request, Response

HOME = "eu-central-1"
CLUSTER = "standin"
_NAMES = ("cluster", "logGroupName", "logGroupNamePrefix", "logGroupNamePattern", "task", "taskDefinition", "tasks")
EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/\d+/([\w-]+)/(\w+)/aws4_request, *SignedHeaders=([\w;-]+), *Signature=(\w+)"
)


class Region:
    """What the account holds in one region."""

    def __init__(self, name: str, launcher: Launcher, control: Control, journal: Journal) -> None:
        self.ec2 = Ec2(name, control)
        self.logs = Logs(name, control)
        self.fargate = Fargate(self.logs, self.ec2, launcher, control, journal)
        self.ecs = Ecs(name, self.ec2, control, self.fargate)


class Sts:
    """Who calls."""

    actions = ("GetCallerIdentity",)

    def __init__(self, caller: str) -> None:
        self._caller = caller

    def get_caller_identity(self, _params: Json) -> Json:
        arn = f"arn:aws:iam::{ACCOUNT}:user/{self._caller}"
        return {"UserId": f"AIDA{self._caller.upper():X<17}", "Account": ACCOUNT, "Arn": arn}


class Simulator:
    """One account with two callers, ``suite`` and ``daemon``; regions but ``HOME`` are there and empty, as really.

    ``HOME`` has the clusters ``standin`` and ``retired`` (INACTIVE), and two VPCs: the daemon's and a foreign one.
    """

    def __init__(self, launcher: Launcher, control: Control, journal: Journal) -> None:
        self.control, self.journal, self._launcher = control, journal, launcher
        self.keys = {caller: _new_key() for caller in ("suite", "daemon")}
        self._regions: dict[str, Region] = {}
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.StreamWriter] = set()
        home = self.region(HOME)
        home.ecs.clusters |= {CLUSTER: "ACTIVE", "retired": "INACTIVE"}
        self.subnets, self.security_group = home.ec2.add_vpc("10.0.1.0/24", "10.0.2.0/24", admits=9111)
        self.foreign_subnets, self.foreign_group = home.ec2.add_vpc("10.9.1.0/24")

    def region(self, name: str) -> Region:
        """What the account holds in a region, nothing at first."""
        if name not in self._regions:
            self._regions[name] = Region(name, self._launcher, self.control, self.journal)
        return self._regions[name]

    async def listen(self, listener: socket.socket) -> str:
        """Serve on a bound socket of a loopback, of this or another network namespace; the endpoint's URL."""
        # Head and body of an answer go out apart; the kernel would hold the second back for 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._servers.append(await asyncio.start_server(self._connected, sock=listener))
        host, port = listener.getsockname()
        return f"http://{host}:{port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        await Connection(self.answer, reader, writer).serve()
        self._clients.discard(writer)

    async def close(self) -> None:
        """End the listeners and all tasks, at once."""
        for server in self._servers:
            server.close()
        for client in self._clients:
            client.close()
        for region in self._regions.values():
            await region.fargate.close()
        self.journal.close()

    async def answer(self, request: Request) -> Response:
        """One call: who, from where, may they, is it well formed; only then the service."""
        service, action = wire.addressed(request.headers, request.body)
        caller, error, began = "", "", time.monotonic()
        try:
            if not service:
                raise AwsError("UnknownOperationException", "The simulator serves ECS, CloudWatch Logs, EC2 and STS.")
            caller, region = self._authenticate(service, request)
            self.control.check(caller, service, action)
            # EC2's model takes a moment to read: aside, so that tasks go on.
            await asyncio.to_thread(wire.model, service)
            value = self._call(caller, self.region(region), service, action, request.body)
            return wire.success(service, action, value)
        except AwsError as refused:
            error = refused.code
            return wire.failure(service, refused)
        finally:
            took = round(time.monotonic() - began, 4)
            on = _named(request.body)
            self.journal.note("call", action=f"{service}:{action}", caller=caller, error=error, took=took, on=on)

    @staticmethod
    def _call(caller: str, region: Region, service: str, action: str, body: bytes) -> Json:
        served: Any = {"ecs": region.ecs, "logs": region.logs, "ec2": region.ec2, "sts": Sts(caller)}[service]
        if action not in served.actions:
            raise refusal(service, "unknown action", f"The simulator does not serve {service}:{action}.")
        value: Json = getattr(served, xform_name(action))(wire.parameters(service, action, body))
        return value

    def _authenticate(self, service: str, request: Request) -> tuple[str, str]:
        """Caller and region of a rightly signed request."""
        match = _AUTHORIZATION.match(request.headers.get("authorization", ""))
        if match is None:
            raise AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403)
        key_id, region, signed_for, headers, signature = match.groups()
        caller = next((name for name, key in self.keys.items() if key.access_key == key_id), "")
        if not caller or "x-amz-security-token" in request.headers:
            raise refusal(service, "unknown key", "The security token included in the request is invalid.")
        expected = _signature(request, SigV4Auth(self.keys[caller], signed_for, region), headers.split(";"))
        if signed_for != service or not secrets.compare_digest(expected, signature):
            text = "The request signature we calculated does not match the signature you provided."
            raise refusal(service, "bad signature", text)
        return caller, region


def _named(body: bytes) -> Json:
    """What a call of ECS or of Logs is about, by the parameters that name it."""
    try:
        params = json.loads(body)
    except (ValueError, RecursionError):
        return {}  # a form, of EC2 or STS; or no call at all
    return {name: params[name] for name in _NAMES if name in params} if isinstance(params, dict) else {}


def _new_key() -> Credentials:
    return Credentials(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))


def _signature(request: Request, auth: SigV4Auth, signed: list[str]) -> str:
    """The signature that this request must carry."""
    headers = {name: request.headers.get(name, "") for name in signed}
    copy = AWSRequest("POST", f"http://{request.headers.get('host', '')}/", headers=headers, data=request.body)
    copy.context["timestamp"] = request.headers.get("x-amz-date", "")
    return str(auth.signature(auth.string_to_sign(copy, auth.canonical_request(copy)), copy))
