"""What a runner left in the daemon: everything that it creates begins with its name, or carries its job's label."""

from __future__ import annotations

from hashlib import md5

from support.api.client import DockerApi
from support.api.recording import labelled
from support.cleanup.inventory import Listed, Note, names_of, remove
from support.thing import entries_of
from support.verdicts import NotJudged

_JOB_LABEL = "com.gitlab.gitlab-runner.job.id"
_OF_CACHE = f"-cache-{md5(b'/cache', usedforsecurity=False).hexdigest()}"
_KINDS = {
    "container": lambda client: client.containers(all=True),
    "network": lambda client: client.networks(),
    "volume": lambda client: client.volumes(),
}


def cache_volume(short_token: str) -> str:
    """The volume that a runner of version 17 keeps for its next job; in later names a hash stands for the token."""
    return f"runner-{short_token}-project-1-concurrent-0{_OF_CACHE}"


def is_kept(note: Note) -> bool:
    """Whether it is a cache volume, which a runner leaves for its next job: volumes end in a hash of their place."""
    return note.kind == "volume" and note.name.endswith(_OF_CACHE)


def left_of(api: DockerApi, short_token: str, job: int) -> list[Note]:
    """What is there of a runner's, cache volumes too. Raises ``NotJudged`` where the daemon does not list it."""
    found = []
    for kind, call in _KINDS.items():
        with labelled(criterion="clean-up", observes=True):
            listed = api.ask(call)
        if listed.status != 200:
            raise NotJudged(f"what a job left cannot be seen: {listed.line()}")
        found += [
            Note(kind, (names_of(entry) or [str(entry.get("Id"))])[0])
            for entry in entries_of(listed)
            if _is_of(entry, short_token, job)
        ]
    return found


def _is_of(entry: Listed, short_token: str, job: int) -> bool:
    labels = entry.get("Labels")
    is_labelled = isinstance(labels, dict) and labels.get(_JOB_LABEL) == str(job)
    return is_labelled or any(name.startswith(f"runner-{short_token}-") for name in names_of(entry))


def removed(api: DockerApi, notes: list[Note], within: float) -> list[str]:
    """Remove them, containers first, each within so many seconds; a line for each, with what kept it from going."""
    lines = []
    for note in sorted(notes, key=lambda note: list(_KINDS).index(note.kind)):
        with labelled(criterion="clean-up", observes=True):
            problem = remove(api, note, None, within)
        lines.append(f"{note.kind} {note.name}" + (f" (and cannot be removed: {problem})" if problem else ""))
    return lines
