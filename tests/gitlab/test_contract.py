"""What the contract's jobs are made of, where no daemon is needed to see it."""

from __future__ import annotations

import pytest

from support.gitlab.contract import scripts
from support.gitlab.contract.streams import Counted

PADDING = b"." * 994


def lines(*numbers: int) -> bytes:
    return b"".join(b"%d%s\n" % (number, PADDING) for number in numbers)


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_numbered_lines_are_counted_however_they_are_cut(size: int) -> None:
    counted, data = Counted(skip=5), b"skip\n" + lines(1, 2, 3)
    for at in range(0, len(data), size):
        counted(data[at : at + size])
    assert (counted.lines, counted.problem) == (3, "")


def test_the_first_line_out_of_order_is_named() -> None:
    counted = Counted()
    for number in (1, 2, 4, 3):
        counted(lines(number))
    assert counted.problem.startswith("line 3 is b'4...")
    assert counted.lines == 4


def test_the_script_in_a_command_has_what_daemons_change() -> None:
    assert len(scripts.DETECTION) == 400
    assert {"\n", "\t", "'", '"', "$", "#"} <= set(scripts.DETECTION)


def test_there_are_as_many_variables_as_a_job_has() -> None:
    values = list(scripts.VARIABLES.values())
    assert len(values) == 75
    assert "" in values and any("\n" in value for value in values)
