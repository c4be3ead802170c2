"""Runs are processes of their own: with the environment that they are given and nothing else, ended when told to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.falsify.forking import Suite
from support.waiting import Seen, done, not_yet, until
from tests.falsify.daemon import WITHIN


async def test_a_run_has_its_own_environment_console_and_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKERLESS_API_VERSION", "the caller's own")
    for name in ("one", "two"):
        suite = Suite(("--tags=@gitlab",), {"SOCKERLESS_SOCKET": f"/no/such/{name}.sock"}, tmp_path / name)
        assert await suite.ended(WITHIN) == 2
        told = (tmp_path / name).read_text()
        assert f"/no/such/{name}.sock" in told
        assert told.count("\n") == 1


def serves(console: Path) -> Seen[bool]:
    told = console.read_text()
    return done(True) if "answers on" in told else not_yet(told)


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
