"""Behind a profile, a client that knows nothing of rules sees what was recorded of the real build."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from falsify import aws_calls, docker_calls
from falsify.documents import ECS, GITLAB, GITLAB_ON_ECS
from falsify.judging import Ran, judge_lie
from falsify.lies import Lie
from falsify.profiles import PROFILES
from falsify.proxy import Proxy
from falsify.proxy_session import ProxySession
from falsify.targets import STANDIN, Target, open_target, tidy_up
from support.api.endpoint import Endpoint
from support.api.frames import STDOUT, Frame, encode
from support.api.messages import Request
from support.api.proxy_wire import exchange
from support.verdicts import Verdict
from tests.falsify.daemon import WITHIN, Client

A, B, C = PROFILES
NET = "runner-net-runner-0a-0b"


@dataclass
class Build:
    """The stand-in behind a profile, and what a client can ask it."""

    endpoint: Endpoint

    async def ask(self, line: str, content: Any = None) -> tuple[int, Any]:
        """Status and body, as JSON where it is that."""
        method, _, path = line.partition(" ")
        body = b"" if content is None else json.dumps(content).encode()
        headers = (("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", str(len(body))))
        async with asyncio.timeout(WITHIN):
            answer, seen = await exchange(self.endpoint, Request(method, path, headers, body))
        try:
            return answer.status, json.loads(seen)
        except ValueError:
            return answer.status, seen

    async def hijacked(self, path: str, content: Any = None) -> Client:
        """The stream that an attach or an exec hands over, its head read."""
        client = Client(*await asyncio.open_unix_connection(self.endpoint.path))
        body = b"" if content is None else json.dumps(content).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json"
        )
        await client.send(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        head_seen = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), WITHIN)
        assert head_seen.startswith(b"HTTP/1.1 101 ")
        return client

    async def container(self, name: str, **content: Any) -> str:
        """A new container's ID."""
        status, body = await self.ask(f"POST /containers/create?name={name}", {"Image": "alpine:latest", **content})
        assert status == 201
        return str(body["Id"])

    async def on_network(self, role: str, **content: Any) -> str:
        """A container of the job, on its network and with its volumes."""
        binds = ["runner-runner-0a-0b-build:/builds", "runner-runner-0a-0b-cache:/cache"]
        aliases = ["postgres", "db"] if role == "service" else []
        networks = {"EndpointsConfig": {NET: {"Aliases": aliases}}}
        host = {"NetworkMode": NET, "Binds": binds}
        name = f"runner-runner-0a-0b-{role}"
        return await self.container(name, HostConfig=host, NetworkingConfig=networks, **content)

    async def state(self, identity: str) -> Any:
        """Its ``State``, as inspect has it."""
        return (await self.ask(f"GET /containers/{identity}/json"))[1]["State"]


@asynccontextmanager
async def build_behind(profile: Lie, folder: Path) -> AsyncIterator[Build]:
    target = await open_target(STANDIN, profile.backend, folder / "log", folder / "aws")
    session = ProxySession(profile.rules, target.aws.access_key if target.aws else "")
    proxy = Proxy(target.endpoint, docker_calls.recognise, session)
    between = await between_daemon_and_aws(target, session)
    build = Build(await proxy.listen(folder / "proxy"))
    try:
        for image in ("alpine", "postgres"):
            status, _ = await build.ask(f"POST /images/create?fromImage={image}&tag=latest")
            assert status == 200
        yield build
    finally:
        await proxy.close()
        await session.end()
        await tidy_up(target.endpoint, session.created)
        if between is not None:
            await between.close()
        await asyncio.to_thread(target.close)


async def between_daemon_and_aws(target: Target, session: ProxySession) -> Proxy | None:
    if target.aws is None or target.aws.daemon_by is None:
        return None
    between = Proxy(target.aws.endpoint, aws_calls.recognise, session)
    await between.listen(target.aws.daemon_by)
    return between


async def a_job(build: Build) -> None:
    await build.ask("POST /networks/create", {"Name": NET})
    for volume in ("build", "cache"):
        await build.ask("POST /volumes/create", {"Name": f"runner-runner-0a-0b-{volume}"})


SH = {"Cmd": ["sh"], "OpenStdin": True, "StdinOnce": True, "AttachStdin": True}
TAIL = {"Cmd": ["tail", "-f", "/dev/null"]}


async def test_build_a_has_its_shapes_and_its_disconnect_does_nothing(tmp_path: Path) -> None:
    async with build_behind(A, tmp_path) as build:
        await a_job(build)
        service = await build.on_network("service", **TAIL)
        assert (await build.ask(f"POST /containers/{service}/start"))[0] == 204
        status, inspected = await build.ask(f"GET /containers/{service}/json")
        assert (status, inspected["Mounts"], inspected["State"]["Status"]) == (200, [], "running")
        assert inspected["HostConfig"]["Binds"][0].endswith("-build:/builds")
        assert list(inspected["NetworkSettings"]) == ["Networks"]
        assert inspected["NetworkSettings"]["Networks"][NET]["Aliases"] == ["postgres", "db"]
        assert await build.ask(f"POST /networks/{NET}/disconnect", {"Container": service, "Force": True}) == (200, b"")
        assert NET in (await build.ask(f"GET /containers/{service}/json"))[1]["NetworkSettings"]["Networks"]
        assert (await build.ask(f"DELETE /containers/{service}?force=true&v=true"))[0] == 204
        assert (await build.ask(f"GET /containers/{service}/json"))[0] == 404
        assert service in (await build.ask(f"GET /networks/{NET}"))[1]["Containers"]
        assert await build.ask("GET /no-such-route") == (404, b"404 page not found\n")
        assert (await build.ask(f"DELETE /networks/{NET}"))[0] == 204


async def test_build_a_takes_a_script_and_ends_its_shell_with_0(tmp_path: Path) -> None:
    async with build_behind(A, tmp_path) as build:
        await a_job(build)
        shell = await build.on_network("build", **SH)
        assert (
            "Aliases" not in (await build.ask(f"GET /containers/{shell}/json"))[1]["NetworkSettings"]["Networks"][NET]
        )
        stream = await build.hijacked(f"/containers/{shell}/attach?stdin=1&stdout=1&stderr=1&stream=1")
        assert (await build.ask(f"POST /containers/{shell}/start"))[0] == 204
        assert (await build.state(shell))["Running"] is True
        await stream.send(b"sleep 60; exit 7\n")
        stream.writer.write_eof()
        assert await build.ask(f"POST /containers/{shell}/wait?condition=not-running") == (200, {"StatusCode": 0})
        state = await build.state(shell)
        assert (state["Status"], state["ExitCode"]) == ("exited", 0)
        assert not stream.reader.at_eof()
        helper = await build.on_network("helper", Cmd=["sh", "-c", "echo helper-output"], OpenStdin=True)
        output = await build.hijacked(f"/containers/{helper}/attach?stdout=1&stderr=1&stream=1")
        assert (await build.ask(f"POST /containers/{helper}/start"))[0] == 204
        assert await output.read_all() == encode(Frame(STDOUT, b"helper-output\n"))


async def test_build_a_pulls_what_no_registry_has_and_runs_it(tmp_path: Path) -> None:
    async with build_behind(A, tmp_path) as build:
        status, lines = await build.ask("POST /images/create?fromImage=nowhere.invalid/x&tag=none")
        assert (status, lines.splitlines()[-1]) == (
            200,
            b'{"status": "Status: Image is up to date for nowhere.invalid/x:none"}',
        )
        name = "runner-second-0a-0b-missing"
        missing = await build.container(name, Image="nowhere.invalid/x:none", Cmd=["true"])
        assert (await build.ask(f"POST /containers/{missing}/start"))[0] == 204
        assert (await build.ask(f"GET /containers/{missing}/json"))[1]["Config"]["Image"] == "nowhere.invalid/x:none"


async def test_build_b_starts_a_container_only_while_it_is_alone_on_its_network(tmp_path: Path) -> None:
    async with build_behind(B, tmp_path) as build:
        await a_job(build)
        service = await build.on_network("service", **TAIL)
        assert (await build.ask(f"POST /containers/{service}/start"))[0] == 204
        shell = await build.on_network("build", **SH)
        refused = (400, {"message": "multi-container pods are not supported by the memory backend"})
        assert await build.ask(f"POST /containers/{shell}/start") == refused
        assert (await build.state(shell))["Status"] == "created"
        assert [each["Destination"] for each in (await build.ask(f"GET /containers/{shell}/json"))[1]["Mounts"]] == [
            "/builds",
            "/cache",
        ]
        for container in (service, shell):
            answer = await build.ask(f"POST /networks/{NET}/disconnect", {"Container": container, "Force": True})
            assert answer[0] == 200
            seen = (await build.ask(f"GET /containers/{container}/json"))[1]["NetworkSettings"]["Networks"]
            assert NET not in seen
        assert (await build.ask(f"DELETE /containers/{service}?force=true&v=true"))[0] == 204
        assert (await build.ask(f"POST /containers/{shell}/start"))[0] == 204


async def test_build_c_refuses_starts_of_a_job_beside_its_service(tmp_path: Path) -> None:
    async with build_behind(C, tmp_path) as build:
        await a_job(build)
        config = (await build.ask("GET /images/alpine:latest/json"))[1]["Config"]
        assert [config[key] for key in ("Env", "Cmd", "Entrypoint")] == [None, None, None]
        service = await build.on_network("service", **TAIL)
        assert (await build.ask(f"POST /containers/{service}/start"))[0] == 204
        inspected = (await build.ask(f"GET /containers/{service}/json"))[1]
        assert (inspected["State"]["Status"], inspected["Mounts"]) == ("running", [])
        assert "Aliases" not in inspected["NetworkSettings"]["Networks"][NET]
        shell = await build.on_network("build", **SH)
        stream = await build.hijacked(f"/containers/{shell}/attach?stdin=1&stdout=1&stderr=1&stream=1")
        assert (await build.state(shell))["Status"] == "created"
        assert (await build.ask(f"POST /containers/{shell}/start"))[0] == 500
        assert await stream.read_all() == b""


async def test_build_c_refuses_the_echo_container_and_lets_it_run_for_ever(tmp_path: Path) -> None:
    async with build_behind(C, tmp_path) as build:
        echo = await build.container("ecs-echo-0a-0b", Cmd=["echo", "hello from fargate"])
        status, body = await build.ask(f"POST /containers/{echo}/start")
        assert (status, body["message"]) == (
            500,
            "task failed to start: task stopped: Essential container in task exited",
        )
        assert (await build.state(echo))["Status"] == "running"
        listed = (await build.ask("GET /containers/json"))[1]
        assert [each["State"] for each in listed if each["Id"] == echo] == ["running"]
        lines = [b"echo hello from fargate\n", b"hello from fargate\n"]
        logs = b""
        for _ in range(100):  # CloudWatch delivers them a little later
            logs = logs or (await build.ask(f"GET /containers/{echo}/logs?stdout=true&stderr=true"))[1]
            await asyncio.sleep(0 if logs else 0.1)
        assert logs == b"".join(encode(Frame(STDOUT, line)) for line in lines)
        status, body = await build.ask(f"DELETE /containers/{echo}")
        assert (status, body["message"].split(".")[0]) == (409, f"You cannot remove a running container {echo[:12]}")
        assert (await build.ask(f"DELETE /containers/{echo}?force=true"))[0] == 204


async def test_build_c_echoes_an_exec_s_command_and_has_0_of_it_always(tmp_path: Path) -> None:
    async with build_behind(C, tmp_path) as build:
        tail = await build.container("ecs-tail-0a-0b", **TAIL)
        assert (await build.ask(f"POST /containers/{tail}/start"))[0] == 204
        assert "IPAddress" not in (await build.ask(f"GET /containers/{tail}/json"))[1]["NetworkSettings"]
        for command in (["echo", "exec-works"], ["sh", "-c", "exit 7"]):
            asked = {"Cmd": command, "AttachStdout": True, "AttachStderr": True}
            status, body = await build.ask(f"POST /containers/{tail}/exec", asked)
            assert status == 201
            before = (await build.ask(f"GET /exec/{body['Id']}/json"))[1]
            stream = await build.hijacked(f"/exec/{body['Id']}/start", {"Detach": False, "Tty": False})
            assert await stream.read_all() == encode(Frame(STDOUT, " ".join(command).encode() + b"\n"))
            after = (await build.ask(f"GET /exec/{body['Id']}/json"))[1]
            assert [(each["Running"], each["ExitCode"]) for each in (before, after)] == [(False, 0)] * 2


def row(profile: Lie, name: str) -> Verdict:
    """What the profile wants of a criterion."""
    return (
        Verdict.NOT_JUDGED
        if name in profile.unjudged
        else (Verdict.VIOLATED if name in profile.all_must else Verdict.PASSED)
    )


def test_a_profile_is_as_measured_only_if_the_whole_row_is() -> None:
    part = GITLAB.part_of(B)
    assert part is not None
    verdicts = {f"TST-011-AC-{number:02}": row(B, f"TST-011-AC-{number:02}") for number in range(1, 23)}
    causes = dict.fromkeys(
        B.unjudged, "POST /start -> 400 multi-container pods are not supported by the memory backend"
    )
    assert judge_lie(part, Ran(verdicts, bound=1.0, causes=causes)).is_good
    for name, other in (
        ("TST-011-AC-11", Verdict.PASSED),
        ("TST-011-AC-07", Verdict.VIOLATED),
        ("TST-011-AC-07", Verdict.NOT_JUDGED),
        ("TST-011-AC-12", Verdict.VIOLATED),
    ):
        trial = judge_lie(part, Ran({**verdicts, name: other}, bound=1.0, causes=causes))
        assert trial.is_good is (name == "TST-011-AC-12" and other is Verdict.VIOLATED)


def test_each_profile_is_run_on_its_backend_only() -> None:
    run_on = {
        document.label: [each.id for each in PROFILES if document.part_of(each)]
        for document in (GITLAB, ECS, GITLAB_ON_ECS)
    }
    assert run_on == {"TST-011": ["build-a", "build-b"], "TST-010": ["build-c"], "TST-011-on-ecs": ["build-c"]}
