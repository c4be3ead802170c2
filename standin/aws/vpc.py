"""EC2's part: subnets, security groups and the network interfaces of tasks, kept in AWS's own shapes."""

from __future__ import annotations

import ipaddress

from standin.aws.control import ACCOUNT, Control
from standin.aws.wire import AwsError, Json, page

_RESERVED = 4  # addresses at the start of a subnet that AWS keeps for itself
# By the name of its id: how a kind of resource is called in an error, and the code of the error where it is missing.
_KINDS = {
    "SubnetId": ("subnet", "subnet ID", "InvalidSubnetID.NotFound"),
    "GroupId": ("security group", "security group", "InvalidGroup.NotFound"),
    "NetworkInterfaceId": ("network interface", "networkInterface ID", "InvalidNetworkInterfaceID.NotFound"),
}
_FILTERS = {
    "vpc-id": "VpcId",
    "subnet-id": "SubnetId",
    "group-id": "GroupId",
    "network-interface-id": "NetworkInterfaceId",
    "addresses.private-ip-address": "PrivateIpAddress",
}


class Ec2:
    """The networks of a region. The calls take decoded parameters and answer decoded results."""

    actions = ("DescribeSubnets", "DescribeSecurityGroups", "DescribeNetworkInterfaces")

    def __init__(self, region: str, control: Control) -> None:
        self._region, self._control = region, control
        self._items: dict[str, dict[str, Json]] = {kind: {} for kind in _KINDS}

    def describe_subnets(self, params: Json) -> Json:
        return {"Subnets": self._find("SubnetId", params.get("SubnetIds"), params)}

    def describe_security_groups(self, params: Json) -> Json:
        return {"SecurityGroups": self._find("GroupId", params.get("GroupIds"), params)}

    def describe_network_interfaces(self, params: Json) -> Json:
        found = self._find("NetworkInterfaceId", params.get("NetworkInterfaceIds"), params)
        shown, token = page(found, params, "NextToken", min(params.get("MaxResults", 1000), self._control.page))
        return {"NetworkInterfaces": shown, **token}

    def _find(self, id_key: str, ids: list[str] | None, params: Json) -> list[Json]:
        items = self._items[id_key]
        _, name, code = _KINDS[id_key]
        for id_ in ids or ():
            if id_ not in items:
                raise AwsError(code, f"The {name} '{id_}' does not exist")
        found = [items[id_] for id_ in (ids or items)]
        for wanted in params.get("Filters", ()):
            field = _FILTERS.get(wanted.get("Name", ""))
            if field is None:
                raise AwsError("InvalidParameterValue", f"The filter '{wanted.get('Name')}' is invalid")
            found = [item for item in found if item.get(field) in wanted.get("Values", ())]
        return found

    def add_vpc(self, *cidrs: str, admits: int | None = None) -> tuple[list[str], str]:
        """A VPC with these subnets and one security group, which admits one TCP port or none; the ids of both."""
        common = {"VpcId": self._control.id("vpc"), "OwnerId": ACCOUNT}
        group = self._control.id("sg")
        rule = {"IpProtocol": "tcp", "FromPort": admits, "ToPort": admits, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        described = {"GroupId": group, "GroupName": "default", "Description": "", **common}
        self._items["GroupId"][group] = {**described, "IpPermissions": [rule] if admits else []}
        made = {self._control.id("subnet"): cidr for cidr in cidrs}
        for zone, (id_, cidr) in zip("abcdef", made.items(), strict=False):
            place = {"AvailabilityZone": self._region + zone, "CidrBlock": cidr, "State": "available"}
            self._items["SubnetId"][id_] = {"SubnetId": id_, **place, **common}
        return list(made), group

    def attach(self, subnets: list[str], groups: list[str], task_arn: str) -> Json:
        """RunTask's part: a network interface in one of the subnets, which must all be there and of one VPC."""
        found: list[Json] = []
        for id_key, ids in (("SubnetId", subnets), ("GroupId", groups)):
            try:
                found += self._find(id_key, ids, {}) if ids else []
            except AwsError as error:
                text = f"Error retrieving {_KINDS[id_key][0]} information for [{', '.join(ids)}]: {error}"
                raise AwsError("InvalidParameterException", f"{text} (ErrorCode: {error.code})") from None
        if len({item["VpcId"] for item in found}) > 1:
            raise AwsError("InvalidParameterException", "Subnets and security groups must be from the same VPC.")
        subnet = self._items["SubnetId"][self._control.random.choice(subnets)]
        taken = {interface["PrivateIpAddress"] for interface in self._items["NetworkInterfaceId"].values()}
        hosts = [str(host) for host in ipaddress.IPv4Network(subnet["CidrBlock"]).hosts()][_RESERVED:]
        address = self._control.random.choice([host for host in hosts if host not in taken])
        interface: Json = {
            **{key: subnet[key] for key in ("SubnetId", "VpcId", "AvailabilityZone", "OwnerId")},
            "NetworkInterfaceId": self._control.id("eni"),
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
            "Groups": [{"GroupId": id_, "GroupName": "default"} for id_ in groups],
            "Description": task_arn,
            "InterfaceType": "interface",
            "Status": "in-use",
        }
        self._items["NetworkInterfaceId"][interface["NetworkInterfaceId"]] = interface
        return interface

    def detach(self, interface: str) -> None:
        """The interface's task has stopped."""
        del self._items["NetworkInterfaceId"][interface]
