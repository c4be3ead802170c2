"""What CI asserts of the Fargate tasks that a run started."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.settings import ROOT
from tests.engine import fargate


def _suite(feature: str, tasks: int) -> str:
    said = f'<property name="fargate" value="{tasks} tasks started, 9 task-seconds"/>'
    return f'<testsuite name="{feature}"><properties>{said}</properties></testsuite>'


@pytest.mark.parametrize(("more", "code"), [(0, 0), (1, 1), (-10, 1)])
def test_each_tag_starts_some_tasks_and_no_more_than_the_page_says(tmp_path: Path, more: int, code: int) -> None:
    limits = fargate.at_most((ROOT / "docs" / "ecs.md").read_text(encoding="utf-8"))
    names = {
        "Sockerless runs containers as AWS ECS Fargate tasks": limits["ecs"],
        "What happens to containers behind a client's back is seen": limits["drift"],
        "GitLab Runner can use Sockerless as if it were Docker": limits["gitlab"] + more,
        "Recorded jobs of GitLab Runner are answered as Docker answered them": 2,
        "A daemon keeps what GitLab Runner's jobs rely on": limits["runner"] - 2,
        "A CI job ends as its user expects": limits["jobs"],
    }
    for number, (name, tasks) in enumerate(names.items()):
        (tmp_path / f"{number}.xml").write_text(_suite(name, tasks))
    assert fargate.main(str(tmp_path)) == code


def test_a_page_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say how many"):
        fargate.at_most("`@ecs` starts many")
