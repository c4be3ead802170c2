"""This machine: Python, the folder of reports, and what the target needs here. Starts no daemon."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from support import database
from support.doctor.finding import Finding, note, ok, wrong
from support.program import IS_CLONE
from support.settings import ROOT, Settings
from support.target import Choice
from support.verdicts import UsageError

_OLDEST, _NEWEST = (3, 11), (3, 14)
_WITHIN = 30.0  # seconds, to see what this machine isolates


def findings(settings: Settings, choice: Choice) -> Iterator[Finding]:
    """Of this machine, for this target."""
    yield _python()
    yield _reports(settings.folder())
    if choice.kind == "standin":
        yield note("target", f"the stand-in, because {choice.reason}; its verdicts say nothing about Sockerless")
        yield _namespaces()
        yield _postgres()
    elif choice.kind == "command":
        yield _command(settings.command)


def _python() -> Finding:
    running, said = sys.version_info[:2], sys.version.split()[0]
    if _OLDEST <= running <= _NEWEST:
        return ok("Python", said)
    return note("Python", f"{said}; the suite is tested with 3.11 to 3.14")


def _reports(folder: Path) -> Finding:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return ok("reports", f"{folder}")
    return wrong("reports", f"{there} is no folder that you may write to: set -D reports=DIR")


def _namespaces() -> Finding:
    """In a process of its own, since namespaces can only be left by ending."""
    argv = [sys.executable, "-P", "-m", "standin.sandbox"]
    try:
        asked = subprocess.run(
            argv,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return wrong("namespaces", f"what this machine isolates could not be asked for: {error}")
    if asked.returncode:
        last = asked.stderr.strip().splitlines() or ["no reason"]
        return wrong("namespaces", f"the stand-in cannot run here: {last[-1]}")
    missing = asked.stdout.strip()
    if not missing:
        return ok("namespaces", "the stand-in isolates its containers")
    return note("namespaces", f"{missing} What needs isolation is skipped; run where user namespaces are allowed")


def _postgres() -> Finding:
    try:
        database.need()
    except UsageError as error:
        if IS_CLONE:
            return note("PostgreSQL", "the stand-in's is not installed yet; the first run on the stand-in does it")
        return wrong("PostgreSQL", str(error))
    return ok("PostgreSQL", "installed, for the stand-in's postgres image")


def _command(command: str) -> Finding:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        return wrong("command", f"SOCKERLESS_COMMAND cannot be read: {error}; mind its quotes")
    program = next((each for each in argv if "=" not in each), "")
    if shutil.which(program) is None:
        return wrong("command", f"there is no program {program!r}: correct SOCKERLESS_COMMAND")
    return note("command", f"{program} would be started by a run; without it, no more is seen of the daemon")
