"""N-02's evidence: which status a task surely had while the daemon was asked, and which word is forgiven."""

from datetime import UTC, datetime

import pytest

from support.aws.fargate import Look, Task
from support.ecs.mapping import Sighting

STARTED, STOPPED = 1000.0, 2000.0


def looked_at(*looks: tuple[str, float, float]) -> Task:
    return Task("arn:task/1", {}, {}, [Look(*look) for look in looks])


@pytest.mark.parametrize(
    ("looks", "status"),
    [
        ([("PENDING", 0.0, 1.0), ("PENDING", 4.0, 5.0)], "PENDING"),
        ([("PENDING", 0.0, 1.0), ("RUNNING", 2.2, 2.4), ("PENDING", 4.0, 5.0)], ""),
        ([("PENDING", 0.0, 1.0), ("RUNNING", 4.0, 5.0)], ""),
        ([("PENDING", 0.0, 2.5), ("PENDING", 4.0, 5.0)], ""),  # its answer may be younger than the daemon's
        ([("PENDING", 0.0, 1.0), ("PENDING", 2.5, 5.0)], ""),  # and this one older
        ([("PENDING", 0.0, 1.0)], ""),
        ([("RUNNING", 0.0, 0.5), ("STOPPED", 1.0, 1.5)], "STOPPED"),
        ([], ""),
    ],
)
def test_a_status_counts_that_was_the_same_before_and_after(looks, status):
    assert looked_at(*looks).status_during(2.0, 3.0) == status


def sighting(state: str, at: float, **times: float) -> Sighting:
    told = {name: datetime.fromtimestamp(moment, UTC) for name, moment in times.items()}
    return Sighting(Task("arn:task/1", told, {}), "any", state, at)


@pytest.mark.parametrize(
    ("state", "at", "is_true"),
    [
        ("created", 999.0, True),
        ("created", 1004.0, True),  # the daemon may look at AWS only so often
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
def test_a_word_is_forgiven_that_was_true_moments_before(state, at, is_true):
    assert sighting(state, at, startedAt=STARTED, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0) is is_true


def test_what_never_ran_stays_created():
    assert sighting("created", 9000.0, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0)
    assert not sighting("running", 1500.0, stoppedAt=STOPPED).was_true(behind=5.0, ahead=2.0)
