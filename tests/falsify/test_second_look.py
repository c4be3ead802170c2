"""Verbs for what only asking again, or elsewhere, shows."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from falsify.docker_calls import recognise
from falsify.lies import on
from falsify.list_rules import filters_of, having, listed, missing, removed_listed
from falsify.proxy_session import Call, Handler, ProxySession
from falsify.response_rules import in_state, put, refuse
from falsify.stateful_rules import back_on_network, has_exited, later, undead
from support.api.endpoint import Endpoint
from support.api.messages import Answer, Request, made

ID = "0123456789abcdef" * 4
NAME = "runner-runner-0a-0b-build"
SOON = 0.05  # seconds, instead of the second of the catalogue
NETWORKS = {"runner-net-runner-0a-0b": {}}


class Daemon:
    """What a daemon of one container answers through a rule, its answers given by a test."""

    def __init__(self, operation: str, handler: Handler) -> None:
        self.session = ProxySession((on(operation, handler),))

    async def says(self, line: str, status: int, content: Any = None) -> tuple[int, Any]:
        """Status and JSON that a client gets where the daemon answers so."""
        method, _, target = line.partition(" ")
        request = Request(method, target, (("Host", "x"),), b"{}")
        name, about = recognise(request, self.session)

        async def forward(call: Call) -> Answer:
            return await self.session.done(call, made(status, content))

        call = Call(request, name, about, self.session, Endpoint(path="/nowhere"))
        answer, seen = await (await self.session.respond(call, forward)).read_json()
        return answer.status, seen

    async def created(self) -> None:
        await self.says(f"POST /containers/create?name={NAME}", 201, {"Id": ID})

    async def removed(self) -> None:
        await self.says(f"DELETE /containers/{ID}?force=true", 204)


def inspected(status: str = "running", **more: Any) -> dict[str, Any]:
    return {"Id": ID, "State": {"Status": status, "Running": status == "running", "ExitCode": 0}, **more}


def entry(**more: Any) -> dict[str, Any]:
    return {"Id": ID, "Names": [f"/{NAME}"], "Labels": {"a": "b"}, "State": "running", **more}


async def test_later_is_true_until_some_time_after_the_first_such_answer() -> None:
    daemon = Daemon("container.inspect", later(in_state("running"), has_exited, SOON))
    await daemon.created()
    for _ in range(2):
        assert (await daemon.says(f"GET /containers/{ID}/json", 200, inspected()))[1]["State"]["Running"]
        await asyncio.sleep(SOON)
    assert (await daemon.says(f"GET /containers/{ID}/json", 200, inspected("exited")))[1]["State"]["Status"] == "exited"
    await asyncio.sleep(SOON)
    status, content = await daemon.says(f"GET /containers/{ID[:12]}/json", 200, inspected("exited"))
    assert (status, content["State"]["Status"]) == (200, "running")


async def test_later_counts_from_any_good_answer_where_nothing_else_is_said() -> None:
    daemon = Daemon("container.inspect", later(refuse(404), seconds=SOON))
    await daemon.created()
    assert (await daemon.says(f"GET /containers/{ID}/json", 500, {"message": "x"}))[0] == 500
    await asyncio.sleep(SOON)
    assert (await daemon.says(f"GET /containers/{ID}/json", 200, inspected()))[0] == 200
    await asyncio.sleep(SOON)
    assert (await daemon.says(f"GET /containers/{ID}/json", 200, inspected()))[0] == 404


async def test_later_of_one_target_says_nothing_of_another() -> None:
    daemon = Daemon("container.inspect", later(put("Id", ""), seconds=SOON))
    await daemon.created()
    await daemon.says("POST /containers/create?name=runner-runner-0a-0b-helper", 201, {"Id": "e" * 64})
    await daemon.says(f"GET /containers/{ID}/json", 200, inspected())
    await asyncio.sleep(SOON)
    assert (await daemon.says(f"GET /containers/{'e' * 64}/json", 200, {"Id": "e" * 64}))[1] == {"Id": "e" * 64}
    assert (await daemon.says(f"GET /containers/{ID}/json", 200, inspected()))[1]["Id"] == ""


async def test_what_is_gone_comes_back_some_time_later() -> None:
    daemon = Daemon("container.inspect", undead(seconds=SOON))
    await daemon.created()
    await daemon.says(f"GET /containers/{ID}/json", 200, inspected())
    assert (await daemon.says(f"GET /containers/{ID}/json", 404, {"message": "no"}))[0] == 404
    await asyncio.sleep(SOON)
    assert await daemon.says(f"GET /containers/{ID}/json", 404, {"message": "no"}) == (200, inspected())


async def test_what_left_its_network_comes_back_some_time_later() -> None:
    daemon = Daemon("container.inspect", back_on_network(SOON))
    await daemon.created()
    seen = []
    for networks in (NETWORKS, {}, {}):
        content = inspected(NetworkSettings={"Networks": networks})
        seen.append((await daemon.says(f"GET /containers/{ID}/json", 200, content))[1]["NetworkSettings"]["Networks"])
        await asyncio.sleep(SOON)
    assert seen == [NETWORKS, {}, NETWORKS]


def containers(**filters: list[str]) -> str:
    return f"GET /containers/json?all=true&filters={quote(json.dumps(filters))}"


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("?all=true", {}),
        ('?filters={"label":["a=b"],"id":["0"]}', {"label": ["a=b"], "id": ["0"]}),
        ('?filters={"label":{"a=b":true}}', {"label": ["a=b"]}),
        ("?filters=nonsense", {}),
    ],
)
def test_filters_are_read_in_both_of_docker_s_forms(query: str, filters: dict[str, list[str]]) -> None:
    request = Request("GET", f"/containers/json{query}", (), b"")
    session = ProxySession()
    assert filters_of(Call(request, *recognise(request, session), session, Endpoint(path="/x"))) == filters


async def test_a_list_says_otherwise_of_one_role_once_that_happened() -> None:
    daemon = Daemon("container.list", listed("build", having(State="exited"), after="container.start"))
    await daemon.created()
    assert (await daemon.says(containers(), 200, [entry()]))[1][0]["State"] == "running"
    await daemon.says(f"POST /containers/{ID}/start", 204)
    stranger = {"Id": "e" * 64, "State": "running"}
    listing = (await daemon.says(containers(), 200, [entry(), stranger]))[1]
    assert [each["State"] for each in listing] == ["exited", "running"]


async def test_a_list_lacks_a_role_where_it_is_filtered_so() -> None:
    daemon = Daemon("container.list", missing("container", "build", by="id"))
    await daemon.created()
    assert (await daemon.says(containers(), 200, [entry()]))[1] == [entry()]
    assert (await daemon.says(containers(label=["a=b"]), 200, [entry()]))[1] == [entry()]
    assert (await daemon.says(containers(id=[ID[:12]]), 200, [entry()]))[1] == []


async def test_a_list_has_what_was_removed_as_it_was_listed_last() -> None:
    daemon = Daemon("container.list", removed_listed("container", by="label"))
    await daemon.created()
    await daemon.says(containers(), 200, [entry(State="exited")])
    await daemon.removed()
    assert (await daemon.says(containers(), 200, []))[1] == []
    assert (await daemon.says(containers(label=["a=b"]), 200, []))[1] == [entry(State="exited")]


async def test_a_list_has_what_was_removed_some_time_later_and_only_if_it_fits_the_id() -> None:
    daemon = Daemon("container.list", removed_listed("container", after=SOON))
    await daemon.created()
    await daemon.removed()
    assert (await daemon.says(containers(id=[ID[:12]]), 200, []))[1] == []
    await asyncio.sleep(SOON)
    assert [each["Id"] for each in (await daemon.says(containers(id=[ID[:12]]), 200, []))[1]] == [ID]
    assert (await daemon.says(containers(id=["eeee"]), 200, []))[1] == []


async def test_volumes_are_lists_inside_an_object() -> None:
    lacking, keeping = (Daemon("volume.list", each) for each in (missing("volume", "build"), removed_listed("volume")))
    volumes = {"Volumes": [{"Name": NAME}], "Warnings": []}
    for daemon in (lacking, keeping):
        request = Request("POST", "/volumes/create", (), json.dumps({"Name": NAME}).encode())
        name, about = recognise(request, daemon.session)
        call = Call(request, name, about, daemon.session, Endpoint(path="/x"))
        await daemon.session.done(call, made(201, {"Name": NAME}))
    assert (await lacking.says("GET /volumes", 200, volumes))[1]["Volumes"] == []
    await keeping.says("GET /volumes", 200, volumes)
    await keeping.says(f"DELETE /volumes/{NAME}", 204)
    assert (await keeping.says("GET /volumes", 200, {"Volumes": None}))[1]["Volumes"] == [{"Name": NAME}]
