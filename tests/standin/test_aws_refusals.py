"""What the simulator refuses, and in whose words: credentials, permissions, throttling, parameters, ECS's own rules."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from standin.aws.control import Control, Latency
from standin.aws.simulator import CLUSTER, HOME
from tests.standin.aws_world import World, world

CALLS = {
    "ecs": ("describe_clusters", {}),
    "logs": ("describe_log_groups", {}),
    "ec2": ("describe_subnets", {}),
    "sts": ("get_caller_identity", {}),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def aws(shared: World) -> Iterator[World]:
    yield shared
    shared.simulator.control.faults.clear()


def _refused(client: Any, call: str, /, **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        getattr(client, call)(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def _code(client: Any, call: str, /, **params: Any) -> str:
    return _refused(client, call, **params)[0]


def _try(aws: World, service: str, **changes: Any) -> tuple[str, int]:
    call, params = CALLS[service]
    code, _, status = _refused(aws.client(service, **changes), call, **params)
    return code, status


@pytest.mark.parametrize(
    ("service", "unknown", "wrong_secret"),
    [
        ("ecs", ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400)),
        ("logs", ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400)),
        ("ec2", ("AuthFailure", 401), ("AuthFailure", 401)),
        ("sts", ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403)),
    ],
)
def test_credentials_that_are_not_its_own_are_refused(
    aws: World, service: str, unknown: tuple[str, int], wrong_secret: tuple[str, int]
) -> None:
    assert _try(aws, service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE") == unknown
    assert _try(aws, service, aws_session_token="a-token-of-elsewhere") == unknown
    assert _try(aws, service, aws_secret_access_key="not-the-secret") == wrong_secret


@pytest.mark.parametrize(
    ("service", "expired", "denied", "throttled"),
    [
        ("ecs", "ExpiredTokenException", "AccessDeniedException", "ThrottlingException"),
        ("logs", "ExpiredTokenException", "AccessDeniedException", "ThrottlingException"),
        ("ec2", "RequestExpired", "UnauthorizedOperation", "RequestLimitExceeded"),
        ("sts", "ExpiredToken", "AccessDenied", "Throttling"),
    ],
)
def test_each_service_says_faults_in_its_own_words(
    aws: World, service: str, expired: str, denied: str, throttled: str
) -> None:
    for kind, code in (("expire", expired), ("deny", denied), ("throttle", throttled)):
        aws.simulator.control.faults.clear()
        aws.fault(f"{kind}={service}:*")
        assert _try(aws, service)[0] == code


def test_a_denied_action_is_named_with_the_caller_and_others_go_on(aws: World) -> None:
    aws.fault("deny=suite/logs:GetLogEvents")
    code, message, _ = _refused(aws.logs, "get_log_events", logGroupName="/g", logStreamName="s")
    assert code == "AccessDeniedException"
    assert "user/suite is not authorized to perform: logs:GetLogEvents" in message
    daemon = aws.client("logs", "daemon")
    assert _code(daemon, "get_log_events", logGroupName="/g", logStreamName="s") == "ResourceNotFoundException"
    assert aws.logs.describe_log_groups()["logGroups"] == []


def test_throttling_ends_after_so_many_calls_and_standard_retries_get_through(aws: World) -> None:
    aws.fault("throttle=ecs:DescribeClusters=2")
    patient = aws.client("ecs", config=Config(retries={"mode": "standard", "total_max_attempts": 8}))
    assert patient.describe_clusters(clusters=[CLUSTER])["clusters"][0]["status"] == "ACTIVE"
    calls = [e["error"] for e in aws.simulator.journal.entries if e.get("action") == "ecs:DescribeClusters"][-3:]
    assert calls == ["ThrottlingException", "ThrottlingException", ""]


def test_throttling_ends_after_so_many_seconds(aws: World) -> None:
    aws.fault("throttle=ecs:ListTasks=0.2s")
    patient = aws.client("ecs", config=Config(retries={"mode": "standard", "total_max_attempts": 8}))
    assert _code(aws.ecs, "list_tasks", cluster=CLUSTER) == "ThrottlingException"
    assert patient.list_tasks(cluster=CLUSTER)["taskArns"] == []


@pytest.mark.parametrize("option", ["throttle", "deny=", "throttle=ecs:RunTask=", "explode=ecs:RunTask", "deny=a b"])
def test_an_option_that_is_no_fault_is_refused_in_one_line(option: str) -> None:
    with pytest.raises(ValueError, match="is no fault: write throttle") as caught:
        Control(Latency()).add(option)
    assert "\n" not in str(caught.value)


def test_another_region_is_there_and_empty(aws: World) -> None:
    elsewhere = aws.client("ecs", region="us-west-2")
    assert elsewhere.describe_clusters(clusters=[CLUSTER])["failures"][0]["reason"] == "MISSING"
    assert _code(elsewhere, "list_tasks", cluster=CLUSTER) == "ClusterNotFoundException"
    code = _code(aws.client("ec2", region="us-west-2"), "describe_subnets", SubnetIds=aws.simulator.subnets)
    assert code == "InvalidSubnetID.NotFound"


def test_an_unsigned_request_and_other_services_are_refused(aws: World) -> None:
    def send(headers: dict[str, str], body: bytes = b"{}") -> tuple[int, dict[str, str]]:
        request = urllib.request.Request(aws.url, body, headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        return caught.value.code, json.loads(caught.value.read())

    target = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListTasks"}
    assert send(target)[1]["__type"] == "MissingAuthenticationToken"
    assert send({"X-Amz-Target": "DynamoDB_20120810.ListTables"})[1]["__type"] == "UnknownOperationException"


UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.mark.parametrize(
    ("service", "call", "params", "code"),
    [
        ("ecs", "describe_tasks", {}, "InvalidParameterException"),
        ("ecs", "describe_tasks", {"cluster": CLUSTER, "tasks": []}, "InvalidParameterException"),
        ("ecs", "list_tasks", {"cluster": CLUSTER, "desiredStatus": "GONE"}, "InvalidParameterException"),
        ("ecs", "list_tasks", {"cluster": CLUSTER, "nextToken": "?"}, "InvalidParameterException"),
        ("ecs", "run_task", {"taskDefinition": "x", "count": "two"}, "SerializationException"),
        ("ecs", "list_clusters", {}, "UnknownOperationException"),
        ("logs", "create_log_group", {"logGroupName": ""}, "InvalidParameterException"),
        ("logs", "tag_resource", {"resourceArn": "a", "tags": {}}, "UnknownOperationException"),
        ("ec2", "describe_subnets", {"Filters": [{"Name": "colour", "Values": ["red"]}]}, "InvalidParameterValue"),
        ("ec2", "describe_subnets", {"SubnetIds": ["subnet-0"]}, "InvalidSubnetID.NotFound"),
        ("ec2", "describe_security_groups", {"GroupIds": ["sg-0"]}, "InvalidGroup.NotFound"),
        (
            "ec2",
            "describe_network_interfaces",
            {"NetworkInterfaceIds": ["eni-0"]},
            "InvalidNetworkInterfaceID.NotFound",
        ),
        ("ec2", "describe_vpcs", {}, "InvalidAction"),
        ("sts", "get_session_token", {}, "InvalidAction"),
    ],
)
def test_wrong_parameters_get_the_services_error(
    aws: World, service: str, call: str, params: dict[str, Any], code: str
) -> None:
    assert _code(aws.client(service, config=UNCHECKED), call, **params) == code


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"family": "no spaces"}, "invalid characters"),
        ({"containerDefinitions": []}, "cannot be empty"),
        ({"networkMode": "bridge"}, "awsvpc"),
        ({"cpu": "256", "memory": "128"}, "No Fargate configuration exists for given values: 256 CPU, 128 memory"),
        ({"cpu": "", "memory": ""}, "'cpu' and 'memory'"),
        ({"executionRoleArn": ""}, "execution role ARN"),
        ({"container": {"image": ""}}, "image should not be null"),
        ({"container": {"logConfiguration": {"logDriver": "awslogs", "options": {}}}}, "awslogs-group"),
        ({"container": {"logConfiguration": {"logDriver": "fluentd"}}}, "awslogs only"),
        ({"requiresCompatibilities": ["EC2"]}, "FARGATE"),
    ],
)
def test_a_definition_that_fargate_cannot_run_is_refused(aws: World, changes: dict[str, Any], words: str) -> None:
    family = changes.pop("family", "refused")
    code, message, _ = _refused(aws.ecs, "register_task_definition", **aws.definition(family, "true", **changes))
    assert code == "ClientException"
    assert words in message


def test_revisions_count_up_and_inactive_ones_stay_describable(aws: World) -> None:
    register = [aws.ecs.register_task_definition(**aws.definition("turns", "true")) for _ in range(2)]
    arns = [answer["taskDefinition"]["taskDefinitionArn"] for answer in register]
    assert [arn.rpartition(":")[2] for arn in arns] == ["1", "2"]
    assert aws.ecs.describe_task_definition(taskDefinition="turns")["taskDefinition"]["revision"] == 2
    gone = aws.ecs.deregister_task_definition(taskDefinition=arns[1])["taskDefinition"]
    assert (gone["status"], gone["revision"]) == ("INACTIVE", 2)
    assert aws.ecs.describe_task_definition(taskDefinition="turns")["taskDefinition"]["revision"] == 1
    assert aws.ecs.describe_task_definition(taskDefinition=arns[1])["taskDefinition"]["status"] == "INACTIVE"
    listed = {
        status: aws.ecs.list_task_definitions(familyPrefix="turns", status=status)["taskDefinitionArns"]
        for status in ("ACTIVE", "INACTIVE")
    }
    assert listed == {"ACTIVE": arns[:1], "INACTIVE": arns[1:]}
    refused = _code(aws.ecs, "deregister_task_definition", taskDefinition="turns:2")
    assert refused == "InvalidParameterException"
    assert _code(aws.ecs, "deregister_task_definition", taskDefinition="turns") == "ClientException"
    assert _code(aws.ecs, "describe_task_definition", taskDefinition="unheard-of") == "ClientException"


def test_definitions_are_listed_page_by_page_and_in_order(aws: World) -> None:
    for _ in range(3):
        aws.ecs.register_task_definition(**aws.definition("paged", "true"))
    paginator = aws.ecs.get_paginator("list_task_definitions")
    pages = list(paginator.paginate(familyPrefix="paged", sort="DESC", PaginationConfig={"PageSize": 2}))
    names = [[arn.rpartition("/")[2] for arn in page["taskDefinitionArns"]] for page in pages]
    assert names == [["paged:3", "paged:2"], ["paged:1"]]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "not found"),
        ({"cluster": "retired"}, "ClusterNotFoundException", "inactive"),
        ({"taskDefinition": "unheard-of"}, "ClientException", "TaskDefinition not found"),
        ({"taskDefinition": "run:1"}, "InvalidParameterException", "TaskDefinition is inactive"),
        ({"launchType": "EC2"}, "InvalidParameterException", "No Container Instances"),
        ({"networkConfiguration": {}}, "InvalidParameterException", "Network Configuration must be provided"),
        ({"overrides": {"cpu": "512"}}, "UnsupportedFeatureException", "overrides"),
        ({"subnets": ["subnet-0"]}, "InvalidParameterException", "InvalidSubnetID.NotFound"),
        ({"groups": ["sg-0"]}, "InvalidParameterException", "InvalidGroup.NotFound"),
        ({"subnets": "foreign"}, "InvalidParameterException", "same VPC"),
        ({"groups": "foreign"}, "InvalidParameterException", "same VPC"),
    ],
)
def test_run_task_refuses_what_aws_refuses(aws: World, changes: dict[str, Any], code: str, words: str) -> None:
    for _ in range(2 if changes.get("taskDefinition") == "run:1" else 1):
        aws.ecs.register_task_definition(**aws.definition("run", "true"))
    if changes.get("taskDefinition") == "run:1":
        aws.ecs.deregister_task_definition(taskDefinition="run:1")
    foreign = {"subnets": aws.simulator.foreign_subnets, "groups": [aws.simulator.foreign_group]}
    params = {"cluster": CLUSTER, "taskDefinition": "run", "launchType": "FARGATE"}
    own = aws.network["awsvpcConfiguration"]
    subnets, groups = changes.pop("subnets", own["subnets"]), changes.pop("groups", own["securityGroups"])
    network = {
        "subnets": foreign["subnets"] if subnets == "foreign" else subnets,
        "securityGroups": foreign["groups"] if groups == "foreign" else groups,
    }
    params |= {"networkConfiguration": {"awsvpcConfiguration": network}, **changes}
    refused, message, _ = _refused(aws.ecs, "run_task", **params)
    assert (refused, words in message) == (code, True), message


def test_unknown_tasks_are_missing_or_not_found(aws: World) -> None:
    failures = aws.ecs.describe_tasks(cluster=CLUSTER, tasks=["0" * 32])["failures"]
    assert [failure["reason"] for failure in failures] == ["MISSING"]
    assert _code(aws.ecs, "stop_task", cluster=CLUSTER, task="0" * 32) == "InvalidParameterException"
    assert _code(aws.ecs, "describe_tasks", cluster="retired", tasks=["0" * 32]) == "ClusterNotFoundException"
    clusters = aws.ecs.describe_clusters(clusters=[CLUSTER, "retired", "nowhere"])
    assert [c["status"] for c in clusters["clusters"]] == ["ACTIVE", "INACTIVE"]
    assert [f["reason"] for f in clusters["failures"]] == ["MISSING"]


def test_networks_are_described_and_filtered(aws: World) -> None:
    subnets = aws.ec2.describe_subnets(SubnetIds=aws.simulator.subnets)["Subnets"]
    vpcs = {subnet["VpcId"] for subnet in subnets}
    assert len(vpcs) == 1
    of_vpc = aws.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": list(vpcs)}])["Subnets"]
    assert {subnet["SubnetId"] for subnet in of_vpc} == set(aws.simulator.subnets)
    group = aws.ec2.describe_security_groups(GroupIds=[aws.simulator.security_group])["SecurityGroups"][0]
    assert group["VpcId"] in vpcs
    foreign = aws.ec2.describe_security_groups(GroupIds=[aws.simulator.foreign_group])["SecurityGroups"][0]
    assert foreign["VpcId"] not in vpcs
    assert subnets[0]["AvailabilityZone"].startswith(HOME)


def test_the_callers_are_told_apart(aws: World) -> None:
    arns = [aws.client("sts", caller).get_caller_identity()["Arn"] for caller in ("suite", "daemon")]
    assert [arn.rpartition("/")[2] for arn in arns] == ["suite", "daemon"]


def test_every_call_is_in_the_journal_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with world(journal=path) as aws:
        aws.client("sts", "daemon").get_caller_identity()
        _code(aws.ecs, "list_tasks", cluster="nowhere")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    calls = [(entry["action"], entry["caller"], entry["error"]) for entry in lines if entry["event"] == "call"]
    assert calls == [("sts:GetCallerIdentity", "daemon", ""), ("ecs:ListTasks", "suite", "ClusterNotFoundException")]
    assert [entry["t"] for entry in lines] == sorted(entry["t"] for entry in lines)
