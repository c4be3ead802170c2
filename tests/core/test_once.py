"""Whoever asks first makes the exchange; all others get the same, or the same error."""

from __future__ import annotations

import threading

import pytest

from support.once import once
from tests.core.fakes import PATIENCE


class Job:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.made: list[str] = []
        self.seen: list[object] = []
        self.other = threading.Thread(target=lambda: self.seen.append(self.slow()))
        self.interrupted = False

    @once
    def network(self) -> object:
        """The job's network."""
        self.made.append("network")
        return object()

    @once
    def container(self) -> tuple[str, object]:
        return ("on", self.network())

    @once
    def slow(self) -> object:
        self.made.append("slow")
        if len(self.made) == 1:
            self.other.start()
            self.other.join(0.1)  # who asks meanwhile waits, or brings it about once more
        return object()

    @once
    def nothing(self) -> None:
        self.made.append("nothing")

    @once
    def broken(self) -> str:
        self.made.append("broken")
        raise ValueError("no subnet is free")

    @once
    def broken_off(self) -> str:
        if not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt
        return "whole"


def test_it_is_made_once_also_where_it_is_none() -> None:
    job = Job()
    assert job.network() is job.network()
    assert job.nothing() is None
    assert job.nothing() is None
    assert job.made == ["network", "nothing"]


def test_one_may_need_another() -> None:
    job = Job()
    assert job.container() == ("on", job.network())


def test_each_owner_has_its_own() -> None:
    assert Job().network() is not Job().network()


def test_a_thread_that_looks_meanwhile_gets_one_and_the_same() -> None:
    job = Job()
    slow = job.slow()
    job.other.join(PATIENCE)
    assert job.seen == [slow]
    assert job.made == ["slow"]


def test_an_error_is_remembered_and_raised_to_everybody() -> None:
    job = Job()
    errors = []
    for _ in range(3):
        with pytest.raises(ValueError, match="no subnet is free") as caught:
            job.broken()
        errors.append(caught.value)
    assert errors[0] is errors[1] is errors[2]
    assert job.made == ["broken"]


def test_ctrl_c_is_no_outcome() -> None:
    job = Job()
    with pytest.raises(KeyboardInterrupt):
        job.broken_off()
    assert job.broken_off() == "whole"


def test_it_keeps_its_documentation() -> None:
    assert Job.network.__doc__ == "The job's network."
