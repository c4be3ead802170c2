"""From the body of a create call to a container's record."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path

from standin import fields, volumes
from standin.http import ApiError
from standin.images import Image
from standin.lifecycle import signal_number
from standin.output import Output
from standin.sandbox.kernel import NODEV, NOEXEC, NOSUID, RDONLY, words
from standin.state import PREDEFINED, Container, Daemon, Endpoint, Json, Mount, new_id
from standin.views import full_config, full_host_config

_TMPFS_FLAGS = {
    **{"rw": (RDONLY, 0), "ro": (0, RDONLY), "exec": (NOEXEC, 0), "noexec": (0, NOEXEC)},
    **{"suid": (NOSUID, 0), "nosuid": (0, NOSUID), "dev": (NODEV, 0), "nodev": (0, NODEV)},
}
_TMPFS_DATA = ("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks")
_MODES = {"", "ro", "rw", "z", "Z", "nocopy"}


def create_container(daemon: Daemon, name: str, body: Json) -> Container:
    """The record of a new container, its volumes made; the engine's 400, 404 or 409 when it cannot be."""
    parts = fields.read("", body)
    config, asked = fields.read("Config", body), fields.read("HostConfig", parts.get("HostConfig") or {}, "HostConfig.")
    networking = fields.read("NetworkingConfig", parts.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    if not body:
        raise ApiError(400, "config cannot be empty in order to create a container")
    name = name.removeprefix("/")
    if name and not volumes.NAME.fullmatch(name):
        raise ApiError(400, f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    if not config.get("Image"):
        raise ApiError(400, "no command specified")
    image = daemon.backend.image(config["Image"]) or daemon.image(config["Image"])
    host_config = full_host_config(asked)
    id_ = new_id()
    config = _config(id_, image, config)
    endpoints = _endpoints(daemon, host_config["NetworkMode"], networking)
    binds = [_bind(bind) for bind in host_config["Binds"] or ()]
    _check_hosts(host_config["ExtraHosts"] or ())
    links = [_link(daemon, link) for link in host_config["Links"] or ()]
    tmpfs = {target: tmpfs_options(target, options) for target, options in (host_config.get("Tmpfs") or {}).items()}
    if holder := next((c for c in daemon.containers.values() if c.name == name), None):
        conflict = f'Conflict. The container name "/{name}" is already in use by container "{holder.id}".'
        raise ApiError(409, f"{conflict} You have to remove (or rename) that container to be able to reuse that name.")
    mounts = _mounts(daemon, binds, config["Volumes"] or {})
    name, output = name or f"unnamed_{id_[:8]}", Output(daemon.folder)
    host_config["Links"] = [f"/{linked.name}:/{name}/{alias}" for linked, alias in links] or None
    container = Container(id_, name, image, config, host_config, mounts, endpoints, output, links, tmpfs)
    daemon.containers[id_] = container
    return container


def _config(id_: str, image: Image, given: Json) -> Json:
    """What the client gave over what the image says, as the engine merges them."""
    config, base = full_config({k: v for k, v in given.items() if v is not None}), full_config(dict(image.config))
    for key in ("Cmd", "Entrypoint"):
        config[key] = [config[key]] if isinstance(config[key], str) else config[key]
    if not config["Entrypoint"]:
        config["Cmd"] = config["Cmd"] or base["Cmd"]
        config["Entrypoint"] = base["Entrypoint"] if config["Entrypoint"] is None else config["Entrypoint"]
    if not (config["Entrypoint"] or config["Cmd"]):
        raise ApiError(400, "no command specified")
    env = config["Env"] or []
    named = {variable.partition("=")[0] for variable in env}
    config["Env"] = env + [variable for variable in base["Env"] or () if variable.partition("=")[0] not in named]
    for key in ("Labels", "Volumes", "ExposedPorts"):
        if merged := {**(base.get(key) or {}), **(config.get(key) or {})}:
            config[key] = merged
    config["Volumes"] = config["Volumes"] or None
    for key in ("User", "WorkingDir", "StopSignal"):
        if value := config.get(key) or base.get(key):
            config[key] = value
    if not config["WorkingDir"].startswith(("", "/")[bool(config["WorkingDir"])]):
        reason = "is invalid, it needs to be an absolute path"
        raise ApiError(400, f"the working directory '{config['WorkingDir']}' {reason}")
    signal_number(config.get("StopSignal") or "TERM")
    return config | {"Labels": config["Labels"] or {}, "Hostname": config["Hostname"] or id_[:12]}


def _endpoints(daemon: Daemon, mode: str, networking: Json) -> dict[str, Endpoint]:
    networking = {
        "bridge" if name == "default" else name: fields.read(
            "EndpointsConfig", settings or {}, f"EndpointsConfig.{name}."
        )
        for name, settings in networking.items()
    }
    endpoints = {}
    if ":" in mode:
        raise ApiError(400, f"HostConfig.NetworkMode {mode} is not served by the stand-in: a network each has its own")
    for wanted in dict.fromkeys((mode, *networking)):
        aliases = list(dict.fromkeys(networking.get(wanted, {}).get("Aliases") or ()))
        if aliases and wanted in PREDEFINED:
            reason = "network-scoped alias is supported only for containers in user defined networks"
            raise ApiError(400, f"invalid config for network {wanted}: invalid endpoint settings:\n{reason}")
        shown = next(
            (network.name for network in daemon.networks.values() if wanted in (network.id, network.id[:12])), wanted
        )
        endpoints[shown] = Endpoint(wanted, aliases)
    return endpoints


def _bind(bind: str) -> tuple[str, str, str]:
    source, target, mode = (*bind.split(":"), "", "")[:3]
    if not target.startswith("/"):
        reason = f"invalid mount path: '{target or source}' mount path must be absolute"
        raise ApiError(
            500, f"invalid volume specification: '{bind}': invalid mount config for type \"volume\": {reason}"
        )
    if not set(mode.split(",")) <= _MODES:
        raise ApiError(400, f"invalid mode: {mode}")
    if not source.startswith("/"):
        volumes.check_name(source)
    return source, target, mode


def _check_hosts(extra_hosts: Iterable[str]) -> None:
    for extra in extra_hosts:
        name, separator, address = extra.partition(":")
        if not name or not separator:
            raise ApiError(400, f'bad format for add-host: "{extra}"')
        if address == "host-gateway":
            raise ApiError(
                400, f"HostConfig.ExtraHosts: {extra} is not served by the stand-in: there is no way to the host"
            )
        try:
            ipaddress.ip_address(address.strip("[]"))
        except ValueError:
            raise ApiError(400, f'invalid IP address in add-host: "{address}"') from None


def _link(daemon: Daemon, link: str) -> tuple[Container, str]:
    """A container that its own reaches by a further name, ``name`` or ``name:alias``."""
    name, _, alias = link.partition(":")
    if not name or ":" in alias:
        raise ApiError(500, f"bad format for links: {link}")
    try:
        linked = daemon.container(name)
    except ApiError as error:
        raise ApiError(400, f"could not get container for {name}: {error}") from error
    return linked, alias.rpartition("/")[2] or name


def tmpfs_options(target: str, options: str) -> tuple[int, str]:
    """Flags and data of the mount; 400 for a path or an option that is not one."""
    if not str(target).startswith("/"):
        raise ApiError(400, f"invalid mount path: '{target}' mount path must be absolute")
    flags, data = NOSUID | NODEV | NOEXEC, []
    for option in filter(None, options.split(",")):
        name = option.partition("=")[0]
        if name in _TMPFS_FLAGS:
            cleared, set_ = _TMPFS_FLAGS[name]
            flags = flags & ~cleared | set_
        elif name in _TMPFS_DATA and "=" in option:
            data.append(option)
        else:
            raise ApiError(400, f"HostConfig.Tmpfs {target}: option {option} is not served by the stand-in")
    return flags, ",".join(data)


def _mounts(daemon: Daemon, binds: Iterable[tuple[str, str, str]], anonymous: Iterable[str]) -> list[Mount]:
    mounts = []
    for source, target, mode in binds:
        if source.startswith("/"):
            try:
                Path(source).mkdir(parents=True, exist_ok=True)
            except (OSError, ValueError) as error:
                if not Path(source).exists():  # a file is no folder, but there
                    reason = f"error while creating mount source path '{source}': {words(error)}"
                    raise ApiError(500, reason) from error
            mounts.append(Mount(None, Path(source), target, mode))
        else:
            volume = daemon.volumes.get(source) or volumes.create(daemon, source, {})
            mounts.append(Mount(volume, volume.path, target, mode or "z"))
    bound = {mount.target for mount in mounts}
    for volume_target in (target for target in anonymous if target not in bound):
        volume = volumes.create(daemon, "", {})
        mounts.append(Mount(volume, volume.path, volume_target, ""))
    return mounts
