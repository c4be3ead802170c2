"""A job's network, volumes and images, as GitLab Runner makes them (TST-011 AC-2 to AC-5, AC-19, AC-20)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.api.client import wire
from support.api.recording import Exchange
from support.once import once
from support.verdicts import NotJudged

if TYPE_CHECKING:
    from support.gitlab.job import Job


def need(exchange: Exchange, status: int, criterion: str) -> Exchange:
    """The exchange, if it has this status; else what stands on it cannot be judged."""
    if exchange.status != status or exchange.error:
        raise NotJudged(f"it stands on {criterion}: {exchange.line()}")
    return exchange


def text_at(exchange: Exchange, key: str, criterion: str) -> str:
    """A non-empty text that an answer carries under ``key``, e.g. its ``Id``."""
    value = exchange.body.get(key) if isinstance(exchange.body, dict) else None
    if not isinstance(value, str) or not value:
        raise NotJudged(f"it stands on {criterion}: no {key} in {exchange.line()}")
    return value


class Network:
    """The job's own network, ``runner-net-<guid>``."""

    def __init__(self, job: Job) -> None:
        self.lock = job.lock
        self.job = job
        self.name = f"runner-net-{job.guid}"
        self.labels = job.labels()

    @once
    def creation(self) -> Exchange:
        """``POST /networks/create``, AC-4."""
        self.job.ledger.expect("network", self.name)
        with self.job.acting("TST-011-AC-04", "network"):
            return self.job.ask(lambda client: client.create_network(self.name, labels=self.labels))

    @once
    def as_created(self) -> Exchange:
        """Inspect by the ID that the daemon gave, right after the creation."""
        return self.look(text_at(need(self.creation, 201, "TST-011-AC-04"), "Id", "TST-011-AC-04"))

    @once
    def id(self) -> str:
        """The ID that the daemon gave, once it is known to be this network's."""
        network_id, seen = text_at(self.creation, "Id", "TST-011-AC-04"), self.as_created
        if not isinstance(seen.body, dict) or not self.job.ledger.owns(seen.body):
            raise NotJudged(f"it stands on TST-011-AC-04: the ID is not of the job's network: {seen.line()}")
        return network_id

    def look(self, reference: str = "") -> Exchange:
        """Inspect it, by ID unless ``reference`` says otherwise."""
        network = reference or self.id
        return self.job.observe(lambda client: client.inspect_network(network), "TST-011-AC-04")

    @once
    def removal(self) -> Exchange:
        """``DELETE /networks/{id}``, AC-19."""
        network = self.id
        with self.job.acting("TST-011-AC-19", "network"):
            return self.job.ask(lambda client: client.remove_network(network))


class Volume:
    """One of the job's volumes: ``runner-<hash>-build`` or ``runner-<hash>-cache``, mounted at ``target``."""

    def __init__(self, job: Job, purpose: str, target: str) -> None:
        self.lock = job.lock
        self.job = job
        self.purpose = purpose
        self.name = f"runner-{job.guid}-{purpose}"
        self.target = target
        self.labels = job.labels(type="cache")

    def at(self, target: str) -> str:
        """As ``HostConfig.Binds`` has it."""
        return f"{self.name}:{target}"

    @once
    def creation(self) -> Exchange:
        """``POST /volumes/create``, AC-5."""
        self.job.ledger.expect("volume", self.name)
        return self._create("TST-011-AC-05")

    @once
    def second_creation(self) -> Exchange:
        """The same once more: the runner keeps its cache volumes, and creates them again in each job (N-20)."""
        need(self.creation, 201, "TST-011-AC-05")
        return self._create("TST-011-N-20")

    def _create(self, criterion: str) -> Exchange:
        with self.job.acting(criterion, self.purpose):
            return self.job.ask(lambda client: client.create_volume(self.name, labels=self.labels))

    def look(self) -> Exchange:
        """Inspect it by name."""
        need(self.creation, 201, "TST-011-AC-05")
        return self.job.observe(lambda client: client.inspect_volume(self.name), "TST-011-AC-05")

    @once
    def seen_before_removal(self) -> Exchange:
        """That it was there, so that its absence afterwards means something."""
        return self.look()

    @once
    def removal(self) -> Exchange:
        """``DELETE /volumes/{name}``, AC-20."""
        need(self.seen_before_removal, 200, "TST-011-AC-05")
        with self.job.acting("TST-011-AC-20", self.purpose):
            return self.job.ask(lambda client: client.remove_volume(self.name))


class Image:
    """An image that the job pulls, whatever the daemon has already: the runner's ``pull_policy = "always"``."""

    def __init__(self, job: Job, purpose: str, reference: str) -> None:
        self.lock = job.lock
        self.job = job
        self.purpose = purpose
        self.reference = reference

    @once
    def first_look(self) -> Exchange:
        """``GET /images/{name}/json`` before the pull: 200 or 404, both are fine."""
        with self.job.acting("TST-011-AC-02", self.purpose):
            return self.job.ask(wire("GET", f"/images/{self.reference}/json"))

    @once
    def pull(self) -> Exchange:
        """``POST /images/create?fromImage=…&tag=…``, AC-2."""
        name, _, tag = self.reference.rpartition(":")
        name, tag = (name, tag) if name and "/" not in tag else (self.reference, "latest")
        with self.job.acting("TST-011-AC-02", self.purpose):
            return self.job.ask(lambda client: client.pull(name, tag=tag), self.job.settings.seconds("pull_timeout"))

    @once
    def metadata(self) -> Exchange:
        """``GET /images/{name}/json`` after the pull, AC-3."""
        self.need_there()
        with self.job.acting("TST-011-AC-03", self.purpose):
            return self.job.ask(wire("GET", f"/images/{self.reference}/json"))

    def look(self) -> Exchange:
        """Inspect it, whatever came before."""
        return self.job.observe(wire("GET", f"/images/{self.reference}/json"), "TST-011-AC-02")

    def pull_failures(self) -> list[str]:
        """What the stream of progress says went wrong; a stream without any progress says nothing good either.

        Raises ``AssertionError`` where it is no stream of JSON objects.
        """
        messages = progress_of(self.pull)
        failures = [str(message["error"]) for message in messages if "error" in message]
        if not any(isinstance(message.get("status"), str) for message in messages):
            failures.append(f"no progress message has a status: {self.pull.line()}")
        return failures

    def need_there(self) -> None:
        """Raise ``NotJudged`` unless the image is there once it was pulled; how it was pulled is AC-2's to judge."""
        pull = self.pull
        if self.look().status != 200:
            said = pull.raw.decode("utf-8", "replace").strip().splitlines()
            raise NotJudged(f"there is no image {self.reference}: {pull.line()}; it ended {said[-1:]}")


def progress_of(pull: Exchange) -> list[dict[str, Any]]:
    """The JSON objects that a pull streamed. Raises ``AssertionError`` at the first that is none."""
    messages: list[dict[str, Any]] = []
    rest = pull.raw.decode("utf-8", "replace").lstrip()
    while rest:
        try:
            message, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            raise AssertionError(f"progress is not JSON from here on: {rest[:120]!r}: {pull.line()}") from None
        if not isinstance(message, dict):
            raise AssertionError(f"a progress message is {message!r}, not an object: {pull.line()}")
        messages.append(message)
        rest = rest[end:].lstrip()
    return messages
