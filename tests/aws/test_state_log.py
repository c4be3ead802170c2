"""N-02's evidence: which status a task had, and which of the daemon's states is forgiven."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from support.aws.fargate import Task
from support.ecs.state_log import Observation, StateLog

STARTED, STOPPED = 1000.0, 2000.0


def test_a_status_is_that_of_the_last_description_before():
    task = Task("arn:task/1", {}, {}, [("PENDING", 1.0), ("RUNNING", 2.0)])
    assert [task.status_at(moment) for moment in (0.5, 1.0, 1.9, 2.0, 9.0)] == [*["PENDING"] * 3, *["RUNNING"] * 2]


def observation(state: str, at: float, **times: float) -> Observation:
    times_ = {name: datetime.fromtimestamp(moment, UTC) for name, moment in times.items()}
    return Observation(None, Task("arn:task/1", times_, {}), "any", state, at, at, 0.0)


@pytest.mark.parametrize(
    ("state", "at", "is_true"),
    [
        ("created", 999.0, True),
        ("created", 1004.0, True),  # the daemon may ask AWS only so often
        ("created", 1006.0, False),
        ("running", 997.0, False),
        ("running", 998.5, True),  # AWS's clock may be behind
        ("running", 1500.0, True),
        ("running", 2004.0, True),
        ("running", 2006.0, False),
        ("exited", 1997.0, False),
        ("exited", 2001.0, True),
        ("dead", 1500.0, False),
    ],
)
def test_a_state_is_forgiven_that_was_true_moments_before(state, at, is_true):
    assert observation(state, at, startedAt=STARTED, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0) is is_true


def test_what_never_ran_stays_created():
    assert observation("created", 9000.0, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0)
    assert not observation("running", 1500.0, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0)


def test_what_is_on_its_way_to_its_end_is_running_though_it_never_ran():
    failed = {"stoppingAt": STARTED, "stoppedAt": STOPPED}
    assert observation("running", 1500.0, **failed).was_true(behind=5.0, ahead=2.0)
    assert not observation("running", 990.0, **failed).was_true(behind=5.0, ahead=2.0)


@pytest.mark.parametrize(
    ("clock_ahead", "at", "is_told"), [(0.0, 999.5, True), (-3600.0, 999.5, False), (-3600.0, 998.5, True)]
)
def test_clocks_that_differ_are_compared_by_whole_seconds(clock_ahead, at, is_told):
    account = SimpleNamespace(endpoint="a simulator", clock_ahead=clock_ahead)
    log = StateLog(None, SimpleNamespace(account=account))
    seen = observation("running", at, startedAt=STARTED, stoppedAt=STOPPED)
    seen.task.record({**seen.task.seen, "lastStatus": "PENDING"}, at=1.0)
    log._observations.append(seen)
    assert bool(log.problems({"any": "created"})) is is_told
