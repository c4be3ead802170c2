"""Page, summary and JSON: the newest, those of the runs before, and nothing that a mistake overwrites."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.report import history, keeping, summary
from support.report.model import run_report
from support.report.outcomes import Report
from support.report.publishing import Place
from support.verdicts import Verdict
from tests.report.conftest import Project
from tests.report.runs import HOSTILE, all_agreed, outcome, report, violated


def kept(reports: Path) -> list[str]:
    return sorted(path.name for path in (reports / "runs").iterdir())


def nth(number: int, *outcomes: object, **properties: str) -> Report:
    began = f"2030-01-{number // 24 + 1:02}T{number % 24:02}:00:00Z"
    return report(*(outcomes or (outcome("X-1"),)), run=f"{number:010x}", began=began, **properties)  # type: ignore[arg-type]


def mistake() -> Report:
    made = nth(2, outcome("X-1", Verdict.NOT_JUDGED))
    made.usage = "no such setting"
    assert made.exit_code == 2
    return made


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_newest_lies_on_top_and_each_run_in_its_folder(tmp_path: Path) -> None:
    for number in (1, 2):
        keeping.write(nth(number), tmp_path, {})
    assert kept(tmp_path) == ["0000000001", "0000000002"]
    names = ["acceptance.html", "acceptance.json", "junit", "run.json", "summary.md"]
    assert sorted(path.name for path in (tmp_path / "runs" / "0000000001").iterdir()) == names
    assert json.loads((tmp_path / "acceptance.json").read_text())["run"] == "0000000002"
    page = (tmp_path / "acceptance.html").read_text()
    assert 'href="runs/0000000001/acceptance.html"' in page
    assert 'href="../../runs/0000000001/acceptance.html"' in (tmp_path / "runs/0000000002/acceptance.html").read_text()


def test_the_last_thirty_of_each_target_are_kept_with_their_evidence(tmp_path: Path) -> None:
    keeping.write(nth(0, address="unix:///run/other.sock"), tmp_path, {})
    (tmp_path / "daemons").mkdir()
    for number in range(1, 34):
        (tmp_path / "evidence" / f"{number:010x}").mkdir(parents=True)
        (tmp_path / "daemons" / f"{number:010x}01-memory.log").touch()
        keeping.write(nth(number), tmp_path, {})
    wanted = {f"{number:010x}" for number in (0, *range(4, 34))}
    assert set(kept(tmp_path)) == wanted
    assert {path.name for path in (tmp_path / "evidence").iterdir()} == wanted - {"0" * 10}
    assert {path.name[:10] for path in (tmp_path / "daemons").iterdir()} == wanted - {"0" * 10}
    told = json.loads((tmp_path / "acceptance.json").read_text())["history"]
    assert [each["run"] for each in told] == [f"{number:010x}" for number in range(33, 3, -1)]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '"x"', '{"target": "unix:///run/s.sock"}', "[" * 100_000],
    ids=["cut", "list", "text", "short", "deep"],
)
def test_what_is_no_run_is_left_alone(tmp_path: Path, content: str) -> None:
    for name in ("0123456780", "mine"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text(content)
    keeping.write(nth(1), tmp_path, {})
    assert kept(tmp_path) == ["0000000001", "0123456780", "mine"]
    assert len(history.past_runs(tmp_path, "unix:///run/s.sock", "")) == 1


def test_a_run_that_names_another_folder_is_none(tmp_path: Path) -> None:
    keeping.write(nth(1), tmp_path, {})
    path = tmp_path / "runs" / "0000000001" / "run.json"
    path.write_text(path.read_text().replace("0000000001", "../../../etc"))
    assert history.past_runs(tmp_path, "unix:///run/s.sock", "") == []


def test_a_mistake_leaves_the_last_page_as_it_is(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / "junit")
    place.publish(nth(1))
    before = files(tmp_path)
    assert {tmp_path / name for name in keeping.NEWEST} < before.keys()
    place.set_earlier_aside()
    assert not {tmp_path / name for name in keeping.NEWEST} & files(tmp_path).keys()
    place.publish(mistake())
    assert files(tmp_path) == before


def test_a_mistake_is_said_where_no_page_was_and_is_no_run(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / "junit")
    place.set_earlier_aside()
    place.publish(mistake())
    assert {path.name for path in tmp_path.iterdir()} == {*keeping.NEWEST, "junit", "outcomes.json"}
    assert "there is no container" in (tmp_path / "summary.md").read_text()


def test_the_run_before_is_out_of_sight_once_another_is_there(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / "junit")
    place.publish(nth(1))
    place.set_earlier_aside()
    place.publish(nth(2))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert json.loads((tmp_path / "acceptance.json").read_text())["run"] == "0000000002"
    assert kept(tmp_path) == ["0000000001", "0000000002"]


def test_a_mistake_of_a_run_as_people_make_it(project: Project) -> None:
    project.run("--tags=@fine")
    page = (project.reports / "acceptance.html").read_bytes()
    assert project.run("--tags=@fien").code == 2
    assert project.run("--tags=@fine", FAIL="before_all:usage").code == 2
    assert (project.reports / "acceptance.html").read_bytes() == page


def test_githubs_summary_gets_it_by_itself(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "step.md"
    file.write_text("before\n")
    ran = project.end(project.launch("--tags=@fine or @TST-900-AC-02", GITHUB_STEP_SUMMARY=str(file)))
    assert ran.code == 1
    assert file.read_text() == f"before\n{(project.reports / 'summary.md').read_text()}\n"


def test_the_summary_says_what_the_page_says_first() -> None:
    run = run_report(
        report(
            *all_agreed(TST_011_AC_12=Verdict.VIOLATED, TST_010_AC_01=Verdict.NOT_JUDGED),
            outcome("RUN-31", Verdict.SKIPPED, cause="no cloud"),
        ),
        [],
        {},
    )
    text = summary.markdown(run)
    assert text.startswith("## NOT ACCEPTED: 1 of 39 judged criteria violated\n\nTarget: `Sockerless 0.9.0")
    assert "| **Agreed criteria** | 40 | 38 | 1 | 1 | 0 |" in text
    assert "- **TST-011-AC-12** A rule that holds\n  - Step: `Then its stdout is" in text
    assert r"  - Expected: `stdout b'build-output\n'`" in text
    assert "- `there is no container` (1 not judged for this, an agreed criterion): `TST-010-AC-01`" in text
    assert "- 1: `no cloud`" in text
    assert "\n\n\n\n" not in text


def test_the_summary_has_the_caution_above_the_headline() -> None:
    text = summary.markdown(run_report(report(*all_agreed(), caution="Another"), [], {}))
    assert text.startswith("> **Another**\n\n## ACCEPTED")
    assert text.count("Another") == 1


def test_nothing_in_the_summary_is_taken_for_a_mark() -> None:
    text = summary.markdown(
        run_report(report(violated("X-1", title=HOSTILE, notes=(HOSTILE,)), target=HOSTILE, caution=HOSTILE), [], {})
    )
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(|[@#][\w]|\x1b|\u202e", bare)


@pytest.mark.parametrize("text", ["`", "``", "a`b", "`a`", "```x``", "plain"])
def test_code_holds_whatever_ticks_are_in_it(text: str) -> None:
    shown = summary.code(text)
    fence = re.match("`+", shown)
    assert fence is not None
    inside = shown[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in inside
    assert inside.strip() == text


def test_the_summary_fits_a_note() -> None:
    outcomes = [violated(f"X-{n}", title="t" * 300) for n in range(500)]
    outcomes += [outcome(f"Y-{n}", Verdict.NOT_JUDGED, cause=f"cause {n} " + "c" * 280) for n in range(500)]
    text = summary.markdown(run_report(report(*outcomes), [], {}))
    assert 5_000 < len(text) <= summary.LONGEST
    assert "and 475 more" in text
