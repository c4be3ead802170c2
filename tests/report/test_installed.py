"""The suite as it will lie in a wheel: in one folder that is first on sys.path, used from a folder of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.conftest import ROOT, Ran

CONTENT = ("behave.ini", "environment.py", "falsify", "features", "recordings", "standin", "steps", "support")
# As an installed command would, without .pth or PYTHONPATH.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from support.cli import run; sys.exit(run())"
# What the hooks, which every process of a run loads, say of the suite that they are run by.
SAYS = "\nimport support.report.runner\nprint('the suite of', support.report.runner.__file__)\n"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    package = tmp_path / "site-packages" / "sockerless_acceptance"
    package.mkdir(parents=True)
    for name in CONTENT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, package / name)
    with (package / "environment.py").open("a") as hooks:
        hooks.write(SAYS)
    return package


@pytest.fixture
def temporary() -> Iterator[str]:
    """A folder of its own, or a sweep finds others' runs; its path is short, for sockets are made in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def started(package: Path, folder: Path, temporary: str, *arguments: str) -> Ran:
    dropped = ("SOCKERLESS", "ACCEPTANCE", "AWS_", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    environment |= {"TMPDIR": temporary}
    ended = subprocess.run(
        [sys.executable, "-P", "-c", START, str(package), *arguments],
        cwd=folder,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    return Ran(folder, ended.returncode, ended.stdout, ended.stderr)


def test_what_a_user_has_is_in_the_folder_where_he_starts_it(installed: Path, temporary: str, tmp_path: Path) -> None:
    folder = tmp_path / "user"
    folder.mkdir()
    (folder / "acceptance.toml").write_text('target = "standin"\nreports = "out"\nhelper_image = "alpine:3"\n')
    before = sorted(installed.rglob("*"))

    ran = started(installed, folder, temporary, "--tags=@TST-011-AC-01 or @TST-010-AC-03")

    assert ran.code == 0, ran.out + ran.err
    assert "2 passed, 0 violated" in ran.out
    suites = [line.partition("the suite of ")[2] for line in ran.out.splitlines() if "the suite of" in line]
    assert set(suites) == {f"{installed}/support/report/runner.py"}
    assert sorted(path.name for path in folder.iterdir()) == ["acceptance.toml", "out"]
    assert {"acceptance.html", "junit", "outcomes.json", "ledger"} <= {path.name for path in (folder / "out").iterdir()}
    assert "alpine:3" in (folder / "out" / "outcomes.json").read_text()
    assert sorted(installed.rglob("*")) == before, "nothing is written where the code is"

    swept = started(installed, folder, temporary, "sweep")
    assert (swept.code, swept.err) == (0, "acceptance: nothing is left\n")
