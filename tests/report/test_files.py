"""Reports are whole or the ones before, private, and nobody's of an earlier run; a full disk costs none of that."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import files
from support.report import keeping
from support.report.earlier import EarlierReports
from support.report.publishing import Place
from support.verdicts import NotJudged, UsageError
from tests.report.conftest import Project
from tests.report.test_interrupts import wait_for

NAMES = (*keeping.NEWEST, "outcomes.json", "junit/acceptance-fine.xml")


@pytest.fixture
def wide_open() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def contents(project: Project) -> dict[str, str]:
    return {
        str(path.relative_to(project.reports)): path.read_text()
        for path in (project.reports, project.reports / "junit")
        for path in path.iterdir()
        if path.is_file()
    }


def test_only_files_that_nobody_writes_to_any_more_are_removed(tmp_path: Path) -> None:
    (evidence := tmp_path / "evidence").mkdir()
    (forgotten := evidence / ".exchanges.jsonl.123.new").write_text("{")
    (others := evidence / ".env.new").write_text("x")
    with files.whole_file(evidence / "summary.txt") as file:
        file.write("all of it")
        files.drop_unfinished(tmp_path)
    assert (evidence / "summary.txt").read_text() == "all of it"
    assert others.exists() and not forgotten.exists()


def test_a_file_is_whole_or_the_one_before(tmp_path: Path, wide_open: None) -> None:
    path = tmp_path / "report"
    files.write_whole(path, "first")
    with pytest.raises(ZeroDivisionError), files.whole_file(path) as file:
        file.write("half")
        file.flush()
        raise ZeroDivisionError
    assert path.read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_all_that_a_run_leaves_is_private(project: Project, wide_open: None) -> None:
    project.run("--tags=@TST-900-AC-02")
    found = [path for path in [project.reports, *project.reports.rglob("*")] if not path.is_symlink()]
    assert len(found) > 8
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_mistake_leaves_the_last_reports_as_they_are(project: Project) -> None:
    project.run("--tags=@fine")
    before = contents(project)
    assert set(NAMES) <= set(before)
    for mistake in (["--tags=@nobody"], ["--tags=@fine", "-D", "sockett=x"]):
        assert project.run(*mistake, FAIL="before_all:usage").code == 2
        assert contents(project) == before


def test_a_run_that_is_killed_leaves_no_older_reports(project: Project) -> None:
    project.run("--tags=@fine")
    process = project.start("--tags=@fine", FAIL="before_all:block")
    wait_for(project.folder / "blocking", process)
    process.send_signal(signal.SIGKILL)
    project.end(process)
    assert [name for name in contents(project) if not name.rpartition("/")[2].startswith(".")] == []

    project.run("--tags=@fine")
    assert set(contents(project)) == set(NAMES)


def test_reports_that_another_run_wrote_meanwhile_stay(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("older")
    earlier = EarlierReports()
    earlier.set_aside([page])
    page.write_text("of another run")
    assert earlier.put_back()
    assert page.read_text() == "of another run"
    assert [path.name for path in tmp_path.iterdir()] == ["page"]


def test_a_folder_that_cannot_hold_reports_is_found_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(NotJudged, match=r"cannot write to the reports folder /proc/reports: .*; set -D reports=DIR"):
        Place(Path("/proc/reports"), tmp_path).check()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot write to the reports folder .*/file: File exists"):
        Place(tmp_path / "file", tmp_path).check()
