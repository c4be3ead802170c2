"""The AWS account behind a daemon on ECS: whether the suite may see there what it needs. Changes nothing.

Actions that delete or stop are tried on names that nothing has: whoever may not call them is refused before.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from support.aws.account import Account, placement_of
from support.aws.credentials import ABSENT, find
from support.aws.errors import Absent, NotObservable, Rejected
from support.doctor.finding import Finding, State, note, ok, unknown, wrong
from support.settings import Settings
from support.verdicts import NotJudged

_AGENT_PORT = 9111  # TST-010's prerequisites: the daemon reaches the agent in its tasks there
_CLOCKS_DIFFER = 60.0  # seconds; AWS refuses what is signed five minutes off
_NOTHING = "sockerless-acceptance-doctor"  # the beginning of names that nothing has


def findings(settings: Settings) -> Iterator[Finding]:
    """Of the credentials and the cluster that the environment names. The first that is wrong ends it."""
    try:
        found_ = find(os.environ, ambient=settings.aws_ambient)
        if found_ is None:
            yield wrong("AWS credentials", f"{ABSENT}: set AWS_PROFILE, or a pair of keys, or aws_ambient=yes")
            return
        yield ok("AWS credentials", f"from {found_.source}")
        place = placement_of(settings)
        account = Account(found_, place, settings.aws_endpoint or os.environ.get("AWS_ENDPOINT_URL", ""))
    except NotJudged as error:
        yield wrong("AWS settings", str(error))
        return
    yield ok("AWS settings", f"cluster {place.cluster} in {account.region or 'no region'}")
    identity = _identity(account)
    yield identity
    if identity.state is State.WRONG:
        return
    yield _clock(account)
    yield from _network(account)
    yield from _actions(account)


def _identity(account: Account) -> Finding:
    try:
        said = account.call("sts", "get_caller_identity")
        return ok("AWS identity", f"{said['Arn']}")
    except NotObservable as error:
        return unknown("AWS identity", str(error))
    except NotJudged as error:
        return wrong("AWS identity", str(error))


def _clock(account: Account) -> Finding:
    if abs(account.clock_ahead) < _CLOCKS_DIFFER:
        return ok("AWS's clock", "agrees with this machine's")
    way = "ahead of" if account.clock_ahead > 0 else "behind"
    return wrong("AWS's clock", f"{abs(account.clock_ahead):.0f} s {way} this machine's: set this machine's by NTP")


@dataclass(frozen=True)
class _Kind:
    """A part of the network: how it is called, which call describes it, and which variable names it."""

    name: str
    operation: str
    parameter: str
    key: str
    variable: str


_SUBNET = _Kind("subnet", "describe_subnets", "SubnetIds", "Subnets", "SOCKERLESS_ECS_SUBNETS")
_GROUP = _Kind(
    "security group", "describe_security_groups", "GroupIds", "SecurityGroups", "SOCKERLESS_ECS_SECURITY_GROUP"
)


def _network(account: Account) -> Iterator[Finding]:
    """Cluster, subnets, group, and the group's rule for the agent's port."""
    place = account.placement
    yield _cluster(account, place.cluster)
    vpcs: set[str] = set()
    for kind, ids in ((_SUBNET, place.subnets), (_GROUP, place.security_groups)):
        for id_ in ids:
            entries, finding = _described(account, kind, id_)
            yield finding
            vpcs |= {str(each["VpcId"]) for each in entries if each.get("VpcId")}
            if kind is _GROUP:
                yield from (_rule(id_, each) for each in entries)
    if len(vpcs) > 1:
        yield wrong("VPC", f"subnets and security group lie in {', '.join(sorted(vpcs))}: choose them from one")


def _cluster(account: Account, name: str) -> Finding:
    try:
        clusters = account.call("ecs", "describe_clusters", clusters=[name])["clusters"]
    except NotObservable as error:
        return unknown("ECS cluster", str(error))
    except NotJudged as error:
        return wrong("ECS cluster", str(error))
    status = clusters[0]["status"] if clusters else "not there"
    if status == "ACTIVE":
        return ok("ECS cluster", f"{name} is ACTIVE")
    return wrong("ECS cluster", f"{name!r} is {status} in {account.region}: correct SOCKERLESS_ECS_CLUSTER")


def _described(account: Account, kind: _Kind, id_: str) -> tuple[list[dict[str, Any]], Finding]:
    checked = f"{kind.name} {id_}"
    try:
        entries = account.call("ec2", kind.operation, **{kind.parameter: [id_]})[kind.key]
    except NotObservable as error:
        return [], unknown(checked, str(error))
    except Absent:
        entries = []
    except NotJudged as error:
        return [], wrong(checked, str(error))
    if entries:
        return entries, ok(checked, f"in {entries[0].get('VpcId', 'no VPC')}")
    line = f"there is none in {account.region}: correct {kind.variable}"
    # A simulator may run tasks in subnets that it does not list.
    return [], note(checked, f"{line}, unless the simulator needs none") if account.endpoint else wrong(checked, line)


def _rule(id_: str, group: dict[str, Any]) -> Finding:
    checked = f"rule for port {_AGENT_PORT}"
    if any(_admits(rule) for rule in group.get("IpPermissions", ())):
        return ok(checked, f"{id_} admits it")
    return wrong(
        checked,
        f"{id_} has no inbound rule for TCP {_AGENT_PORT}, by which the daemon reaches its tasks: add one "
        "from where the daemon runs",
    )


def _admits(rule: dict[str, Any]) -> bool:
    """Whether an inbound rule admits the agent's port from anywhere; protocol -1 is all of them, on all ports."""
    protocol = str(rule.get("IpProtocol", ""))
    sources = [*rule.get("IpRanges", ()), *rule.get("Ipv6Ranges", ()), *rule.get("UserIdGroupPairs", ())]
    sources += rule.get("PrefixListIds", ())
    in_range = protocol == "-1" or (
        protocol in ("tcp", "6") and rule.get("FromPort", 0) <= _AGENT_PORT <= rule.get("ToPort", 65535)
    )
    return bool(sources) and in_range


def _actions(account: Account) -> Iterator[Finding]:
    """Each action that the suite may need, as docs/ecs.md lists them, but for those that are seen already."""
    for action, service, operation, parameters in _tries(account):
        try:
            account.call(service, operation, **parameters)
        except NotObservable as error:
            yield wrong(action, f"{error}: permit it, or what depends on it is not observed")
        except (Absent, Rejected):
            yield ok(action, "permitted")
        except NotJudged as error:
            yield unknown(action, str(error))
        else:
            yield ok(action, "permitted")


def _tries(account: Account) -> Iterable[tuple[str, str, str, dict[str, Any]]]:
    """Action, service, operation and parameters; what would change something names what is not there."""
    cluster, nothing = account.placement.cluster, f"{_NOTHING}-{secrets.token_hex(8)}"
    task, group = secrets.token_hex(16), f"/{nothing}"
    return (
        ("ec2:DescribeNetworkInterfaces", "ec2", "describe_network_interfaces", {"MaxResults": 5}),
        ("ecs:ListTasks", "ecs", "list_tasks", {"cluster": cluster, "maxResults": 1}),
        ("ecs:DescribeTasks", "ecs", "describe_tasks", {"cluster": cluster, "tasks": [task]}),
        ("ecs:ListTaskDefinitions", "ecs", "list_task_definitions", {"maxResults": 1}),
        ("ecs:DescribeTaskDefinition", "ecs", "describe_task_definition", {"taskDefinition": f"{nothing}:1"}),
        ("ecs:DeregisterTaskDefinition", "ecs", "deregister_task_definition", {"taskDefinition": f"{nothing}:1"}),
        ("ecs:StopTask", "ecs", "stop_task", {"cluster": cluster, "task": task}),
        ("logs:DescribeLogGroups", "logs", "describe_log_groups", {"limit": 1}),
        ("logs:DescribeLogStreams", "logs", "describe_log_streams", {"logGroupName": group}),
        ("logs:GetLogEvents", "logs", "get_log_events", {"logGroupName": group, "logStreamName": nothing}),
        ("logs:DeleteLogStream", "logs", "delete_log_stream", {"logGroupName": group, "logStreamName": nothing}),
        ("logs:DeleteLogGroup", "logs", "delete_log_group", {"logGroupName": group}),
    )
