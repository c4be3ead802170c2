"""An operation that is refused for good is asked once, named, and costs only what depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from standin.aws.simulator import HOME
from support.aws.account import Account, Placement
from support.aws.credentials import of_keys
from support.aws.errors import NotObservable
from support.aws.fargate import Task
from support.verdicts import NotJudged
from support.waiting import TimedOut
from tests.aws.conftest import account_of, count, opened
from tests.core.fakes import Request, answer, answering, serving
from tests.standin.aws_world import World

CONTAINER = "0123456789ab"
UNKNOWN = "not observable here: {}, unknown to this endpoint"
DENIED = "not observable here: {}, not permitted ({}); docs/ecs.md lists all actions"


@contextmanager
def served(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """An endpoint that answers everything so; its URL and the paths that were asked for."""
    asked: list[str] = []

    def respond(request: Request) -> bytes:
        asked.append(request.path)
        return answer(status, body)

    with serving(answering(respond), "tcp") as server:
        yield f"http://127.0.0.1:{server.endpoint.port}", asked


@pytest.mark.parametrize(
    ("fault", "service", "operation", "line"),
    [
        ("unknown", "ecs", "list_task_definitions", UNKNOWN.format("ecs:ListTaskDefinitions")),
        ("unknown", "ec2", "describe_subnets", UNKNOWN.format("ec2:DescribeSubnets")),
        ("unknown", "sts", "get_caller_identity", UNKNOWN.format("sts:GetCallerIdentity")),
        ("deny", "logs", "describe_log_groups", DENIED.format("logs:DescribeLogGroups", "AccessDeniedException")),
        ("deny", "ec2", "describe_subnets", DENIED.format("ec2:DescribeSubnets", "UnauthorizedOperation")),
    ],
)
def test_it_is_asked_once(aws: World, fault: str, service: str, operation: str, line: str) -> None:
    aws.fault(f"{fault}=suite/{service}:*")
    account = account_of(aws)
    for _ in range(3):
        with pytest.raises(NotObservable) as error:
            account.call(service, operation)
        assert str(error.value) == line
    assert count(aws) == 1
    assert account.not_observable() == [line]


def test_pages_are_asked_once_too(aws: World) -> None:
    aws.fault("unknown=suite/ecs:ListTasks")
    account = account_of(aws)
    for _ in range(3):
        with pytest.raises(NotObservable):
            list(account.every("ecs", "list_tasks", "taskArns"))
    assert count(aws) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"404 page not found\n"),
        (405, b""),
        (501, b"<Error><Code>InternalFailure</Code></Error>"),
        (501, b'{"__type": "InternalFailure"}'),
    ],
)
@pytest.mark.parametrize(("service", "operation"), [("ecs", "list_clusters"), ("ec2", "describe_vpcs")])
def test_a_simulator_may_say_it_in_its_own_words(status: int, body: bytes, service: str, operation: str) -> None:
    with served(status, body) as (url, asked):
        account = Account(of_keys("key", "secret", HOME), Placement("", (), ()), url)
        for _ in range(2):
            with pytest.raises(NotObservable, match="unknown to this endpoint"):
                account.call(service, operation)
    assert len(asked) == 1


@pytest.mark.parametrize("fault", ["expire=suite/*", "throttle=suite/*"])
def test_what_may_pass_is_not_remembered(aws: World, fault: str) -> None:
    aws.fault(fault)
    account = account_of(aws, within=0.5)
    with pytest.raises(NotJudged) as error:
        account.call("ecs", "list_clusters")
    assert not isinstance(error.value, NotObservable)
    assert account.not_observable() == []


# --- what depends on it ---------------------------------------------------------------------------------------------


def test_streams_of_a_shared_group_that_cannot_be_deleted_are_named_and_not_asked_for_again(aws: World) -> None:
    aws.history(aws.run("others", "echo", "theirs"))
    with opened(aws) as backend:
        task = aws.run(f"sockerless-{CONTAINER}", "echo", "ours")
        aws.history(task)
        aws.fault("unknown=suite/logs:DeleteLogStream")
        cleared = backend.clean_up([CONTAINER])
    stream = f"sockerless-{CONTAINER}/main/{task['taskArn'].rpartition('/')[2]}"
    assert cleared.refused == [f"1 log stream left: {UNKNOWN.format('logs:DeleteLogStream')}: /sockerless {stream}"]
    assert [each.kind for each in cleared.removed] == ["task definition"]
    assert cleared.left == []
    assert count(aws, "logs:DeleteLogStream") == 1
    assert count(aws, "logs:DescribeLogStreams") <= 2


def test_what_fails_for_now_is_tried_again_beside_what_is_refused(aws: World) -> None:
    with opened(aws) as backend:
        aws.history(aws.run(f"sockerless-{CONTAINER}", "sleep", "60"), "RUNNING")
        aws.fault("deny=suite/ecs:DeregisterTaskDefinition")
        aws.fault("expire=suite/logs:DeleteLogStream=2")
        cleared = backend.clean_up([CONTAINER])
    assert [line.partition(":")[0] for line in cleared.refused] == ["1 task definition left"]
    assert cleared.left == []
    assert {each.kind for each in cleared.removed} == {"task", "log stream", "log group"}


def test_a_task_names_its_definition_where_definitions_cannot_be_listed(aws: World) -> None:
    aws.fault("unknown=suite/ecs:ListTaskDefinitions")
    with opened(aws) as backend:
        task = aws.run("no-token-here", "sleep", "60", container={"environment": [{"name": "ID", "value": CONTAINER}]})
        aws.history(task, "RUNNING")
        active = backend.resources.active_definitions(CONTAINER)
        assert active.found == [task["taskDefinitionArn"]]
        assert active.unseen[0] == UNKNOWN.format("ecs:ListTaskDefinitions")
        aws.ecs.deregister_task_definition(taskDefinition="no-token-here:1")
        assert backend.resources.active_definitions(CONTAINER).found == []


def test_the_list_names_what_is_active_where_definitions_cannot_be_described(aws: World) -> None:
    with opened(aws) as backend:
        tags = [{"key": "sockerless-container-id", "value": CONTAINER}]
        aws.ecs.register_task_definition(**aws.definition("any", "sleep", "60"))
        task = aws.ecs.run_task(
            cluster="standin", taskDefinition="any", launchType="FARGATE", networkConfiguration=aws.network, tags=tags
        )["tasks"][0]
        aws.fault("deny=suite/ecs:DescribeTaskDefinition")
        active = backend.resources.active_definitions(CONTAINER)
        assert active.found == [task["taskDefinitionArn"]]
        assert active.unseen == [DENIED.format("ecs:DescribeTaskDefinition", "AccessDeniedException")]


def test_nothing_waits_for_tasks_that_cannot_be_listed(aws: World) -> None:
    aws.fault("unknown=suite/ecs:ListTasks")
    line = UNKNOWN.format("ecs:ListTasks")
    with opened(aws) as backend:
        for ask in (backend.watch.update, lambda: backend.watch.task_of(CONTAINER, 60.0)):
            with pytest.raises(NotObservable) as error:
                ask()
            assert str(error.value) == line
        assert backend.until_ended(CONTAINER) == ([], [line])
        cleared = backend.clean_up([CONTAINER])
    assert (cleared.left, cleared.refused, cleared.unseen) == ([], [], [line])


def test_nothing_waits_for_tasks_that_cannot_be_described_any_more(aws: World) -> None:
    with opened(aws) as backend:
        aws.run(CONTAINER, "sleep", "60")
        backend.watch.task_of(CONTAINER, 10.0)
        aws.fault("deny=suite/ecs:DescribeTasks")
        with pytest.raises(NotObservable):
            backend.watch.update()
        assert backend.until_ended(CONTAINER).unseen == [DENIED.format("ecs:DescribeTasks", "AccessDeniedException")]


@pytest.mark.parametrize(
    ("refused", "lines", "notes"),
    [
        ("logs:DescribeLogStreams", ["it"], []),
        ("logs:GetLogEvents", [], [UNKNOWN.format("logs:GetLogEvents")]),
    ],
)
def test_events_are_read_without_the_list_of_streams(
    aws: World, refused: str, lines: list[str], notes: list[str]
) -> None:
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "sh", "-c", "echo it; sleep 1"))
        task = backend.watch.task_of(CONTAINER, 10.0)
        aws.fault(f"unknown=suite/{refused}")
        delivered = backend.delivered(task)
    assert ([message for _, message in delivered.found], delivered.unseen) == (lines, notes)


# --- where a task is ------------------------------------------------------------------------------------------------


def test_a_task_without_a_named_interface_is_judged_by_subnet_and_cluster(aws: World) -> None:
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "sleep", "60"), "RUNNING")
        task = backend.watch.task_of(CONTAINER, 10.0)
        assert backend.misplacements(task) == ([], [])
        view = next(iter(aws.simulator.region(HOME).ecs._tasks.values())).view
        details = view["attachments"][0]["details"]
        details[:] = [each for each in details if each["name"] != "networkInterfaceId"]
        assert backend.misplacements(task) == ([], [f"not observable here: the network interface of task {task.id}"])
        details[:] = [each | {"value": "subnet-elsewhere"} for each in details]
        (problem,) = backend.misplacements(task).found
        assert problem.startswith("subnet subnet-elsewhere for one of subnet-")


@pytest.mark.parametrize("fault", ["unknown", "deny"])
def test_security_groups_that_cannot_be_seen_are_noted(aws: World, fault: str) -> None:
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "sleep", "60"), "RUNNING")
        aws.fault(f"{fault}=suite/ec2:DescribeNetworkInterfaces")
        problems, unseen = backend.misplacements(backend.watch.task_of(CONTAINER, 10.0))
    assert problems == []
    assert unseen[0].startswith("not observable here: ec2:DescribeNetworkInterfaces")


def test_an_interface_that_is_gone_is_noted(aws: World) -> None:
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "true"))
        task = backend.watch.task_of(CONTAINER, 10.0)
        problems, (line,) = backend.misplacements(task)
    assert problems == []
    assert line == f"not observable here: the security groups of {task.interface['networkInterfaceId']}"


def test_an_address_may_be_its_containers() -> None:
    interfaces = [{"attachmentId": "1", "privateIpv4Address": "10.0.1.7"}]
    attachment = {"type": "ElasticNetworkInterface", "details": [{"name": "subnetId", "value": "subnet-1"}]}
    task = Task("arn", {"attachments": [attachment], "containers": [{"networkInterfaces": interfaces}]}, {})
    assert task.address == "10.0.1.7"
    attachment["details"].append({"name": "privateIPv4Address", "value": "10.0.1.8"})
    assert task.address == "10.0.1.8"
    assert Task("arn", {"containers": [{}]}, {}).address == ""


# --- a network that is not there ------------------------------------------------------------------------------------


def test_a_subnet_that_a_simulator_does_not_have_is_a_note(aws: World) -> None:
    account = account_of(aws)
    account.placement = Placement("standin", ("subnet-no",), account.placement.security_groups)
    account.check()
    line = "not observable here: there is no subnet 'subnet-no' in eu-central-1: check SOCKERLESS_ECS_SUBNETS"
    assert account.not_observable() == [line]


def test_a_simulator_may_have_an_empty_list_of_subnets(aws: World) -> None:
    aws.simulator.region(HOME).ec2.describe_subnets = lambda params: {"Subnets": []}  # type: ignore[method-assign]
    account = account_of(aws)
    account.check()
    assert len(account.not_observable()) == 2
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "sleep", "60"), "RUNNING")
        assert backend.misplacements(backend.watch.task_of(CONTAINER, 10.0)) == ([], [])


@pytest.mark.parametrize(
    ("subnets", "groups", "line"),
    [
        ("subnet-no", "", "there is no subnet 'subnet-no' in eu-central-1: check SOCKERLESS_ECS_SUBNETS"),
        ("", "sg-no", "there is no security group 'sg-no' in eu-central-1: check SOCKERLESS_ECS_SECURITY_GROUP"),
    ],
)
def test_one_that_aws_itself_does_not_have_stops_the_run(
    aws: World, monkeypatch: pytest.MonkeyPatch, subnets: str, groups: str, line: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)  # to the account it is AWS itself
    key, known = aws.simulator.keys["suite"], account_of(aws).placement
    placement = Placement("standin", (subnets or known.subnets[0],), (groups or known.security_groups[0],))
    account = Account(of_keys(key.access_key, key.secret_key, HOME), placement)
    with pytest.raises(NotJudged) as error:
        account.check()
    assert str(error.value) == line


def test_what_is_awaited_has_a_deadline(aws: World) -> None:
    with opened(aws) as backend, pytest.raises(TimedOut, match="0 new tasks"):
        backend.watch.task_of(CONTAINER, 0.2)


def test_a_subnet_is_not_compared_with_those_that_a_simulator_does_not_have(aws: World) -> None:
    """Such a simulator names one of its own for each task, whatever the daemon asked for."""
    with opened(aws) as backend:
        account = backend.account
        account.placement = Placement("standin", ("subnet-no",), account.placement.security_groups)
        account.check()
        aws.history(aws.run(CONTAINER, "sleep", "60"), "RUNNING")
        problems, (line,) = backend.misplacements(backend.watch.task_of(CONTAINER, 10.0))
    assert problems == []
    assert line.startswith("not observable here: there is no subnet 'subnet-no' in eu-central-1")
    assert line.endswith("for one of subnet-no")
