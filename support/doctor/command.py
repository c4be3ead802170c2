"""``./acceptance doctor``: what would keep a run from judging, a line each with the remedy. Starts nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from support.doctor import daemon, machine
from support.doctor.finding import Finding, State, note, ok, wrong
from support.doctor.options import parsed
from support.settings import Settings, misspelt
from support.target import choose
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, UsageError


def main(argv: Sequence[str]) -> int:
    """0 where nothing is wrong, 1 where something is, 2 for usage."""
    try:
        options, settings = parsed("doctor", __doc__, argv)
    except UsageError as error:
        say(one_line(error, 1000))
        return ExitCode.USAGE
    found = list(_shown(findings(settings), as_json=options.json))
    if options.json:
        sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    count = sum(each.state is State.WRONG for each in found)
    if not options.json:
        sys.stdout.write(f"{count} wrong\n" if count else "nothing is wrong\n")
    return ExitCode.VIOLATED if count else ExitCode.OK


def findings(settings: Settings) -> Iterator[Finding]:
    """All that can be checked for this target, in the order in which a run would meet it."""
    for line in misspelt(os.environ):
        yield wrong("settings", line)
    try:
        choice = choose(settings)
    except UsageError as error:
        yield wrong("target", str(error))
        return
    yield from machine.findings(settings, choice)
    target, on_the_way = daemon.reached(settings, choice)
    yield from on_the_way
    if target is not None:
        yield from daemon.findings(target, settings)
    is_ecs = settings.backend == "ecs" if target is None else target.is_ecs(settings)
    if choice.kind == "standin":
        if is_ecs:
            yield ok("AWS", "the stand-in simulates it, with credentials of its own")
    elif is_ecs:
        from support.doctor import account  # noqa: PLC0415 - boto3 is big, and only ECS targets need it

        yield from account.findings(settings)
    elif target is not None:
        driver = target.driver or "unknown"
        yield note("AWS", f"not needed: driver {driver} is no ECS backend; -D backend=ecs overrides")


def _shown(found: Iterator[Finding], *, as_json: bool) -> Iterator[Finding]:
    """Each as soon as it is there: AWS takes its time."""
    for each in found:
        if not as_json:
            sys.stdout.write(f"{each.state:<8}  {one_line(each.checked, 80)}: {one_line(each.says, 1000)}\n")
            sys.stdout.flush()
        yield each
