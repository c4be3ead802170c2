"""What waits tell of themselves, on a terminal and elsewhere."""

from __future__ import annotations

import io
import threading

from support.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_come_after_10_20_40_seconds() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for second in range(90):
        progress.waiting("the service container to run", second, 120, "created (PENDING)")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "  waiting 10 s of 120 s for the service container to run: created (PENDING)"
    assert [line.split()[1] for line in lines] == ["10", "20", "40", "80"]


def test_the_next_wait_of_a_thread_starts_anew() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for elapsed in (15, 5, 11):
        progress.waiting("it", elapsed, 30, "")
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == ["15", "11"]


def test_a_terminal_shows_one_line_that_goes_away() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.waiting("the first", 0.5, 30, "created")
    assert stream.getvalue() == ""
    other = threading.Thread(target=progress.waiting, args=("the second", 2, 30, "pulling\x1b[2J\n"))
    other.start()
    other.join()
    progress.waiting("the first", 3, 30, "created")
    progress.clear()
    assert stream.getvalue() == (
        "\r\x1b[Kwaiting 2 s of 30 s for the second: pulling\\x1b[2J (and 1 more)"
        "\r\x1b[Kwaiting 3 s of 30 s for the first: created (and 1 more)"
        "\r\x1b[K"
    )
