"""What the stand-in does not do is refused and named; what asks for nothing, or is unknown, passes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from standin.fields import read
from standin.http import ApiError
from tests.standin.conftest import Client

REFUSED: list[tuple[str, Any]] = [
    *[("HostConfig.Mounts", [{"Type": "volume", "Target": "/x"}]), ("HostConfig.PortBindings", {"80/tcp": [{}]})],
    *[("HostConfig.PublishAllPorts", True), ("HostConfig.Memory", 6_000_000), ("HostConfig.CapDrop", ["ALL"])],
    *[("HostConfig.ReadonlyRootfs", True), ("HostConfig.Init", True), ("HostConfig.Dns", ["127.0.0.1"])],
    *[("HostConfig.Ulimits", [{"Name": "nofile", "Soft": 1}]), ("HostConfig.GroupAdd", ["10"])],
    *[("HostConfig.RestartPolicy", {"Name": "always"}), ("HostConfig.LogConfig", {"Type": "syslog"})],
    *[("HostConfig.LogConfig", {"Type": "json-file", "Config": {"max-size": "1m"}}), ("HostConfig.Privileged", True)],
    *[
        ("HostConfig.NetworkMode", "container:other"),
        ("HostConfig.IpcMode", "host"),
        ("HostConfig.ShmSize", 1),
        ("HostConfig.Runtime", "runc"),
    ],
    *[("HostConfig.Tmpfs", {"/x": "huge=always"}), ("HostConfig.ExtraHosts", ["me:host-gateway"])],
    *[("Healthcheck", {"Test": ["CMD", "true"]}), ("MacAddress", "02:42:ac:11:00:09"), ("Tty", True)],
    *[("Domainname", "example.org"), ("NetworkDisabled", True)],
    ("NetworkingConfig.EndpointsConfig.bridge.IPAMConfig", {"IPv4Address": "172.17.0.9"}),
    ("NetworkingConfig.EndpointsConfig.bridge.DriverOpts", {"a": "b"}),
]
# As GitLab Runner 17.11 and the docker command send them: what asks for nothing.
NOTHING = json.loads("""{
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "Tty": false, "OpenStdin": false, "Env": null,
    "Volumes": null, "WorkingDir": "", "Entrypoint": null, "OnBuild": null, "Labels": null,
    "Healthcheck": {"Test": ["NONE"]},
    "NetworkingConfig": null,
    "HostConfig": {
        "Binds": null, "ContainerIDFile": "", "LogConfig": {"Type": "json-file", "Config": null}, "NetworkMode": "",
        "PortBindings": null, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "AutoRemove": false,
        "VolumeDriver": "", "VolumesFrom": null, "ConsoleSize": [0, 0], "CapAdd": null, "CapDrop": null,
        "CgroupnsMode": "private", "Dns": [], "DnsOptions": [], "DnsSearch": [], "ExtraHosts": null, "GroupAdd": null,
        "IpcMode": "private", "Cgroup": "", "Links": null, "OomScoreAdj": 0, "PidMode": "", "Privileged": false,
        "PublishAllPorts": false, "ReadonlyRootfs": false, "SecurityOpt": null, "UTSMode": "", "UsernsMode": "",
        "ShmSize": 0, "Isolation": "default", "CpuShares": 0, "Memory": 0, "NanoCpus": 0, "CgroupParent": "",
        "BlkioWeight": 0, "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "CpuPeriod": 0, "CpusetCpus": "",
        "Devices": [], "DeviceCgroupRules": null, "DeviceRequests": null, "MemoryReservation": 0, "MemorySwap": -1,
        "MemorySwappiness": -1, "OomKillDisable": false, "PidsLimit": 0, "Ulimits": [], "CpuCount": 0,
        "IOMaximumBandwidth": 0, "MaskedPaths": null, "ReadonlyPaths": null, "Unknown": "passes"
    }
}""")


def body_of(place: str, value: Any) -> Any:
    for name in reversed(place.split(".")):
        value = {name: value}
    return value


@pytest.mark.parametrize(("place", "value"), REFUSED, ids=[place for place, _ in REFUSED])
def test_what_is_not_served_is_refused_by_its_name(client: Client, place: str, value: Any) -> None:
    answer = client.call("POST", "/containers/create?name=refused", {"Image": "alpine", **body_of(place, value)})
    assert answer.status == 400
    assert place.removeprefix("NetworkingConfig.") in answer.body["message"]
    assert client.call("GET", "/containers/refused/json").status == 404


def test_what_asks_for_nothing_is_accepted(client: Client) -> None:
    id_ = client.create("true", **NOTHING)
    shown = client.inspect(id_)["HostConfig"]
    assert (shown["Memory"], shown["LogConfig"]["Type"], shown["RestartPolicy"]["Name"]) == (0, "json-file", "no")
    assert "Unknown" not in shown


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/networks/create", {"Name": "n", "EnableIPv6": True}, "EnableIPv6"),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Subnet": "fd00::/64"}]}}, "IPAM.Config.Subnet"),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"IPRange": "10.0.0.0/28"}]}}, "IPAM.Config.IPRange"),
        ("/networks/create", {"Name": "n", "Options": {"com.docker.network.driver.mtu": "9"}}, "driver.mtu"),
        ("/volumes/create", {"Name": "volume", "DriverOpts": {"type": "tmpfs"}}, "DriverOpts"),
        ("/images/create?fromSrc=-&repo=x", {}, "fromSrc"),
        ("/images/create?fromImage=alpine&tag=latest&platform=plan9", {}, "platform"),
    ],
)
def test_so_are_those_of_other_calls(client: Client, path: str, body: Any, field: str) -> None:
    answer = client.call("POST", path, body)
    assert answer.status == 400
    assert field in answer.body["message"]


def test_so_are_an_execs(client: Client) -> None:
    id_ = client.run("sleep", "100")
    for field, value in (("Tty", True), ("Privileged", True), ("DetachKeys", "ctrl-a")):
        answer = client.call("POST", f"/containers/{id_}/exec", {"Cmd": ["true"], field: value})
        assert (answer.status, answer.body["message"].partition(" ")[0]) == (400, field)


def test_names_are_read_in_any_case_and_types_are_checked() -> None:
    assert read("HostConfig", {"binds": ["v:/x"], "other": 1}) == {"Binds": ["v:/x"]}
    for field, value in (("Memory", "1"), ("Memory", True), ("Binds", [1]), ("Binds", {}), ("AutoRemove", 1)):
        with pytest.raises(ApiError, match=f"HostConfig.{field} has to be") as caught:
            read("HostConfig", {field: value}, "HostConfig.")
        assert caught.value.status == 400


def test_what_was_not_given_is_shown_as_the_engine_shows_it(client: Client) -> None:
    client.call("POST", "/volumes/create", {"Name": "unlabelled"})
    assert client.call("GET", "/volumes/unlabelled").body["Labels"] is None
    client.call("POST", "/images/create?fromImage=alpine&tag=latest")
    client.call("POST", "/containers/create?name=plain", {"Image": "alpine", "Volumes": {}})
    assert client.call("GET", "/containers/plain/json").body["Config"]["Volumes"] is None
    created = [image["Created"] for image in client.call("GET", "/images/json").body]
    assert created and all(isinstance(each, int) for each in created)
