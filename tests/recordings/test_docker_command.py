"""The docker command line, recorded against a real engine, replays green on that engine and on the stand-in."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.core.suite import suite
from tests.recordings.recorded import recorder, replayed

ENGINE = os.environ.get("ENGINE_SOCKET", "")
WITHIN = 60  # seconds for one command
# A command line, what it reads, and its exit code.
COMMANDS = (
    ("pull -q alpine:latest", "", 0),
    ("run -i --rm alpine:latest sh", "echo out; echo err >&2; exit 3\n", 3),
    ("run -i --name one-of-mine alpine:latest cat", "to and fro\n", 0),
    ("rm one-of-mine", "", 0),
    (
        "run -d --name talker-of-mine alpine:latest sh -c 'for n in 1 2 3; do echo line $n; sleep 1; done; sleep 3'",
        "",
        0,
    ),
    ("exec talker-of-mine sh -c 'echo inside; echo bad >&2; exit 4'", "", 4),
    ("exec -i talker-of-mine cat", "typed\n", 0),
    ("logs -f talker-of-mine", "", 0),
    ("rm -f talker-of-mine", "", 0),
)


@pytest.mark.engine
@pytest.mark.skipif(not ENGINE, reason="ENGINE_SOCKET names no Docker Engine (python -m tests.engine up --dir DIR)")
def test_what_the_docker_command_does_replays_on_engine_and_standin(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("d")
    docker = Path(ENGINE).parent / "root" / "usr" / "bin" / "docker"
    with recorder(folder, Path(ENGINE), folder / "own" / "docker.jsonl") as socket:
        for line, typed, code in COMMANDS:
            words = [str(docker), "-H", f"unix://{socket}", *shlex.split(line)]
            done = subprocess.run(words, input=typed, text=True, capture_output=True, timeout=WITHIN, check=False)
            assert done.returncode == code, f"docker {line}: {done.stdout}{done.stderr}"
    for target in (f"socket={ENGINE}", "target=standin"):
        with suite() as made:
            ran = replayed(made, folder / "own", "-D", target)
            assert ran.verdicts == {"RUN-30": "passed"}, f"{target}: {ran.out}"
