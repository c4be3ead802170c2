"""What a runner left is found by its name or its job's label, in lists that are not filtered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from support.cleanup.inventory import Note
from support.coordinator.left import cache_volume, is_kept, left_of
from support.verdicts import NotJudged

LABEL = {"com.gitlab.gitlab-runner.job.id": "7"}


class Api:
    """Answers what a test says, kind by kind."""

    def __init__(self, containers: Any, networks: Any, volumes: Any, status: int = 200) -> None:
        self._status = status
        self._answers = {"containers": containers, "networks": networks, "volumes": {"Volumes": volumes}}

    def ask(self, call: Any) -> Any:
        asked: list[str] = []
        call(SimpleNamespace(**{kind: lambda kind=kind, **_: asked.append(kind) for kind in self._answers}))
        return SimpleNamespace(
            status=self._status, body=self._answers[asked[0]], line=lambda: f"GET /{asked[0]} -> {self._status}"
        )


def test_by_name_and_by_label() -> None:
    api = Api(
        [
            {"Id": "1", "Names": ["/runner-rabc-project-1-concurrent-0-build"]},
            {"Id": "2", "Names": ["/elsewhere"], "Labels": LABEL},
            {"Id": "3", "Names": ["/runner-rabcd-project-1"], "Labels": {**LABEL, next(iter(LABEL)): "8"}},
        ],
        [{"Id": "4", "Name": "runner-rabc-1-0-7"}, {"Id": "5", "Name": "bridge", "Labels": None}],
        [{"Name": "runner-0123-cache-1", "Labels": LABEL}, {"Name": "of somebody", "Labels": {}}],
    )
    assert left_of(api, "rabc", 7) == [  # type: ignore[arg-type]
        Note("container", "runner-rabc-project-1-concurrent-0-build"),
        Note("container", "elsewhere"),
        Note("network", "runner-rabc-1-0-7"),
        Note("volume", "runner-0123-cache-1"),
    ]


def test_what_is_not_listed_cannot_be_judged() -> None:
    with pytest.raises(NotJudged, match="what a job left cannot be seen: GET /containers -> 500"):
        left_of(Api([], [], [], status=500), "rabc", 7)  # type: ignore[arg-type]


def test_the_cache_volume_is_kept_and_no_other() -> None:
    kept = cache_volume("rabc")
    assert kept == "runner-rabc-project-1-concurrent-0-cache-3c3f060a0374fc8bc39395164f415a70"  # as recorded
    assert is_kept(Note("volume", kept))
    assert is_kept(Note("volume", "runner-0123-cache-3c3f060a0374fc8bc39395164f415a70"))  # as version 19 names it
    assert not is_kept(Note("volume", "runner-rabc-project-1-concurrent-0-1f-cache-c33bcaa1fd2c77edfc3893b41966cea8"))
    assert not is_kept(Note("network", kept))
