"""What can be wrong about AWS: each *not judged* with one line (without any credentials: skipped), and no hang."""

import re

import pytest

PROBE = "@TST-010-AC-03"


def not_judged(run, cause: str):
    assert [verdict for _, verdict, _ in run.judged] == ["not judged"], run.judged
    assert re.search(cause, run.judged[0][2]), run.judged
    assert run.exit_code == 3
    assert "Traceback" not in run.printed
    assert "\n" not in run.judged[0][2]


@pytest.fixture
def served(serve):
    return serve()


def test_no_credentials_skip(served):
    run = served.run(PROBE, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert run.judged == [("TST-010-AC-03", "skipped", "AWS credentials not available")]
    assert run.exit_code == 0


def test_what_the_environment_can_get_wrong(served):
    aws = served.aws
    for changes, cause in (
        ({"AWS_SECRET_ACCESS_KEY": None}, "AWS_SECRET_ACCESS_KEY is not set"),
        ({"AWS_ACCESS_KEY_ID": "AKIAWRONGWRONGWRONG"}, "AWS refused the credentials"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS refused the credentials"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_PROFILE": "gone"}, r"profile.*gone"),
        ({"AWS_REGION": None}, "no AWS region: set AWS_REGION"),
        ({"AWS_REGION": "eu-west-9"}, r"no ECS cluster .* in eu-west-9"),
        ({"SOCKERLESS_ECS_CLUSTER": "no-such"}, r"no ECS cluster 'no-such'"),
        ({"SOCKERLESS_ECS_CLUSTER": aws["inactive_cluster"]}, "is INACTIVE"),
        ({"SOCKERLESS_ECS_SUBNETS": ",".join(aws["foreign_subnets"])}, "lie in 2 VPCs"),
        ({"SOCKERLESS_ECS_SECURITY_GROUP": None}, "SOCKERLESS_ECS_SECURITY_GROUP not set"),
        ({"SOCKERLESS_AWS_ENDPOINT": "http://127.0.0.1:9"}, "AWS cannot be reached"),
    ):
        run = served.run(PROBE, **changes)
        not_judged(run, cause)
        secret = changes.get("AWS_SECRET_ACCESS_KEY") or aws["secret_key"]
        assert secret == "wrong" or secret not in run.printed


def test_the_plural_that_real_builds_read_counts(served):
    group = served.aws["security_group"]
    run = served.run(PROBE, SOCKERLESS_ECS_SECURITY_GROUP=None, SOCKERLESS_ECS_SECURITY_GROUPS=group)
    assert [verdict for _, verdict, _ in run.judged] == ["passed"]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("expire=suite/*", "the AWS session has expired"),
        ("expire=suite/ecs:ListTasks", "the AWS session has expired"),
    ],
)
def test_what_aws_refuses_the_suite(serve, fault, cause):
    not_judged(serve("--aws-fault", fault).run(PROBE), cause)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("deny=suite/ecs:DescribeClusters", "ecs:DescribeClusters, not permitted (AccessDeniedException)"),
        ("deny=suite/ec2:Describe*", "ec2:DescribeSubnets, not permitted (UnauthorizedOperation)"),
        ("unknown=suite/ecs:ListTasks", "ecs:ListTasks, unknown to this endpoint"),
        ("unknown=suite/sts:*", "sts:GetCallerIdentity, unknown to this endpoint"),
    ],
)
def test_what_cannot_be_observed_is_said_and_the_rest_is_judged(serve, fault, line):
    served = serve("--aws-fault", fault)
    run = served.run(PROBE)
    assert run.judged == [("TST-010-AC-03", "passed", "")]
    assert run.exit_code == 0
    assert f"not observable here: {line}" in run.printed
    assert served.count("suite", fault.partition("/")[2].replace("*", "")) <= 2  # of ec2: two actions


@pytest.mark.parametrize("variable", ["SOCKERLESS_ECS_SUBNETS", "SOCKERLESS_ECS_SECURITY_GROUP"])
def test_a_network_that_a_simulator_does_not_know_is_named(served, variable):
    run = served.run(PROBE, **{variable: "net-00000000000000000"})
    assert [verdict for _, verdict, _ in run.judged] == ["passed"]
    assert f"'net-00000000000000000' in eu-central-1: check {variable}" in run.printed


def test_logs_that_may_not_be_seen_are_noted(serve):
    run = serve("--aws-fault", "deny=suite/logs:*").run("@TST-010-AC-06")
    assert run.judged == [("TST-010-AC-06", "passed", "")]
    assert "not observable here: logs:DescribeLogGroups, not permitted" in run.printed


def test_throttling_is_sat_out_or_named(serve):
    run = serve("--aws-fault", "throttle=suite/*=3s").run(PROBE)
    assert [verdict for _, verdict, _ in run.judged] in (["passed"], ["not judged"])
    if run.exit_code:
        not_judged(run, "AWS throttled")
