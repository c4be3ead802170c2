"""A helper image is made once of the user's binary; where it is there already, nothing is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.api.client import DockerApi
from support.api.recording import Recorder
from support.cleanup.ledger import Ledger
from support.coordinator.helper_image import built
from support.verdicts import NotJudged
from tests.core.fakes import PATIENCE, Request, answer, answering, serving

MAKING = ["POST /images/create", "POST /containers/create", "PUT archive", "POST /commit", "DELETE"]


def _asked(folder: Path, image_is_there: bool, status: int = 201) -> tuple[str, list[str]]:
    """The image's name, and what was asked after the inspection of the image."""
    asked: list[str] = []

    def respond(request: Request) -> bytes:
        if request.path.startswith("/images/sockerless"):
            return answer(200 if image_is_there else 404, {"Id": "x"})
        last = request.path.rpartition("/")[2]
        short = {"PUT": f"PUT {last}", "DELETE": "DELETE"}.get(request.method, f"{request.method} {request.path}")
        asked.append(short)
        return answer(status, {"Id": "a" * 64})

    helper = folder / "helper"
    helper.write_bytes(b"a program")
    with serving(answering(respond)) as server:
        api = DockerApi(server.endpoint, "1.44", Recorder(), PATIENCE)
        return built(api, Ledger.open(folder, server.endpoint.url), helper, PATIENCE), asked


def test_it_is_made_of_alpine_and_the_binary(tmp_path: Path) -> None:
    name, asked = _asked(tmp_path, image_is_there=False)
    assert name.startswith("sockerless-acceptance/gitlab-runner-helper:")
    assert asked == MAKING


def test_one_that_is_there_is_used(tmp_path: Path) -> None:
    made, _ = _asked(tmp_path, image_is_there=False)
    assert _asked(tmp_path, image_is_there=True) == (made, [])


def test_a_daemon_that_cannot_make_one_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(NotJudged, match=r"no image can be made with the helper that is given: .* -> 501"):
        _asked(tmp_path, image_is_there=False, status=501)
