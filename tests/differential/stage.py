"""Brings about what a call presupposes, on one daemon, puts the call, and takes everything away again."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.differential.calls.call import END, Call
from tests.differential.wire import Answer, ask, read_until

ALPINE = "alpine:latest"
IMAGES = (ALPINE, "postgres:16-alpine")
SHELL = {"OpenStdin": True, "StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
IN_NETWORK = {
    "NetworkingConfig": {"EndpointsConfig": {"{network_name}": {"Aliases": ["postgres", "db"]}}},
    "HostConfig": {"NetworkMode": "{network_name}", "Binds": ["{volume}:/data"]},
}
# What containers run: a sleeper until it is killed, a polite one until SIGTERM, a talker says a line on each stream.
CONTAINERS: dict[str, dict[str, Any]] = {
    "sleeper": {"Cmd": ["tail", "-f", "/dev/null"]},
    "polite": {"Cmd": ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done"]},
    "talker": {"Cmd": ["sh", "-c", "echo out; echo err >&2; exit 3"]},
    "counter": {"Cmd": ["sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done"]},
    "unfinished": {"Cmd": ["printf", "first\nsecond"]},
    "by-entrypoint": {"Entrypoint": ["sh", "-c"], "Cmd": ["echo $WORD; pwd; id -u"], "Env": ["WORD=hello"]},
    "shell": {"Cmd": ["sh"], **SHELL},
    "cat": {"Cmd": ["cat"], **SHELL},
    "nothing": {"Cmd": ["no-such-program"]},
    "nothing-there": {"Cmd": ["/no/such/program"]},
    "folder": {"Cmd": ["/etc"]},
    "nobody": {"Cmd": ["true"], "User": "no-such-user"},
    "transient": {"Cmd": ["tail", "-f", "/dev/null"], "HostConfig": {"AutoRemove": True}},
    "member": {"Cmd": ["tail", "-f", "/dev/null"], **IN_NETWORK},
    "member-talker": {"Cmd": ["sh", "-c", "echo out; exit 3"], **IN_NETWORK},
    "linked-to": {"Cmd": ["tail", "-f", "/dev/null"], "Env": ["WORD=x"], "ExposedPorts": {"99/tcp": {}, "80/tcp": {}}},
    "linked": {
        "Cmd": ["sh", "-c", "grep my-db /etc/hosts; env | grep ^MY_DB_ | sort"],
        "HostConfig": {"Links": ["{name}:my-db"]},
    },
    "scratch": {
        "Cmd": ["sh", "-c", "stat -c %a /scratch; df -Pk /scratch | awk '{s=$2} END {print s}'; echo x >/scratch/x"],
        "HostConfig": {"Tmpfs": {"/scratch": "size=1m,mode=700"}},
    },
    "service": {"Image": "postgres:16-alpine", "Env": ["POSTGRES_PASSWORD=secret"]},
}
EXECS: dict[str, dict[str, Any]] = {
    "echo": {"Cmd": ["echo", "exec-works"], "AttachStdout": True, "AttachStderr": True},
    "seven": {"Cmd": ["sh", "-c", "echo to-stderr >&2; exit 7"], "AttachStdout": True, "AttachStderr": True},
    "cat": {"Cmd": ["cat"], "AttachStdin": True, "AttachStdout": True, "AttachStderr": True},
    "nothing": {"Cmd": ["no-such-program"], "AttachStdout": True, "AttachStderr": True},
}


class StageError(Exception):
    """A daemon did not bring about what a call presupposes: the call cannot be compared."""


def provide_images(daemon: str) -> None:
    """Pull what the calls stand on, where it is missing. Raises ``StageError``."""
    for image in IMAGES:
        name, _, tag = image.partition(":")
        try:
            if ask(daemon, "GET", f"/v1.44/images/{image}/json").status == 200:
                continue
            answer = ask(daemon, "POST", f"/v1.44/images/create?fromImage={name}&tag={tag}")
        except OSError as error:
            raise StageError(
                f"{daemon} cannot be asked: {error.strerror}; give the socket of a running daemon"
            ) from error
        if answer.status != 200 or b'"error"' in answer.body:
            raise StageError(f"{daemon}: pulling {image} answered {answer.status}: {answer.body[-300:]!r}")


class Stage:
    """The scene of one call on one daemon. ``values``: what ``{id}`` and the like stand for."""

    def __init__(self, daemon: str, label: str) -> None:
        self._daemon = daemon  # its socket
        self._made: list[str] = []  # paths to DELETE, last first
        self.values: dict[str, str] = {}
        image = self._do(f"GET /images/{ALPINE}/json", 200).json()
        digest = image["RepoDigests"][0]
        self.values |= {
            "label": label,
            "name": f"{label}-container",
            "network_name": f"{label}-network",
            "volume": f"{label}-volume",
            "image": image["Id"],
            "image:12": image["Id"][7:19],
            "digest": digest,
            "digest:only": digest.partition("@")[2],
            "since": f"{time.time():.9f}",
        }

    def bring(self, given: str) -> None:
        """Bring about each of ``network, volume, created X, running X, exited X, exec X …``, in order.

        Raises ``StageError`` where the daemon refuses.
        """
        for step in filter(None, given.split(", ")):
            verb, _, what = step.partition(" ")
            getattr(self, f"_{verb}")(what)
        now = time.time()
        # An event is published a moment after what it tells of can be seen.
        self.values |= {"until": f"{now + 0.3:.9f}", "soon": f"{now + 4:.9f}", "later": f"{now + 3600:.9f}"}

    def put(self, call: Call) -> Answer:
        """The call itself."""
        upgrade = {"Connection": "Upgrade", "Upgrade": "tcp"} if call.hijack == "upgrade" else {}
        answer = ask(
            self._daemon,
            *self._target(call.request, call.version),
            body=self._fill(call.body).encode(),
            headers={**upgrade, "Content-Type": call.media if call.body else ""},
            raw=bool(call.hijack),
            meanwhile=(lambda connection: self._meanwhile(call, connection)) if call.meanwhile else None,
        )
        if answer.status == 201 and "/create" in call.request:
            kind = call.request.split("/")[1]
            made = answer.json()
            self._note(kind, made.get("Id") or made["Name"])
        return answer

    def roles(self) -> dict[str, str]:
        """What the ids of this daemon stand for, so that two daemons' texts compare."""
        named = {"image": "image", "image:12": "image:12", "digest:only": "digest", "exec": "exec"}
        roles = {self.values[key]: role for key, role in named.items() if key in self.values}
        for number, path in enumerate(self._made):
            kind, name = path[1:].split("/")
            if re.fullmatch("[0-9a-f]{64}", name):
                roles |= {name: f"{kind} {number}", name[:12]: f"{kind} {number}:12"}
        return roles

    def clear(self) -> None:
        """Remove everything that was made, the last first: nothing holds on to what came after it."""
        for path in reversed(self._made):
            self._do(f"DELETE {path}?force=true&v=true", 200, 204, 404)

    def _fill(self, text: str) -> str:
        return re.sub(r"{([a-z_:0-9]+)}", lambda match: self.values.get(match[1], match[0]), text)

    def _target(self, request: str, version: str = "/v1.44") -> tuple[str, str]:
        method, _, target = self._fill(request).partition(" ")
        path, mark, query = target.partition("?")
        return method, version + quote(path, safe="/:@") + mark + quote(query, safe="=&:@")

    def _do(self, request: str, *expected: int, body: Mapping[str, Any] | None = None, raw: bool = False) -> Answer:
        content = b"" if body is None else self._fill(json.dumps(body)).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        answer = ask(self._daemon, *self._target(request), body=content, headers=headers, raw=raw)
        if answer.status not in expected:
            raise StageError(f"{self._fill(request)} answered {answer.status}: {answer.body[:200]!r}")
        return answer

    def _note(self, kind: str, name: str) -> None:
        self._made.append(f"/{kind}/{name}")
        if kind == "containers":
            self.values |= {"id": name, "id:12": name[:12]}
        elif kind == "networks":
            self.values |= {"network": name, "network:12": name[:12]}

    def _meanwhile(self, call: Call, connection: socket.socket) -> None:
        for step in call.meanwhile:
            if isinstance(step, str):
                self._do(step, 200, 204)
            elif step:
                connection.sendall(step)
            else:
                connection.shutdown(socket.SHUT_WR)

    def _network(self, _: str) -> None:
        body = {"Name": "{network_name}", "Labels": {"differential": "{label}"}}
        self._note("networks", self._do("POST /networks/create", 201, body=body).json()["Id"])

    def _volume(self, _: str) -> None:
        self._do("POST /volumes/create", 201, body={"Name": "{volume}", "Labels": {"differential": "{label}"}})
        self._note("volumes", self.values["volume"])

    def _created(self, what: str) -> None:
        labels = {"differential": "{label}", "key-{label}": "", "kind": what}
        name = self.values["name"] if "id" not in self.values else f"{self.values['name']}-{what}"
        request = f"POST /containers/create?name={name}"
        made = self._do(request, 201, body={"Image": ALPINE, "Labels": labels, **CONTAINERS[what]})
        self._note("containers", made.json()["Id"])

    def _running(self, what: str) -> None:
        self._created(what)
        self._do("POST /containers/{id}/start", 204)

    def _exited(self, what: str) -> None:
        self._created(what)
        self._again(what)

    def _again(self, _: str) -> None:
        self._do("POST /containers/{id}/start", 204)
        self._await_end()

    def _await_end(self) -> None:
        self._do("POST /containers/{id}/wait", 200)
        # The engine answers wait a moment before its list shows the end; inspect waits for both.
        self._do("GET /containers/{id}/json", 200)

    def _scripted(self, what: str) -> None:
        """Created, and its first script has ended: attach, start, write, half-close."""
        self._created(what)
        attach = "POST /containers/{id}/attach?stdin=1&stdout=1&stderr=1&stream=1"
        steps = ("POST /containers/{id}/start", b"echo first\n", END)
        self.put(Call("a first script", "", attach, hijack="upgrade", meanwhile=steps))
        self._await_end()

    def _ended(self, _: str) -> None:
        self._do("POST /containers/{id}/kill", 204)
        self._await_end()

    def _killed(self, what: str) -> None:
        self._running(what)
        self._ended(what)

    def _stopped(self, _: str) -> None:
        self._do("POST /containers/{id}/stop", 204)

    def _removed(self, what: str) -> None:
        self._created(what)
        self._do("DELETE /containers/{id}", 204)

    def _failed(self, what: str) -> None:
        self._created(what)
        self._do("POST /containers/{id}/start", 400, 404, 500)

    def _disconnected(self, _: str) -> None:
        self._do("POST /networks/{network}/disconnect", 200, body={"Container": "{id}", "Force": True})

    def _exec(self, what: str) -> None:
        self.values["exec"] = self._do("POST /containers/{id}/exec", 201, body=EXECS[what]).json()["Id"]

    def _ran(self, what: str) -> None:
        self._exec(what)
        self._do("POST /exec/{exec}/start", 200, body={"Detach": False}, raw=True)

    def _ready(self, _: str) -> None:
        """Until the container has printed its first line: its trap is set then."""
        read_until(self._daemon, self._target("GET /containers/{id}/logs?stdout=1&follow=1")[1], b"ready")
