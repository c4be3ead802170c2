"""Whoever looks first brings it about; all others get the same, or the same error."""

from __future__ import annotations

import threading

import pytest

from support.once import once
from tests.core.fakes import PATIENCE


class Cast:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.made: list[str] = []
        self.seen: list[object] = []
        self.other = threading.Thread(target=lambda: self.seen.append(self.slow))
        self.interrupted = False

    @once
    def network(self) -> object:
        """The job's network."""
        self.made.append("network")
        return object()

    @once
    def container(self) -> tuple[str, object]:
        return ("on", self.network)

    @once
    def slow(self) -> object:
        self.made.append("slow")
        if len(self.made) == 1:
            self.other.start()
            self.other.join(0.1)  # who looks meanwhile waits, or brings it about once more
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


def test_it_is_brought_about_once_also_where_it_is_none() -> None:
    cast = Cast()
    assert cast.network is cast.network
    assert cast.nothing is cast.nothing is None
    assert cast.made == ["network", "nothing"]


def test_one_may_stand_on_another() -> None:
    cast = Cast()
    assert cast.container == ("on", cast.network)


def test_each_owner_has_its_own() -> None:
    assert Cast().network is not Cast().network


def test_a_thread_that_looks_meanwhile_gets_one_and_the_same() -> None:
    cast = Cast()
    slow = cast.slow
    cast.other.join(PATIENCE)
    assert cast.seen == [slow]
    assert cast.made == ["slow"]


def test_an_error_is_remembered_and_raised_to_everybody() -> None:
    cast = Cast()
    errors = []
    for _ in range(3):
        with pytest.raises(ValueError, match="no subnet is free") as caught:
            cast.broken  # noqa: B018
        errors.append(caught.value)
    assert errors[0] is errors[1] is errors[2]
    assert cast.made == ["broken"]


def test_ctrl_c_is_no_outcome() -> None:
    cast = Cast()
    with pytest.raises(KeyboardInterrupt):
        cast.broken_off  # noqa: B018
    assert cast.broken_off == "whole"


def test_it_keeps_its_documentation() -> None:
    assert Cast.network.__doc__ == "The job's network."
