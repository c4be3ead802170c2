"""What each criterion of TST-010 asks: one function per criterion, over the exchanges that were made and AWS's facts.

Each raises ``AssertionError`` where the daemon did otherwise, and ``NotJudged`` where what it needs is not there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hamcrest import equal_to, has_entries, has_item, less_than_or_equal_to

from support import expectations as common
from support.api.frames import STDERR, STDOUT, joined
from support.api.recording import Exchange
from support.container import EXITED
from support.ecs import expectations as expected
from support.ecs.moments import CREATED, DELETED, LATER, LONG_DELETED, STARTED, STOPPED
from support.matchers import answered, assert_each, assert_that, no_problems, wrote
from support.verdicts import NotJudged

if TYPE_CHECKING:  # boto3 is big, and these are imported with the steps of every run
    from collections.abc import Mapping, Sequence

    from support.ecs.container import EcsContainer
    from support.ecs.ending import Removal, Stopping
    from support.ecs.execution import Execution
    from support.ecs.lists import Listing, Lists
    from support.ecs.logs import Logs
    from support.ecs.suite_runs import SuiteRuns


def suite_runs_end_so(runs: SuiteRuns, expected_ends: Mapping[str, tuple[str, str, str]]) -> None:
    """AC-1, AC-2: each run of the suite ends with this verdict, exit code and cause."""
    for environment, end in expected_ends.items():
        assert_that(runs.of(environment).problems(*end), no_problems(f"{end}"), environment)


def is_placed(container: EcsContainer) -> None:
    """AC-2: its task runs where the variables say."""
    assert_that(container.misplacements(), no_problems("a task in that cluster, subnet and security group"))


def container_as_requested(container: EcsContainer) -> None:
    """AC-3: found by the given ID, by its beginning and in the list, as requested."""
    assert_that(container.as_created(), expected.container_as_asked(container))
    assert_that(container.by_prefix(), common.is_container(container))
    for listed in (container.list_at(CREATED), container.listed_by_id(CREATED)):
        if isinstance(listed.body, list):  # what is none is AC-9's and AC-10's matter
            assert_that(listed, common.lists(common.entry_of(container)))


def stays(container: EcsContainer) -> None:
    """AC-3: it is still there later: nobody asked for anything else."""
    assert_that(container.at(LATER), common.is_container(container))


def answers_within(exchanges: Sequence[Exchange], status: int, seconds: float) -> None:
    """AC-4: each answer is of this status, and came in so many seconds."""
    assert_each(exchanges, answered(status))
    for each in exchanges:
        assert_that(each.done_after, less_than_or_equal_to(seconds), exchange=each)


def block_until_running(containers: Sequence[EcsContainer]) -> None:
    """AC-4: when the start of each was answered its task was RUNNING, on Fargate."""
    for container in containers:
        wanted = no_problems("a start that is answered once the Fargate task runs")
        assert_that(container.start_problems(), wanted, exchange=container.start())


def has_status(container: EcsContainer, status: str) -> None:
    """AC-5: right after its start and later it has this status, in lists too."""
    container.must_run()
    for seen in (container.at(STARTED), container.at(LATER)):
        assert_that(seen, common.has_status(container, status))
    _list_agrees(container, LATER, status)


def _list_agrees(container: EcsContainer, moment: str, state: str) -> None:
    """A list of that moment which has the container says what its inspection says."""
    listed = container.list_at(moment)
    entry = container.entry_in(listed)
    if entry is not None:
        assert_that(entry, has_entries(State=state), exchange=listed)


def has_address_of_task(container: EcsContainer) -> None:
    """AC-5: its address is private, and its task's as far as AWS says which that is."""
    task = container.task()
    if not task.address:
        container.driver.note(f"not observable here: the private address of {task.history()}")
    for seen in (container.at(STARTED), container.at(LATER)):
        assert_that(seen, expected.has_address(task.address))


def has_exited(container: EcsContainer, code: int) -> None:
    """AC-6: it has exited with this code, and stays so, in lists too."""
    for seen in (container.own_end(), container.at(STOPPED)):
        assert_that(seen, common.has_exited(container, code))
    _list_agrees(container, STOPPED, EXITED)


def stops(stopping: Stopping) -> None:
    """AC-7, N-7: it exits and stays so, in lists too."""
    container = stopping.container
    for seen in (stopping.after(), container.at(STOPPED)):
        assert_that(seen, common.has_status(container, EXITED))
    _list_agrees(container, STOPPED, EXITED)


def tasks_stop(stopping: Stopping) -> None:
    """AC-7, N-7: its task stops in AWS as well, and stays so."""
    for running in (stopping.tasks_running_on(), stopping.tasks_running_again()):
        assert_that(running, no_problems("no task of it that still runs"), exchange=stopping.stop())


def is_unknown(removal: Removal) -> None:
    """AC-8: unknown by ID, by its beginning, by name and in the list, and it stays so."""
    container = removal.container
    assert_each([*container.gone_at(DELETED), *container.gone_at(LONG_DELETED)], answered(404))
    for listed in (container.list_at(DELETED), container.listed_by_id(DELETED)):
        if isinstance(listed.body, list):
            assert_that(listed, common.lists_none(common.entry_of(container)))


def definitions_are_inactive(removal: Removal) -> None:
    """AC-8: no task definition of it is ACTIVE any more, nor becomes so again."""
    for left in (removal.definitions(), removal.later_definitions()):
        assert_that(left, no_problems("no ACTIVE task definition of it"), exchange=removal.delete())


def is_listed_once(listings: Sequence[Listing]) -> None:
    """AC-9: once in all, with its image, its state and its name, and a second later as well."""
    for each in listings:
        assert_that(each.exchange, expected.lists_once(each))


def lists_only_labelled(lists: Lists) -> None:
    """AC-10: every container listed has the label."""
    for listed in lists.labelled():
        assert_that(listed, answered(200))
        assert_that(listed, expected.lists_only(lists.label))


def lists_in_state(lists: Lists, state: str) -> None:
    """AC-10: the one with the label is listed in this state, the other one is not listed."""
    for listed in lists.labelled():
        assert_that(listed, common.lists(common.full_entry_of(lists.running, state)))
        assert_that(listed, common.lists_none(common.entry_of(lists.other)))


def has_lines(logs: Logs) -> None:
    """AC-11, AC-12: every line that was written is there once, those of stdout in frames of stdout.

    CloudWatch does not know the streams apart, so lines of stderr may be in frames of either.
    """
    frames = expected.frames_of(logs.plain())
    out, err = (joined(frames, stream).split(b"\n") for stream in (STDOUT, STDERR))
    problems = [f"{line!r} is not once in a frame of stdout" for line in logs.stdout if out.count(line) != 1]
    if problems:
        _must_have_its_command(logs.container)
    problems += [f"{line!r} is not once in all" for line in logs.written if (out + err).count(line) != 1]
    assert_that(problems, no_problems("every line once, those of stdout in frames of stdout"), exchange=logs.plain())


def _must_have_its_command(container: EcsContainer) -> None:
    """Raises ``NotJudged`` where the daemon created it with another command, which writes other lines."""
    config = container.as_created().body.get("Config") if isinstance(container.as_created().body, dict) else None
    command = config.get("Cmd") if isinstance(config, dict) else None
    if isinstance(command, list) and command != container.plan.command:
        raise NotJudged(f"{container} has another command, {command} ({container.criterion})")


def has_no_line_of_its_own(logs: Logs) -> None:
    """AC-11, AC-12: further lines are there only where CloudWatch has them too.

    Raises ``NotJudged`` where there are some, and CloudWatch cannot be asked.
    """
    further = Counter(line.decode("utf-8", "replace") for line in logs.further())
    if not further:
        return
    events = Counter(message for _, message in logs.events())
    if logs.unseen:
        raise NotJudged(f"whether CloudWatch has {list(further)} cannot be seen: {'; '.join(logs.unseen)}")
    written = Counter(line.decode("utf-8", "replace") for line in logs.written)
    strange = [f"{line!r} was never written" for line in further - (events - written)]
    assert_that(strange, no_problems("no line that CloudWatch does not have"), exchange=logs.plain())


def cloudwatch_has(logs: Logs, line: str) -> None:
    """AC-11: CloudWatch has this line of the task, as far as it can be asked."""
    messages = [message for _, message in logs.events()]
    if not logs.unseen:
        assert_that(messages, has_item(line))


def has_frames(logs: Exchange) -> None:
    """AC-12: whole frames, with something in them."""
    assert_that([] if expected.frames_of(logs) else ["there is no frame at all"], no_problems("frames"), exchange=logs)


def is_stamped(logs: Logs) -> None:
    """AC-13: each line begins with an RFC 3339 timestamp, in order."""
    problems = expected.stamp_problems(expected.text_of(logs.stamped()))
    assert_that(problems, no_problems("a timestamp before each line, in order"), exchange=logs.stamped())


def is_unchanged_without_stamps(logs: Logs) -> None:
    """AC-13: behind the timestamps the lines that were written are those of the logs without them, in their order."""
    behind = expected.lines_of(expected.without_stamps(expected.text_of(logs.stamped())))
    plain = expected.lines_of(expected.text_of(logs.plain()))
    lines, unstamped = ([each for each in text if each in logs.written] for text in (behind, plain))
    assert_that(lines, equal_to(unstamped), exchange=logs.stamped())


def stamps_are_cloudwatchs(logs: Logs) -> None:
    """AC-13: each timestamp is CloudWatch's, as far as it can be asked, and a second request returns the same."""
    events = logs.events()
    if not logs.unseen:
        problems = expected.stamps_but(expected.text_of(logs.stamped()), events)
        assert_that(problems, no_problems("the times that CloudWatch has"), exchange=logs.stamped())
    assert_that(logs.stamped_again(), answered(200))
    gone = Counter(expected.lines_of(expected.text_of(logs.stamped()))) - Counter(
        expected.lines_of(expected.text_of(logs.stamped_again()))
    )
    changed = [f"{line!r} is another when asked for again" for line in gone]
    assert_that(changed, no_problems("the same timestamps again"), exchange=logs.stamped_again())


def exec_exists(execution: Execution) -> None:
    """AC-14: an inspection by the given ID shows it."""
    assert_that(execution.before_start(), expected.is_exec(execution))


def exec_writes(execution: Execution, line: str) -> None:
    """AC-15, N-5: the whole of its stdout is this line, and the stream ends."""
    assert_that(execution.start().exchange, answered(101))
    assert_that(execution.start(), wrote(f"{line}\n".encode()))


def exec_has_ended(execution: Execution, code: int) -> None:
    """AC-16, AC-17: it has ended with this exit code, and stays so."""
    for seen in (execution.after_end(), execution.long_after_end()):
        assert_that(seen, expected.has_ended_with(execution, code))
