"""The images that a job pulls, whatever the daemon has already: ``pull_policy = "always"`` (TST-011 AC-2, AC-3)."""

from __future__ import annotations

import json
from typing import Any

from support.api.recording import Exchange
from support.cleanup.inventory import inspection
from support.driver import Driver
from support.once import once
from support.thing import Thing, entries_of, succeeded
from support.verdicts import NotJudged

PULLED = "pulled"  # a moment
_PULLS, _INSPECTS = "TST-011-AC-02", "TST-011-AC-03"


class Image(Thing):
    """``purpose`` is whose image it is: ``build``, ``helper`` or ``service``."""

    kind = "image"

    def __init__(self, driver: Driver, purpose: str, reference: str) -> None:
        super().__init__(driver, reference, f"the image {reference}", _PULLS)
        self.purpose = purpose

    def reference(self) -> str:
        """Images are asked for by name."""
        return self.name

    @once
    def inspect_first(self) -> Exchange:
        """``GET /images/{name}/json`` before the pull: 200 or 404, both are fine."""
        return self.driver.ask(inspection(self.kind, self.name), _PULLS, self.purpose)

    @once
    def pull(self) -> Exchange:
        """``POST /images/create?fromImage=…&tag=…``, AC-2."""
        name, _, tag = self.name.rpartition(":")
        name, tag = (name, tag) if name and "/" not in tag else (self.name, "latest")
        within = self.driver.settings.seconds("pull_timeout")
        return self.driver.ask(lambda client: client.pull(name, tag=tag), _PULLS, self.purpose, within)

    create = pull

    def list_all(self) -> Exchange:
        return self.driver.observe(lambda client: client.images(), _PULLS)

    @once
    def metadata(self) -> Exchange:
        """``GET /images/{name}/json`` after the pull, AC-3."""
        self.must_be_there()
        return self.unless_missing(self.driver.ask(inspection(self.kind, self.name), _INSPECTS, self.purpose))

    def digest(self) -> str:
        """Its name with its digest, as its metadata has it; ``""`` where that has none."""
        body = self.metadata().body
        digests = body.get("RepoDigests") if isinstance(body, dict) else None
        return str(digests[0]) if isinstance(digests, list) and digests else ""

    @once
    def was_made(self) -> bool:
        """Whether the pull says that it succeeded, to the end of its progress."""
        return succeeded(self.pull()) and not any("error" in each for each in _objects(self.pull()))

    def is_shown_by(self, seen: Exchange) -> bool:
        return seen.status == 200 and isinstance(seen.body, dict)

    def entry_in(self, listed: Exchange) -> dict[str, Any] | None:
        tagged = [(each, each.get("RepoTags")) for each in entries_of(listed)]
        return next((each for each, tags in tagged if isinstance(tags, list) and self.name in tags), None)

    def must_be_there(self) -> None:
        """Raises ``NotJudged`` unless the pull, an inspection or the list shows it; a pull's last words are said."""
        if not self.is_there():
            said = self.pull().raw.decode("utf-8", "replace").strip().splitlines()
            ended = f"; its last words: {said[-1]}" if said and succeeded(self.pull()) else ""
            raise NotJudged(f"there is no image {self.name}: {self.pull().line()} ({_PULLS}){ended}")


def progress_of(pull: Exchange) -> list[dict[str, Any]]:
    """The JSON objects that a pull streamed. Raises ``AssertionError`` at the first that is none."""
    messages: list[dict[str, Any]] = []
    text, at = pull.raw.decode("utf-8", "replace").strip(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        begin = at
        try:
            message, at = json.JSONDecoder().raw_decode(text, begin)
        except ValueError:
            raise AssertionError(
                f"progress is not JSON from here on: {text[begin : begin + 120]!r}: {pull.line()}"
            ) from None
        if not isinstance(message, dict):
            raise AssertionError(f"a progress message is {message!r}, not an object: {pull.line()}")
        messages.append(message)
    return messages


def pull_failures(pull: Exchange) -> list[str]:
    """What a pull's progress says went wrong; progress without any status says nothing good either.

    Raises ``AssertionError`` where it is no stream of JSON objects.
    """
    messages = progress_of(pull)
    failures = [str(message["error"]) for message in messages if "error" in message]
    if not any(isinstance(message.get("status"), str) for message in messages):
        failures.append(f"no progress message has a status: {pull.line()}")
    return failures


def _objects(pull: Exchange) -> list[dict[str, Any]]:
    try:
        return progress_of(pull)
    except AssertionError:  # what is wrong with its form is AC-2's to judge
        return []
