"""What is begun is known to the clean-up before a signal breaks off what goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.report.interrupts import Interrupts
from support.settings import ROOT
from support.signals import interruptible, state, uninterrupted


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    with Interrupts(tuple) as interrupts:
        yield interrupts
    state.first = 0


def interrupt(interrupts: Interrupts) -> None:
    interrupts._on_signal(15, None)


def test_what_is_uninterrupted_is_done_and_broken_off_right_after(interrupts: Interrupts) -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            with uninterrupted():
                interrupt(interrupts)
                done.append("began")
            done.append("armed")
        done.append("went on")

    with pytest.raises(KeyboardInterrupt):
        interrupts.breaking_off(work)
    assert done == ["began", "armed"]


def test_what_takes_long_within_is_broken_off(interrupts: Interrupts) -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            with uninterrupted():
                done.append("began")
            with interruptible():
                interrupt(interrupts)
                done.append("waited")

    with pytest.raises(KeyboardInterrupt):
        interrupts.breaking_off(work)
    assert done == ["began"]
    assert not state.is_open


def test_outside_of_what_may_be_broken_off_nothing_is(interrupts: Interrupts) -> None:
    with uninterrupted(), interruptible():
        interrupt(interrupts)
    assert interrupts.signal == 15
    with pytest.raises(KeyboardInterrupt):
        interrupts.breaking_off(int)


def test_a_process_that_is_broken_off_in_a_text_of_code_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("""
import os, sys
from support.report.interrupts import Interrupts
with Interrupts(tuple) as interrupts:
    try:
        interrupts.breaking_off(exec, "os.kill(os.getpid(), 15)\\nwhile True: pass", {"os": os})
    except KeyboardInterrupt:
        print("handled")
sys.exit(7)
""")
    # Only of what is run as a module does Python look, at the end, whether a Ctrl-C was handled.
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "broken"],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("handled\n", 7)
