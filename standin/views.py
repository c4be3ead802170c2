"""Records in the shapes of API 1.44, with the keys that documents, runner and docker clients read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from standin.clock import SECOND, since, stamp
from standin.fields import zeros
from standin.state import PREDEFINED, Container, Endpoint, Exec, Json, Mount, Network, Volume

_CONFIG: Json = json.loads("""{
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
    "Tty": false, "OpenStdin": false, "StdinOnce": false, "Env": null, "Cmd": null, "Image": "", "Volumes": null,
    "WorkingDir": "", "Entrypoint": null, "OnBuild": null, "Labels": null
}""")
_HOST_CONFIG: Json = json.loads("""{
    "Binds": null, "NetworkMode": "bridge", "AutoRemove": false, "ExtraHosts": null, "Links": null,
    "Runtime": "standin", "IpcMode": "private", "ShmSize": 67108864,
    "LogConfig": {"Type": "json-file", "Config": {}}, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}
}""")
_ADDRESS: Json = json.loads("""{
    "EndpointID": "", "Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "IPAddress": "",
    "IPPrefixLen": 0, "IPv6Gateway": "", "MacAddress": ""
}""")
_ENDPOINT: Json = _ADDRESS | dict.fromkeys(("IPAMConfig", "Links", "Aliases", "DriverOpts", "DNSNames"))
_UNSET: tuple[Any, ...] = (None, "", 0, {})


def full_config(config: Json) -> Json:
    """A container's or image's ``Config`` with what was left out."""
    return _CONFIG | config


def full_host_config(config: Json) -> Json:
    """``HostConfig`` with the engine's values where the client gave none, or gave Go's zero values."""
    given = {key: value for key, value in config.items() if value not in _UNSET}
    given |= {"PortBindings": config.get("PortBindings")}  # an empty object is shown as one
    if given.get("NetworkMode") == "default":
        del given["NetworkMode"]
    for key in ("LogConfig", "RestartPolicy"):
        if key in given:  # nothing else than this is served
            given[key] = _HOST_CONFIG[key]
    return zeros("HostConfig") | _HOST_CONFIG | given


def ports(container: Container) -> dict[str, None]:
    return dict.fromkeys(container.config.get("ExposedPorts") or {}) if container.running else {}


def endpoint(container: Container, own: Endpoint, *, names: bool) -> Json:
    """A network as a container's inspect shows it; the list shows no ``names``."""
    shown = _ENDPOINT | {"MacAddress": own.mac, "EndpointID": own.id, "IPAddress": own.address, "NetworkID": ""}
    if network := own.network:
        shown["NetworkID"] = network.id
        if network.subnet and own.address:
            shown |= {"Gateway": network.gateway, "IPPrefixLen": network.subnet.prefixlen}
    if names and own.wanted not in PREDEFINED:
        shown["Aliases"] = [*own.aliases, container.id[:12]]
        if network:
            names_there = (container.name, *shown["Aliases"], container.config["Hostname"])
            shown["DNSNames"] = list(dict.fromkeys(names_there))
    return shown


def mount(own: Mount, *, whole: bool) -> Json:
    """A mount; the list does not tell where an anonymous volume's files are."""
    access = {"Destination": own.target, "Mode": own.mode, "RW": own.writable}
    if own.volume is None:
        return {"Type": "bind", "Source": str(own.source), **access, "Propagation": "rprivate"}
    source = "" if own.volume.anonymous and not whole else str(own.source)
    return {"Type": "volume", "Name": own.volume.name, "Source": source, "Driver": "local", **access, "Propagation": ""}


def container_inspect(container: Container, driver: str) -> Json:
    command, state = container.command, {"Status": container.status, "Running": container.running}
    state |= dict.fromkeys(("Paused", "Restarting", "OOMKilled", "Dead"), False)
    state |= {"Pid": container.pid, "ExitCode": container.exit_code, "Error": container.error}
    state |= {"StartedAt": stamp(container.started_ns), "FinishedAt": stamp(container.finished_ns)}
    networks = {name: endpoint(container, own, names=True) for name, own in container.endpoints.items()}
    # Only the default network is told at the top level as well.
    address = {key: value for key, value in networks.get("bridge", _ADDRESS).items() if key in _ADDRESS}
    return {
        **{"Id": container.id, "Created": stamp(container.created_ns), "Path": command[0], "Args": command[1:]},
        **{"State": state, "Image": container.image.id, "Name": f"/{container.name}", "RestartCount": 0},
        **{"Driver": driver, "Platform": "linux", "LogPath": "", "ExecIDs": None},
        **{"HostConfig": container.host_config, "Config": container.config},
        "Mounts": [mount(own, whole=True) for own in container.mounts],
        "NetworkSettings": {"Bridge": "", **address, "Ports": ports(container), "Networks": networks},
    }


def container_summary(container: Container, links: Iterable[str] = ()) -> Json:
    command = (f"'{word}'" if position and " " in word else word for position, word in enumerate(container.command))
    networks = {name: endpoint(container, own, names=False) for name, own in container.endpoints.items()}
    split = sorted((int(number), kind) for number, _, kind in (port.partition("/") for port in ports(container)))
    status = "Created" if container.status == "created" else f"Up {since(container.started_ns)}"
    if container.status == "exited":
        status = f"Exited ({container.exit_code}) {since(container.finished_ns)} ago"
    return {
        **{"Id": container.id, "Names": sorted((f"/{container.name}", *links)), "Image": container.config["Image"]},
        **{"ImageID": container.image.id, "Command": " ".join(command), "Created": container.created_ns // SECOND},
        "Ports": [{"PrivatePort": number, "Type": protocol} for number, protocol in split],
        **{"Labels": container.config["Labels"], "State": container.status, "Status": status},
        "HostConfig": {"NetworkMode": container.host_config["NetworkMode"]},
        "NetworkSettings": {"Networks": networks},
        "Mounts": [mount(own, whole=False) for own in container.mounts],
    }


def exec_inspect(execution: Exec) -> Json:
    config = execution.config
    tty, privileged, command = bool(config.get("Tty")), bool(config.get("Privileged")), config["Cmd"]
    process = {"tty": tty, "entrypoint": command[0], "arguments": command[1:], "privileged": privileged}
    return {
        **{"ID": execution.id, "Running": execution.running, "ExitCode": execution.exit_code, "ProcessConfig": process},
        **{f"Open{name}": bool(config.get(f"Attach{name}")) for name in ("Stdin", "Stderr", "Stdout")},
        **{"CanRemove": False, "ContainerID": execution.container.id, "DetachKeys": "", "Pid": execution.pid},
    }


def network_inspect(network: Network, members: Iterable[tuple[Container, Endpoint]]) -> Json:
    asked = network.settings
    pool = [{"Subnet": str(network.subnet), "Gateway": network.gateway}] if network.subnet else None
    ipam = {"Driver": "default", "Options": (asked.get("IPAM") or {}).get("Options"), "Config": pool}
    containers = {}
    for container, own in members:
        address = f"{own.address}/{network.subnet.prefixlen}" if network.subnet else ""
        shown = {"Name": container.name, "EndpointID": own.id, "MacAddress": own.mac}
        containers[container.id] = {**shown, "IPv4Address": address, "IPv6Address": ""}
    return {
        **{"Name": network.name, "Id": network.id, "Created": stamp(network.created_ns), "Scope": "local"},
        **{"Driver": network.driver, "EnableIPv6": False, "IPAM": ipam},
        **{key: bool(asked.get(key)) for key in ("Internal", "Attachable", "Ingress")},
        **{"ConfigFrom": {"Network": ""}, "ConfigOnly": False, "Containers": containers},
        **{"Options": asked.get("Options") or {}, "Labels": asked.get("Labels") or {}},
    }


def volume_inspect(volume: Volume) -> Json:
    return {
        **{"CreatedAt": stamp(volume.created_ns // SECOND * SECOND), "Driver": "local", "Labels": volume.labels},
        **{"Mountpoint": str(volume.path), "Name": volume.name, "Options": volume.options, "Scope": "local"},
    }
