"""What is begun is known to the clean-up before a signal breaks off what goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.report.interrupts import Interrupts
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
