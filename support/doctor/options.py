"""The options that ``doctor``, ``status`` and ``config`` share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from support.program import PROGRAM
from support.settings import CommandLine, Settings, defined, load


def parsed(name: str, description: str | None, argv: Sequence[str]) -> tuple[argparse.Namespace, Settings]:
    """``json`` and ``defines`` of the command line, and the effective settings. Raises ``UsageError``."""
    parser = CommandLine(prog=f"{PROGRAM} {name}", description=description)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.add_argument("-D", dest="defines", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    options = parser.parse_args(argv)
    options.defines = defined(options.defines)
    return options, load(options.defines, os.environ)
