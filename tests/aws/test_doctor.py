"""``./acceptance doctor`` and ``status`` on simulated AWS: each wrong thing is named, and nothing is changed."""

import json
import subprocess
import sys

import docker
import pytest

from support.settings import ROOT

DOCTOR_WITHIN = 60.0  # seconds


def asked(served, command: str, *options: str, **changes: str | None) -> tuple[int, list[dict]]:
    """The command's exit code and what it found."""
    ended = subprocess.run(
        [sys.executable, "-m", "support", command, "--json", "-D", f"reports={served.folder / 'doctor'}", *options],
        cwd=ROOT,
        env=served.environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DOCTOR_WITHIN,
        check=False,
    )
    assert all(line.startswith("  waiting ") for line in ended.stderr.splitlines()), ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def states(found: list[dict], state: str) -> list[str]:
    return [f"{each['checked']}: {each['says']}" for each in found if each["state"] == state]


@pytest.fixture
def served(serve):
    return serve()


def test_where_nothing_is_wrong_all_actions_are_permitted_and_nothing_is_changed(served):
    code, found = asked(served, "doctor")
    assert (code, states(found, "WRONG"), states(found, "not seen")) == (0, [], [])
    checked = {each["checked"] for each in found if each["state"] == "ok"}
    assert {"AWS credentials", "AWS identity", "ECS cluster", "rule for port 9111", "logs:GetLogEvents"} <= checked
    assert any("stand-in, which is NOT Sockerless" in line for line in states(found, "note"))
    _, tasks = asked(served, "status")
    assert tasks == []


def test_each_wrong_thing_is_named(served):
    aws = served.aws
    group, subnets = aws["foreign_security_group"], ",".join(aws["foreign_subnets"])
    for changes, named in (
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "AWS credentials: AWS credentials not available"),
        ({"AWS_SECRET_ACCESS_KEY": None}, "AWS_SECRET_ACCESS_KEY is not set"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS identity: AWS refused the credentials"),
        ({"AWS_REGION": None}, "no AWS region: set AWS_REGION"),
        ({"SOCKERLESS_ECS_CLUSTER": None}, "SOCKERLESS_ECS_CLUSTER not set"),
        ({"SOCKERLESS_ECS_CLUSTER": "no-such"}, "'no-such' is not there"),
        ({"SOCKERLESS_ECS_CLUSTER": aws["inactive_cluster"]}, "is INACTIVE"),
        ({"SOCKERLESS_ECS_SUBNETS": subnets}, "VPC: subnets and security group lie in"),
        (
            {"SOCKERLESS_ECS_SUBNETS": subnets, "SOCKERLESS_ECS_SECURITY_GROUP": group},
            "no inbound rule for TCP 9111",
        ),
        ({"SOCKERLESS_AWS_ENDPOINT": "http://127.0.0.1:9"}, "AWS cannot be reached"),
        ({"SOCKERLESS_SOCKET": "/nowhere/docker.sock"}, "no socket at /nowhere/docker.sock"),
        ({"SOCKERLESS_API_VERSION": "1.99"}, "1.99"),
    ):
        code, found = asked(served, "doctor", **changes)
        assert code == 1, (changes, found)
        assert any(named in line for line in states(found, "WRONG")), (named, states(found, "WRONG"))
    _, found = asked(served, "doctor", SOCKERLESS_ECS_SUBNETS="subnet-gone")
    assert any("subnet-gone: there is none" in line for line in states(found, "note"))


def test_what_aws_refuses_is_named(serve):
    for fault, named in (
        ("deny=suite/logs:GetLogEvents", "logs:GetLogEvents: not observable here"),
        ("deny=suite/ecs:StopTask", "ecs:StopTask: not observable here"),
        ("expire=suite/*", "AWS identity: the AWS session has expired"),
    ):
        served = serve("--aws-fault", fault)
        code, found = asked(served, "doctor")
        assert code == 1
        assert any(named in line for line in states(found, "WRONG")), states(found, "WRONG")


def test_status_has_what_a_run_left_behind(served):
    label = {"sockerless-acceptance.run": "0123456789"}
    client = docker.APIClient(f"unix://{served.socket}", version="1.44")
    client.pull("alpine", "latest")
    client.create_container("alpine:latest", ["sleep", "60"], name="left-behind", labels=label)
    client.start("left-behind")
    code, found = asked(served, "status")
    assert code == 0
    assert {each["run"] for each in found} == {"0123456789"}
    assert [each["name"] for each in found if each["kind"] == "container"] == ["left-behind"]
    assert [each["kind"] for each in found] == ["container", "task"]
    assert found[1]["says"] in ("PROVISIONING", "PENDING", "RUNNING")
