"""What a run takes for its own in AWS, and removes; and what it leaves alone, because it may be somebody else's."""

import pytest

from support.aws.account import Account, Placement
from support.aws.credentials import of_keys
from support.aws.fargate import Watch
from support.aws.resources import AwsResources
from support.aws.since_begin import SinceBegin
from support.cleanup.inventory import RUN_LABEL
from tests.aws.conftest import aws, opened

__all__ = ["aws"]
RUN, CONTAINER = "abcdefabcd", "feedfacecafe"


class Cloud:
    """An account, and what somebody does in it."""

    def __init__(self, aws: dict) -> None:
        place = Placement(aws["cluster"], tuple(aws["subnets"]), (aws["security_group"],))
        keys = of_keys(aws["access_key"], aws["secret_key"], aws["region"])
        self.account, self.aws = Account(keys, place, aws["endpoint"]), aws
        self.watch: Watch | None = None

    def begin_run(self) -> AwsResources:
        self.watch = Watch(self.account).open()
        return AwsResources(self.account, SinceBegin(self.account, self.watch, RUN_LABEL).open())

    def make_group(self, name: str) -> None:
        self.account.call("logs", "create_log_group", logGroupName=name)

    def define(self, family: str, group: str) -> str:
        options = {
            "awslogs-group": group,
            "awslogs-region": self.aws["region"],
            "awslogs-stream-prefix": "s",
            "awslogs-create-group": "true",
        }
        logging = {"logDriver": "awslogs", "options": options}
        answer = self.account.call(
            "ecs",
            "register_task_definition",
            family=family,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn="arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
            containerDefinitions=[
                {"name": "main", "image": "alpine:latest", "command": ["true"], "logConfiguration": logging}
            ],
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def run(self, definition: str, container: str) -> str:
        place = self.account.placement
        network = {"subnets": list(place.subnets), "securityGroups": list(place.security_groups)}
        tags = [{"key": "sockerless-container-id", "value": container}]
        answer = self.account.call(
            "ecs",
            "run_task",
            cluster=place.cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            tags=tags,
        )
        return answer["tasks"][0]["taskArn"]


@pytest.fixture
def cloud(serve):
    cloud = Cloud(serve().aws)
    yield cloud
    if cloud.watch is not None:
        cloud.watch.close()


def names(found) -> list[str]:
    return [f"{each.kind} {each.name.rpartition('/')[2]}" for each in found]


def test_what_a_task_of_ours_shares_with_others_is_not_ours(cloud):
    shared = cloud.define("teams-own", "/team")
    resources = cloud.begin_run()
    cloud.run(shared, CONTAINER)
    assert resources.active_definitions(CONTAINER).found == [shared]  # which AC-8 may say
    assert not [each for each in names(resources.left([RUN, CONTAINER]).found) if each.startswith("task definition")]


def test_what_came_with_the_run_is_ours_without_its_name(cloud):
    resources = cloud.begin_run()
    cloud.make_group("/made-by-the-daemon")
    task = cloud.run(cloud.define("no-token-here", "/made-by-the-daemon"), CONTAINER)
    wanted = [f"task {task.rpartition('/')[2]}", "task definition no-token-here:1", "log group made-by-the-daemon"]
    assert names(resources.left([RUN, CONTAINER]).found) == wanted


def test_a_group_that_others_log_to_stays(cloud):
    resources = cloud.begin_run()
    cloud.make_group("/daemons")
    cloud.define(f"sockerless-{CONTAINER}", "/daemons")
    cloud.define("of-another-run", "/daemons")
    assert names(resources.left([RUN, CONTAINER]).found) == [f"task definition sockerless-{CONTAINER}:1"]


def test_a_group_called_by_a_container_that_never_ran_is_found(cloud):
    resources = cloud.begin_run()
    cloud.make_group(f"/sockerless/{CONTAINER}")
    cloud.make_group("/sockerless/0123456789ab")
    assert names(resources.left([RUN, CONTAINER]).found) == [f"log group {CONTAINER}"]


def test_what_was_there_before_the_run_is_never_ours(cloud):
    cloud.make_group(f"/sockerless/{CONTAINER}")
    resources = cloud.begin_run()
    cloud.define(f"sockerless-{CONTAINER}", f"/sockerless/{CONTAINER}")
    assert names(resources.left([RUN, CONTAINER]).found) == [f"task definition sockerless-{CONTAINER}:1"]


@pytest.mark.parametrize(
    ("label", "is_there_before", "goes"),
    [(RUN_LABEL, False, True), ("strangers", False, False), (RUN_LABEL, True, False)],
)
def test_a_group_that_a_run_beside_left_for_this_one_goes(aws, label, is_there_before, goes):
    if is_there_before:
        aws.logs.create_log_group(logGroupName="/sockerless")
    aws.history(aws.run("beside", "true", tags=[{"key": label, "value": "0123456789"}]))
    with opened(aws) as backend:
        aws.history(aws.run(CONTAINER, "echo", "it"))
        assert "log group sockerless" not in names(backend.resources.left([RUN, CONTAINER]).found), "others need it"

        aws.ecs.deregister_task_definition(taskDefinition="beside:1")
        for stream in aws.logs.describe_log_streams(logGroupName="/sockerless", logStreamNamePrefix="beside")[
            "logStreams"
        ]:
            aws.logs.delete_log_stream(logGroupName="/sockerless", logStreamName=stream["logStreamName"])
        assert ("log group sockerless" in names(backend.resources.left([RUN, CONTAINER]).found)) == goes
