"""A log's lines, whatever a runner wraps them in."""

import pytest

from support.coordinator.log import lines_of


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\n\r\n\ntwo  \n", ["one", "two"]),
        (b"\x1b[0KRunning on a host\n\x1b[32;1m$ echo x\x1b[0;m\nx\n", ["Running on a host", "$ echo x", "x"]),
        (b"section_start:1:step\r\x1b[0Kone\n", ["one"]),
        (b"2026-11-30T01:32:10.123456Z 00O one\n2026-11-30T01:32:11.0Z 01E two\n", ["one", "two"]),
        (b"2026-11-30T01:32:10.123456Z 00O on\n2026-11-30T01:32:11.123456Z 00O+e\n", ["one"]),
        (
            b"2026-11-30T01:32:10.1Z a line with a time of its own\n",
            ["2026-11-30T01:32:10.1Z a line with a time of its own"],
        ),
        (b"caf\xc3\xa9 \xff\n", ["café \ufffd"]),
    ],
)
def test_lines(log: bytes, lines: list[str]) -> None:
    assert lines_of(log) == lines
