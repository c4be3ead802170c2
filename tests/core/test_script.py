"""A job is a list of acts: reduced to what is wanted and what that needs, performed in its order, whatever fails."""

from __future__ import annotations

import threading

import pytest

from support.script import Act, Performance, reduced
from support.verdicts import NotJudged
from tests.core.fakes import PATIENCE


class Job:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.gate = threading.Event()


def act(makes: str, *serves: str, needs: tuple[str, ...] = ()) -> Act[Job]:
    return Act(makes, serves, lambda job: job.done.append(makes), needs)


SCRIPT = (
    act("network", "AC-4"),
    act("service", "AC-6", needs=("network",)),
    act("build", "AC-9", needs=("network",)),
    act("build started", "AC-11", needs=("build",)),
    act("network deleted", "AC-19", needs=("build started",)),
)


def names(acts: list[Act[Job]]) -> list[str]:
    return [each.makes for each in acts]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ((), []),
        (("AC-4",), ["network"]),
        (("AC-11",), ["network", "build", "build started"]),
        (("AC-19", "AC-6"), ["network", "service", "build", "build started", "network deleted"]),
    ],
)
def test_it_is_reduced_to_what_is_wanted_and_what_that_needs(wanted: tuple[str, ...], left: list[str]) -> None:
    assert names(reduced(SCRIPT, wanted)) == left


def test_it_is_performed_in_its_order() -> None:
    job = Job()
    Performance(job, SCRIPT, {"AC-6", "AC-11"}).run()
    assert job.done == ["network", "service", "build", "build started"]


@pytest.mark.parametrize("error", [AssertionError("no"), NotJudged("there is no network")])
def test_an_act_that_fails_keeps_no_other_from_being_performed(error: Exception) -> None:
    def fail(_job: Job) -> None:
        raise error

    job = Job()
    performance = Performance(job, (Act("network", ("AC-4",), fail), *SCRIPT[1:]), {"AC-4", "AC-11"})
    performance.run()
    performance.wait_for("AC-4", PATIENCE, lambda: "")
    assert job.done == ["build", "build started"]


def test_who_waits_for_a_criterion_waits_for_its_acts_only() -> None:
    job = Job()
    script = (*SCRIPT[:1], Act("slow", ("AC-5",), lambda job: job.gate.wait(PATIENCE)))
    performance = Performance(job, script, {"AC-4", "AC-5"})
    thread = threading.Thread(target=performance.run)
    thread.start()
    performance.wait_for("AC-4", PATIENCE, lambda: "")
    with pytest.raises(AssertionError, match=r"seen: its last call was #7 .*the job to reach AC-5"):
        performance.wait_for("AC-5", 0.05, lambda: "its last call was #7")
    job.gate.set()
    performance.wait_for("", PATIENCE, lambda: "")
    thread.join(PATIENCE)


def test_a_job_that_breaks_off_leaves_nobody_waiting() -> None:
    def break_off(_job: Job) -> None:
        raise KeyError("a bug of ours")

    performance = Performance(Job(), (Act("network", ("AC-4",), break_off), *SCRIPT[1:]), {"AC-11"})
    with pytest.raises(KeyError):
        performance.run()
    with pytest.raises(NotJudged, match="broke off when it came to 'network'"):
        performance.wait_for("AC-11", PATIENCE, lambda: "")
