"""What the notes, and real builds, ask for beyond TST-010's criteria: N-1 to N-7.

Each raises ``AssertionError`` where the daemon did otherwise, and ``NotJudged`` where what it needs is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamcrest import less_than_or_equal_to

from support import expectations as common
from support.api.recording import Exchange
from support.container import EXITED, RUNS, status_of
from support.ecs import expectations as expected
from support.ecs.moments import BEFORE_STOP
from support.matchers import assert_that, has_json, is_refusal, no_problems
from support.run import ANSWER_SLACK
from support.thing import succeeded
from support.verdicts import NotJudged

if TYPE_CHECKING:  # boto3 is big, and these are imported with the steps of every run
    from collections.abc import Callable, Mapping, Sequence

    from support.ecs.container import EcsContainer
    from support.ecs.containers import Containers
    from support.ecs.ending import Stopping
    from support.ecs.execution import Execution
    from support.ecs.failing import FailingContainer


def ran_until_stop(stopping: Stopping) -> None:
    """N-7: it was running right before its stop."""
    assert_that(stopping.container.at(BEFORE_STOP), common.has_status(stopping.container, RUNS))


def execs_have_no_exit_code(executions: Sequence[Execution]) -> None:
    """N-6: before its start an exec does not run, and has no exit code."""
    for each in executions:
        each.must_be_there()
        assert_that(each.before_start(), expected.has_not_run(each))


def is_refused_within(refusal: Exchange, seconds: float) -> None:
    """N-1: an error, in Docker's form, in so many seconds and what an answer takes."""
    assert_that(refusal, is_refusal())
    assert_that(refusal.done_after, less_than_or_equal_to(seconds + ANSWER_SLACK), exchange=refusal)


def fails(container: FailingContainer, success: int) -> None:
    """N-4: its start is answered by an error, or it exits with another code than that of success."""
    if succeeded(container.refusal()):
        assert_that(container.outcome(), expected.has_failed(container, success))
    else:
        assert_that(container.refusal(), is_refusal())


def is_not_left_running(container: FailingContainer) -> None:
    """N-1, N-4: nothing of it runs, in the daemon or in AWS, once its end has had time; nor does it later."""
    assert_that(container.left_running(), no_problems("nothing of it that runs"), exchange=container.refusal())


def states_match(containers: Containers, allowed: Mapping[str, str]) -> None:
    """N-2: each status of a task is reported as this state, and no other."""
    assert_that(containers.log.problems(allowed), no_problems("the states of the table"))


def must_have_been_observed(containers: Containers) -> None:
    """Raises ``NotJudged`` where no container was seen to run, or none to exit."""
    seen = containers.log.states()
    if not {RUNS, EXITED} <= seen:
        raise NotJudged(f"no container was seen to run and to exit, but {', '.join(sorted(seen)) or 'none at all'}")


def have_exit_codes_of_tasks(containers: Containers) -> None:
    """N-2: what has exited has its task's exit code. Raises ``NotJudged`` where nothing has, or AWS has no code."""
    judged = 0
    for container, end in containers.ends():
        codes = [task.exit_code for task in container.tasks() if task.status == "STOPPED"]
        seen = _unless_unseen(end)
        if seen is not None and status_of(seen) == EXITED and codes and codes[-1] is not None:
            judged += 1
            assert_that(seen, has_json("State.ExitCode", codes[-1]))
    if not judged:
        raise NotJudged("no container was seen to have exited whose task's exit code AWS has")


def _unless_unseen(end: Callable[[], Exchange]) -> Exchange | None:
    """An end that was seen; one that was not is the matter of the criterion that asks for it."""
    try:
        return end()
    except (AssertionError, NotJudged):
        return None


def must_have_ended(container: EcsContainer) -> None:
    """Raises ``NotJudged`` where its end was neither reported by the daemon nor seen in AWS."""
    try:
        container.own_end()
    except AssertionError as error:
        if not container.has_stopped():
            raise NotJudged(f"{container} was not seen to have ended: {error} (TST-010-AC-06)") from None
