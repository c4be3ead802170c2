"""From what one daemon gave to names that any daemon can fill: IDs, digests, addresses, names of what was created."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from support.recordings.format import CREATES
from support.recordings.roles import renamed
from support.recordings.traffic import Exchanged
from support.redaction import HIDDEN, redact_body, redact_text

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SHORT = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*(?:Z|[+-]\d\d:\d\d)")
_DIGEST = re.compile(r"@sha256:([0-9a-f]{64})$")
_IMAGE = re.compile(r"/images/(.+)/json")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_INSPECT = re.compile(r"/containers/[^/]+/json")
_EXEC = re.compile(r"/containers/[^/]+/exec")
_OF_IMAGES = ("Image", "fromImage", "tag", "RepoTags", "RepoDigests", "Aliases")  # keys under which no name of ours is
_ID_SHORT = 12


class Naming:
    """Names for all that was created in some traffic."""

    def __init__(self, exchanges: Iterable[Exchanged]) -> None:
        self._by_id: dict[str, str] = {}
        self._created: set[str] = set()
        self._addresses: dict[str, str] = {}
        for each in exchanges:
            self._learn(each)
        words = "|".join(re.escape(name) for name in sorted(self._created, key=len, reverse=True))
        self._names = re.compile(rf"(?<![\w.-])(?:{words})(?![\w.-])") if words else None

    def _learn(self, exchanged: Exchanged) -> None:
        body, asked = json_of(bytes(exchanged.content)), exchanged.request.json()
        if exchanged.status >= 300 or not isinstance(body, dict):
            return
        identity = body.get("Id")
        kind = CREATES.get(exchanged.path)
        if kind is not None:
            name = exchanged.query.get("name") or (asked.get("Name") if isinstance(asked, dict) else "")
            if name:
                self._created.add(name)
            self._know(identity, kind, name or "")
        elif _EXEC.fullmatch(exchanged.path):
            self._know(identity, "exec", "")
        elif _INSPECT.fullmatch(exchanged.path):
            self._know_addresses(self.of_id(str(identity)), body)
        elif found := _IMAGE.fullmatch(exchanged.path):
            reference = self._reference(found[1], body)
            self._know(str(identity).removeprefix("sha256:"), "image", reference)
            for digest in body.get("RepoDigests") or []:
                if match := _DIGEST.search(str(digest)):
                    self._know(match[1], "digest", reference)

    def _know_addresses(self, container: str, body: dict[str, Any]) -> None:
        networks = (body.get("NetworkSettings") or {}).get("Networks") or {}
        for network, endpoint in networks.items() if container else ():
            if address := endpoint.get("IPAddress"):
                self._addresses.setdefault(address, _address(container.partition(" ")[2], network))

    @staticmethod
    def _reference(asked: str, body: dict[str, Any]) -> str:
        tags = body.get("RepoTags")
        return str(tags[0]) if _ID.search(asked) and isinstance(tags, list) and tags else asked

    def _know(self, identity: Any, kind: str, name: str) -> None:
        if not isinstance(identity, str) or not _ID.fullmatch(identity) or identity in self._by_id:
            return
        number = sum(each.startswith(f"{kind} ") for each in self._by_id.values()) + 1
        self._by_id[identity] = f"{kind} {name or number}"

    def of_id(self, identity: str) -> str:
        """The name, without braces, of what has this ID, ``""`` where it is unknown."""
        return self._by_id.get(identity, "")

    def text(self, text: str) -> str:
        """A text in which IDs and the names of created things are names of the recording, and no secret is left."""
        text = redact_text(text).replace(HIDDEN, "redacted")  # which a shell can read as well
        text = self._names.sub(lambda found: f"{found[0]}-{{run}}", text) if self._names else text
        text = _IPV4.sub(lambda found: self._addresses.get(found[0], found[0]), text)
        text = _ID.sub(lambda found: f"{{{self._by_id[found[0]]}}}" if found[0] in self._by_id else found[0], text)
        return _SHORT.sub(lambda found: self._short(found[0]), text)

    def _short(self, text: str) -> str:
        name = next((name for known, name in self._by_id.items() if known[:_ID_SHORT] == text), "")
        return f"{{short {name}}}" if name else text

    def asked(self, body: Any) -> Any:
        """What a client sent, as JSON."""
        return self._renamed(_without_secrets(body))

    def answered(self, body: Any, of: str) -> Any:
        """What came, as JSON; values that change have names too. ``of`` is the name of what the answer is about."""
        return _changing(self._renamed(_without_secrets(body)), of.partition(" ")[2])

    def _renamed(self, value: Any, key: str = "") -> Any:
        if key in _OF_IMAGES:
            return renamed(value, lambda text: _ID.sub(lambda found: self._named_id(found[0]), text))
        if isinstance(value, dict):
            return {self.text(name): self._renamed(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        return self.text(value) if isinstance(value, str) else value

    def _named_id(self, identity: str) -> str:
        return f"{{{self._by_id[identity]}}}" if identity in self._by_id else identity


def json_of(content: bytes) -> Any:
    """A body's JSON; None where it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _without_secrets(body: Any) -> Any:
    return renamed(redact_body(body), lambda text: text.replace(HIDDEN, "redacted"))


def _address(container: str, network: str) -> str:
    """The name of a container's address in a network: in each it has another."""
    return f"{{address {container} in {network.replace('-{run}', '')}}}"


def _changing(value: Any, of: str, key: str = "", network: str = "") -> Any:
    """Values that are another each time, by their form."""
    if isinstance(value, dict):
        return {name: _changing(each, of, name, name if key == "Networks" else network) for name, each in value.items()}
    if isinstance(value, list):
        kept = [each for each in value if not (key == "Aliases" and re.fullmatch(r"\{short .+\}|[0-9a-f]{12}", each))]
        return [_changing(each, of, key, network) for each in kept]
    if not isinstance(value, str):
        return value
    if key == "IPAddress" and value:
        return _address(of, network)
    is_given = key == "Name" and value.startswith("/") and "{run}" not in value  # the daemon named it
    return "{any path}" if is_given else _TIME.sub("{any time}", _ID.sub("{any id}", value))
