"""The pictures of docs/reports.md, of real runs. ``ACCEPTANCE_SCREENSHOTS=docs ENGINE_SOCKET=…`` makes them anew."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.settings import ROOT
from tests.report.browser import PROGRAM, Browser

ENGINE = os.environ.get("ENGINE_SOCKET", "")
FOLDER = os.environ.get("ACCEPTANCE_SCREENSHOTS", "")
SOCKET = Path(tempfile.gettempdir()) / "docker.sock"  # leads to the engine's: pictures name no folder of a machine
RUNS = {
    "green": (0, "ACCEPTED: 40 of 40 criteria hold", ["--tags=@gitlab or @ecs", "-D", "target=standin"]),
    "violated": (1, "NOT ACCEPTED: 2 of 22 judged criteria violated", ["--tags=@gitlab", "-D", f"socket={SOCKET}"]),
    "not-judged": (
        3,
        "INCOMPLETE: 14 of 40 judged, all hold",
        ["--tags=@gitlab", "-D", "target=standin", "-D", "service_image=registry.example/postgres:99"],
    ),
}
SIZES = {"": (1280, 900, False), "-phone": (390, 844, False), "-dark": (1280, 900, True)}
pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="no chromium is on PATH (Debian: apt-get install chromium)"),
    pytest.mark.skipif(not FOLDER, reason="ACCEPTANCE_SCREENSHOTS names no folder for the pictures"),
]


@pytest.fixture
def socket() -> Iterator[None]:
    SOCKET.symlink_to(ENGINE or os.devnull)
    yield
    SOCKET.unlink()


@pytest.mark.usefixtures("socket")
@pytest.mark.parametrize("name", RUNS)
def test_the_page_of_a_real_run_is_pictured(name: str, tmp_path: Path) -> None:
    if name == "violated" and not ENGINE:
        pytest.skip("ENGINE_SOCKET names no Docker Engine (python -m tests.engine up --dir DIR)")
    code, verdict, arguments = RUNS[name]
    argv = [sys.executable, "-P", "-m", "support", "-D", f"reports={tmp_path / 'reports'}", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert (
        subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, timeout=600, check=False).returncode
        == code
    )
    browser = Browser(tmp_path / "chromium")
    try:
        for suffix, (width, height, dark) in SIZES.items():
            browser.open(tmp_path / "reports" / "acceptance.html", width=width, height=height, dark=dark)
            assert browser.evaluate("document.querySelector('h1').textContent") == verdict
            assert browser.evaluate("document.documentElement.scrollWidth") == width
            browser.screenshot(ROOT / FOLDER / f"page-{name}{suffix}.png")
        assert browser.complaints() == []
    finally:
        browser.close()
