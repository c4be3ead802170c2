"""From the body of a create call to a container's record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from support.standin import volumes
from support.standin.http import ApiError
from support.standin.images import Image
from support.standin.output import Output
from support.standin.signals import number_of
from support.standin.state import Container, Daemon, Endpoint, Json, Mount, new_id
from support.standin.views import full_config, full_host_config

_MODES = frozenset(("", "ro", "rw", "z", "Z", "nocopy"))


def create_container(daemon: Daemon, name: str, body: Json) -> Container:
    """The record of a new container, its volumes made; the engine's 400, 404 or 409 when it cannot be."""
    if not body:
        raise ApiError(400, "config cannot be empty in order to create a container")
    if name and not volumes.NAME.fullmatch(name.removeprefix("/")):
        raise ApiError(400, f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    if not body.get("Image"):
        raise ApiError(400, "no command specified")
    image = daemon.image(body["Image"])
    host_config = full_host_config(body.get("HostConfig") or {})
    networking = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    id_ = new_id()
    config = _config(id_, image, {k: v for k, v in body.items() if k not in ("HostConfig", "NetworkingConfig")})
    endpoints = _endpoints(daemon, host_config["NetworkMode"], networking)
    _check_binds(host_config["Binds"] or ())
    name = name.removeprefix("/") or daemon.free_name()
    if holder := next((c for c in daemon.containers.values() if c.name == name), None):
        conflict = f'Conflict. The container name "/{name}" is already in use by container "{holder.id}".'
        raise ApiError(409, f"{conflict} You have to remove (or rename) that container to be able to reuse that name.")
    mounts = _mounts(daemon, host_config["Binds"] or (), config["Volumes"] or {})
    removed = asyncio.get_running_loop().create_future()
    output = Output(daemon.folder)
    container = Container(id_, name, image, config, host_config, mounts, endpoints, output, removed)
    daemon.containers[id_] = container
    return container


def _config(id_: str, image: Image, given: Json) -> Json:
    """What the client gave over what the image says, as the engine merges them."""
    config = full_config({key: value for key, value in given.items() if value is not None})
    base = full_config(dict(image.config))
    for key in ("Cmd", "Entrypoint"):
        if isinstance(config[key], str):
            config[key] = [config[key]]
    if not config["Entrypoint"]:
        config["Cmd"] = config["Cmd"] or base["Cmd"]
        if config["Entrypoint"] is None:
            config["Entrypoint"] = base["Entrypoint"]
    if not (config["Entrypoint"] or config["Cmd"]):
        raise ApiError(400, "no command specified")
    if not isinstance(config["Env"] or [], list):
        raise ApiError(400, "invalid JSON: json: cannot unmarshal into Config.Env of type []string")
    env = list(config["Env"] or ())
    named = {variable.partition("=")[0] for variable in env}
    config["Env"] = env + [variable for variable in base["Env"] or () if variable.partition("=")[0] not in named]
    for key in ("Labels", "Volumes", "ExposedPorts"):
        if merged := {**(base.get(key) or {}), **(config.get(key) or {})}:
            config[key] = merged
    for key in ("User", "WorkingDir", "StopSignal"):
        if value := config.get(key) or base.get(key):
            config[key] = value
    if "StopSignal" in config:
        number_of(config["StopSignal"])
    config["Labels"] = config["Labels"] or {}
    config["Hostname"] = config["Hostname"] or id_[:12]
    return config


def _endpoints(daemon: Daemon, mode: str, networking: Json) -> dict[str, Endpoint]:
    endpoints = {}
    networking = {"bridge" if name == "default" else name: settings or {} for name, settings in networking.items()}
    for wanted in dict.fromkeys((mode, *networking)):
        aliases = list(dict.fromkeys(networking.get(wanted, {}).get("Aliases") or ()))
        if aliases and wanted in ("bridge", "host", "none"):
            reason = "network-scoped alias is supported only for containers in user defined networks"
            raise ApiError(400, f"invalid config for network {wanted}: invalid endpoint settings:\n{reason}")
        known = next((n.name for n in daemon.networks.values() if wanted in (n.name, n.id)), wanted)
        endpoints[known] = Endpoint(wanted, aliases)
    return endpoints


def _check_binds(binds: Iterable[str]) -> None:
    for bind in binds:
        source, _, rest = bind.partition(":")
        target, _, mode = rest.partition(":")
        if not target.startswith("/"):
            target = target or source
            reason = (
                f"invalid mount config for type \"volume\": invalid mount path: '{target}' mount path must be absolute"
            )
            raise ApiError(
                400, f"invalid volume specification: '{bind}': invalid mount config for type \"volume\": {reason}"
            )
        if not set(mode.split(",")) <= _MODES:
            raise ApiError(400, f"invalid mode: {mode}")
        if not source.startswith("/"):
            volumes.check_name(source)


def _mounts(daemon: Daemon, binds: Iterable[str], anonymous: Iterable[str]) -> list[Mount]:
    mounts = []
    for bind in binds:
        source, target, mode = (*bind.split(":"), "")[:3]
        if source.startswith("/"):
            Path(source).mkdir(parents=True, exist_ok=True)
            mounts.append(Mount(None, Path(source), target, mode))
        else:
            volume = daemon.volumes.get(source) or volumes.create(daemon, source, {})
            mounts.append(Mount(volume, volume.path, target, mode or "z"))
    bound = {mount.target for mount in mounts}
    for target in anonymous:
        if target not in bound:
            volume = volumes.create(daemon, "", {})
            mounts.append(Mount(volume, volume.path, target, ""))
    return mounts
