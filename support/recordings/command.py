"""``./acceptance record``: put down what a client and a daemon say to each other, so that it can be replayed."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from support.api.endpoint import Endpoint, parse
from support.program import PROGRAM
from support.recordings.building import built
from support.recordings.format import write
from support.recordings.traffic import Traffic
from support.settings import CommandLine
from support.terminal import say
from support.verdicts import ExitCode, UsageError


def main(argv: Sequence[str]) -> int:
    """0 once it was ended and has written the file, 2 for usage, 3 where nothing was recorded."""
    try:
        return asyncio.run(_record(_parsed(argv)))
    except UsageError as error:
        say(f"{error}")
        return ExitCode.USAGE


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = CommandLine(prog=f"{PROGRAM} record", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--listen", required=True, type=Path, metavar="PATH", help="unix socket for the client, made here")
    add("--upstream", required=True, metavar="SOCKET", help="the daemon's socket, or its URL")
    add("--out", required=True, type=Path, metavar="FILE", help="the recording, FILE.jsonl, written when it ends")
    options = parser.parse_args(argv)
    if options.out.suffix != ".jsonl":
        raise UsageError(f"--out {options.out}: a recording's name ends in .jsonl")
    if options.out.exists():
        raise UsageError(f"--out {options.out} is there already: remove it, or take another name")
    return options


async def _record(options: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM."""
    upstream = parse(options.upstream)
    upstream.check()
    Endpoint(path=str(options.listen.absolute())).check_length()
    traffic, ended = Traffic(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    proxy = traffic.proxy(upstream)
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        await proxy.listen(options.listen)
    except OSError as error:
        raise UsageError(f"cannot listen at {options.listen} or write to {options.out.parent}: {error}") from None
    say(f"recording what passes from {options.listen} to {upstream.url}; Ctrl-C ends it")
    try:
        await ended.wait()
    finally:
        await proxy.close()
        options.listen.unlink(missing_ok=True)
    for fault in traffic.faults:
        say(f"{fault}")
    if not traffic.exchanges:
        say("no call passed, and nothing was written")
        return ExitCode.NOT_JUDGED
    recording = built(traffic, options.out.stem)
    write(options.out, recording)
    say(f"{len(traffic.exchanges)} calls are in {options.out}")
    return ExitCode.NOT_JUDGED if traffic.faults else ExitCode.OK
