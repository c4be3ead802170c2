"""Work with AWS does not grow with the account; what is ours is found in a large one too."""

from __future__ import annotations

import pytest

from standin.aws.setup import add_foreign
from support.aws.backend import AwsBackend
from tests.aws.conftest import opened
from tests.standin.aws_world import World

RAN, NEVER_RAN = "0123456789ab", "ba9876543210"
BY_THE_CLOCK = ("ecs:ListTasks", "ecs:DescribeTasks")  # calls that a run makes the more often the longer it takes


@pytest.fixture
def large(aws: World) -> World:
    """One with three pages of definitions, and three of groups; ours come on the second."""
    aws.call(lambda: add_foreign(aws.simulator, 250, 120))
    return aws


def left(backend: AwsBackend) -> list[str]:
    found = backend.resources.left(["abcdefabcd", RAN, NEVER_RAN]).found
    return [f"{each.kind} {each.name.rpartition('/')[2]}" for each in found]


def test_a_container_that_never_ran_is_found_by_the_naming_of_one_that_did(large: World) -> None:
    with opened(large) as backend:
        large.ecs.register_task_definition(**large.definition(f"team-{NEVER_RAN}-v2", "true"))
        large.ecs.register_task_definition(**large.definition("zz-elses", "true"))
        large.history(large.run(f"team-{RAN}-v2", "sleep", "60"), "RUNNING")
        found = left(backend)
    assert found[1:3] == [f"task definition team-{RAN}-v2:1", f"task definition team-{NEVER_RAN}-v2:1"]


def test_where_nothing_ran_it_is_found_by_its_usual_name(large: World) -> None:
    with opened(large) as backend:
        large.ecs.register_task_definition(**large.definition(f"sockerless-{NEVER_RAN}", "true"))
        large.logs.create_log_group(logGroupName=f"/n/{NEVER_RAN}")
        large.logs.create_log_group(logGroupName="/n/elses")
        found = left(backend)
    assert found == [f"task definition sockerless-{NEVER_RAN}:1", f"log group {NEVER_RAN}"]


def test_naming_without_a_token_is_said_to_hide_what_never_ran(large: World) -> None:
    with opened(large) as backend:
        container = {"environment": [{"name": "ID", "value": RAN}]}
        large.history(large.run("n-shared", "sleep", "60", container=container), "RUNNING")
        _, unseen = backend.resources.left([RAN])
    assert unseen[0] == "not observable here: task definitions of containers that never ran, among so many others'"


def test_groups_are_called_as_those_of_tasks_are(large: World) -> None:
    def definition(container: str) -> dict:
        options = {
            "awslogs-group": f"/n/{container}",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "s",
            "awslogs-create-group": "true",
        }
        return {"logConfiguration": {"logDriver": "awslogs", "options": options}}

    with opened(large) as backend:
        large.history(large.run(f"n-{RAN}", "true", container=definition(RAN)))
        large.logs.create_log_group(logGroupName=f"/n/{NEVER_RAN}")
        found = left(backend)
    assert [each for each in found if each.startswith("log group")] == [f"log group {RAN}", f"log group {NEVER_RAN}"]


def test_a_new_group_that_others_may_log_to_stays_and_is_said_to(large: World) -> None:
    with opened(large) as backend:
        large.history(large.run(f"sockerless-{RAN}", "true"))
        cleared = backend.clean_up([RAN])
    assert [each.kind for each in cleared.removed] == ["task definition", "log stream"]
    assert (cleared.left, cleared.refused) == ([], [])
    assert cleared.unseen == [
        "not observable here: whether others log to the new log group /sockerless, which stays",
    ]


def test_what_was_there_before_the_run_is_never_ours_in_a_large_account(large: World) -> None:
    large.logs.create_log_group(logGroupName=f"/n/{RAN}")
    shared = large.ecs.register_task_definition(**large.definition("n-shared", "sleep", "60"))["taskDefinition"]
    old = shared["registeredAt"].timestamp()
    with opened(large) as backend:
        backend._scope._began = old + 2.0  # the clocks are compared by seconds
        assert not backend._scope.is_new_definition(shared)
        group = {"logGroupName": f"/n/{RAN}", "creationTime": old * 1000}
        assert not backend._scope.is_new(group)
        assert backend._scope.is_new(group | {"creationTime": (old + 2.5) * 1000})


def test_the_calls_do_not_grow(serve) -> None:
    tags = "@TST-010-AC-03 or @TST-010-AC-08 or @TST-010-AC-11 or @TST-010-AC-18"
    calls = []
    for number in ("0,0", "10000,2000"):
        served = serve("--aws-foreign", number)
        run = served.run(tags)
        assert run.exit_code == 0, run.printed
        calls.append(served.count("suite") - sum(served.count("suite", action) for action in BY_THE_CLOCK))
    empty, full = calls
    assert full <= 2 * empty
