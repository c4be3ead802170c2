"""An image with a helper binary of the user's, for daemons that cannot pull GitLab's own helper image."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from support.api.client import Call, DockerApi, raw_call
from support.api.recording import Exchange, labelled
from support.cleanup.ledger import Ledger
from support.coordinator.jobs import BUILD_IMAGE
from support.thing import succeeded
from support.verdicts import NotJudged, UsageError

_REPOSITORY = "sockerless-acceptance/gitlab-runner-helper"
_SHELL = b"#!/bin/sh\numask 0000\nexec sh\n"  # what the helper container is started with


def built(api: DockerApi, ledger: Ledger, helper: Path, pull_within: float) -> str:
    """The image's name; it is made of ``alpine:latest``, once, and kept, as pulled images are.

    Raises ``UsageError`` where the binary cannot be read, ``NotJudged`` where the daemon cannot make an image.
    """
    try:
        content = helper.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the helper {helper}: {error.strerror}") from None
    tag = hashlib.sha256(content).hexdigest()[:12]
    image = f"{_REPOSITORY}:{tag}"
    with labelled(criterion="helper image", observes=True):
        if succeeded(api.ask(raw_call("GET", f"/images/{image}/json"))):
            return image
    name = ledger.name("helper-image")
    repository, _, version = BUILD_IMAGE.partition(":")
    ledger.expect("container", name)
    _make(api, lambda client: client.pull(repository, tag=version), pull_within)
    _make(api, lambda client: client.create_container(BUILD_IMAGE, ["sh"], name=name))
    _make(api, lambda client: client.put_archive(name, "/usr/bin", _archive(content)), pull_within)
    _make(api, lambda client: client.commit(name, repository=_REPOSITORY, tag=tag), pull_within)
    _make(api, lambda client: client.remove_container(name, force=True, v=True))
    return image


def _make(api: DockerApi, call: Call, within: float | None = None) -> Exchange:
    with labelled(criterion="helper image", observes=True):
        answer = api.ask(call, within)
    if not succeeded(answer):
        raise NotJudged(f"no image can be made with the helper that is given: {answer.line()} {answer.message()}")
    return answer


def _archive(helper: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in (("gitlab-runner-helper", helper), ("gitlab-runner-build", _SHELL)):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
