"""Every command in README, CONTRIBUTING and docs/ is executed.

As it is written, but for the places that it names (sockets, binaries), and with what makes it short: one criterion of
those that it selects (``SHORTER``). ``NOT_HERE`` has those that cannot be executed in a test, each with the reason.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from support.settings import ROOT, Settings, load
from tests.chaos.meddling import Instead, Meddler
from tests.coordinator import fake_runner
from tests.package.conftest import daemon  # noqa: F401 - a fixture

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(ROOT.glob("docs/*.md")),
    ROOT / "recordings" / "README.md",
]
_WITHIN = 240.0  # seconds
_FENCE = re.compile(r"^```(?:console)?\n(.*?)^```$", re.M | re.S)
_PROGRAMS = (
    r"\./acceptance|sockerless-acceptance|\.ci/run|python|\.venv/bin/\S+|\. \.venv\S+|behave|pip|pipx|docker|jq|uv|curl"
)
_BEGINS = re.compile(rf"(?:[A-Z_]+=(?:'[^']*'|\S*) )*(?:{_PROGRAMS}|export)(?= |$)")

# What a command is made shorter with, by how it begins; the first that fits. An empty text leaves it as it is.
SHORTER = (
    (r"\./acceptance falsify", " --list"),
    (r"\./acceptance selftest --chaos", " --list"),
    (r"\./acceptance runner --runner", " --only @REAL-02"),
    (r"\./acceptance (doctor|status|config|sweep|--help|runner)\b", ""),
    (r".*--tags=@recorded", " --tags=@RUN-09"),
    (r".*--tags=@RUN-30", ""),
    (r".*--tags=@real-runner", " --tags=@REAL-02"),
    (r".*--tags=@TST-011-AC-12", ""),
    (r".*(\./acceptance|behave)\b", " --tags=@TST-011-AC-01"),
)
NOT_HERE = {
    r"\./acceptance selftest($| tests/)": "it runs all checks first, and this test is one",
    r"\./acceptance (record|runner)$": "it is only named there; what it takes is shown elsewhere",
    r"ACCEPTANCE_SCREENSHOTS=": "it needs Chromium and an engine; tests/report/test_screenshots.py is what it runs",
    r".*TST-011-N-28|.*info-other-version": "tests/test_worked_example.py executes these",
    r"\.ci/run": "it takes an hour, as root; tests/test_ci.py checks its parts",
    r"python -m tests\.pages": "it would change docs/; tests/test_readme.py compares what it writes with that",
    r"python -m benchmarks": "it measures for minutes",
    r"python -m tests\.engine": "it installs a Docker Engine, as .ci/run does",
    r"export AWS_PROFILE": "it needs an account of AWS; `config` is executed in its place",
    r"pipx? install": "tests/package installs the wheel with pip, with and without the extra; pipx calls pip",
    r"\.venv/bin/python -m pip install": "it needs a package index, and would change this environment",
    r"docker build|docker run": "it needs an engine and an image of Python; .ci/run builds and runs the Dockerfile",
    r"uv pip compile": "it needs a package index; tests/package compares the locks with one another",
    r"curl --form": "it needs a merge request of a GitLab",
    r"\. \.venv/bin/activate": "what follows it is executed in this environment",
}


def commands_in(text: str) -> list[str]:
    """All commands of a page: the lines of its blocks, and what stands between backticks."""
    found: list[str] = []
    for block in _FENCE.findall(text):
        lines = block.splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        shown = [re.split(r" +# ", line)[0].rstrip(" &") for line in prompted or lines]
        exported = [line for line in shown if line.startswith("export ")]
        found += ["; ".join([*exported, line]) for line in shown if line not in exported]
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    found += [" ".join(span.split()) for span in spans if " " in span.strip()]
    return [each for each in found if _BEGINS.match(each) and "…" not in each]


COMMANDS = sorted({command for page in PAGES for command in commands_in(page.read_text(encoding="utf-8"))})


def why_not(command: str) -> str:
    return next((why for begins, why in NOT_HERE.items() if re.match(begins, command)), "")


@dataclass
class Place:
    """A folder in which the commands find what they name."""

    folder: Path
    socket: Path
    url: str

    def here(self, command: str) -> str:
        """The command, with this folder's paths in place of those that it names."""
        meant = {
            "unix:///tmp/recorder.sock": f"unix://{self.socket}",
            "/run/user/1000/sockerless.sock": str(self.socket),
            "/var/run/sockerless.sock": str(self.socket),
            "/var/run/docker.sock": str(self.socket),
            "tcp://127.0.0.1:2375": self.url,
            "/tmp/": f"{self.folder}/",
            "/usr/bin/gitlab-runner": f"{self.folder}/bin/gitlab-runner",
            "--only ID": "--only ping-500",
            "--only NAME": "--only 'hostile/*/gzip-bomb'",
            "recordings=DIR": f"recordings={self.folder}/own",
        }
        return re.sub("|".join(map(re.escape, meant)), lambda match: meant[match[0]], command)

    def start(self, command: str, **environment: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SOCKERLESS", "AWS"))}
        inherited["PATH"] = f"{self.folder}/bin:{Path(sys.executable).parent}:{inherited['PATH']}"
        inherited |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder / "tmp")}
        return subprocess.Popen(
            ["sh", "-c", f"exec {command}" if command.startswith("./") else command],
            cwd=self.folder,
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, **environment: str) -> tuple[int, str]:
        process = self.start(command, **environment)
        try:
            said, _ = process.communicate(timeout=_WITHIN)
        finally:
            process.kill()
        return process.returncode, said


@pytest.fixture(scope="module")
def place(daemon: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:  # noqa: F811
    folder = tmp_path_factory.mktemp("here")
    for name in ("bin", "docs", "own", "tmp"):
        (folder / name).mkdir()
    (folder / "script").write_text("echo hello\n")
    shutil.copy(next((ROOT / "recordings").glob("RUN-09-*")), folder / "own")
    (folder / "OLD.json").write_text('{"trials": []}')
    (folder / "reports" / "falsify").mkdir(parents=True)
    slow = '{"id": "ping-500", "ran": {"seconds": 3.0, "verdicts": {}}}'
    (folder / "reports" / "falsify" / "results.json").write_text(f'{{"trials": [{slow}]}}')
    options = "while [ $# -gt 0 ]; do case $1 in --listen | --addr) socket=$2 ;; esac; shift; done"
    served = f'{options}\nexec {sys.executable} -P -m standin --socket "$socket"\n'
    for path, script in {
        "acceptance": f'exec {sys.executable} -P -m support "$@"\n',
        # A clone's own folder is where behave is started.
        "bin/behave": f'cd {ROOT} && exec {sys.executable} -m behave -D reports={folder}/reports "$@"\n',
        "bin/sockerless": served,
        "bin/sockerless-frontend": served,
        "bin/sockerless-backend": "exec sleep 600\n",
    }.items():
        (folder / path).write_text(f"#!/bin/sh\n{script}")
    runner = folder / "bin" / "gitlab-runner"
    runner.write_text(f"#!{sys.executable}\n{Path(fake_runner.__file__).read_text()}")
    for path in (folder / "acceptance", *(folder / "bin").iterdir()):
        path.chmod(0o755)
    port = Meddler(daemon, lambda *_: None)
    yield Place(folder, daemon, f"tcp://127.0.0.1:{port.listen()}")
    port.close()


RUN_HERE = [each for each in COMMANDS if not why_not(each)]
SERVING = re.compile(r"\./acceptance (serve|record) .*?(?:--socket|--listen) (\S+)")


@pytest.mark.parametrize(
    "command", [each for each in RUN_HERE if not SERVING.match(each) and not each.startswith(("jq", "docker"))]
)
def test_the_command_does_what_it_says(place: Place, command: str) -> None:
    shorter = next((more for begins, more in SHORTER if re.match(begins, command)), "")
    code, said = place.run(place.here(command) + shorter)
    assert code == 0, said
    if "--tags" in command + shorter or "--only @" in command + shorter:
        # A real runner's jobs are skipped on a stand-in that cannot isolate its containers.
        judged = "[01]" if "REAL" in command + shorter else "1"
        assert re.search(rf"\b{judged} passed, 0 violated, 0 not judged", said), said


@pytest.mark.parametrize("command", [each for each in RUN_HERE if SERVING.match(each)])
def test_what_serves_serves_until_it_is_ended(place: Place, command: str) -> None:
    command = place.here(command)
    match = SERVING.match(command)
    assert match
    kind, socket = match.groups()
    process = place.start(command)
    try:
        deadline = time.monotonic() + _WITHIN
        while not Path(socket).exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        code, said = place.run(f"./acceptance --tags=@TST-011-AC-01 -D socket={socket}")
        assert code == 0, said
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=_WITHIN)
    finally:
        process.kill()
    assert process.returncode == 0, said
    if kind == "record":
        assert re.search(r"\d+ calls are in \S+\.jsonl", said), said


def _older(_request: bytes, _method: str, target: str) -> Instead | None:
    answer = b"HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
    return Instead(answer) if target.endswith("/_ping") else None


@pytest.mark.skipif(not shutil.which("docker"), reason="there is no docker command here")
@pytest.mark.parametrize("command", [each for each in RUN_HERE if each.startswith("docker")])
def test_docker_runs_a_container_on_the_stand_in(place: Place, command: str) -> None:
    code, said = place.run(re.sub(r"unix://\S+", f"unix://{place.socket}", command).replace("<", f"<{place.folder}/"))
    assert (code, said.endswith("hello\n")) == (0, True), said


def test_jq_reads_the_report(place: Place) -> None:
    if not shutil.which("jq"):
        pytest.skip("there is no jq here")
    older = Meddler(place.socket, _older)
    code, said = place.run(f"./acceptance --tags=@TST-011-AC-01 -D socket=tcp://127.0.0.1:{older.listen()}")
    older.close()
    assert code == 1, said
    for command in [each for each in RUN_HERE if each.startswith("jq")]:
        code, said = place.run(command)
        assert code == 0, said
        assert said.strip(), command


def test_settings_for_ecs_are_taken(place: Place) -> None:
    (example,) = {each.rpartition("; ")[0] for each in COMMANDS if each.startswith("export AWS_PROFILE")}
    code, said = place.run(f"{example}; ./acceptance config")
    assert code == 0
    for value in ("ci", "subnet-1,subnet-2", "sg-1"):
        assert re.search(rf"^ecs_\w+ +{value} +\(SOCKERLESS_ECS", said, re.M), said


@pytest.mark.parametrize("begins", NOT_HERE)
def test_each_exception_is_needed(begins: str) -> None:
    assert any(re.match(begins, command) for command in COMMANDS)


OPTIONS = sorted(
    {each for page in PAGES for each in re.findall(r"-D ([a-z_]+=[^\s`]+)", page.read_text(encoding="utf-8"))}
)


@pytest.mark.parametrize("option", OPTIONS)
def test_each_setting_is_one_that_can_be_set_so(option: str) -> None:
    name, _, value = option.partition("=")
    if option in ("setting=value", "settings=FILE"):  # which stand for settings
        return
    assert name in {each.name for each in fields(Settings)}
    load({name: value.replace("'", "")}, {})
