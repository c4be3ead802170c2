"""The hostile cases are many, all different, the same for the same seed, and served as they say."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from support.api.endpoint import Endpoint
from tests.chaos.hostile import Case, cases, serving
from tests.chaos.hostile.cases import ROUTES
from tests.chaos.hostile.tricks import tricks
from tests.core.fakes import PATIENCE, Peer, answer
from tests.core.fakes import serving as upstream

ALL = {case.name: case for case in cases(1, 10**6)}


def test_a_seed_chooses_at_least_200_different_ones_with_every_trick_and_every_route() -> None:
    chosen = cases(7)
    assert len({case.name for case in chosen}) == len(chosen) >= 200
    assert {case.trick.name for case in chosen} == {trick.name for trick in tricks(7)}
    assert {case.route for case in chosen} == set(ROUTES)
    assert [case.name for case in cases(7)] == [case.name for case in chosen]
    assert [case.name for case in cases(8)] != [case.name for case in chosen]


def true_answer(peer: Peer) -> None:
    peer.read_request()
    peer.send(answer(200, {"true": 1}))


def got(case: Case, request: bytes, folder: Path) -> tuple[bytes, int]:
    """What a client reads behind the case, at most a megabyte, and how often the trick was played."""
    with (
        upstream(true_answer) as daemon,
        serving(case, Path(daemon.endpoint.path), folder / "s") as served,
    ):
        with Endpoint(path=str(folder / "s")).connect(PATIENCE) as client:
            client.sendall(request)
            data = b""
            while len(data) < 1024 * 1024 and (piece := client.recv(65536)):
                data += piece
            client.shutdown(socket.SHUT_RDWR)
        return data, served.played


@pytest.mark.parametrize(
    "name", ["inspect/1xx-flood", "inspect/body-endless", "list/deep-lists", "attach/frames-empty"]
)
def test_its_route_is_answered_with_the_trick(name: str, tmp_path: Path) -> None:
    case = ALL[name]
    path = {"inspect": "containers/x/json", "list": "containers/json", "attach": "containers/x/attach"}[case.route.name]
    request = f"{case.route.method} /v1.44/{path}?all=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    data, played = got(case, request, tmp_path)
    assert played == 1 and b"true" not in data and len(data) >= 400_000


def test_everything_else_is_passed_on(tmp_path: Path) -> None:
    data, played = got(ALL["inspect/body-endless"], b"GET /v1.44/info HTTP/1.1\r\nHost: x\r\n\r\n", tmp_path)
    assert played == 0 and data.endswith(b'{"true": 1}')


def test_what_changes_something_is_done_before_it_is_answered(tmp_path: Path) -> None:
    case = ALL["delete/no-http"]
    data, played = got(case, b"DELETE /v1.44/containers/x HTTP/1.1\r\nHost: x\r\n\r\n", tmp_path)
    assert played == 1 and not data.startswith(b"HTTP")
