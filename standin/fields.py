"""The known fields of bodies: those that are served, and those that are refused unless they ask for nothing.

Fields are read as the engine reads them: names in any case, null for any value, and unknown names pass unread.
"""

from __future__ import annotations

from typing import Any

from standin.http import ApiError, Request
from standin.images import architecture

Json = dict[str, Any]
# By body: its fields and their types. s: text, b: boolean, n: number, l: list of texts, a: list, m: object, t: text or
# list of texts. What has ! is not served: it may be zero, or have one of the values that mean the same.
_TABLES = {
    "": "HostConfig:m NetworkingConfig:m",
    "Config": """
        Hostname:s User:s AttachStdin:b AttachStdout:b AttachStderr:b OpenStdin:b StdinOnce:b Env:l Cmd:t Image:s
        Volumes:m WorkingDir:s Entrypoint:t Labels:m ExposedPorts:m StopSignal:s StopTimeout:n OnBuild:l Shell:l
        Domainname:s! Tty:b! Healthcheck:m! ArgsEscaped:b! NetworkDisabled:b! MacAddress:s!""",
    "HostConfig": """
        Binds:l NetworkMode:s AutoRemove:b ExtraHosts:l Links:l Tmpfs:m ContainerIDFile:s ConsoleSize:a Annotations:m
        LogConfig:m! RestartPolicy:m! PortBindings:m! VolumeDriver:s! VolumesFrom:l! Mounts:a! CapAdd:l! CapDrop:l!
        CgroupnsMode:s! Dns:l! DnsOptions:l! DnsSearch:l! GroupAdd:l! IpcMode:s! Cgroup:s! OomScoreAdj:n! PidMode:s!
        Privileged:b! PublishAllPorts:b! ReadonlyRootfs:b! SecurityOpt:l! StorageOpt:m! UTSMode:s! UsernsMode:s!
        ShmSize:n! Sysctls:m! Runtime:s! Isolation:s! Init:b! MaskedPaths:l! ReadonlyPaths:l! CpuShares:n! Memory:n!
        NanoCpus:n! CgroupParent:s! BlkioWeight:n! BlkioWeightDevice:a! BlkioDeviceReadBps:a! BlkioDeviceWriteBps:a!
        BlkioDeviceReadIOps:a! BlkioDeviceWriteIOps:a! CpuPeriod:n! CpuQuota:n! CpuRealtimePeriod:n!
        CpuRealtimeRuntime:n! CpusetCpus:s! CpusetMems:s! Devices:a! DeviceCgroupRules:l! DeviceRequests:a!
        KernelMemory:n! KernelMemoryTCP:n! MemoryReservation:n! MemorySwap:n! MemorySwappiness:n! OomKillDisable:b!
        PidsLimit:n! Ulimits:a! CpuCount:n! CpuPercent:n! IOMaximumIOps:n! IOMaximumBandwidth:n!""",
    "NetworkingConfig": "EndpointsConfig:m",
    # The engine, too, reads no more of a connection's state than what was asked for.
    "EndpointsConfig": """
        Aliases:l NetworkID:s EndpointID:s Gateway:s IPAddress:s IPPrefixLen:n IPv6Gateway:s GlobalIPv6Address:s
        GlobalIPv6PrefixLen:n DNSNames:l IPAMConfig:m! Links:l! MacAddress:s! DriverOpts:m! GwPriority:n!""",
    "Exec": """
        AttachStdin:b AttachStdout:b AttachStderr:b Cmd:l Env:l WorkingDir:s User:s ConsoleSize:a Detach:b
        Tty:b! DetachKeys:s! Privileged:b!""",
    "ExecStart": "Detach:b Tty:b ConsoleSize:a",
    "Network": """
        Name:s CheckDuplicate:b Driver:s IPAM:m Internal:b Attachable:b Labels:m Options:m Scope:s! EnableIPv4:b!
        EnableIPv6:b! Ingress:b! ConfigOnly:b! ConfigFrom:m!""",
    "IPAM": "Config:a Driver:s! Options:m!",
    "IPAM.Config": "Subnet:s Gateway:s IPRange:s! AuxiliaryAddresses:m!",
    "Disconnect": "Container:s Force:b",
    "Volume": "Name:s Driver:s Labels:m DriverOpts:m! ClusterVolumeSpec:m!",
}
_SAME_AS_NONE: dict[str, tuple[Any, ...]] = {
    "Healthcheck": ({"Test": ["NONE"]},),
    "LogConfig": ({"Type": "json-file"},),
    "RestartPolicy": ({"Name": "no"},),
    **dict.fromkeys(("IpcMode", "CgroupnsMode"), ("private",)),
    **dict.fromkeys(("MemorySwappiness", "MemorySwap", "PidsLimit"), (-1,)),
    "Isolation": ("default",),
    "Runtime": ("standin",),
    "ShmSize": (64 * 1024 * 1024,),
    "VolumeDriver": ("local",),
    "Driver": ("default",),
    "Scope": ("local",),
    "EnableIPv4": (True,),
}
_TYPES: dict[str, tuple[type, ...]] = {"s": (str,), "b": (bool,), "n": (int, float), "m": (dict,), "t": (str, list)}
_WORDS = {"s": "text", "b": "boolean", "n": "number", "m": "object", "l": "list of texts", "a": "list"}
_WORDS["t"] = _WORDS["l"]
_FIELDS = {body: {field.partition(":")[0].lower(): field for field in table.split()} for body, table in _TABLES.items()}
_ZEROS = {"s": "", "b": False, "n": 0}
_NOT_SHOWN = {"Init", "KernelMemory", "KernelMemoryTCP", "MemorySwappiness", "OomKillDisable", "PidsLimit"}


def read(body: str, given: Json, place: str = "") -> Json:
    """The known fields of a body, by their proper names; 400 for one of another type, or of one that is not served.

    ``place`` names what the body is part of, for the message: ``HostConfig.``.
    """
    found = {}
    for key, value in given.items():
        field, _, kind = _FIELDS[body].get(key.lower(), "").partition(":")
        if not field:
            continue
        if not _is_of(kind[0], value):
            raise ApiError(400, f"invalid JSON: {place}{field} has to be a {_WORDS[kind[0]]}")
        if kind.endswith("!") and (wanted := _without_zeros(value)) and wanted not in _SAME_AS_NONE.get(field, ()):
            raise ApiError(400, f"{place}{field} is not served by the stand-in; leave it out (it is {value!r})")
        found[field] = value
    return found


def zeros(body: str) -> Json:
    """What is shown of fields that are not served: texts, booleans and numbers that ask for nothing."""
    fields = (field.partition(":") for field in _FIELDS[body].values())
    return {name: _ZEROS[kind[0]] for name, _, kind in fields if kind[0] in _ZEROS and name not in _NOT_SHOWN}


def refuse_query(request: Request, *names: str) -> None:
    """400 for a parameter of the query that asks for something which is not served."""
    for name in names:
        if request.query.get(name, "").lower() not in ("", "0", "false"):
            raise ApiError(400, f"{name} is not served by the stand-in; leave it out of the query")


def check_platform(request: Request) -> None:
    """400 for images of another platform than the machine's."""
    own = f"linux/{architecture()}"
    if (wanted := request.query.get("platform", "")) not in ("", "linux", own):
        raise ApiError(400, f"platform {wanted} is not served by the stand-in: it is {own}")


def _is_of(kind: str, value: Any) -> bool:
    if value is None:
        return True
    if kind in "la" or (kind == "t" and isinstance(value, list)):
        return isinstance(value, list) and (kind == "a" or all(isinstance(each, str) for each in value))
    return isinstance(value, _TYPES[kind]) and (kind == "b" or not isinstance(value, bool))


def _without_zeros(value: Any) -> Any:
    """What an object asks for; of anything else, whether it asks for something."""
    if isinstance(value, dict):
        return {key: wanted for key, each in value.items() if (wanted := _without_zeros(each))}
    return value
