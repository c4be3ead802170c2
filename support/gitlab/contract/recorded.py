"""What GitLab Runner 17.11 sends with every container, zero values and nulls included."""

from __future__ import annotations

from typing import Any

RESTART_POLICY: dict[str, Any] = {"Name": "no", "MaximumRetryCount": 0}
HOST_CONFIG: dict[str, Any] = {
    **dict.fromkeys(
        (
            "PortBindings",
            "VolumesFrom",
            "CapAdd",
            "CapDrop",
            "Dns",
            "DnsOptions",
            "DnsSearch",
            "ExtraHosts",
            "GroupAdd",
            "Links",
            "SecurityOpt",
            "BlkioWeightDevice",
            "BlkioDeviceReadBps",
            "BlkioDeviceWriteBps",
            "BlkioDeviceReadIOps",
            "BlkioDeviceWriteIOps",
            "Devices",
            "DeviceCgroupRules",
            "DeviceRequests",
            "MemorySwappiness",
            "OomKillDisable",
            "PidsLimit",
            "Ulimits",
            "MaskedPaths",
            "ReadonlyPaths",
        )
    ),
    **dict.fromkeys(
        (
            "OomScoreAdj",
            "ShmSize",
            "CpuShares",
            "Memory",
            "NanoCpus",
            "BlkioWeight",
            "CpuPeriod",
            "CpuQuota",
            "CpuRealtimePeriod",
            "CpuRealtimeRuntime",
            "MemoryReservation",
            "MemorySwap",
            "CpuCount",
            "CpuPercent",
            "IOMaximumIOps",
            "IOMaximumBandwidth",
        ),
        0,
    ),
    **dict.fromkeys(
        (
            "ContainerIDFile",
            "VolumeDriver",
            "CgroupnsMode",
            "IpcMode",
            "Cgroup",
            "PidMode",
            "UTSMode",
            "UsernsMode",
            "Isolation",
            "CgroupParent",
            "CpusetCpus",
            "CpusetMems",
        ),
        "",
    ),
    **dict.fromkeys(("AutoRemove", "Privileged", "PublishAllPorts", "ReadonlyRootfs"), False),
    "LogConfig": {"Type": "json-file", "Config": None},
    "ConsoleSize": [0, 0],
}
NETWORK: dict[str, Any] = {
    "Driver": "",
    "Scope": "",
    "EnableIPv6": False,
    "IPAM": None,
    "Internal": False,
    "Attachable": False,
    "Ingress": False,
    "ConfigOnly": False,
    "ConfigFrom": None,
    "Options": {},
}
