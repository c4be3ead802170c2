"""Who is who, and when a rule applies."""

from __future__ import annotations

import json

import pytest

from falsify.call_target import CallTarget
from falsify.docker_calls import operation, recognise
from falsify.lies import on
from falsify.proxy_session import Call, Forward, Per, ProxySession, Rule
from support.api.endpoint import Endpoint
from support.api.messages import Answer, Request, made

ID = "0123456789abcdef" * 4


def request(line: str, body: object = None) -> Request:
    method, _, target = line.partition(" ")
    return Request(method, target, (("Host", "x"),), b"" if body is None else json.dumps(body).encode())


async def lie(call: Call, forward: Forward) -> Answer:
    return made(299)


def session_with(*rules: Rule) -> ProxySession:
    return ProxySession(rules)


async def put(session: ProxySession, line: str, body: object = None, *, answer: Answer | None = None) -> int:
    """The status that a client gets where the daemon answers 200, or ``answer``."""

    async def daemon(call: Call) -> Answer:
        return await session.done(call, answer or made(200, {}))

    asked = request(line, body)
    name, target = recognise(asked, session)
    return (await session.respond(Call(asked, name, target, session, Endpoint(path="/nowhere")), daemon)).status


async def create(session: ProxySession, name: str, identity: str = ID) -> int:
    return await put(session, f"POST /v1.44/containers/create?name={name}", {}, answer=made(201, {"Id": identity}))


@pytest.mark.parametrize(
    ("line", "name", "of"),
    [
        ("GET /_ping", "ping", ""),
        ("HEAD /_ping", "ping", ""),
        ("POST /v1.44/images/create?fromImage=a", "image.pull", ""),
        ("GET /v1.44/images/library/alpine:latest/json", "image.inspect", "library/alpine:latest"),
        ("GET /v1.44/containers/json?all=true", "container.list", ""),
        ("GET /containers/abc/json", "container.inspect", "abc"),
        ("POST /v1.44/containers/create?name=x", "container.create", ""),
        ("POST /v1.44/networks/n/disconnect", "network.disconnect", "n"),
        ("DELETE /v1.44/volumes/v?force=1", "volume.remove", "v"),
        ("POST /v1.44/exec/e/start", "exec.start", "e"),
        ("GET /no-such-route", "other", ""),
        ("PUT /containers/json", "other", ""),
    ],
)
def test_calls_have_names(line: str, name: str, of: str) -> None:
    assert operation(request(line)) == (name, of)


@pytest.mark.parametrize(
    ("kind", "name", "role", "job"),
    [
        ("container", "runner-whole-0a1b2c3d4e-9f8e-service", "service", "whole"),
        ("container", "runner-runner-0a1b2c3d4e-9f8e-build", "build", "runner"),
        ("network", "runner-net-second-0a1b2c3d4e-9f8e", "network", "second"),
        ("volume", "runner-broken-0a1b2c3d4e-9f8e-cache", "cache", "broken"),
        ("container", "somebody-elses", "", ""),
    ],
)
def test_names_tell_role_and_job(kind: str, name: str, role: str, job: str) -> None:
    target = CallTarget.named(kind, name)
    assert (target.role, target.job) == (role, job)


async def test_what_was_created_is_known_by_id_short_id_and_name() -> None:
    session = session_with(on("container.start", lie, role="service"))
    await create(session, "runner-second-0a-0b-service")
    for reference in (ID, ID[:12], "runner-second-0a-0b-service"):
        assert await put(session, f"POST /containers/{reference}/start") == 299
    assert await put(session, "POST /containers/another/start") == 200


async def test_roles_and_jobs_narrow_a_rule() -> None:
    session = session_with(on("container.start", lie, role=("service", "build"), job="whole"))
    for number, (name, status) in enumerate(
        {
            "runner-whole-0a-0b-service": 299,
            "runner-whole-0a-0b-build": 299,
            "runner-whole-0a-0b-helper": 200,
            "runner-second-0a-0b-build": 200,
        }.items()
    ):
        await create(session, name, f"{number:064}")
        assert await put(session, f"POST /containers/{name}/start") == status


async def test_only_and_since_count_per_subject() -> None:
    session = session_with(on("container.inspect", lie, only=2), on("container.start", lie, since=2))
    for number in range(2):
        name = f"runner-whole-0a-0b-{'ab'[number]}"
        await create(session, name, f"{number:064}")
        assert [await put(session, f"GET /containers/{name}/json") for _ in range(3)] == [200, 299, 200]
        assert [await put(session, f"POST /containers/{name}/start") for _ in range(3)] == [200, 299, 299]


async def test_a_rule_may_count_per_job() -> None:
    session = session_with(on("container.remove", lie, only=2, per=Per.JOB))
    names = [f"runner-{job}-0a-0b-{role}" for job in ("whole", "second") for role in ("service", "build", "helper")]
    for number, name in enumerate(names):
        await create(session, name, f"{number:064}")
    assert [await put(session, f"DELETE /containers/{name}") for name in names] == [200, 299, 200, 200, 299, 200]


async def test_after_waits_for_the_daemon_to_have_done_it() -> None:
    session = session_with(on("container.inspect", lie, after="container.start"))
    await create(session, "runner-whole-0a-0b-build")
    assert await put(session, f"GET /containers/{ID}/json") == 200
    assert await put(session, f"POST /containers/{ID}/start", answer=made(500)) == 500
    assert await put(session, f"GET /containers/{ID}/json") == 200
    assert await put(session, f"POST /containers/{ID}/start", answer=made(204)) == 204
    assert await put(session, f"GET /containers/{ID}/json") == 299


async def test_strangers_are_lied_about_only_on_demand() -> None:
    narrow, wide = session_with(on("container.kill", lie)), session_with(on("container.kill", lie, of_strangers=True))
    assert await put(narrow, "POST /containers/no-such-container/kill") == 200
    assert await put(wide, "POST /containers/no-such-container/kill") == 299


async def test_the_first_of_two_rules_has_the_last_word() -> None:
    async def reads_the_lie(call: Call, forward: Forward) -> Answer:
        return (await forward(call)).but(status=298)

    session = session_with(on("ping", reads_the_lie), on("ping", lie))
    assert await put(session, "GET /_ping") == 298
    assert session.met == 1


async def test_what_the_daemon_created_is_kept_for_tidying_up() -> None:
    session = session_with(on("container.create", lie, role="helper"))
    await create(session, "runner-whole-0a-0b-build")
    await create(session, "runner-whole-0a-0b-helper")
    await put(session, "POST /volumes/create", {"Name": "v"}, answer=made(201, {"Name": "v"}))
    assert [(each.kind, each.name, each.id) for each in session.created] == [
        ("container", "runner-whole-0a-0b-build", ID),
        ("volume", "v", "v"),
    ]


def test_a_rule_for_an_unknown_operation_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"no such operation: container\.strat"):
        on("container.strat", lie)
