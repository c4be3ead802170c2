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
broken() { echo 'it went well until here'; false; echo '9 passed, 0 failed'; }
silent() { true; }
long() {
    for number in $(seq 12); do echo "FAILED tests/test_x.py::test_$number - assert $(seq -s '✗' 400)"; done
    for number in $(seq 300); do echo "line $number of much"; done
    echo '2 passed, 1 failed'
    return 1
}
each() { cat "$BASH_SOURCE.said"; echo '2 passed, 1 failed'; return 1; }
part 'this is well' good
part 'this is not' bad
part 'this stops half-way' broken
part 'this says nothing' silent
part 'this says much' long
part 'this is said by each of our tools' each
conclude
"""
SAID = """\
tests/core/test_x.py F                                                                       [100%]
FAILED tests/core/test_x.py::test_it - AssertionError: it is not
support/x.py:3: error: Incompatible types in assignment  [assignment]
The core knows nobody BROKEN
TST-011-AC-12: passed was expected, since it is so, but it was violated: Seen: nothing
404 200  differs  a container is created                         POST /containers/create
           - status: 404 instead of 200
TST-011  caught      ✗···· ·····    3.1 s  a-lie-that-was-caught
TST-011  missed      M···· ·····    3.2 s  a-lie-that-was-missed
              missed TST-011-AC-01: passed
TST-011  missed      M···· ·····    3.2 s  a-lie-that-was-missed
"""


def test_a_red_part_is_found_at_a_glance(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_text(FUNCTIONS + OURS)
    script.with_name("run.said").write_text(SAID)
    ended = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1, ended.stderr
    said, _, end = ended.stdout.partition("== what failed\n")
    reasons, _, table = end.partition("== all parts\n")
    *rows, last = table.splitlines()
    assert [re.sub(r" +", " ", re.sub(r"\d+ s", "_", row)).strip() for row in rows] == [
        "ok 3 passed 0 failed _ this is well",
        "FAILED 2 passed 1 failed _ this is not",
        "FAILED 0 passed 1 failed _ this stops half-way",
        "FAILED 0 passed 1 failed _ this says nothing",
        "FAILED 2 passed 1 failed _ this says much",
        "FAILED 2 passed 1 failed _ this is said by each of our tools",
    ]
    assert last == "9 passed, 5 failed"
    assert "a line about the trouble" in said

    by_part = {
        name: [line.strip() for line in lines.splitlines()]
        for name, lines in re.findall(r"^   (\S.*)\n((?:      .*\n|\n)*)", reasons, re.M)
    }
    assert list(by_part) == [row.strip().rpartition(" s  ")[2] for row in rows[1:]]
    assert by_part["this is not"] == ["a line about the trouble"]
    assert by_part["this stops half-way"] == ["it went well until here"]
    *many, more = by_part["this says much"]
    assert [line.split(" ")[1] for line in many] == [f"tests/test_x.py::test_{number}" for number in range(1, 11)]
    assert more == "… and 2 more"
    assert max(map(len, reasons.splitlines())) <= 300
    told = [line.strip() for line in SAID.splitlines()]
    assert by_part["this is said by each of our tools"] == [*told[1:7], *told[8:10]]


def test_each_part_is_a_function_and_is_run_once() -> None:
    run = re.findall(r"^part (?:'[^']+'|\"[^\"]+\") (\w+)$", PARTS, re.M)
    assert len(run) == len(set(run)) == PARTS.count("\npart ")
    assert not [name for name in run if not re.search(rf"^{name}\(\) ", FUNCTIONS, re.M)]
    assert PARTS.rstrip().endswith("\nconclude")
