"""What others include in their CI: the files are well formed, and their scripts leave what is to be published."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from support import cli
from support.settings import ROOT
from tests.package.conftest import Ended, run
from tests.report.test_junit import LINK

COMPONENT = ROOT / "templates" / "acceptance.yml"
ACTION = ROOT / "action.yml"
_CHECK = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
# A daemon that names no version of its API in its answer to a ping, and knows nothing.
CARELESS = """
import http.server, socketserver, sys
class Careless(http.server.BaseHTTPRequestHandler):
    address_string = lambda self: "a client"
    def do_GET(self):
        said = b"OK" if self.path.endswith("/_ping") else b'{"ApiVersion": "1.44", "MinAPIVersion": "1.24"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    do_POST = do_DELETE = do_GET
socketserver.ThreadingUnixStreamServer(sys.argv[1], Careless).serve_forever()
"""
_INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")


def component(**inputs: str) -> tuple[str, dict[str, Any]]:
    """The name and the job that GitLab makes of the template with these inputs."""
    header, template = COMPONENT.read_text(encoding="utf-8").split("\n---\n")
    declared = yaml.safe_load(header)["spec"]["inputs"]
    assert set(_INPUT.findall(template)) == set(declared), "each input is used, and no other"
    missing = [name for name, each in declared.items() if "default" not in each and name not in inputs]
    assert not missing
    assert set(inputs) <= set(declared)
    values = {name: each.get("default", "") for name, each in declared.items()} | inputs
    jobs = {_filled(name, values): _filled(job, values) for name, job in yaml.safe_load(template).items()}
    assert len(jobs) == 1
    return jobs.popitem()


def _filled(value: Any, inputs: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, inputs) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, inputs) for each in value]
    return _INPUT.sub(lambda match: str(inputs[match[1]]), value) if isinstance(value, str) else value


def gitlab_runs(job: dict[str, Any], folder: Path) -> Ended:
    """The job's script, as a runner's shell has it."""
    assert all(each["expand"] is False for each in job["variables"].values()), "a $ in an input is the user's own"
    variables = {name: each["value"] for name, each in job["variables"].items()}
    return run(["sh", "-ec", "\n".join(job["script"])], folder, **variables, CI_PROJECT_DIR=str(folder))


def github_runs(inputs: dict[str, str], folder: Path, action: str, **environment: str) -> Ended:
    """The action's scripts, one step after another, as a runner has them."""
    described = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert set(inputs) <= set(described["inputs"])
    values = {name: each["default"] for name, each in described["inputs"].items()} | inputs
    variables = {"RUNNER_TEMP": str(folder / "temp"), **environment}
    (folder / "temp").mkdir()
    ended = Ended(0, "", "")
    for step in described["runs"]["steps"]:
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "an input is a variable, never a part of the script"
            given = {name: evaluated(each, values, environment, action) for name, each in step["env"].items()}
            ended = run(["bash", "-eo", "pipefail", "-c", step["run"]], folder, **variables | given)
            if ended.code:
                break
    return ended


def evaluated(text: str, inputs: dict[str, str], environment: dict[str, str], action: str) -> str:
    """GitHub's expressions, as far as the action has any: a name, ``a || b``, and ``a == 'x' && 'y' || ''``."""

    def value(word: str) -> str:
        if word.startswith("'"):
            return word.strip("'")
        kind, _, name = word.partition(".")
        return {"inputs": inputs, "env": environment, "github": {"action_path": action}}[kind].get(name, "")

    def expression(match: re.Match[str]) -> str:
        condition, _, otherwise = match[1].partition(" || ")
        tested, _, then = condition.partition(" && ")
        if then:
            left, right = tested.split(" == ")
            return value(then) if value(left) == value(right) else value(otherwise)
        return value(condition) or (value(otherwise) if otherwise else "")

    return re.sub(r"\$\{\{ (.+?) \}\}", expression, text)


def check_published(folder: Path, patterns: list[str], criteria: int) -> None:
    """JUnit where the CI looks for it, and the page."""
    junit = [file for pattern in patterns for file in folder.glob(pattern)]
    cases = [case for file in junit for case in ET.parse(file).getroot().iter("testcase")]
    assert len([case for case in cases if case.find("skipped") is None]) == criteria
    assert "TST-011" in (folder / "reports" / "acceptance.html").read_text(encoding="utf-8")


def checked(schema: str, *files: Path) -> None:
    ended = subprocess.run(
        [*_CHECK, f"vendor.{schema}", *map(str, files)], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_files_are_as_gitlab_and_github_want_them(tmp_path: Path) -> None:
    header, _ = COMPONENT.read_text(encoding="utf-8").split("\n---\n")
    name, job = component(package=".")
    (tmp_path / "header.yml").write_text(header)
    (tmp_path / "job.yml").write_text(yaml.safe_dump({name: job}))
    checked("gitlab-ci", tmp_path / "header.yml", tmp_path / "job.yml", ROOT / ".gitlab-ci.yml")
    checked("github-actions", ACTION)
    checked("github-workflows", ROOT / ".github" / "workflows" / "acceptance.yml")


def test_a_broken_file_does_not_pass(tmp_path: Path) -> None:
    name, job = component(package=".")
    (tmp_path / "job.yml").write_text(yaml.safe_dump({name: job | {"artifacts": {"when": "sometimes"}}}))
    with pytest.raises(AssertionError, match="sometimes"):
        checked("gitlab-ci", tmp_path / "job.yml")


def test_our_own_pipelines_use_them() -> None:
    (included,) = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())["include"]
    assert ROOT / included["local"] == COMPONENT
    component(**included["inputs"])
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "acceptance.yml").read_text())
    (step,) = [each for each in workflow["jobs"]["acceptance"]["steps"] if each.get("uses") == "./"]
    assert set(step["with"]) <= set(yaml.safe_load(ACTION.read_text())["inputs"])


def test_the_readme_shows_inputs_that_there_are() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("## In your CI")[2].partition("\n## ")[0]
    gitlab, github = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.+?)```", shown, re.S))
    component(**gitlab["include"][0]["inputs"])
    assert set(github[0]["with"]) <= set(yaml.safe_load(ACTION.read_text())["inputs"])


def test_the_components_script_judges_a_daemon(index: None, wheel: Path, daemon: Path, tmp_path: Path) -> None:
    name, job = component(
        job="accept it", package=str(wheel), socket=str(daemon), tags="@TST-011-AC-01 or @TST-011-AC-04"
    )
    assert name == "accept it"
    ended = gitlab_runs(job, tmp_path)
    assert ended.code == 0, ended.out + ended.err
    artifacts = job["artifacts"]
    assert (artifacts["when"], artifacts["paths"]) == ("always", ["reports/"])
    check_published(tmp_path, [artifacts["reports"]["junit"]], 2)

    command = shlex.join([sys.executable, "-c", CARELESS, "{socket}"])
    _, job = component(package=str(wheel), command=command, tags="@TST-011-AC-01")
    assert gitlab_runs(job, tmp_path).code == 1
    (linked,) = (
        match for file in tmp_path.glob(artifacts["reports"]["junit"]) for match in LINK.finditer(file.read_text())
    )
    assert linked["path"].startswith(tuple(artifacts["paths"])), "GitLab finds it only among the job's artifacts"
    assert "TST-011-AC-01" in (tmp_path / linked["path"]).read_text()


def test_the_actions_scripts_judge_a_daemon(index: None, daemon: Path, tmp_path: Path) -> None:
    clone = str(ROOT)  # what github.action_path is: a checkout of this project
    ended = github_runs({"tags": "@TST-011-AC-01 or @TST-011-AC-04"}, tmp_path, clone, SOCKERLESS_SOCKET=str(daemon))
    assert ended.code == 0, ended.out + ended.err
    upload = yaml.safe_load(ACTION.read_text())["runs"]["steps"][-1]
    assert (upload["if"], upload["with"]["path"]) == ("always()", "reports/")
    check_published(tmp_path, ["reports/junit/*.xml"], 2)


def test_the_action_installs_the_stand_in_where_it_is_wanted() -> None:
    package = yaml.safe_load(ACTION.read_text())["runs"]["steps"][0]["env"]["PACKAGE"]
    assert evaluated(package, {"standin": "true"}, {}, "/there") == "/there[standin]"
    assert evaluated(package, {"standin": "false"}, {}, "/there") == "/there"


def test_the_hooks_of_pre_commit_are_checks_of_selftest() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [shlex.split(hook["entry"]) for hook in repo["hooks"]]
    assert {entry[0] for entry in entries} == {".venv/bin/python"}
    *checks, tests = (tuple(entry[1:]) for entry in entries)
    assert set(checks) <= set(cli._CHECKS.values())
    assert tests[:2] == ("-m", "pytest")
    assert all((ROOT / file).exists() for file in tests[2:])
