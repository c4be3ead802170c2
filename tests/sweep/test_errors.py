"""Whatever one call of a sweep raises: nothing ends it, and a second sweep has nothing left to say."""

from __future__ import annotations

from typing import Any

import pytest

from support import folders
from support.api.client import DockerApi
from support.cleanup import leftovers, machine
from support.cleanup.ledger_file import LedgerFile
from tests.core.test_clean_up_errors import ERRORS, raising
from tests.sweep.conftest import DEAD, Scene
from tests.sweep.test_sweep import left_behind

_CALLS = 60  # more than a sweep of what is left here makes
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


@pytest.mark.parametrize("error", ERRORS[:5], ids=lambda error: type(error).__name__)
def test_each_call_to_the_daemon_in_turn(scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    truth, most = DockerApi.ask, 0
    for number in range(1, _CALLS):
        left_behind(scene)
        scene.ledger("dead000002", scene.there("volume", "cache-dead000002-0001", "dead000002"))
        scene.there("container", "build-e15e000000-0001", "e15e000000", Created=1e6)
        count = 0

        def ask(api: DockerApi, *given: Any, number: int = number) -> Any:
            nonlocal count, most
            count += 1
            most = max(most, count)
            if count == number:
                raise error
            return truth(api, *given)

        with monkeypatch.context() as broken:
            broken.setattr(DockerApi, "ask", ask)
            swept = scene.sweep("--yes", "-D", f"socket={scene.url}")
        assert len(scene.docker.names()) <= 1 + (number == 1), "of what is in no ledger one list knows"
        assert swept.code in (0, 1)
        assert scene.sweep("--yes", "-D", f"socket={scene.url}").code == 0
        assert scene.docker.names() == []
        if count < number:
            assert swept.code == 0
            break
    assert most < _CALLS - 1, "all calls were hit"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (leftovers, "open_target"),
        (LedgerFile, "drop"),
        (LedgerFile, "append"),
        (folders.shutil, "rmtree"),
        (machine, "_folders_of_daemons"),
        (leftovers.adoption, "runs_at"),
        (leftovers.adoption, "settled"),
        (leftovers.Ledger, "present"),
        (leftovers.Ledger, "clean_up"),
    ],
)
@each_error
def test_each_step_of_the_sweep(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: Exception
) -> None:
    left_behind(scene)
    folder = scene.folder("acceptance-x1")
    (folder / "inside").mkdir()
    scene.ledger("dead000002", {"folder": str(folder)})
    scene.folder("standin-x1", "./acceptance serve")
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, raising(error))
        swept = scene.sweep("--yes", "-D", f"socket={scene.url}")
    assert swept.code in (0, 1)
    assert "\x1b" not in swept.err
    assert scene.sweep("--yes", "-D", f"socket={scene.url}").code == 0
    assert (scene.docker.names(), folder.exists()) == ([], False)
    assert not (scene.reports / "ledger" / f"{DEAD}.jsonl").exists()
