"""JUnit as GitLab and those who annotate on GitHub read it, and what the formatters of others hear of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from support.report import junit
from support.report.outcomes import Feature, Outcome, Report
from support.settings import ROOT, Settings
from support.verdicts import Verdict
from tests.report.conftest import Project, Ran

LINK = re.compile(r"\[\[ATTACHMENT\|(?P<path>[^\[\]|]+?)\]\]")  # as GitLab looks for it


def links(ran: Ran) -> dict[str, str]:
    """By criterion, where GitLab finds a file of the project."""
    found = {case.get("name", "").split()[0]: LINK.search(case.findtext("system-out", "")) for case in ran.cases()}
    return {criterion: match["path"] for criterion, match in found.items() if match}


def suite(*outcomes: Outcome, **properties: str) -> ET.Element:
    feature = Feature("Feature", outcomes=list(outcomes), properties=properties)
    return ET.fromstring(ET.tostring(junit._suite(Report("r1", features=[feature]), feature, Path())))


@pytest.mark.parametrize("variable", ["", "CI_PROJECT_DIR"])
def test_gitlab_links_to_the_evidence_of_what_did_not_pass(project: Project, variable: str) -> None:
    folder = project.folder.parent if variable else project.folder
    ran = project.run("--tags=@TST-900", **({variable: str(folder)} if variable else {}))

    bad = [case for case in ran.cases() if {"failure", "error"} & {each.tag for each in case}]
    assert bad
    assert set(links(ran)) == {case.get("name", "").split()[0] for case in bad}
    for criterion, path in links(ran).items():
        assert path.startswith(("project/reports/" if variable else "reports/") + "evidence/")
        assert (folder / path).read_text().startswith(criterion)


def test_there_is_no_link_to_what_is_not_in_the_project(project: Project, tmp_path: Path) -> None:
    elsewhere, brackets = tmp_path / "elsewhere", "reports [1]"
    elsewhere.mkdir()
    ran = project.run("--tags=@TST-900-AC-02", CI_PROJECT_DIR=str(elsewhere))
    assert links(ran) == {}
    said = ran.cases()[0].findtext("system-out", "")
    assert said.splitlines()[-1] == f"evidence: {ran.outcomes[0].evidence}"

    project.run("--tags=@TST-900-AC-02", "-D", f"reports={brackets}")
    (file,) = (project.folder / brackets / "junit").iterdir()
    assert "ATTACHMENT" not in file.read_text(), "GitLab ends the path at the first bracket"


@pytest.mark.parametrize("variable", ["CI_PROJECT_DIR", "GITHUB_WORKSPACE"])
def test_each_case_names_its_file_and_line_in_the_project(project: Project, variable: str) -> None:
    for variables, folder in (({}, project.folder), ({variable: str(project.folder.parent)}, project.folder.parent)):
        for case in project.run("--tags=@fine or @TST-900-AC-02", **variables).cases():
            lines = (folder / case.get("file", "")).read_text().splitlines()
            assert lines[int(case.get("line", "")) - 1].strip() == f"Scenario: {case.get('name')}"


def test_the_files_of_an_installed_suite_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", str(ROOT.parent))
    file = str(ROOT / "features" / "gitlab_runner.feature")
    assert junit._in_project(file) == f"{ROOT.name}/features/gitlab_runner.feature"
    monkeypatch.setattr(junit, "IS_CLONE", False)
    assert junit._in_project(file) == "features/gitlab_runner.feature"


@pytest.mark.parametrize(
    ("cause", "details", "text"),
    [
        ("it was refused", (), ["it was refused", "When x"]),
        ("Seen: 1 Expected: 2", ("Seen: 1", "Expected: 2"), ["When x", "Seen: 1", "Expected: 2"]),
        ("Seen: 1 Exp…; it was killed", ("Seen: 1", "Expected: 2", "it was killed"), None),
        ("the hook: it broke", ("it broke", "badly"), ["the hook: it broke", "When x", "it broke", "badly"]),
    ],
)
def test_the_cause_is_said_once(cause: str, details: tuple[str, ...], text: list[str] | None) -> None:
    failure = suite(Outcome("X-1", "One", Verdict.VIOLATED, cause, "When x", details)).find(".//failure")
    assert failure is not None
    assert failure.get("message") == cause
    assert (failure.text or "").splitlines() == (text or ["When x", *details])


def test_properties_are_those_that_somebody_set() -> None:
    properties = suite(**Settings().shown() | {"target": "x", "api_version": "1.41", "nobody": ""}).iter("property")
    assert {each.get("name"): each.get("value") for each in properties} == {
        "run": "r1",
        "target": "x",
        "api_version": "1.41",
    }


@pytest.mark.parametrize("tags", ["@TST-901-AC-02 or @TST-900-AC-05", "@TST-900-AC-09"])
def test_formatters_hear_of_what_was_selected_only(project: Project, tags: str) -> None:
    ran = project.run(f"--tags={tags}", "-f", "json", "-o", "behave.json", "-f", "listed:Listed", "-o", "listed.txt")

    wanted = sorted(case.get("name", "") for case in ran.cases())
    assert len(wanted) == 2
    features = json.loads((project.folder / "behave.json").read_text())
    said = [each["name"].strip() for feature in features for each in feature["elements"] if each["type"] == "scenario"]
    assert sorted(said) == wanted
    listed = (project.folder / "listed.txt").read_text().splitlines()
    assert sorted(each.strip() for each in listed) == wanted
