"""``python -m tests.engine.client DOCKER SOCKET``: what people type, by a docker client, against a daemon."""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
from dataclasses import dataclass

SECONDS = 60


@dataclass(frozen=True)
class Command:
    """A command line, what it reads, and what it has to end with and to print (as a whole, or ``…`` for anything)."""

    line: str
    prints: str
    stdin: str = ""
    code: int = 0


COMMANDS = (
    Command("pull -q alpine:latest", "…"),
    Command("run --rm alpine:latest echo hi", "hi"),
    Command("run --rm -i alpine:latest cat", "to and fro", "to and fro"),
    Command("run --rm -i alpine:latest sh", "", "exit 7", code=7),
    Command("run --rm alpine:latest no-such-program", "", code=127),
    Command("network create NAME-net", "…"),
    Command("volume create NAME-vol", "NAME-vol"),
    Command(
        "run -d --name NAME --network NAME-net --network-alias db -v NAME-vol:/data alpine:latest tail -f /dev/null",
        "…",
    ),
    Command("ps --filter name=NAME --format {{.Names}}:{{.State}}", "NAME:running"),
    Command("exec NAME sh -c 'echo x >/data/file; cat /data/file'", "x"),
    Command("exec -i NAME cat", "in and out", "in and out"),
    Command("exec NAME sh -c 'exit 9'", "", code=9),
    Command("inspect -f {{.State.Status}} NAME", "running"),
    Command("run -d --name NAME-talker -v NAME-vol:/data alpine:latest sh -c 'cat /data/file; sleep 1; echo end'", "…"),
    Command("logs -f NAME-talker", "x\nend"),
    Command("wait NAME-talker", "0"),
    Command("logs --tail 1 NAME-talker", "end"),
    Command("ps -a --filter name=NAME-talker --format {{.State}}", "exited"),
    Command("kill NAME", "NAME"),
    Command("rm -f NAME NAME-talker", "NAME\nNAME-talker"),
    Command("network rm NAME-net", "NAME-net"),
    Command("volume rm NAME-vol", "NAME-vol"),
    Command("inspect NAME", "[]", code=1),
)


def main(docker: str, socket: str) -> int:
    """Print each command that did otherwise, then ``N passed, N failed``."""
    name = f"client-{secrets.token_hex(3)}"
    failed = 0
    for command in COMMANDS:
        line = command.line.replace("NAME", name)
        words = [docker, "-H", f"unix://{socket}", *shlex.split(line)]
        done = subprocess.run(words, input=command.stdin, text=True, capture_output=True, timeout=SECONDS, check=False)
        expected = command.prints.replace("NAME", name)
        if done.returncode != command.code or (expected not in ("…", done.stdout.strip())):
            failed += 1
            print(
                f"docker {line}: {done.returncode} instead of {command.code}, {done.stdout!r} instead of {expected!r}"
            )
            print(f"    {done.stderr.strip()}")
    print(f"{len(COMMANDS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
