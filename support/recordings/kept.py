"""Which fields of an answer a recording keeps: those that clients read, GitLab Runner and Docker's own among them.

The others are left out, so that a recording made of one engine says nothing against another, and stays small.
"""

from __future__ import annotations

import re
from typing import Any

# A field by its name, ``*`` each field of an object, ``[…]`` each entry of a list; ``...`` the value as it is.


def _whole(names: str) -> dict[str, Any]:
    """These fields, each as it is."""
    return dict.fromkeys(names.split(), ...)


_NETWORK = {**_whole("Name Id Driver Internal Labels"), "Containers": {"*": _whole("Name IPv4Address")}}
_VOLUME = _whole("Name Driver Scope Mountpoint Labels")
_CONTAINER = {
    **_whole("Id Name Image"),
    "State": _whole("Status Running ExitCode"),
    "Config": _whole("Hostname Env Cmd Entrypoint ExposedPorts Labels Tty OpenStdin StdinOnce"),
    "HostConfig": _whole("Binds Links AutoRemove"),
    "Mounts": [_whole("Type Name Destination RW")],
    "NetworkSettings": {"Networks": {"*": _whole("NetworkID IPAddress Aliases")}},
}
_IMAGE = {
    **_whole("Id RepoTags RepoDigests Os Architecture"),
    "Config": _whole("Env Cmd Entrypoint ExposedPorts Volumes"),
}
_FIELDS = (
    (r"GET /info", _whole("OSType Architecture")),
    (r"GET /version", _whole("Os Arch ApiVersion Version")),
    (r"GET /images/.+/json", _IMAGE),
    (r"GET /networks", [_NETWORK]),
    (r"GET /networks/[^/]+", _NETWORK),
    (r"GET /volumes/[^/]+|POST /volumes/create", _VOLUME),
    (r"GET /containers/json", [_whole("Id Names Image State Labels")]),
    (r"GET /containers/[^/]+/json", _CONTAINER),
    (r"POST /containers/[^/]+/wait", _whole("StatusCode Error")),
    (r"POST /(containers|networks)/create|POST /containers/[^/]+/exec", _whole("Id")),
    (r"GET /exec/[^/]+/json", _whole("ID Running ExitCode OpenStdin ContainerID")),
)
_CHANGING = (
    ("Version", "{any version}"),
    ("ApiVersion", "{any version}"),
    ("Mountpoint", "{any path}"),
    ("Arch", "{any text}"),
    ("Architecture", "{any text}"),
    ("IPv4Address", "{any cidr}"),
)


def kept_answer(method: str, path: str, status: int, body: Any) -> Any:
    """What a recording keeps of an answer's JSON, None where it keeps nothing of it; ``path`` is without version."""
    if status >= 400:
        return {"message": "{any text}"} if isinstance(body, dict) and "message" in body else None
    for route, fields in _FIELDS:
        if re.fullmatch(route, f"{method} {path}"):
            return _kept(body, fields)
    return None


def kept_headers(path: str, status: int, headers: dict[str, str]) -> dict[str, str]:
    """What a recording keeps of an answer's headers, their names in lower case."""
    if path == "/_ping":
        return {"api-version": "{any version}"} if "api-version" in headers else {}
    is_stream = status == 101 or (path.endswith("/logs") and status == 200)
    return {"content-type": headers["content-type"]} if is_stream and "content-type" in headers else {}


def _kept(value: Any, fields: Any) -> Any:
    if fields is ...:
        return value
    if isinstance(fields, list):
        return [_kept(each, fields[0]) for each in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    if "*" in fields:
        return {key: _kept(each, fields["*"]) for key, each in value.items()}
    found = {key: _kept(value[key], each) for key, each in fields.items() if key in value}
    return found | {key: form for key, form in _CHANGING if isinstance(found.get(key), str)}
