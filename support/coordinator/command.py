"""``./acceptance runner``: a real GitLab Runner runs jobs on the daemon, and what comes back is judged.

It runs the scenarios of ``@real-runner``; what was observed of each job is one line, and the exit code is that of any
run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from support.coordinator.running import runner_binary
from support.program import PROGRAM
from support.report import launching
from support.report.outcomes import read
from support.settings import defined, load
from support.terminal import say
from support.text import one_line, visible
from support.verdicts import ExitCode, UsageError

_TAG = "@real-runner"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {PROGRAM} runner --help")


def main(argv: Sequence[str]) -> int:
    """0 all judged and nothing violated, 1 violated, 2 usage, 3 not judged."""
    parser = _Parser(prog=f"{PROGRAM} runner", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--runner", metavar="PATH", help="the gitlab-runner binary (default: the one on PATH)")
    add("--helper", metavar="PATH", help="a gitlab-runner-helper binary to make a helper image of")
    add("--helper-image", metavar="NAME", help="the helper image (default: the runner's own)")
    add("--docker-host", metavar="URL", help="what the runner is given instead of the daemon: a recorder before it")
    add("--only", metavar="TAGS", help="only these scenarios, e.g. '@REAL-02 or @REAL-03'")
    add("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    try:
        options = parser.parse_args(argv)
        defines = [*defined(options.defines).items()]
        for name, value in (
            ("runner", options.runner),
            ("runner_helper", options.helper),
            ("runner_helper_image", options.helper_image),
            ("runner_docker", options.docker_host),
        ):
            defines += [(name, value)] if value else []
        settings = load(dict(defines))
        if not runner_binary(settings):
            wanted = f"{options.runner} is no program" if options.runner else "no gitlab-runner is on PATH"
            raise UsageError(f"{wanted}: give one with --runner PATH")
    except UsageError as error:
        say(one_line(error))
        return ExitCode.USAGE
    selected = f"{_TAG} and ({options.only})" if options.only else _TAG
    words = [word for name, value in defines for word in ("-D", f"{name}={value}")]
    outcomes = settings.folder() / "outcomes.json"
    before = _run_of(outcomes)
    try:
        return launching.main([f"--tags={selected}", *words])
    finally:  # a run ends by SystemExit with its exit code
        for line in _observed(outcomes, before):
            sys.stdout.write(f"{visible(line)}\n")


def _run_of(outcomes: Path) -> str:
    """The ID of the run that wrote the file; ``""`` where there is none."""
    return read(outcomes).run if outcomes.exists() else ""


def _observed(outcomes: Path, before: str) -> list[str]:
    """A line for each job: its scenario's verdict, and what was observed of it; none if the run ``before`` is last."""
    if _run_of(outcomes) == before:
        return []
    report = read(outcomes)
    return ["", *(f"{each.verdict:<10} {note}" for each in report.outcomes() for note in each.notes)]
