"""Both documents side by side on one daemon: each part finds its own, and neither takes the other's away."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.aws.conftest import Served, serve
from tests.sweep.test_killed_runs import WITHIN, account, command

__all__ = ["serve"]


@pytest.mark.parametrize("tags", ["@TST-010-AC-11 or @TST-011-AC-12"])
def test_two_parts_share_daemon_and_account(serve: Callable[..., Served], tags: str) -> None:
    served = serve("--aws-others")
    before = account(served)
    out, err = (process := command(served, f"--tags={tags}")).communicate(timeout=2 * WITHIN)

    assert process.returncode == 0, out + err
    assert out.endswith("2 passed, 0 violated, 0 not judged, 0 skipped\n")
    assert {line.partition(" |")[0].strip() for line in err.splitlines()} == {"ecs_integration", "gitlab_runner"}
    report = json.loads((served.folder / "reports" / "outcomes.json").read_text())
    assert [o["id"] for f in report["features"] for o in f["outcomes"]] == ["TST-010-AC-11", "TST-011-AC-12"]
    assert account(served) == before
