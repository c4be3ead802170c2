"""``python -m tests.engine up|down``: a real Docker Engine, or podman, beside the system, without internet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.engine import daemon
from tests.engine.packages import PACKAGES, EngineError


def main() -> int:
    """0, or 2 with one line on stderr; ``up`` prints the engine's socket as its last line."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="bring an engine up and leave it running; prints its socket")
    suites = "Debian suite of the engine; bookworm has 20.10, trixie 26.1, sid 28.5; podman is bookworm's 4.3"
    up.add_argument("--suite", choices=PACKAGES, default="trixie", help=suites)
    up.add_argument("--dir", type=Path, required=True, help="folder for everything of this engine")
    down = commands.add_parser("down", help="end an engine and remove its folder")
    down.add_argument("--dir", type=Path, required=True, help="the folder that up was given")
    arguments = parser.parse_args()
    try:
        if arguments.command == "up":
            print(daemon.up(arguments.suite, arguments.dir))
        else:
            daemon.down(arguments.dir)
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
