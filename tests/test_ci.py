"""What .ci/run says of its parts: each is counted, and the table at the end shows the red one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
FUNCTIONS, _, PARTS = SCRIPT.partition("\npart 'prepare the machine'")
OURS = """
good() { echo '3 passed, 0 failed'; }
bad() { echo 'a line about the trouble'; echo '2 passed, 1 failed'; return 1; }
broken() { false; echo '9 passed, 0 failed'; }
silent() { true; }
part 'this is well' good
part 'this is not' bad
part 'this stops half-way' broken
part 'this says nothing' silent
conclude
"""


def test_a_red_part_is_found_at_a_glance(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_text(FUNCTIONS + OURS)
    ended = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1, ended.stderr
    said, _, table = ended.stdout.partition("== all parts\n")
    *rows, last = table.splitlines()
    assert [re.sub(r" +", " ", re.sub(r"\d+ s", "_", row)).strip() for row in rows] == [
        "ok 3 passed 0 failed _ this is well",
        "FAILED 2 passed 1 failed _ this is not",
        "FAILED 0 passed 1 failed _ this stops half-way",
        "FAILED 0 passed 1 failed _ this says nothing",
    ]
    assert last == "5 passed, 3 failed"
    assert "a line about the trouble" in said


def test_each_part_is_a_function_and_is_run_once() -> None:
    run = re.findall(r"^part (?:'[^']+'|\"[^\"]+\") (\w+)$", PARTS, re.M)
    assert len(run) == len(set(run)) == PARTS.count("\npart ")
    assert not [name for name in run if not re.search(rf"^{name}\(\) ", FUNCTIONS, re.M)]
    assert PARTS.rstrip().endswith("\nconclude")
