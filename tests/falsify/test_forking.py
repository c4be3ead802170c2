"""Runs are processes of their own: with the environment that they are given and nothing else, ended on demand."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from falsify.forking import Suite, own_run
from support.waiting import Seen, done, not_yet, until
from tests.falsify.daemon import WITHIN


async def test_a_run_has_its_own_environment_console_and_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKERLESS_API_VERSION", "the caller's own")
    for name in ("one", "two"):
        suite = Suite(("--tags=@gitlab",), {"SOCKERLESS_SOCKET": f"/no/such/{name}.sock"}, tmp_path / name)
        assert await suite.ended(WITHIN) == 2
        printed = (tmp_path / name).read_text()
        assert f"/no/such/{name}.sock" in printed
        assert printed.count("\n") == 1


def serves(console: Path) -> Seen[bool]:
    printed = console.read_text()
    return done(True) if "answers on" in printed else not_yet(printed)


async def test_a_run_that_goes_on_is_ended(tmp_path: Path) -> None:
    console = tmp_path / "console"
    console.touch()
    suite = Suite(("serve", "--socket", str(tmp_path / "socket")), {}, console)
    with pytest.raises(TimeoutError):
        await suite.ended(0.1)
    await asyncio.to_thread(until, lambda: serves(console), "it to serve", WITHIN)
    assert suite.is_running
    suite.terminate()
    assert await suite.ended(WITHIN) == 0
    assert not suite.is_running


def test_a_run_that_the_suite_makes_of_itself_says_what_it_printed(tmp_path: Path) -> None:
    path = str(tmp_path / "no.sock")
    code, printed = own_run(("--tags=@gitlab",), {"SOCKERLESS_SOCKET": path}, WITHIN)
    assert code == 2
    assert path in printed
    assert printed.count("\n") == 1


def test_runs_that_end_while_others_begin_keep_their_exit_codes() -> None:
    def code(number: int) -> int:
        return own_run(("--help" if number % 2 else "--no-such-option",), {}, WITHIN)[0]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(code, range(40))) == [2, 0] * 20


def test_a_run_that_the_suite_makes_of_itself_is_ended_at_its_deadline(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with pytest.raises(TimeoutError, match=r"it goes on after 3 s"):
        own_run(("serve", "--socket", str(path)), {"TMPDIR": str(tmp_path)}, 3.0)
    until(lambda: is_deserted(path), "nobody to serve", WITHIN)


def is_deserted(path: Path) -> Seen[bool]:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return done(True)
    return not_yet("it answers")
