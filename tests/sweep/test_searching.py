"""What a run left in AWS is found without having been watched, whatever the daemon calls things; and no more."""

from __future__ import annotations

import time

import pytest

from support.aws import searching
from support.aws.labelled import runs_in
from support.aws.resources import AwsResources
from support.aws.searching import Everywhere
from tests.aws.conftest import account_of, aws
from tests.standin.aws_world import World

__all__ = ["aws"]
RUN, CONTAINER = "dead5ca1ab", "0123456789abcdef" * 4
TOKENS = [RUN, CONTAINER]


@pytest.fixture
def said() -> list[str]:
    return []


def resources(aws: World, said: list[str], began: float | None = None) -> AwsResources:
    account = account_of(aws)
    return AwsResources(account, Everywhere(account, time.time() if began is None else began, said.append))


def kinds(found: list[object]) -> list[str]:
    return [str(each).partition(" arn")[0].partition(" /")[0] for each in found]


def test_a_family_that_is_called_by_a_container(aws: World, said: list[str]) -> None:
    aws.run("others", "sleep", "60")
    task = aws.run(f"sockerless-{CONTAINER[:12]}", "sh", "-c", "echo it; exec sleep 60")
    aws.history(task, "RUNNING")
    found = resources(aws, said).left(TOKENS).found

    assert kinds(found) == ["task", "task definition", "log stream"]
    assert all(CONTAINER[:12] in str(each) or task["taskArn"] in str(each) for each in found)
    assert said == []


def test_a_token_inside_a_definition_or_in_a_tag(aws: World, said: list[str]) -> None:
    environment = [{"name": "CONTAINER", "value": CONTAINER}]
    inside = aws.run("by-environment", "sleep", "60", container={"environment": environment})
    aws.ecs.register_task_definition(**aws.definition("by-tag", "true", tags=[{"key": "run", "value": RUN}]))
    aws.ecs.register_task_definition(**aws.definition("others", "true", tags=[{"key": "run", "value": RUN[:-1]}]))
    aws.history(inside, "RUNNING")
    found = [str(each).rpartition("/")[2] for each in resources(aws, said).left(TOKENS).found]

    assert found[0] == inside["taskArn"].rpartition("/")[2]
    assert sorted(found[1:3]) == ["by-environment:1", "by-tag:1"]


def test_streams_outlive_tasks_and_definitions(aws: World, said: list[str]) -> None:
    task = aws.run(CONTAINER[:12], "echo", "it")
    aws.history(task)
    aws.ecs.deregister_task_definition(taskDefinition=f"{CONTAINER[:12]}:1")
    left = resources(aws, said).left(TOKENS).found

    assert kinds(left) == ["log stream", "log group"]
    cleared = resources(aws, said).clear(TOKENS, 10)
    assert (kinds(cleared.removed), cleared.left) == (kinds(left), [])
    assert resources(aws, said).left(TOKENS).found == []


def test_groups_that_are_older_or_shared_or_empty_stay(aws: World, said: list[str]) -> None:
    ours = aws.run(CONTAINER[:12], "echo", "it")
    others = aws.run("others", "echo", "it")
    aws.history(ours)
    aws.history(others)
    aws.logs.create_log_group(logGroupName="/others/empty")
    assert "log group" not in kinds(resources(aws, said).left(TOKENS).found)
    assert "log group" in kinds(resources(aws, said).left(TOKENS, beside=["others"]).found)
    assert "log group" not in kinds(resources(aws, said, time.time() + 1000).left(TOKENS, beside=["others"]).found)


def test_all_of_it_can_be_removed(aws: World, said: list[str]) -> None:
    aws.history(aws.run(CONTAINER[:12], "sleep", "60"), "RUNNING")
    cleared = resources(aws, said).clear(TOKENS, 15)

    assert (cleared.left, cleared.refused) == ([], [])
    assert set(kinds(cleared.removed)) == {"task", "task definition", "log stream", "log group"}
    assert aws.logs.describe_log_groups()["logGroups"] == []


def test_what_may_not_be_removed_is_named(aws: World, said: list[str]) -> None:
    aws.ecs.register_task_definition(**aws.definition(CONTAINER[:12], "true"))
    aws.fault("deny=suite/ecs:DeregisterTaskDefinition")
    cleared = resources(aws, said).clear(TOKENS, 60)

    assert (cleared.removed, cleared.left) == ([], [])
    (line,) = cleared.refused
    assert line.startswith("1 task definition left: not observable here: ecs:DeregisterTaskDefinition, not permitted")
    assert line.endswith(f"/{CONTAINER[:12]}:1")


def test_a_bound_that_is_reached_is_said(aws: World, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_INSIDES", 1)
    monkeypatch.setattr(searching, "_GROUPS", 1)
    for family in ("a-others", "b-others", f"z-{RUN}"):
        aws.ecs.register_task_definition(**aws.definition(family, "true"))
    for group in ("/a", "/b"):
        aws.logs.create_log_group(logGroupName=group)

    assert kinds(resources(aws, said).left(TOKENS).found) == ["task definition"]
    assert said == [
        "AWS holds more than can be searched: only the first 1 ACTIVE task definitions were described",
        "AWS holds more than can be searched: only the first 1 log groups were searched",
    ]


def test_the_runs_whose_label_something_carries(aws: World) -> None:
    labelled = {"dockerLabels": {"sockerless-acceptance.run": RUN}}
    aws.run("anything", "sleep", "60", container=labelled)
    tags = [{"key": "sockerless-acceptance.run", "value": "e15e000000e"}]
    aws.ecs.register_task_definition(**aws.definition("by-tag", "true", tags=tags))
    aws.ecs.register_task_definition(**aws.definition("others", "true", tags=[{"key": "run", "value": "ab" * 5}]))
    unseen: list[str] = []
    found = runs_in(account_of(aws), "sockerless-acceptance.run", unseen)

    assert {run for run, _ in found} == {RUN, "e15e000000e"}
    assert all(made is not None and abs(made - time.time()) < 300 for _, made in found)
    assert unseen == []
