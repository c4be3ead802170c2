"""A fake runner as a program, and a coordinator that serves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.coordinator.server import Coordinator
from tests.coordinator import fake_runner


@pytest.fixture
def coordinator() -> Iterator[Coordinator]:
    serving = Coordinator()
    serving.start()
    yield serving
    serving.close()


@pytest.fixture
def fake(tmp_path: Path) -> Callable[[str], str]:
    """Gives the path of a runner with a fault, or ``""`` for none."""

    def made(fault: str = "") -> str:
        path = tmp_path / "-".join(filter(None, ("gitlab-runner", fault)))
        path.write_text(f"#!{sys.executable}\n{Path(fake_runner.__file__).read_text()}")
        path.chmod(0o755)
        return str(path)

    return made
