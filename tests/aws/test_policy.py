"""docs/aws/policy.json permits each call that the suite makes, where it makes it, and nothing that it never does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from typing import Any

from cfnlint.decode import decode

from standin.aws.control import ACCOUNT
from standin.aws.simulator import HOME
from support.aws import permissions
from support.settings import ROOT

# What the daemon may not remove, so that the suite has to.
LEFT_BEHIND = ("ecs:StopTask", "ecs:DeregisterTaskDefinition", "logs:DeleteLogStream", "logs:DeleteLogGroup")
TASK = f"arn:aws:ecs:{HOME}:{ACCOUNT}:task"
TEMPLATE = ROOT / "docs" / "aws" / "test-account.yaml"
VARIABLES = {
    "AWS::Partition": "aws",
    "AWS::Region": permissions.REGION,
    "AWS::AccountId": permissions.ACCOUNT,
    "Cluster": permissions.CLUSTER,
    "LogGroup": permissions.LOG_GROUPS.removesuffix("*"),
}
GROUP = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:"


def about(call: dict[str, Any], cluster: str) -> list[str]:
    """The ARNs that IAM compares with a statement's resources; none for a call that IAM knows no resource for."""
    on = call["on"]
    if "tasks" in on or "task" in on:
        named = on.get("tasks", [on.get("task")])
        return [each if each.startswith("arn:") else f"{TASK}/{cluster}/{each}" for each in named]
    if call["action"] == "ecs:DescribeClusters":
        return [f"arn:aws:ecs:{HOME}:{ACCOUNT}:cluster/{cluster}"]
    if call["action"] == "logs:DescribeLogGroups":
        return [f"{GROUP}{on.get('logGroupNamePrefix', '')}"]
    return [f"{GROUP}{on['logGroupName']}"] if "logGroupName" in on else []


def permits(statement: dict[str, Any], call: dict[str, Any], cluster: str) -> bool:
    is_there = statement.get("Condition", {}).get("ArnEquals", {}).get("ecs:cluster", "")
    return (
        call["action"] in statement["Action"]
        and all(any(fnmatchcase(arn, each) for each in statement["Resource"]) for arn in about(call, cluster))
        and is_there.endswith(call["on"].get("cluster", "") if is_there else "")
    )


def template() -> dict[str, Any]:
    loaded, problems = decode(str(TEMPLATE))
    assert not problems
    return loaded["Resources"]


def resolved(name: str) -> dict[str, Any]:
    """A policy of the template, its variables replaced by what stands for them in the policy's file."""
    return _resolved(template()[name]["Properties"]["PolicyDocument"])


def _resolved(value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return VARIABLES[value["Ref"]]
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([\w:]+)\}", lambda match: VARIABLES[match[1]], value["Fn::Sub"])
    return {key: _resolved(each) for key, each in value.items()}


def listed(actions: Any) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def test_the_template_of_a_test_account_passes_its_linter() -> None:
    regions = ["--regions", "us-east-1", "eu-central-1", "--"]
    lint = [sys.executable, "-c", "from cfnlint.runner import main; main()", *regions]
    ended = subprocess.run([*lint, str(TEMPLATE)], capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr


def test_the_template_has_the_suites_policy_and_the_rule_for_the_agents_port() -> None:
    assert resolved("SuitePolicy") == permissions.policy()
    (rule,) = template()["Tasks"]["Properties"]["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (9111, 9111, {"Ref": "DaemonAddresses"})


def test_the_file_is_current() -> None:
    assert json.loads((ROOT / "docs" / "aws" / "policy.json").read_text()) == permissions.policy(), (
        "write it anew: python -m support.aws.permissions >docs/aws/policy.json"
    )


def test_each_call_is_permitted_and_each_permitted_action_is_called(serve) -> None:
    faults = [word for action in LEFT_BEHIND for word in ("--aws-fault", f"deny=daemon/{action}")]
    made: list[dict[str, Any]] = []
    for options, tags in ([], "@ecs and not @TST-010-AC-01"), (faults, "@TST-010-AC-04"):
        served = serve(*options)
        run = served.run(tags, SOCKERLESS_DEADLINE_SCALE="0.2")
        assert run.judged, run.printed
        made += served.entries("suite")
        cluster = served.aws["cluster"]
    statements = permissions.policy(HOME, ACCOUNT, cluster)["Statement"]
    refused = [call for call in made if not any(permits(each, call, cluster) for each in statements)]
    assert not refused
    permitted = {action for each in statements for action in each["Action"]}
    assert permitted - {call["action"] for call in made} == set()
    daemons = {action for each in resolved("DaemonPolicy")["Statement"] for action in listed(each["Action"])}
    assert served.calls("daemon") <= daemons
